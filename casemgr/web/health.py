"""/healthz: the process answers. /readyz: database, schema and scheduler, for a load balancer. No log-in, no content."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from casemgr import schema
from casemgr.web.access import public

Heartbeat = Callable[[Connection], datetime | None]


def make_health(engine: Engine, *, heartbeat: Heartbeat | None = None) -> Blueprint:
    """The two pages. `heartbeat` gives the last sign of life of a scheduler, or None when there never was one."""
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    @public
    def healthz() -> Response:
        """This process is alive."""
        return jsonify(status="ok")

    @pages.get("/readyz")
    @public
    def readyz() -> tuple[Response, int]:
        """200 when pages can be served, else 503. A silent scheduler is told but keeps nobody from the pages."""
        report = check(engine, heartbeat)
        return jsonify(report), 200 if report["status"] == "ok" else 503

    return pages


def check(engine: Engine, heartbeat: Heartbeat | None) -> dict[str, Any]:
    """status, database, schema: "ok" or what is wrong; scheduler: ISO instant of its last sign of life, or None."""
    try:
        with engine.execution_options(reading=True).connect() as connection:
            connection.execute(text("SELECT 1"))
            current = schema.at_head(connection)
            seen = heartbeat(connection) if heartbeat and current else None
    except SQLAlchemyError:
        return {"status": "unavailable", "database": "no answer", "schema": "unknown", "scheduler": None}
    return {
        "status": "ok" if current else "unavailable",
        "database": "ok",
        "schema": "ok" if current else "not at the newest migration",
        "scheduler": seen.isoformat() if seen else None,
    }
