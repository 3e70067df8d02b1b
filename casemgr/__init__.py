"""casemgr: case management for grassroots disputes and petitions. Here: create_app(), wiring only."""

from datetime import timedelta

from flask import Flask
from flask_wtf import CSRFProtect
from sqlalchemy import Engine

from casemgr import api, cli, db, logs, walcopy
from casemgr.api import problems
from casemgr.clock import Clock, SystemClock
from casemgr.config import Settings, load_settings
from casemgr.keys import Keyring
from casemgr.queries import runs
from casemgr.queries.logins import Limits
from casemgr.services import passwords
from casemgr.services.factors import FactorRules
from casemgr.services.shares import Shares
from casemgr.services.throttle import Pace
from casemgr.web import (
    BLUEPRINTS, access, assets, failures, frame, headers, health, limits, links, locales, macros, marks, messages, sent, traffic,
    words,
)  # fmt: skip
from casemgr.web.account import outside, signed_in
from casemgr.web.cookies import full_name
from casemgr.web.door import host
from casemgr.web.door import pages as door


def create_app(
    settings: Settings | None = None, *, clock: Clock | None = None, engine: Engine | None = None
) -> Flask:
    """The application. `app.extensions` holds what entry points pass down: settings, clock, engine, sessions, readings.

    `sessions()` begins a session that may write; `readings()` one that only reads and takes no write lock.
    """
    settings = settings or load_settings()
    logs.configure(settings.log_level)
    app = Flask(__name__, template_folder="../templates")
    app.config.from_mapping(flask_config(settings))
    engine = engine or db.make_engine(
        settings.database_url, durable=settings.environment != "test", pooler=settings.database_pooler
    )
    put_extensions(app, settings, clock or SystemClock(), engine)
    attach_pages(app, settings)
    app.register_blueprint(health.make_health(engine, heartbeat=runs.find_last_sign))
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(api.bp)
    for command in cli.COMMANDS:
        app.cli.add_command(command)
    return app


def put_extensions(app: Flask, settings: Settings, clock: Clock, engine: Engine) -> None:
    """What entry points take from the application and pass down as arguments. Sessions know the keys and the files."""
    info = {"keys": Keyring(settings.sealing_keys, settings.index_key, settings.earlier_index_keys), "files": settings.files_dir}
    sessions, readings = db.make_session(engine), db.make_session(engine, reading=True)
    sessions.configure(info=info)
    readings.configure(info=info)
    hurried = db.make_session(engine, hurried=True)
    walcopy.follow(engine, settings, (sessions, hurried), clock.now)
    app.extensions.update(
        hurried=hurried,
        settings=settings, clock=clock, engine=engine, sessions=sessions, readings=readings,
        passwords=passwords.rules_of(settings),
        api_shares=Shares(),
        login_limits=Limits(timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.session_hours)),
        factor_rules=FactorRules(settings.factor_roles, timedelta(days=settings.second_factor_grace_days)),
        login_pace=Pace(
            settings.login_free_failures, timedelta(seconds=settings.login_longest_wait_seconds),
            timedelta(minutes=settings.login_forget_minutes),
        ),
    )  # fmt: skip


def attach_pages(app: Flask, settings: Settings) -> None:
    """What every request goes through, in this order: log and id, who asks, token of the form, permission."""
    sent.attach(app)
    traffic.watch(app, app.extensions["engine"], trusted_proxies=settings.trusted_proxies)
    headers.protect(app)
    assets.attach(app)
    locales.attach(app)
    links.attach(app)
    marks.attach(app)
    messages.attach(app)
    signed_in.attach(app, app.extensions["login_limits"])
    host.attach(app)
    app.before_request(access.open_request)
    limits.attach(app)
    csrf = CSRFProtect(app)
    for blueprint in (api.bp, door.bp):  # the API knows no cookie, the door has tokens of its own
        csrf.exempt(blueprint)
    macros.attach(app)
    app.before_request(access.permit)
    app.teardown_request(access.close_request)
    failures.attach(app, for_programs=problems.answer)
    frame.attach(app)
    outside.attach(app, settings)
    app.jinja_env.filters.update(words.FILTERS)


def flask_config(settings: Settings) -> dict[str, object]:
    """What Flask and its extensions want to know."""
    return {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "SECRET_KEY_FALLBACKS": settings.earlier_secret_keys,
        "WTF_CSRF_SECRET_KEY": [*reversed(settings.earlier_secret_keys), settings.secret_key.get_secret_value()],  # the last signs
        "TESTING": settings.environment == "test",
        "MAX_CONTENT_LENGTH": settings.max_upload_mb * 1024 * 1024,
        "SESSION_COOKIE_NAME": full_name("casemgr", secure=settings.is_production),
        "SESSION_COOKIE_SECURE": settings.is_production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "BABEL_DEFAULT_LOCALE": settings.default_locale,
        "BABEL_DEFAULT_TIMEZONE": settings.timezone,
        "WTF_CSRF_TIME_LIMIT": None,  # a form left open over lunch still works; the log-in itself ends when idle
    }
