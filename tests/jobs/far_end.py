"""Servers outside, for tests: robots that check their signatures as the real ones do, and a programme behind a webhook."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET = "SECtest0123456789"
TOKEN = "token-0123456789"


@dataclass
class FarEnd:
    """What arrived, in order. `answers` are given before anything is looked at, one a request: (status, body, headers)
    or "hang" or "drop"; `hold` is what a hanging request waits for."""

    url: str = ""
    texts: list[str] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)

    def judge(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """What this server says to a request."""
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        judges = {"/dingtalk/send": self.dingtalk, "/wecom/send": self.wecom}
        judge = judges.get(parts.path) or (self.feishu if parts.path.startswith("/feishu/") else None)
        if judge is None:
            self.texts.append(body.decode())
            return 200, {}
        return 200, judge(parts.path, query, json.loads(body))

    def dingtalk(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        if query.get("access_token") != TOKEN:
            return {"errcode": 300001, "errmsg": "token is not exist"}
        stamp = query.get("timestamp", "0")
        if query.get("sign") != mac(SECRET, f"{stamp}\n{SECRET}") or abs(int(stamp) / 1000 - time.time()) > 3600:
            return {"errcode": 310000, "errmsg": "sign not match"}
        self.texts.append(body["text"]["content"])
        return {"errcode": 0, "errmsg": "ok"}

    def wecom(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        if query != {"key": TOKEN} or len(body["text"]["content"].encode()) > 2048:
            return {"errcode": 93000, "errmsg": "invalid webhook url"}
        self.texts.append(body["text"]["content"])
        return {"errcode": 0, "errmsg": "ok"}

    def feishu(self, path: str, query: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        if path != f"/feishu/{TOKEN}":
            return {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
        stamp = body.get("timestamp", "0")
        if body.get("sign") != mac(f"{stamp}\n{SECRET}", "") or abs(int(stamp) - time.time()) > 3600:
            return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
        self.texts.append(body["content"]["text"])
        return {"code": 0, "msg": "success"}

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of an installation whose robots are here."""
        return {
            "dingtalk_base": f"{self.url}/dingtalk/send?access_token=", "wecom_base": f"{self.url}/wecom/send?key=",
            "feishu_base": f"{self.url}/feishu/", "webhook_origins": self.url,
        }  # fmt: skip


def mac(key: str, message: str) -> str:
    """As the makers' own documents compute it."""
    return base64.b64encode(hmac.new(key.encode(), message.encode(), digestmod=hashlib.sha256).digest()).decode()


@contextmanager
def far_end() -> Iterator[FarEnd]:
    """A server on a free port of this computer."""
    end = FarEnd()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            end.requests.append((self.path, dict(self.headers), body))
            told = end.answers.pop(0) if end.answers else None
            if told == "hang":
                end.hold.wait(30)
            if told in ("hang", "drop"):
                self.close_connection = True
                return
            status, said, *more = told or end.judge(self.path, dict(self.headers), body)
            payload = said.encode() if isinstance(said, str) else json.dumps(said).encode()
            self.send_response(status)
            for name, value in {**(more[0] if more else {}), "Content-Length": str(len(payload))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: Any) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    end.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield end
    finally:
        end.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
