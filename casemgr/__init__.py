"""casemgr: case management for grassroots disputes and petitions. Here: create_app(), wiring only."""

from flask import Flask

from casemgr import cli, db, logs
from casemgr.clock import Clock, SystemClock
from casemgr.config import Settings, load_settings
from casemgr.queries import runs
from casemgr.web import headers, health, traffic


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> Flask:
    """The application. `app.extensions` holds what entry points pass down: settings, clock, engine, sessions, readings.

    `sessions()` begins a session that may write; `readings()` one that only reads and takes no write lock.
    """
    settings = settings or load_settings()
    logs.configure(settings.log_level)
    app = Flask(__name__, template_folder="../templates")
    app.config.from_mapping(flask_config(settings))
    engine = db.make_engine(settings.database_url, durable=settings.environment != "test")
    app.extensions.update(
        settings=settings,
        clock=clock or SystemClock(),
        engine=engine,
        sessions=db.make_session(engine),
        readings=db.make_session(engine, reading=True),
    )
    traffic.watch(app, trusted_proxies=settings.trusted_proxies)
    headers.protect(app)
    app.register_blueprint(health.make_health(engine, heartbeat=runs.find_last_sign))
    for command in cli.COMMANDS:
        app.cli.add_command(command)
    return app


def flask_config(settings: Settings) -> dict[str, object]:
    """What Flask and its extensions want to know."""
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "TESTING": settings.environment == "test",
        "MAX_CONTENT_LENGTH": settings.max_upload_mb * 1024 * 1024,
        "SESSION_COOKIE_SECURE": settings.is_production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "BABEL_DEFAULT_LOCALE": settings.default_locale,
        "BABEL_DEFAULT_TIMEZONE": settings.timezone,
        "WTF_CSRF_TIME_LIMIT": None,  # a form left open over lunch still works; the log-in itself ends when idle
    }
