"""Somebody at the residents' door in tests: sees only pages, keeps only cookies, types what stands on the receipt."""

import io
import re
from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from casemgr.clock import FixedClock
from tests.world import World
from workflows.door import is_worked

TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
NONCE = re.compile(r'data-nonce="([^"]+)" data-bits="(\d+)"')
CODE = re.compile(r'class="code num">(.*?)</p>', re.S)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 200


def token_in(page: str) -> str:
    found = TOKEN.search(page)
    assert found, "no form of the door on this page"
    return found[1]


def worked(page: str) -> str:
    """The number that the page's script would find."""
    found = NONCE.search(page)
    assert found
    return next(str(n) for n in range(1_000_000) if is_worked(found[1], str(n), int(found[2])))


def code_in(page: str) -> str:
    found = CODE.search(page)
    assert found, "no code on this page"
    return re.sub(r"\D", "", found[1])


class Resident:
    """A browser of its own, without a script unless `works`."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.world, self.client = app, world, app.test_client()
        self.clock: FixedClock = app.extensions["clock"]

    def form(self, **said: Any) -> dict[str, Any]:
        """A fresh report form, filled in."""
        page = self.client.get("/door/report").text
        usual = {"text": "楼上一直漏水,说了几次没人管", "area_id": str(self.world.areas["grid_a1"].id), "open_name": "no"}
        return {**usual, "form_token": token_in(page), "website": "", "work": worked(page), **said}

    def send(self, data: dict[str, Any], address: str = "10.0.0.1") -> Any:
        return self.client.post("/door/report", data=data, environ_base={"REMOTE_ADDR": address})

    def report(self, **said: Any) -> str:
        """Report something; the code."""
        answer = self.send(self.form(**said))
        assert answer.status_code == 200, answer.text
        return code_in(answer.text)

    def try_code(self, code: str, address: str = "10.0.0.1", client: FlaskClient | None = None) -> Any:
        client = client or self.client
        page = client.get("/door/follow").text
        data = {"form_token": token_in(page), "website": "", "code": code}
        return client.post("/door/follow", data=data, environ_base={"REMOTE_ADDR": address})

    def follow(self, code: str) -> str:
        """Look the matter up; the page."""
        answer = self.try_code(code)
        assert answer.status_code == 302 and answer.location == "/door/matter", answer.text
        return self.page()

    def page(self) -> str:
        answer = self.client.get("/door/matter")
        assert answer.status_code == 200, answer.location
        return answer.text

    def do(self, act: str, **data: Any) -> Any:
        """An act with the form of the page."""
        return self.client.post(f"/door/matter/{act}", data={"form_token": token_in(self.page()), "website": "", **data})

    def later(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))


def photo(name: str = "现场.png") -> tuple[io.BytesIO, str]:
    return io.BytesIO(PNG), name


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
