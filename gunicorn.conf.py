"""How gunicorn serves the pages (`make run`): settings from casemgr.config, logs in the form of casemgr.logs."""

import ctypes
import os

# Before anything counts: where the workers put their numbers together. One folder for each port, emptied at the start.
PLACE = os.path.join(os.environ.get("CASEMGR_DATA_DIR") or "var", f"metrics-{os.environ.get('CASEMGR_PORT') or 8000}")
COUNTED = os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", PLACE)
os.makedirs(COUNTED, exist_ok=True)

from casemgr import logs, metrics  # noqa: E402
from casemgr.config import settings_or_exit  # noqa: E402

settings = settings_or_exit()
wsgi_app = "wsgi:app"
bind = f"{settings.host}:{settings.port}"
worker_class = "gthread"
workers = settings.web_workers
threads = settings.web_threads
timeout = 60
graceful_timeout = 30
logconfig_dict = logs.gunicorn_config(settings.log_level)
control_socket_disable = True
M_ARENA_MAX = -8  # of malloc.h: without it every thread keeps an arena of its own, and what lies free in one is of no use to another


def on_starting(server: object) -> None:
    """Nothing of an earlier run is counted again; the port with the numbers, if there is one."""
    metrics.forget(COUNTED)
    if settings.metrics_port:
        metrics.serve_workers(settings.metrics_host, settings.metrics_port)


def post_fork(server: object, worker: object) -> None:
    """Before its threads begin: two arenas for all of them, where the C library is one that has arenas."""
    if limit := getattr(ctypes.CDLL(None), "mallopt", None):
        limit(M_ARENA_MAX, 2)


def child_exit(server: object, worker: object) -> None:
    """A worker ended."""
    metrics.worker_is_gone(worker.pid)  # type: ignore[attr-defined]

