"""Numbers for Prometheus: what a process counts itself, and the port they are read from. What the database tells: jobs/gauges.py.

The port is one of its own, so that the pages' address shows none of it. Labels are routes and codes, never values: nobody
outside makes a new one.
"""

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, multiprocess, start_http_server
from prometheus_client.registry import Collector
from sqlalchemy import Engine

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
OTHER = "(other)"  # whatever method somebody thinks up
FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where the workers of one web host put their numbers together

REQUESTS = Counter("casemgr_requests", "Requests answered.", ("route", "method", "status"))
LATENCY = Histogram("casemgr_request_seconds", "Time from the first line of a request to its answer.", ("route",), buckets=SECONDS)
POOL = Gauge("casemgr_database_connections", "Database connections in use by this process.", multiprocess_mode="livesum")


@cache
def counter_of(route: str, method: str, status: int) -> Any:
    """The counter of one kind of answer, looked up once."""
    return REQUESTS.labels(route, method, str(status))


@cache
def latency_of(route: str) -> Any:
    """The histogram of one route, looked up once."""
    return LATENCY.labels(route)


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """One request is answered."""
    counter_of(route, method if method in METHODS else OTHER, status).inc()
    latency_of(route).observe(seconds)


def watch_pool(engine: Engine) -> Callable[[], None]:
    """What tells the connections in use; called with every request, since workers share no memory."""
    pool: Any = engine.pool
    in_use = getattr(pool, "checkedout", None)
    return (lambda: POOL.set(in_use())) if in_use else lambda: None


def serve_workers(host: str, port: int) -> None:
    """The numbers of all workers of this web host on a port; called by the process above them."""
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    start_http_server(port, addr=host, registry=registry)


def serve_process(host: str, port: int, *collectors: Collector) -> Callable[[], None]:
    """The numbers of these collectors on a port; what stops serving."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    server, thread = start_http_server(port, addr=host, registry=registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop


def forget(folder: str) -> None:
    """Remove what an earlier run left: its numbers would be counted again."""
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        if name.endswith(".db"):
            os.unlink(os.path.join(folder, name))


def worker_is_gone(pid: int) -> None:
    """A worker ended: what it was using no longer counts."""
    multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]
