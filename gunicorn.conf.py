"""How gunicorn serves the pages (`make run`): settings from casemgr.config, logs in the form of casemgr.logs."""

import os
import shutil
import tempfile

# Before anything counts: where the workers put their numbers together. Without a folder given, one of this run alone.
GIVEN = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
COUNTED = os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", GIVEN or tempfile.mkdtemp(prefix="casemgr-metrics-"))

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


def on_starting(server: object) -> None:
    """Nothing of an earlier run is counted again; the port with the numbers, if there is one."""
    metrics.forget(COUNTED)
    if settings.metrics_port:
        metrics.serve_workers(settings.metrics_host, settings.metrics_port)


def child_exit(server: object, worker: object) -> None:
    """A worker ended."""
    metrics.worker_is_gone(worker.pid)  # type: ignore[attr-defined]


def on_exit(server: object) -> None:
    """A folder of this run alone goes with it."""
    if not GIVEN:
        shutil.rmtree(COUNTED, ignore_errors=True)
