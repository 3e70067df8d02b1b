"""Starts processes quickly: imports all of casemgr once, then forks one for every line of JSON on standard input.

Each line is answered with the process id. The child runs what the real command runs: gunicorn, `python -m casemgr.jobs`
or `flask intake`; only its clock is given to it.
"""

import json
import os
import signal
import sys
from typing import Any

from flask.cli import main as flask
from gunicorn.app.wsgiapp import run as gunicorn

import casemgr.api  # noqa: F401  what every child needs is read once
import casemgr.cli.intake  # noqa: F401
from casemgr.jobs import __main__ as jobs
from casemgr.jobs import scheduler
from tests.chaos.shifted import clock_of_environment

APP = "tests.chaos.served:app"


def serve(order: dict[str, Any]) -> None:
    """`gunicorn`, on the port of its settings."""
    sys.argv = ["gunicorn", "-c", "gunicorn.conf.py", APP]
    gunicorn()


def schedule(order: dict[str, Any]) -> None:
    """`python -m casemgr.jobs`; the timetable is looked at every two seconds, so that daily jobs run in a short life too."""
    scheduler.TICK = 2
    jobs.main(clock_of_environment())


def take_in(order: dict[str, Any]) -> None:
    """`flask intake FILE`; when it ended well, what it printed lies beside the file."""
    sys.argv = ["flask", "--app", APP, "intake", order["file"], "--channel", "mailbox", "--area", order["area"], "--json"]
    try:
        flask()
    except SystemExit as end:
        if not end.code:
            os.rename(order["log"], order["done"])
        raise


ROLES = {"web": serve, "scheduler": schedule, "importer": take_in}


def child(order: dict[str, Any]) -> None:
    """The life of one process."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    out = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.environ.update(order["environ"])
    ROLES[order["role"]](order)


def main() -> None:
    """Until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                child(json.loads(line))
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 1
            except BaseException as error:
                sys.excepthook(type(error), error, error.__traceback__)
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
