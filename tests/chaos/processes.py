"""The processes of one run: started by the nursery, killed by their id, started again.

A web server is gunicorn's master with its workers; all of a group can be ended at once, or one worker alone.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds until a process that should have ended must have


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is dead and not yet waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children_of(pid: int) -> list[int]:
    """The processes that it started."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def kill(pid: int) -> bool:
    """kill -9; whether there was anything to kill."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def quiet_port() -> int:
    """A port that nobody listens on and that no connection takes as its own end while its server is dead: below those that the
    system hands out."""
    for port in random.SystemRandom().sample(range(20_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def until(condition: object, patience: float = PATIENCE, pause: float = 0.05) -> bool:
    """Wait for a condition, not for time; whether it came."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(pause)
    return False


@dataclass
class Process:
    """One started process, and how to start it again."""

    role: str
    name: str
    order: dict[str, object]
    pid: int = 0

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return is_alive(self.pid)


@dataclass
class Nursery:
    """Where the processes come from. `environ` is theirs, and what each needs besides comes with its order."""

    environ: dict[str, str]
    logs: Path
    started: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    family: dict[str, Process] = field(default_factory=dict)

    def __enter__(self) -> "Nursery":
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        with (self.logs / "nursery.log").open("a") as log:
            self.mother = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.nursery"], cwd=ROOT, env=self.environ, text=True, stderr=log, **pipes
            )
        return self

    def __exit__(self, *error: object) -> None:
        for process in self.family.values():
            self.end(process)
        with self.mother:  # the end of its input ends it
            pass

    def start(self, role: str, name: str, **order: object) -> Process:
        """Start a process, or the one of that name again."""
        process = self.family.setdefault(name, Process(role, name, {"environ": {}, **order}))
        line = process.order | {"role": role, "log": process.order.get("log") or str(self.logs / f"{name}.log")}
        with self.lock:
            assert self.mother.stdin
            assert self.mother.stdout
            self.mother.stdin.write(json.dumps(line) + "\n")
            self.mother.stdin.flush()
            process.pid = int(self.mother.stdout.readline())
            self.started += 1
        return process

    def again(self, process: Process) -> None:
        """Start it anew with the same order."""
        self.start(process.role, process.name)

    def end(self, process: Process) -> None:
        """kill -9 it and all it started."""
        for pid in (process.pid, *children_of(process.pid)) if process.pid else ():
            kill(pid)

    def stop(self) -> None:
        """Ask all but the importer to end, and see that they do."""
        asked = [process for process in self.family.values() if process.role != "importer" and process.alive]
        for process in asked:
            os.kill(process.pid, signal.SIGTERM)
        for process in asked:
            assert until(lambda process=process: not process.alive), f"{process.name} does not obey SIGTERM"
