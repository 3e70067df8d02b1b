"""A second copy of a SQLite database that has every commit before it is acknowledged, and of the files beside it.

The copy is the database as it once was and all that was written to its log since (SQLite's WAL), piece by piece with the
time, so it can be restored as of any instant. Reads and writes files only; for one machine with a second disk or a mount.
"""

import contextlib
import fcntl
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session, sessionmaker

from casemgr.config import Settings

HEADER, FRAME = 32, 24  # bytes before the first page of the log, and before each page
LARGE = 16 * 1024 * 1024  # a log of so many bytes is written back into the database
KEPT = 3  # generations that are kept, the present one included


@dataclass
class State:
    """Where the copy stands: generation, piece of it, bytes copied of the log, and the log's two random numbers."""

    generation: int
    piece: int
    copied: int
    salts: tuple[int, int]
    files_at: int = 0  # when the folder of the files last changed, in ns


@dataclass(frozen=True)
class WalCopy:
    """The copy of one database. `ship` is called after every commit, by whichever process made it."""

    database: Path
    files: Path
    folder: Path

    def ship(self, at: datetime) -> None:
        """Copy what was committed since the last call, and new files first; returns when it is on the disk. Raises OSError."""
        with self.locked():
            self.go_on(at)

    def go_on(self, at: datetime) -> None:
        """What `ship` does, by whoever holds the lock already."""
        state, log = self.state(), self.log()
        state.files_at = self.copy_files(state.files_at)
        if head := read_head(log):
            self.ship_log(state, log, head, at)

    def ship_log(self, state: State, log: Path, head: "Head", at: datetime) -> None:
        """Go on with the piece; begin anew when the log is another one than that of the last call."""
        if not state.generation or head.salts != state.salts:
            self.begin(state)
            state.salts = head.salts
        end = last_commit(log, head, state.copied)
        if end > state.copied:
            append(log, state.copied, end, self.piece(state))
            state.copied = end
            write_line(self.place(state) / "times", {"at": at.isoformat(), "piece": state.piece, "bytes": end})
        self.keep(state)

    def begin(self, state: State) -> None:
        """A new generation: the database file as it lies there. Nobody but us writes the log back, so it stands still."""
        state.generation, state.piece, state.copied = state.generation + 1, 1, 0
        place = self.place(state)
        place.mkdir(parents=True)
        copy_whole(self.database, place / "base.sqlite3")
        for old in sorted(self.folder.glob("generation-*"))[:-KEPT]:
            shutil.rmtree(old)

    def is_large(self) -> bool:
        """Whether the log should be written back."""
        return self.log().exists() and self.log().stat().st_size >= LARGE

    def write_back(self, connection: Any, at: datetime) -> bool:
        """Write a large log back into the database and cut it; True when that was done. `connection`: a plain one of sqlite3.

        The log that follows is known by its numbers, so the copy goes on with a new piece. A commit by somebody else between
        the last look and the cut is noticed: then the numbers are not kept, and the next `ship` begins a new generation.
        """
        with self.locked():  # before the write lock: a writer asks for this one only after its commit
            if not self.is_large():
                return False
            connection.execute("BEGIN IMMEDIATE")
            version = data_version(connection)
            self.go_on(at)
            connection.execute("ROLLBACK")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            if busy or data_version(connection) != version:
                return False
            count = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute(f"PRAGMA user_version = {(count + 1) % 2**31}")  # the first entry of the new log: it has numbers now
            state, head = self.state(), read_head(self.log())
            if head is not None:
                state.piece, state.copied, state.salts = state.piece + 1, 0, head.salts
                self.keep(state)
        return True

    def copy_files(self, seen: int) -> int:
        """Copy files that are not in the copy yet; when the folder last changed. A file is never written twice."""
        changed = self.files.stat().st_mtime_ns if self.files.is_dir() else 0
        target = self.folder / "files"
        if changed != seen:
            target.mkdir(parents=True, exist_ok=True)
            there = set(os.listdir(target))
            for name in os.listdir(self.files):
                if name not in there and not name.endswith(".part"):
                    with contextlib.suppress(FileNotFoundError):  # removed meanwhile: no row names it
                        copy_whole(self.files / name, target / name)
        return changed

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among all processes that copy."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / "lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def state(self) -> State:
        """Where the copy stands; generation 0 before the first."""
        path = self.folder / "state"
        if not path.exists():
            return State(0, 0, 0, (0, 0))
        values = json.loads(path.read_text(encoding="utf-8"))
        return State(**{**values, "salts": tuple(values["salts"])})

    def keep(self, state: State) -> None:
        """Write down where the copy stands. Lost in a crash, the copy begins a new generation or copies some bytes again."""
        draft = self.folder / "state.part"
        draft.write_text(json.dumps(asdict(state)), encoding="utf-8")
        os.replace(draft, self.folder / "state")

    def place(self, state: State) -> Path:
        """The folder of a generation."""
        return self.folder / f"generation-{state.generation:06d}"

    def piece(self, state: State) -> Path:
        """The file of a piece of the log."""
        return self.place(state) / f"{state.piece:06d}.wal"

    def log(self) -> Path:
        """SQLite's own log."""
        return self.database.with_name(self.database.name + "-wal")


def data_version(connection: Any) -> int:
    """A number that changes when another connection has committed."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def follow(engine: Engine, settings: Settings, makers: Iterable[sessionmaker[Session]], now: Callable[[], datetime]) -> None:
    """From now on a commit of these sessions returns when the copy has it, and nobody writes the log back unseen.

    Does nothing without a folder for the copy. `engine` has no connection yet.
    """
    if settings.copy_dir is None or engine.dialect.name != "sqlite":
        return
    copy = WalCopy(Path(engine.url.database or ""), settings.files_dir, settings.copy_dir)

    def leave_log(dbapi: Any, record: Any) -> None:
        dbapi.execute("PRAGMA wal_autocheckpoint=0")

    def ship(session: Session) -> None:
        copy.ship(now())
        if copy.is_large():
            connection = engine.raw_connection()
            try:
                copy.write_back(connection.driver_connection, now())
            finally:
                connection.close()

    event.listen(engine, "connect", leave_log)
    for maker in makers:
        event.listen(maker, "after_commit", ship)


@dataclass(frozen=True)
class Head:
    """What the log's first bytes say: bytes of a page, and two numbers that change when the log begins anew."""

    page: int
    salts: tuple[int, int]


def read_head(log: Path) -> Head | None:
    """The head of a log, or None while there is none."""
    try:
        with open(log, "rb") as file:
            raw = file.read(HEADER)
    except FileNotFoundError:
        return None
    if len(raw) < HEADER:
        return None
    _, _, page, _, *salts = struct.unpack(">6I", raw[:24])
    return Head(page, (salts[0], salts[1]))


def last_commit(log: Path, head: Head, since: int) -> int:
    """The byte behind the last commit of the log, from a byte on that lies behind one. (sqlite.org/fileformat2.html, 4.1)"""
    end, at = since, max(since, HEADER)
    with open(log, "rb") as file:
        while True:
            file.seek(at)
            frame = file.read(FRAME)
            if len(frame) < FRAME:
                return end
            _, size, *salts = struct.unpack(">4I", frame[:16])
            if tuple(salts) != head.salts:
                return end  # left over from before the log began anew
            at += FRAME + head.page
            if size:
                end = at


def append(log: Path, start: int, end: int, target: Path) -> None:
    """Put these bytes of the log at the same place of the piece, on the disk."""
    with open(log, "rb") as source, open(target, "r+b" if target.exists() else "w+b") as copy:
        source.seek(start)
        copy.seek(start)
        copy.truncate()
        left = end - start
        while left and (some := source.read(min(left, 1 << 20))):
            copy.write(some)
            left -= len(some)
        copy.flush()
        os.fsync(copy.fileno())


def write_line(path: Path, entry: dict[str, Any]) -> None:
    """Add a line. It comes after what it tells of; one that a crash cut off is not read."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")


def copy_whole(source: Path, target: Path) -> None:
    """A file under its name only when all of it is on the disk."""
    draft = target.with_name(target.name + ".part")
    with open(source, "rb") as given, open(draft, "wb") as out:
        shutil.copyfileobj(given, out, 1 << 20)
        out.flush()
        os.fsync(out.fileno())
    os.replace(draft, target)


def generations(folder: Path) -> list[Path]:
    """The kept generations, oldest first."""
    return sorted(path for path in folder.glob("generation-*") if (path / "base.sqlite3").exists())


def pieces_until(generation: Path, until: datetime | None) -> dict[int, int]:
    """Piece -> bytes of it that were there at an instant (None: all that was acknowledged)."""
    found: dict[int, int] = {}
    times = generation / "times"
    for line in times.read_text(encoding="utf-8").splitlines() if times.exists() else ():
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if until is None or datetime.fromisoformat(entry["at"]).astimezone(UTC) <= until:
                found[entry["piece"]] = entry["bytes"]
    return found


def restore(generation: Path, target: Path, until: datetime | None, open_database: Callable[[Path], Any]) -> int:
    """Make the database as of an instant anew at `target`, which is not there yet; the number of pieces.

    `open_database` opens a file as sqlite3 does: opening takes in what stands in the log beside it.
    """
    copy_whole(generation / "base.sqlite3", target)
    pieces = pieces_until(generation, until)
    for piece, size in sorted(pieces.items()):
        log = target.with_name(target.name + "-wal")
        with open(generation / f"{piece:06d}.wal", "rb") as source, open(log, "wb") as out:
            out.write(source.read(size))
        connection = open_database(target)
        try:
            busy, frames, done = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy or frames != done:
                raise OSError(f"piece {piece} of the copy could not be read")
        finally:
            connection.close()
    return len(pieces)
