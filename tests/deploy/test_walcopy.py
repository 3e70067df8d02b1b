"""The continuous copy of SQLite: what was acknowledged is in it, also as of an earlier instant, whoever wrote the log back."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from casemgr import db, walcopy
from casemgr.config import load_settings

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


class Ticking:
    """A clock that goes on by a second at every look."""

    def __init__(self) -> None:
        self.at, self.lock = NOW, threading.Lock()

    def now(self) -> datetime:
        with self.lock:
            self.at += timedelta(seconds=1)
            return self.at


@pytest.fixture
def site(tmp_path: Path):
    settings = load_settings(
        environment="test", data_dir=tmp_path / "data", copy_dir=tmp_path / "copy", database_url=f"sqlite:///{tmp_path / 'a.sqlite3'}"
    )
    settings.files_dir.mkdir(parents=True)
    return settings


def open_sessions(settings, clock):
    engine = db.make_engine(settings.database_url)
    sessions = db.make_session(engine)
    walcopy.follow(engine, settings, (sessions,), clock.now)
    return engine, sessions


def write(sessions, number: int) -> None:
    with sessions() as session, db.transaction(session):
        session.execute(text("INSERT INTO notes (n, body) VALUES (:n, :body)"), {"n": number, "body": "x" * 900})


def restored(settings, target: Path, until=None, generation=-1) -> set[int]:
    walcopy.restore(walcopy.generations(settings.copy_dir)[generation], target, until, sqlite3.connect)
    connection = sqlite3.connect(target)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    found = {n for (n,) in connection.execute("SELECT n FROM notes")}
    connection.close()
    return found


def make_notes(sessions) -> None:
    with sessions() as session, db.transaction(session):
        session.execute(text("CREATE TABLE notes (n INTEGER PRIMARY KEY, body TEXT)"))


def test_every_acknowledged_commit_is_in_the_copy(site, tmp_path, monkeypatch):
    """Two processes' worth of engines, four writers, a log that is written back again and again."""
    monkeypatch.setattr(walcopy, "LARGE", 60_000)
    clock = Ticking()
    engines = [open_sessions(site, clock) for _ in range(2)]
    make_notes(engines[0][1])
    acknowledged: list[int] = []

    def writer(first: int, sessions) -> None:
        for n in range(first, first + 40):
            write(sessions, n)
            acknowledged.append(n)

    threads = [threading.Thread(target=writer, args=(k * 1000, engines[k % 2][1])) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(acknowledged) == 160
    pieces = [len(walcopy.pieces_until(one, None)) for one in walcopy.generations(site.copy_dir)]
    assert max(pieces) > 1 or len(pieces) > 1  # it was written back meanwhile
    assert restored(site, tmp_path / "b.sqlite3") == set(acknowledged)
    for engine, _ in engines:
        engine.dispose()


def test_as_of_an_earlier_instant(site, tmp_path):
    clock = Ticking()
    engine, sessions = open_sessions(site, clock)
    make_notes(sessions)
    for n in range(5):
        write(sessions, n)
    half = clock.at
    for n in range(5, 9):
        write(sessions, n)
    assert restored(site, tmp_path / "b.sqlite3", until=half) == set(range(5))
    assert restored(site, tmp_path / "c.sqlite3") == set(range(9))
    engine.dispose()


def test_a_log_that_somebody_else_wrote_back_begins_the_copy_anew(site, tmp_path):
    clock = Ticking()
    engine, sessions = open_sessions(site, clock)
    make_notes(sessions)
    write(sessions, 1)
    engine.dispose()
    stranger = sqlite3.connect(tmp_path / "a.sqlite3")  # knows nothing of the copy; closing writes the log back
    stranger.execute("INSERT INTO notes VALUES (2, '')")
    stranger.commit()
    stranger.close()
    write(sessions, 3)
    assert len(walcopy.generations(site.copy_dir)) == 2
    assert restored(site, tmp_path / "b.sqlite3") == {1, 2, 3}
    engine.dispose()


def test_files_are_there_before_the_commit_that_names_them(site):
    clock = Ticking()
    engine, sessions = open_sessions(site, clock)
    make_notes(sessions)
    (site.files_dir / "a.jpg").write_bytes(b"photo")
    (site.files_dir / "b.jpg.part").write_bytes(b"half")
    write(sessions, 1)
    assert [path.name for path in (site.copy_dir / "files").iterdir()] == ["a.jpg"]
    engine.dispose()


def test_a_copy_that_cannot_be_made_acknowledges_nothing(site):
    clock = Ticking()
    engine, sessions = open_sessions(site, clock)
    make_notes(sessions)
    (site.copy_dir / "state").unlink()
    (site.copy_dir / "generation-000001" / "base.sqlite3").unlink()
    site.copy_dir.joinpath("generation-000001").rename(site.copy_dir / "elsewhere")
    (site.copy_dir / "generation-000001").write_text("in the way")
    with pytest.raises(OSError):
        write(sessions, 1)
    engine.dispose()
