"""Somebody at the server: cookies, log-in, links and forms of a page; and bytes that no browser would send."""

import http.client
import json as jsons
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from lxml import html

from tools.security.server import BASE, HOST, PASSWORD

Pairs = Iterable[tuple[str, str]]
TIMEOUT = 60
PASSED = ("submit", "button", "image", "reset")


@dataclass(frozen=True)
class Answer:
    """What came back. `cut` says that the connection ended without an answer."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    cut: str = ""

    def header(self, name: str) -> str:
        """The first header of that name, "" without one."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @property
    def is_html(self) -> bool:
        """Whether a browser would take it for a page."""
        return self.header("Content-Type").startswith("text/html")

    def tree(self) -> Any:
        """The page as a browser would read it."""
        return html.document_fromstring(self.body or b"<html></html>", parser=html.HTMLParser(encoding="utf-8"))


@dataclass
class Control:
    """One field of a form."""

    name: str
    kind: str
    value: str
    options: list[str] = field(default_factory=list)
    required: bool = False


@dataclass
class Form:
    """A form of a page, sendable."""

    page: str
    action: str
    method: str
    controls: list[Control]

    @property
    def uploads(self) -> bool:
        """Whether it takes files."""
        return any(control.kind == "file" for control in self.controls)

    def token(self) -> str:
        """Its token against forged sending."""
        return next((c.value for c in self.controls if c.name == "csrf_token"), "")


class Visitor:
    """One browser at one address. Production cookies are kept although this end of the proxy speaks http."""

    def __init__(self, port: int, address: str = "192.0.2.1", login: str = "") -> None:
        self.port, self.address, self.login = port, address, login
        self.cookies: dict[str, str] = {}
        self.token = ""
        self.connection: http.client.HTTPConnection | None = None

    def send(
        self, method: str, path: str, *, data: Mapping[str, Any] | Pairs | None = None, files: Mapping[str, tuple[str, bytes]] | None = None,
        json: Any = None, body: bytes | None = None, headers: Mapping[str, str] | None = None,
    ) -> Answer:  # fmt: skip
        """One request; redirects are not followed."""
        given = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-Host": HOST, "X-Forwarded-For": self.address}
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method not in ("GET", "HEAD"):
            given["Referer"] = f"{BASE}/"
        if json is not None:
            body, given["Content-Type"] = jsons.dumps(json).encode(), "application/json"
        elif files is not None:
            body, given["Content-Type"] = multipart(data or {}, files)
        elif data is not None:
            pairs = list(data.items() if isinstance(data, Mapping) else data)
            body, given["Content-Type"] = urlencode(pairs, doseq=True).encode(), "application/x-www-form-urlencoded"
        return self.raw(method, path, body, given | dict(headers or {}))

    def raw(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], patience: float = TIMEOUT) -> Answer:
        """A request as it stands. A connection that was closed between two requests is opened anew once; nobody waits longer
        than `patience` seconds."""
        for _ in range(2):
            fresh = self.connection is None
            line = self.connection = self.connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
            line.timeout = patience
            if line.sock:
                line.sock.settimeout(patience)
            try:
                line.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
                for name, value in headers.items():
                    line.putheader(name, value.encode("utf-8", "surrogateescape"))
                if body is not None and "Content-Length" not in headers and "Transfer-Encoding" not in headers:
                    line.putheader("Content-Length", str(len(body)))
                line.endheaders(body)
                found = line.getresponse()
                answer = Answer(found.status, found.getheaders(), found.read())
            except (http.client.HTTPException, OSError, ValueError) as fault:
                self.close()
                if fresh or isinstance(fault, (ValueError, TimeoutError)):
                    return Answer(0, cut=f"{type(fault).__name__}")
                continue
            if answer.header("Connection").lower() == "close":
                self.close()
            self.keep(answer)
            return answer
        return Answer(0, cut="closed twice")

    def close(self) -> None:
        """End the connection."""
        if self.connection:
            self.connection.close()
        self.connection = None

    def keep(self, answer: Answer) -> None:
        """Take the cookies of an answer."""
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                kept = rest.split(";")[0]
                if kept and "max-age=0" not in value.lower():
                    self.cookies[key] = kept
                else:
                    self.cookies.pop(key, None)

    def get(self, path: str, **more: Any) -> Answer:
        """A page."""
        return self.send("GET", path, **more)

    def post(self, path: str, data: Mapping[str, Any] | None = None, **more: Any) -> Answer:
        """A form with its token."""
        return self.send("POST", path, data={"csrf_token": self.token, **(data or {})}, **more)

    def log_in(self, login: str = "", password: str = PASSWORD) -> Answer:
        """Through the page of the log-in; the token of forms afterwards is kept."""
        login = login or self.login
        self.token = next((form.token() for form in forms_of(self.get("/login"), "/login") if form.token()), "")
        answer = self.post("/login", {"login": login, "secret": password})
        if answer.status == 302:
            self.login = login
            page = self.get("/account")
            self.token = next((form.token() for form in forms_of(page, "/account") if form.token()), "")
        return answer


def multipart(data: Mapping[str, Any] | Pairs, files: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """Fields and files as one body, with its content type."""
    mark, parts = secrets.token_hex(12), []
    for name, value in data.items() if isinstance(data, Mapping) else data:
        for one in value if isinstance(value, list) else [value]:
            parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{one}\r\n'.encode("utf-8", "replace"))
    for name, (file, content) in files.items():
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        parts.append(head.encode("utf-8", "replace") + content + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def links_of(answer: Answer, page: str) -> Iterator[str]:
    """The addresses on a page that lead further inside."""
    if not answer.is_html:
        return
    for element in answer.tree().iter("a"):
        parts = urlsplit(urljoin(f"{BASE}{page}", element.get("href") or "#"))
        if parts.netloc == HOST and parts.scheme == "https":
            yield parts.path + (f"?{parts.query}" if parts.query else "")


def forms_of(answer: Answer, page: str) -> Iterator[Form]:
    """The forms on a page."""
    if not answer.is_html:
        return
    for element in answer.tree().iter("form"):
        target = urlsplit(urljoin(f"{BASE}{page}", element.get("action") or ""))
        action = target.path + (f"?{target.query}" if target.query else "")
        yield Form(page, action, (element.get("method") or "get").upper(), list(controls_of(element)))


def controls_of(form: Any) -> Iterator[Control]:
    """The fields of a form, radio buttons and boxes with their values as options."""
    found: dict[str, Control] = {}
    for one in form.iter("input", "select", "textarea", "button"):
        name, kind = one.get("name"), (one.get("type") or one.tag).lower()
        if not name:
            continue
        needed = one.get("required") is not None
        if one.tag == "select":
            options = [option.get("value") or "" for option in one.iter("option")]
            chosen = next((o.get("value") or "" for o in one.iter("option") if o.get("selected") is not None), "")
            found[name] = Control(name, "select", chosen, options, needed)
        elif kind in ("radio", "checkbox"):
            control = found.setdefault(name, Control(name, kind, "", [], needed))
            control.options.append(one.get("value") or "on")
            if one.get("checked") is not None:
                control.value = one.get("value") or "on"
        elif kind in PASSED:
            continue
        else:
            value = (one.text or "") if one.tag == "textarea" else one.get("value") or ""
            found[name] = Control(name, "longtext" if one.tag == "textarea" else kind, value, [], needed)
    yield from found.values()
