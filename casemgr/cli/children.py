"""Pages and scheduler as child processes of one command: started, watched, stopped together. Not for production."""

import os
import signal
import socket
import subprocess  # noqa: S404  only our own two programmes, without a shell
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGES = ("-m", "gunicorn")
SCHEDULER = ("-m", "casemgr.jobs")
LOOK_EVERY = 0.3  # seconds
GRACE = 35  # seconds to end by itself: a little more than gunicorn gives its own workers
LAST_LINES = 15


@dataclass(frozen=True)
class Child:
    """One running programme, and the file its log goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def ended(self) -> bool:
        """Whether it has ended, by itself or because it was told to."""
        return self.process.poll() is not None

    def last_lines(self) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-LAST_LINES:])


def start(name: str, arguments: Sequence[str], env: Mapping[str, str], folder: Path) -> Child:
    """Start a programme of this installation in a process group of its own, so that Ctrl-C reaches the parent alone."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{name}.log"
    with open(log, "wb") as out:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and modules
            [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
            stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    return Child(name, process, log)


def stop(children: Sequence[Child]) -> None:
    """Ask all of them to end, give them time, then end those that have not."""
    for child in children:
        if not child.ended:
            child.process.terminate()
    for child in children:
        try:
            child.process.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()


@contextmanager
def running(env: Mapping[str, str], folder: Path) -> Iterator[list[Child]]:
    """Pages and scheduler while the block runs; both have ended when it is left, however that happens."""
    children: list[Child] = []
    try:
        for name, arguments in (("pages", PAGES), ("scheduler", SCHEDULER)):
            children.append(start(name, arguments, env, folder))
        yield children
    finally:
        stop(children)


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """An event that Ctrl-C or SIGTERM sets, while the block runs."""
    asked = threading.Event()
    before = {number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, old in before.items():
            signal.signal(number, old)


def watch(children: Sequence[Child], asked: threading.Event, until: Callable[[], bool] = lambda: False) -> Child | None:
    """Wait until asked to stop, until `until` holds, or until a child ends: that child, else None."""
    while not asked.is_set() and not until():
        if gone := next((child for child in children if child.ended), None):
            return gone
        asked.wait(LOOK_EVERY)
    return None


def is_taken(host: str, port: int) -> bool:
    """Whether somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def answers(address: str) -> bool:
    """Whether the pages answer at an address of our own."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:  # noqa: S310  http, given by us
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
