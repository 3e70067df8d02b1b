"""The production server and the scheduler on a database of a measurement, as processes of their own; and what they use."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.ground.build import ROOT, Place

PYTHON = ROOT / ".venv" / "bin" / "python"
GUNICORN = ROOT / ".venv" / "bin" / "gunicorn"
LIMITS = {  # told in bench/README.md: counted as always, but so high that one driver for many people does not reach them
    "CASEMGR_SEARCH_PER_MINUTE": "1000000", "CASEMGR_HEAVY_PER_MINUTE": "1000000", "CASEMGR_OPEN_PER_MINUTE": "1000000",
}  # fmt: skip


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def environment(place: Place, port: int, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a process of the installation is told."""
    return {
        **os.environ, **place.environment, **LIMITS, "CASEMGR_PORT": str(port), "CASEMGR_BASE_URL": f"http://127.0.0.1:{port}",
        "CASEMGR_LOG_LEVEL": "WARNING", "PYTHONPATH": str(ROOT), **(more or {}),
    }  # fmt: skip


@contextmanager
def process(name: str, command: list[str], env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended with the block, its words in a file."""
    with log.open("wb") as words:
        running = subprocess.Popen(command, cwd=ROOT, env=dict(env), stdout=words, stderr=subprocess.STDOUT)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        try:
            running.wait(40)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@contextmanager
def gunicorn(place: Place, app: str = "wsgi:app") -> Iterator[tuple[int, int]]:
    """A server with the settings of production; its port and process id."""
    port = free_port()
    command = [str(GUNICORN), app]
    with process(app, command, environment(place, port), place.home / f"{app.split(':')[0]}.log") as running:
        wait_for(port, running)
        yield port, running.pid


@contextmanager
def scheduler(place: Place, more: Mapping[str, str] | None = None) -> Iterator[int]:
    """A scheduler; its process id."""
    with process("jobs", [str(PYTHON), "-m", "casemgr.jobs"], environment(place, 8000, more), place.home / "jobs.log") as running:
        yield running.pid


def wait_for(port: int, running: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Until somebody listens there."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if running.poll() is not None:
            raise RuntimeError(f"the server ended with {running.returncode}: {running.args}")
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not listen")


def children(pid: int) -> list[int]:
    """The processes below one: the workers of gunicorn."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def memory(pid: int) -> int:
    """Resident memory of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
    return 0


def peak(pid: int) -> int:
    """The most resident memory a process has had, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def processor_time(pid: int) -> float:
    """Seconds of processor a process and its ended children have used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
