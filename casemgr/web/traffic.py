"""What every request gets whatever its page: an id, proxies understood, one line in the log with the route, not the URL."""

import time

from flask import Flask, Response, g, request
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from casemgr import logs, metrics

log = logs.get_logger("casemgr.web")
QUIET = frozenset(("static", "health.healthz", "health.readyz"))


def watch(app: Flask, engine: Engine, *, trusted_proxies: int = 0) -> None:
    """Give every request of `app` its id and its log line."""
    if trusted_proxies:
        hops = trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    tell_pool = metrics.watch_pool(engine)

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        g.request_id = logs.new_request_id(request.headers.get("X-Request-ID", "") if trusted_proxies else "")

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = g.get("request_id", "")
        route, taken = request.url_rule.rule if request.url_rule else "(none)", time.perf_counter() - g.get("began", time.perf_counter())
        metrics.observe(route, request.method, response.status_code, taken)
        tell_pool()
        if request.endpoint not in QUIET:
            log.info(
                "request",
                method=request.method,
                route=route,
                status=response.status_code,
                milliseconds=round(taken * 1000),
            )
        return response
