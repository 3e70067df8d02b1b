"""Clients that register matters without pause and keep a journal of what was acknowledged. Standard library only.

`python3 -m deploy.writer STREET.json JOURNAL SECONDS BASE [--ca FILE] [--connect ADDRESS]`: the yardstick of every drill. A line of
the journal is on disk before the next request leaves: key, number, instant, seconds waited, tries that failed before.
"""

import argparse
import http.client
import json
import os
import ssl
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

TRY_AGAIN = 0.2  # seconds until a failed try is made again, with the same key
PATIENCE = 90.0  # seconds; one longer than any fail-over, so that a failed client is a finding
TIMEOUT = 80.0
PHOTO = b"\x89PNG\r\n\x1a\n"  # what a file of this kind begins with
EACH = 5  # every so many matters one gets a photo


class Door:
    """One connection to the installation; opened anew after a failure."""

    def __init__(self, base: str, ca: str, connect: str) -> None:
        self.url, self.connect = urlsplit(base), connect
        self.context = ssl.create_default_context(cafile=ca or None) if self.url.scheme == "https" else None
        self.line: http.client.HTTPConnection | None = None

    def open(self) -> http.client.HTTPConnection:
        """A connection to the address given, with the name of the installation in certificate and header."""
        host, port = self.url.hostname or "", self.url.port or (443 if self.context else 80)
        if self.context is None:
            return http.client.HTTPConnection(self.connect or host, port, timeout=TIMEOUT)
        line = http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=self.context)
        if self.connect:
            line._create_connection = lambda address, *rest: _dial((self.connect, port), *rest)  # type: ignore[attr-defined]
        return line

    def register(self, token: str, key: str, area: int) -> tuple[int, dict[str, Any]]:
        """Register one matter whose text holds the key; (status, answer)."""
        body = json.dumps({"text": f"演练{key}：楼上漏水，两家争执不下。", "area_id": area}).encode()
        return self.post("/api/v1/cases", body, "application/json", token, key)

    def attach(self, token: str, key: str, case: int) -> tuple[int, dict[str, Any]]:
        """Hand in a photo for a matter; (status, answer)."""
        parts = [
            f'--{key}\r\nContent-Disposition: form-data; name="kind"\r\n\r\nphoto\r\n',
            f'--{key}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n',
        ]
        body = "".join(parts).encode() + PHOTO + os.urandom(2000) + f"\r\n--{key}--\r\n".encode()
        return self.post(f"/api/v1/cases/{case}/files", body, f"multipart/form-data; boundary={key}", token, f"{key}f")

    def post(self, path: str, body: bytes, kind: str, token: str, key: str) -> tuple[int, dict[str, Any]]:
        """One POST on the connection that is kept; (status, answer). Raises OSError or HTTPException."""
        self.line = self.line or self.open()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": kind, "Idempotency-Key": key}
        try:
            self.line.request("POST", path, body, headers)
            answer = self.line.getresponse()
            text = answer.read()
        except BaseException:
            self.line.close()
            self.line = None
            raise
        return answer.status, json.loads(text) if answer.headers.get_content_type().endswith("json") else {}


def _dial(address: tuple[str, int], *rest: Any) -> Any:
    return http.client.socket.create_connection(address, *rest)  # type: ignore[attr-defined]


def write(door: Door, token: str, areas: list[int], journal: TextIO, lock: threading.Lock, until: float) -> None:
    """One client: the next matter when the last one is acknowledged; a failed try is made again with its key."""
    count = 0
    while time.time() < until:
        key, began, faults, area = uuid.uuid4().hex, time.time(), [], areas[count % len(areas)]
        while True:
            status, answer = attempt(lambda key=key, area=area: door.register(token, key, area), faults)
            if status == 201 or time.time() - began > PATIENCE or (400 <= status < 500 and status not in (409, 429)):
                break
            time.sleep(TRY_AGAIN)
        entry = {"key": key, "status": status, "case": answer.get("case_id"), "number": answer.get("number"), "at": time.time()}
        entry |= {"seconds": round(time.time() - began, 3), "faults": faults}
        if status == 201 and count % EACH == 0:
            entry["file"] = attempt(lambda key=key, case=answer["case_id"]: door.attach(token, key, case), [])[0] == 201
        with lock:
            journal.write(json.dumps(entry) + "\n")
            journal.flush()
            os.fsync(journal.fileno())
        count += 1


def attempt(send: Callable[[], tuple[int, dict[str, Any]]], faults: list[str]) -> tuple[int, dict[str, Any]]:
    """One try; a failure is noted by its kind and gives status 0 or what the server said."""
    try:
        status, answer = send()
    except (OSError, http.client.HTTPException, ValueError) as error:
        faults.append(type(error).__name__)
        return 0, {}
    if status != 201:
        faults.append(str(status))
    return status, answer


def read_journal(path: Path) -> list[dict[str, Any]]:
    """The entries; a last line that a kill cut off is no acknowledgement."""
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:
            break
    return entries


def summary(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Acknowledged and refused, tries that failed by kind, the longest wait, and the longest time in which nothing was acknowledged."""
    good = sorted(entry["at"] for entry in entries if entry["status"] == 201)
    kinds: dict[str, int] = {}
    for entry in entries:
        for fault in entry["faults"]:
            kinds[fault] = kinds.get(fault, 0) + 1
    waits = sorted(entry["seconds"] for entry in entries if entry["status"] == 201)
    return {
        "acknowledged": len(good), "given up": len(entries) - len(good), "failed tries": kinds,
        "median seconds": waits[len(waits) // 2] if waits else None, "longest wait": waits[-1] if waits else None,
        "longest silence": round(max((b - a for a, b in zip(good, good[1:], strict=False)), default=0), 1),
    }  # fmt: skip


def main() -> None:
    """Run the clients, print the summary."""
    parser = argparse.ArgumentParser(prog="python3 -m deploy.writer")
    parser.add_argument("street", type=Path)
    parser.add_argument("journal", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("base")
    parser.add_argument("--ca", default="")
    parser.add_argument("--connect", default="")
    parser.add_argument("--clients", type=int, default=4)
    given = parser.parse_args()
    street, lock, until = json.loads(given.street.read_text()), threading.Lock(), time.time() + given.seconds
    with open(given.journal, "a", encoding="utf-8") as journal:
        clients = [
            threading.Thread(target=write, args=(Door(given.base, given.ca, given.connect), token, street["areas"], journal, lock, until))
            for token in street["tokens"][: given.clients]
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    json.dump(summary(read_journal(given.journal)), sys.stdout)
    print()


if __name__ == "__main__":
    main()
