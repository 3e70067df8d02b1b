"""An installation for a drill on this machine: processes on free ports, a PostgreSQL of its own; started, killed, removed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path("/usr/bin"))
ARCHIVE_WAL = Path(__file__).parent / "patroni" / "archive-wal"


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_until(ready: Callable[[], object], seconds: float, complaint: str) -> None:
    """Return when `ready()` is true. Raises RuntimeError after so many seconds."""
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            raise RuntimeError(complaint)
        time.sleep(0.2)


class Installation:
    """The programme with its data under a folder: pages and one scheduler."""

    def __init__(self, place: Path, url: str, code: Path = ROOT, **settings: str) -> None:
        self.place, self.code, self.port = place, code, free_port()
        self.running: list[subprocess.Popen[bytes]] = []
        (place / "data").mkdir(parents=True, exist_ok=True)
        own = {
            "environment": "development", "database_url": url, "data_dir": str(place / "data"), "port": str(self.port),
            "api_requests_per_minute": "1000000", "log_level": "WARNING", "secret_key": "d" * 40,
            "data_keys": "1:" + "A" * 43 + "=", "blind_index_key": "B" * 43 + "=", "web_workers": "2", **settings,
        }  # fmt: skip
        self.environ = {"PATH": os.environ["PATH"], "HOME": str(place), "LANG": "C.UTF-8"}
        self.environ |= {f"CASEMGR_{name.upper()}": value for name, value in own.items()}

    @property
    def base(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, check: bool = True) -> str:
        """A command of the programme's Python; what it printed. Raises RuntimeError with its complaint."""
        done = subprocess.run([python(self.code), *words], cwd=self.code, env=self.environ, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout[-600:]} {done.stderr[-1500:]}")
        return done.stdout

    def flask(self, *words: str, check: bool = True) -> str:
        """A flask command."""
        return self.run("-m", "flask", "--app", "wsgi", *words, check=check)

    def start(self) -> None:
        """Pages and scheduler; returns when pages are served."""
        with open(self.place / "log", "ab") as log:
            for words in (["-m", "gunicorn"], ["-m", "casemgr.jobs"]):
                self.running.append(
                    subprocess.Popen([python(self.code), *words], cwd=self.code, env=self.environ, stdout=log, stderr=log, start_new_session=True)
                )
        wait_until(self.is_ready, 120, f"the pages do not come up: see {self.place}/log")

    def is_ready(self) -> bool:
        """Whether pages can be served."""
        try:
            with urlopen(f"{self.base}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def kill(self, with_signal: int = signal.SIGKILL) -> None:
        """End all of its processes."""
        for process in self.running:
            try:
                os.killpg(process.pid, with_signal)
            except ProcessLookupError:
                continue
        for process in self.running:
            process.wait(60)
        self.running = []


def python(code: Path) -> str:
    """The interpreter of a tree of code: its own environment, else the one that runs the drill."""
    own = code / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


class Postgres:
    """A PostgreSQL server with all of its log kept beside it, as docs/operating.md sets it up."""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        self.data, self.archive, self.base = place / "data", place / "archive", place / "base"
        self.receiver: subprocess.Popen[bytes] | None = None
        for folder in (place, self.archive):
            folder.mkdir(parents=True, exist_ok=True)
            if os.getuid() == 0:
                shutil.chown(folder, "postgres", "postgres")

    @property
    def url(self) -> str:
        """As SQLAlchemy takes it."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"

    def words(self, *words: str) -> list[str]:
        """A command of the server's account, which is never root."""
        clean = ["env", "-i", f"PATH={BIN}:/usr/bin:/bin", "LC_ALL=C.UTF-8", f"HOME={self.place}", f"CASEMGR_WAL_ARCHIVE={self.archive}"]
        return [*(["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []), *clean, *words]

    def run(self, *words: str) -> str:
        """Run a command of PostgreSQL. Raises RuntimeError with its complaint."""
        done = subprocess.run(self.words(*words), capture_output=True, text=True, cwd="/", check=False)
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stdout[-500:]} {done.stderr[-1000:]}")
        return done.stdout

    def ask(self, question: str) -> str:
        """One value."""
        return self.run("psql", "-XAtq", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-c", question).strip()

    def make(self) -> None:
        """A new server whose commits wait for the receiver of its log."""
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        self.run("pg_receivewal", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "--create-slot", "--slot", "archive", "--if-not-exists")
        self.receive()
        self.ask("ALTER SYSTEM SET synchronous_standby_names = 'archive'")
        self.ask("SELECT pg_reload_conf()")

    def start(self) -> None:
        """Start it; returns when it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.place} -c max_connections=100"
        self.run("pg_ctl", "-D", str(self.data), "-l", str(self.place / "log"), "-w", "-t", "120", "-o", options, "start")

    def receive(self) -> None:
        """The other machine's process that writes the log down before a commit is acknowledged."""
        connection = f"host=127.0.0.1 port={self.port} user=postgres application_name=archive"
        words = ["pg_receivewal", "-d", connection, "-D", str(self.archive), "--slot", "archive", "--synchronous"]
        self.receiver = subprocess.Popen(self.words(*words), cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        wait_until(lambda: self.ask("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1", 60, "the log is not received")

    def back_up(self) -> None:
        """A base backup while people work."""
        self.run("pg_basebackup", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", "-D", str(self.base), "-X", "none", "-c", "fast")

    def destroy(self) -> None:
        """kill -9 of the server and all its processes, and its folder is gone."""
        first = int((self.data / "postmaster.pid").read_text().splitlines()[0])
        for pid in (*children(first), first):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        wait_until(lambda: not Path(f"/proc/{first}").exists(), 30, "the server did not end")
        shutil.rmtree(self.data)
        self.stop_receiving()

    def stop_receiving(self) -> None:
        """The receiver has nobody to receive from."""
        if self.receiver:
            os.killpg(self.receiver.pid, signal.SIGTERM)
            self.receiver.wait(30)
            self.receiver = None

    def restore(self, until: str = "") -> None:
        """From the base backup and the received log: all of it, or as of an instant. The last piece is one that was being written."""
        shutil.rmtree(self.data, ignore_errors=True)
        subprocess.run(["cp", "-a", str(self.base), str(self.data)], check=True)
        fetch = f"cp {self.archive}/%f %p || cp {self.archive}/%f.partial %p"
        lines = [f"restore_command = '{fetch}'", "synchronous_standby_names = ''"]
        lines += [f"recovery_target_time = '{until}'", "recovery_target_action = promote"] if until else []
        with open(self.data / "postgresql.auto.conf", "a", encoding="utf-8") as settings:
            settings.write("\n".join(lines) + "\n")
        (self.data / "recovery.signal").touch()
        if os.getuid() == 0:
            shutil.chown(self.data / "recovery.signal", "postgres", "postgres")
        self.start()
        wait_until(lambda: self.ask("SELECT pg_is_in_recovery()") == "f", 120, "the log was not read to its end")

    def stop(self) -> None:
        """An orderly end."""
        self.stop_receiving()
        self.run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")


def children(pid: int) -> list[int]:
    """The processes a process started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
