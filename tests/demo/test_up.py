"""`flask demo` started for real: its pages answer, the told login gets in, and it stops with both of its processes."""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from casemgr import db
from casemgr.cli import children
from casemgr.demo.build import PASSWORD
from casemgr.models import Account
from casemgr.policy import SETUP
from casemgr.services import accounts

ROOT = Path(__file__).parent.parent.parent
TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(folder: Path, port: int, *options: str) -> subprocess.Popen[str]:
    """`flask demo` in a folder of its own, as a person would start it."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CASEMGR_")}
    env |= {"CASEMGR_DATA_DIR": str(folder), "CASEMGR_PORT": str(port), "CASEMGR_ENVIRONMENT": "demo"}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "--scale", "0.01", *options], cwd=ROOT, env=env,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """What it says up to a line with that word."""
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if word in line:
            return said
    raise AssertionError(said)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the first of these tests builds the demo."""
    return tmp_path_factory.mktemp("up")


def test_up_log_in_and_down(folder: Path) -> None:
    port = free_port()
    process = command(folder, port)
    try:
        said = read_until(process, "Ctrl-C")
        assert PASSWORD in said
        address = f"http://127.0.0.1:{port}"
        assert address in said
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        page = browser.open(f"{address}/login").read().decode()
        token = TOKEN.search(page)
        assert token
        form = {"login": "street.secretary", "secret": PASSWORD, "csrf_token": token[1]}
        answer = browser.open(f"{address}/login", urllib.parse.urlencode(form).encode())
        assert answer.status == 200
        assert "street.secretary" in said
        assert not answer.url.endswith("/login")
        heartbeat_within(address, 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
    assert not children.is_taken("127.0.0.1", port)


def heartbeat_within(address: str, seconds: float) -> None:
    """The scheduler has given a sign of life."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with urllib.request.urlopen(f"{address}/readyz") as answer:
            if b'"scheduler":null' not in answer.read().replace(b" ", b""):
                return
        time.sleep(0.5)
    raise AssertionError("the scheduler does not run")


def test_a_second_start_uses_it_again(folder: Path) -> None:
    if not (folder / "casemgr.sqlite3").exists():
        pytest.skip("the test before has not built it")
    process = command(folder, free_port(), "--build-only")
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert "--fresh" in said
    assert PASSWORD in said


def test_a_port_in_use_is_said_before_anything_is_built(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        process = command(tmp_path, int(other.getsockname()[1]))
        said, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "CASEMGR_PORT" in said
    assert not (tmp_path / "casemgr.sqlite3").exists()


def test_it_refuses_a_database_that_is_not_its_own(app: Flask) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        accounts.create_account(
            session, "someone", "某人", actor=SETUP, at=app.extensions["clock"].now(), rules=app.extensions["passwords"]
        )
    for options in ([], ["--fresh"]):
        result = app.test_cli_runner().invoke(args=["demo", "--build-only", *options])
        assert result.exit_code == 1
        assert "CASEMGR_DATABASE_URL" in result.output
    with app.extensions["readings"]() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 1


def test_a_child_that_ends_is_noticed(tmp_path: Path) -> None:
    child = children.start("pages", ("-c", "print('so'); raise SystemExit(3)"), {}, tmp_path)
    with children.asked_to_stop() as asked:
        assert children.watch([child], asked) is child
    assert (child.process.returncode, child.last_lines()) == (3, "so")


def test_children_are_stopped_whatever_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "PAGES", ("-c", "import time; time.sleep(60)"))
    monkeypatch.setattr(children, "SCHEDULER", ("-c", "import time; time.sleep(60)"))
    with pytest.raises(KeyError), children.running({}, tmp_path) as started:
        raise KeyError
    assert [child.ended for child in started] == [True, True]
