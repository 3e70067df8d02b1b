"""Limits, sizes, headers, files, resets and logs: each defence tried once, in this process. `make security` tries them on a server."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import casemgr
from casemgr import db, logs
from casemgr.clock import FixedClock
from casemgr.errors import Invalid
from casemgr.models import Feed, RequestShare, Robot
from casemgr.services import accounts
from casemgr.services.channels import make_feed
from casemgr.services.files import store
from casemgr.services.shares import forget, take_share
from tests.conftest import COMPILED
from tests.world import World, token_of

ON_SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
RELS = '<Relationships><Relationship Id="a" Type="http://x/attachedTemplate" Target="https://evil.example/a.dotm" TargetMode="External"/></Relationships>'


def office(kind: str, parts: dict[str, bytes | str] | None = None, types: str = TYPES) -> io.BytesIO:
    """A small Office file with these parts besides."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr({"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}[kind], "<x/>")
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    found.seek(0)
    return found


EVIL = {
    "macro.docx": office("docx", {"word/vbaProject.bin": b"x"}), "macro.xlsx": office("xlsx", {"xl/vbaProject.bin": b"x"}),
    "types.docx": office("docx", types=TYPES.replace("/>", ' x="application/vnd.ms-word.document.macroEnabled.main+xml"/>')),
    "outside.docx": office("docx", {"word/_rels/settings.xml.rels": RELS}), "ole.docx": office("docx", {"word/embeddings/oleObject1.bin": b"x"}),
    "bomb.xlsx": office("xlsx", {"xl/sharedStrings.xml": bytes(40 * 1024 * 1024)}), "away.docx": office("docx", {"../../x.xml": b"x"}),
    "no.docx": io.BytesIO(b"PK\x03\x04 no archive"), "other.docx": office("xlsx"), "x.docm": office("docx"), "x.svg": io.BytesIO(b"<svg/>"),
    "x.mp4": io.BytesIO(b"\x00\x00\x00<html>"), "x.png": io.BytesIO(b"<svg/>"), "empty.pdf": io.BytesIO(), "x.html": io.BytesIO(b"<b>"),
}  # fmt: skip


@pytest.mark.parametrize("name", EVIL)
def test_files_that_could_do_something_are_not_kept(tmp_path: Path, name: str) -> None:
    EVIL[name].seek(0)
    with pytest.raises(Invalid):
        store(tmp_path, EVIL[name], name, limit=1 << 26)
    assert not list(tmp_path.iterdir())


def test_plain_office_files_and_odd_names_are_kept(tmp_path: Path) -> None:
    for kind in ("docx", "xlsx"):
        assert store(tmp_path, office(kind, {"word/media/a.png": b"x", "word/embeddings/chart.xlsx": b"x"}), f"a.{kind}", limit=1 << 20)
    for name in ("../../etc/x.pdf", "..\\x.pdf", "a\x00b|c\r\n.pdf", "n" * 5000 + ".pdf"):
        stored, _, kept = store(tmp_path, io.BytesIO(b"%PDF-1.4"), name, limit=1 << 20).partition("|")
        assert (tmp_path / stored).is_file() and len(kept) <= 120 and not {"/", "\\", "\x00", "\r", "|"} & {*kept}


@pytest.fixture
def limited(settings: Any, clock: FixedClock) -> Iterator[Flask]:
    """The application with small limits."""
    few = {"search_per_minute": 12, "heavy_per_minute": 12, "open_per_minute": 12}
    app = casemgr.create_app(settings.model_copy(update=few), clock=clock)
    app.jinja_env.bytecode_cache = COMPILED
    yield app
    app.extensions["engine"].dispose()


@ON_SQLITE
def test_searches_of_an_account_are_counted_and_a_new_minute_begins_anew(limited: Flask, world: World, clock: FixedClock) -> None:
    client, other = world.client(limited, "head_a"), world.client(limited, "head_b")
    answers = [client.get("/matters?q=漏水") for _ in range(13)]
    assert [a.status_code for a in answers] == [200] * 12 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert client.get("/matters").status_code == 200, "a list without words costs little"
    assert other.get("/matters?q=漏水").status_code == 200
    clock.advance(timedelta(minutes=1))
    assert client.get("/matters?q=漏水").status_code == 200


@ON_SQLITE
def test_open_pages_are_counted_by_address_that_is_kept_nowhere(limited: Flask, world: World) -> None:
    def ask(address: str) -> int:
        return int(limited.test_client().get("/door", environ_base={"REMOTE_ADDR": address}).status_code)

    assert [ask("10.1.2.3") for _ in range(13)] == [200] * 12 + [429]
    assert ask("10.1.2.4") == 200
    with limited.extensions["readings"]() as session:
        kept = session.scalars(select(RequestShare.who)).all()
    assert kept and not any("10.1.2" in who for who in kept)


def test_processes_count_together(session: Session, clock: FixedClock) -> None:
    minute = clock.now()
    given = [take_share(session, "search", "1", minute, 5, 12) for _ in range(3)]
    assert given == [5, 10, None]
    assert take_share(session, "search", "2", minute, 5, 12) == 5
    assert take_share(session, "search", "1", minute + timedelta(minutes=1), 5, 12) == 5
    assert forget(session, at=minute + timedelta(hours=2)) == 2


@ON_SQLITE
def test_only_what_brings_files_may_be_large(app: Flask, world: World) -> None:
    client = world.client(app, "head_a")
    token = token_of(client.get("/account").text)
    assert client.post("/language", data={"csrf_token": token, "x": "a" * 3_000_000}).status_code == 413
    assert client.post("/api/v1/cases", data=b'"' + b"a" * 3_000_000 + b'"', content_type="application/json").status_code in (401, 413)
    many = {"csrf_token": token} | {f"x{n}": "" for n in range(2_100)}
    assert client.post("/language", data=many, content_type="multipart/form-data").status_code == 413


@ON_SQLITE
def test_a_host_that_is_none_and_a_made_up_one_get_no_page_with_it(app: Flask, world: World) -> None:
    client = world.client(app, "head_a")
    answer = client.get("/desk", headers={"Host": "a" * 300})
    assert (answer.status_code, answer.text) == (400, "Bad Request\n")
    assert "evil.example" not in client.get("/desk", headers={"Host": "evil.example"}).text


@ON_SQLITE
def test_headers_of_every_answer(app: Flask, world: World) -> None:
    client = world.client(app, "head_a")
    for path in ("/desk", "/nowhere", "/door", "/login", "/api/v1/me", "/healthz"):
        answer = client.get(path)
        assert "no-store" in answer.headers["Cache-Control"], path
        assert answer.headers["Cross-Origin-Resource-Policy"] == answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "unsafe" not in answer.headers["Content-Security-Policy"] and "payment=()" in answer.headers["Permissions-Policy"]


@ON_SQLITE
def test_cookies_of_production_are_of_this_host_alone(settings: Any, clock: FixedClock, world: World) -> None:
    app = casemgr.create_app(settings.model_copy(update={"environment": "production", "base_url": "https://localhost"}), clock=clock)
    app.jinja_env.bytecode_cache = COMPILED
    client = app.test_client()
    page = client.get("/login", base_url="https://localhost")
    form = {"csrf_token": token_of(page.text), "language": "en", "to": "on", "next": "/login"}
    answers = [
        page, client.get("/door/follow", base_url="https://localhost"),
        *(client.post(path, data=form, base_url="https://localhost", headers={"Referer": "https://localhost/"}) for path in ("/language", "/modes/large_type")),
    ]  # fmt: skip
    set_ones = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
    assert {line.partition("=")[0] for line in set_ones} == {"__Host-casemgr", "__Secure-door", "__Host-language", "__Host-large_type"}
    for line in set_ones:
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {*line.split("; ")} and "Domain" not in line, line
        assert line.startswith("__Secure-") or "; Path=/" in line.removesuffix("; Path=/door")
    large = client.get("/login", base_url="https://localhost").text
    assert '<html lang="en" class="type-large">' in large, "read by the names they were set under"
    app.extensions["engine"].dispose()


def test_a_reset_ends_calendar_address_and_own_robots(app: Flask, world: World, session: Session) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        actor, security = world.actor(session, "head_a"), world.actor(session, "security_admin")
        make_feed(session, titles=False, actor=actor, at=world.at)
        keys = session.info["keys"]
        session.add(Robot(kind="wecom", account_id=actor.account_id, name="x", told=[], token=keys.seal("t", "robots.token"), created_by=actor.account_id, created_at=world.at))
        session.flush()
        accounts.reset_password(session, actor.account_id or 0, actor=security, at=world.at, rules=app.extensions["passwords"])
        assert not session.scalars(select(Feed).where(Feed.account_id == actor.account_id)).all()
        assert not session.scalars(select(Robot).where(Robot.account_id == actor.account_id)).all()


@pytest.mark.parametrize("said", ["Error handling request GET /feeds/secret.ics?q=漏水", "Exception on /feeds/secret.ics [GET]", "Invalid request from ip=10.0.0.1: x\nFORGED"])
def test_the_log_repeats_no_address_and_no_line_of_somebody_else(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("INFO")
    logs.logging.getLogger("gunicorn.error").error(said)
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and json.loads(lines[0])["level"] == "error"
    assert not any(word in lines[0] for word in ("secret", "漏水", "FORGED", "10.0.0.1"))
