"""Somebody at a browser: logs in once over real HTTP, keeps the cookie, reads pages, sends forms."""

import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')
PASSWORD = "Sunny-Street-9"


@dataclass
class Answer:
    """What came back, and how many seconds it took."""

    status: int
    body: bytes
    seconds: float
    location: str = ""

    @property
    def text(self) -> str:
        """The page."""
        return self.body.decode("utf-8", "replace")


@dataclass
class Person:
    """One log-in on one connection that is kept open."""

    port: int
    login: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        """One request, timed from the first byte sent to the last byte read. A connection closed meanwhile is opened before."""
        sent = dict(headers or {})
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        for attempt in (1, 2):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
                self.connection.connect()
            began = time.perf_counter()
            try:
                self.connection.request(method, path, body, sent)
                found = self.connection.getresponse()
                words = found.read()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.connection.close()
                self.connection = None
                if attempt == 2 or (method != "GET" and sent.get("X-Tried")):
                    raise
                continue
            spent = time.perf_counter() - began
            for name, value in found.getheaders():
                if name.lower() == "set-cookie":
                    key, _, rest = value.partition("=")
                    self.cookies[key] = rest.partition(";")[0]
            if found.will_close:
                self.connection.close()
                self.connection = None
            return Answer(found.status, words, spent, found.getheader("Location", ""))
        raise AssertionError

    def get(self, path: str) -> Answer:
        """Read a page."""
        return self.ask("GET", path)

    def post(self, path: str, data: Mapping[str, str] | list[tuple[str, str]]) -> Answer:
        """Send a form."""
        return self.ask("POST", path, urlencode(data).encode(), {"Content-Type": "application/x-www-form-urlencoded"})

    def token(self, path: str) -> str:
        """The token of the first form of a page."""
        page = self.get(path)
        found = TOKEN.search(page.text)
        if found is None:
            raise RuntimeError(f"{self.login} {path}: {page.status}, no form")
        return found[1]


def log_in(port: int, login: str) -> Person:
    """Somebody who has logged in."""
    person = Person(port, login)
    answer = person.post("/login", {"login": login, "secret": PASSWORD, "csrf_token": person.token("/login")})
    if answer.status != 302:
        raise RuntimeError(f"{login} could not log in: {answer.status}")
    return person
