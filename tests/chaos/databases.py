"""The databases of a run, durable as in production, and how they die: SQLite has nothing to kill, PostgreSQL a server."""

import os
import random
import shutil
import subprocess
import time
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from casemgr import db, schema
from tests.chaos.processes import children_of, is_alive, kill, quiet_port, until

NAME = "chaos"
SETTINGS = {  # fsync, full_page_writes and synchronous_commit stay as PostgreSQL ships them: on
    "listen_addresses": "127.0.0.1", "max_connections": "200", "shared_buffers": "64MB", "restart_after_crash": "on",
    "autovacuum_naptime": "5s", "log_min_messages": "warning",
}  # fmt: skip


class Database(Protocol):
    """What a run needs of a database."""

    kinds: tuple[str, ...]  # the ways in which it can be killed
    targets: tuple[tuple[str, int], ...]  # where it listens

    def url(self, ports: tuple[int, ...] = ()) -> str:
        """Its address, by way of other ports of this computer if told, one for each target."""
        ...

    def kill(self, kind: str, dice: random.Random) -> bool:
        """Kill it in one of its ways; whether there was anything to kill."""
        ...

    def mend(self) -> None:
        """Bring it back, if it does not come back by itself."""
        ...


class Sqlite:
    """A file: it dies with whoever writes it."""

    kinds = ()
    targets = ()

    def __init__(self, folder: Path) -> None:
        self.path = folder / "chaos.sqlite3"

    def __enter__(self) -> "Sqlite":
        migrate(self.url())
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing runs."""

    def url(self, ports: tuple[int, ...] = ()) -> str:
        return f"sqlite:///{self.path}"

    def kill(self, kind: str, dice: random.Random) -> bool:
        return False

    def mend(self) -> None:
        """Nothing to do."""


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema."""
    engine = db.make_engine(url)
    schema.upgrade(engine)
    engine.dispose()


def binaries() -> Path:
    """Where the newest PostgreSQL server lies."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]), reverse=True)
    named = shutil.which("initdb")
    if not found and not named:
        raise FileNotFoundError("no PostgreSQL server found")
    return (found[0] if found else Path(str(named))).parent


class Postgres:
    """A server of its own, with fsync on; a backend, the postmaster alone, or all of it at once is killed."""

    kinds = ("backend", "postmaster", "server")

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.bin = folder / "pg", quiet_port(), binaries()
        self.targets = (("127.0.0.1", self.port),)

    def __enter__(self) -> "Postgres":
        self.folder.mkdir(parents=True)
        for place in takewhile(lambda place: place.stat().st_uid == os.getuid() and len(place.parts) > 2, self.folder.parents):
            place.chmod(place.stat().st_mode | 0o011)  # the server's user passes through
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.mend()
        self.run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", NAME)
        migrate(self.url())
        return self

    def __exit__(self, *error: object) -> None:
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop", check=False)

    @property
    def data(self) -> str:
        """Its folder."""
        return str(self.folder / "data")

    def run(self, *command: str, check: bool = True) -> bool:
        """A command of PostgreSQL, as its user where this one is root; a clean environment either way."""
        clean = ["env", "-i", f"PATH={self.bin}:/usr/bin:/bin", "LC_ALL=C.UTF-8", f"HOME={self.folder}"]
        other = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        return subprocess.run([*other, *clean, *command], check=check, cwd="/", **quiet).returncode == 0

    def url(self, ports: tuple[int, ...] = ()) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{ports[0] if ports else self.port}/{NAME}"

    def postmaster(self) -> int:
        """Its process id; 0 when it does not run."""
        try:
            pid = int((Path(self.data) / "postmaster.pid").read_text().split()[0])
        except (OSError, IndexError, ValueError):
            return 0
        return pid if is_alive(pid) else 0

    def kill(self, kind: str, dice: random.Random) -> bool:
        master = self.postmaster()
        children = children_of(master) if master else []
        if not master:
            return False
        if kind == "backend":
            return bool(children) and kill(dice.choice(children))
        for pid in (master, *children) if kind == "server" else (master,):
            kill(pid)
        return until(lambda: not is_alive(master))

    def mend(self) -> None:
        if self.postmaster():
            return
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        start = ("pg_ctl", "-D", self.data, "-l", str(self.folder / "log"), "-w", "-t", "60", "-o")
        options = f"-p {self.port} -c unix_socket_directories='' {options}"

        def started() -> bool:
            if not self.postmaster():
                for pid in self.orphans():
                    kill(pid)  # as the supervisor of a service does
                Path(self.data, "postmaster.pid").unlink(missing_ok=True)  # of one that nobody has buried yet
                self.run(*start, options, "start", check=False)
            return answers(self.url().replace(f"/{NAME}", "/postgres"))

        assert until(started, 180, 0.2), f"PostgreSQL does not come back: {(self.folder / 'log').read_text()[-1500:]}"

    def orphans(self) -> list[int]:
        """Processes of the server that live on without their postmaster: those that stand in its folder."""
        found = []
        for place in Path("/proc").glob("[0-9]*/cwd"):
            with suppress(OSError):
                if os.readlink(place) == self.data:
                    found.append(int(place.parts[2]))
        return found


def answers(url: str) -> bool:
    """Whether a database takes writes."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("SELECT 1" if url.startswith("sqlite") else "SELECT pg_is_in_recovery()::int").scalar()
            return url.startswith("sqlite") or found == 0
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()


def wait_for(url: str, patience: float = 90) -> None:
    """Until it takes writes."""
    began = time.monotonic()
    assert until(lambda: answers(url), patience), f"no database after {time.monotonic() - began:.0f} s"
