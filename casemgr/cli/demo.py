"""`flask demo`: the reference street on this computer. Builds it once, starts pages and scheduler, tells the logins.

What the street holds is casemgr.demo; the two processes are cli.children.
"""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale, gettext

from casemgr import db, schema
from casemgr.cli import children
from casemgr.config import BadSettings, Settings, load_settings
from casemgr.demo import build, mark, people
from casemgr.jobs import rollups, slots
from casemgr.jobs.site import Site, open_site
from casemgr.policy import Actor
from casemgr.queries.actors import load_actor
from casemgr.services import files
from casemgr.services.passwords import rules_of
from casemgr.web import frame
from workflows.guards import ZONE, local_date
from workflows.roles import POST_ROLES

FOLDER = Path("var/demo")
OLD = timedelta(days=3)
COUNTED = timedelta(days=45)
LABELS = {
    "production": "This is a production installation: the demo is not for it.",
    "taken": "Port %(port)s is in use. Choose another one with CASEMGR_PORT.",
    "foreign": "This database was not built by the demo and stays untouched: %(database)s. Choose another one with "
    "CASEMGR_DATABASE_URL, or leave that out.",
    "building": "Building the demo (once) …",
    "built": "Built in %(seconds)s seconds.",
    "kept": "The demo of %(when)s is used again. For a fresh one: make demo ARGS=--fresh",
    "old": "The demo was built %(days)s days ago; since then nobody has worked in it and its clocks have run. For a fresh "
    "one: make demo ARGS=--fresh",
    "other_scale": "It was built at scale %(scale)s. For another scale add --fresh.",
    "address": "The demo runs at %(address)s",
    "password": "Password of all these logins: %(password)s",
    "stop": "Ctrl-C ends it. Logs: %(folder)s",
    "stopped": "The demo has ended.",
    "gone": "%(name)s has ended by itself (exit code %(code)s); the other one was stopped. The end of its log:",
    "pages": "The web server",
    "scheduler": "The scheduler",
    "role": "Role",
    "login": "Login",
    "name": "Name",
    "page": "First page",
}


@click.command()
@click.option("--fresh", is_flag=True, help="Build it anew, even if it is there.")
@click.option("--scale", type=click.FloatRange(0.01, 1.0), default=1.0, show_default=True, help="Share of its matters.")
@click.option("--build-only", is_flag=True, help="Build it and tell the logins; start nothing.")
@with_appcontext
def demo(fresh: bool, scale: float, build_only: bool) -> None:
    """The reference street on this computer: pages and scheduler together, logins printed. Ctrl-C ends it."""
    app_settings: Settings = current_app.extensions["settings"]
    now: datetime = current_app.extensions["clock"].now()
    with force_locale(app_settings.default_locale):
        settings = demo_settings(app_settings)
        if not build_only and children.is_taken(settings.host, settings.port):
            raise click.ClickException(gettext(LABELS["taken"]) % {"port": settings.port})
        site = open_site(settings)
        try:
            prepare(site, fresh=fresh, scale=scale, now=now)
            logins = told_logins(site, now)
        finally:
            site.engine.dispose()
        if build_only:
            tell_logins(settings, logins)
        else:
            run(settings, logins)


def demo_settings(given: Settings) -> Settings:
    """The settings of the demo: its own folder and SQLite file, unless the environment names others."""
    if given.is_production:
        raise click.ClickException(gettext(LABELS["production"]))
    folder = (given.data_dir if "data_dir" in given.model_fields_set else FOLDER).resolve()
    url = given.database_url if "database_url" in given.model_fields_set else f"sqlite:///{folder / 'casemgr.sqlite3'}"
    folder.mkdir(parents=True, exist_ok=True)
    own = {"environment": "demo", "data_dir": folder, "database_url": url}
    own["base_url"] = given.base_url if "base_url" in given.model_fields_set else f"http://{given.host}:{given.port}"
    try:
        return load_settings(**own)
    except BadSettings as error:
        raise click.ClickException(str(error)) from error


def environment_of(settings: Settings) -> Mapping[str, str]:
    """What the children are told, so that they work on the same database with the same keys."""
    names = ("environment", "data_dir", "database_url", "base_url", "host", "port")
    plain = {name: str(getattr(settings, name)) for name in names}
    return {f"CASEMGR_{name.upper()}": value for name, value in plain.items()}


def prepare(site: Site, *, fresh: bool, scale: float, now: datetime) -> None:
    """See that the demo is there: kept, built, or built anew. Raises ClickException at a database of somebody else's."""
    found = find_own(site)
    if found and not fresh:
        schema.upgrade(site.engine)
        tell_kept(found, scale, now)
        return
    if found:
        wipe(site)
    schema.upgrade(site.engine)
    make(site, scale=scale, now=now)


def find_own(site: Site) -> mark.Mark | None:
    """The mark of the demo; None where there is nothing yet. Raises ClickException at anything else."""
    if mark.is_empty(site.engine, site.readings):
        return None
    with site.readings() as session:
        found = mark.find_mark(session)
    if found is None:
        database = site.engine.url.render_as_string(hide_password=True)
        raise click.ClickException(gettext(LABELS["foreign"]) % {"database": database})
    return found


def tell_kept(found: mark.Mark, scale: float, now: datetime) -> None:
    """Say how old the demo is that is used again."""
    age = now - found.built_at
    if age > OLD:
        click.echo(gettext(LABELS["old"]) % {"days": age.days})
    else:
        click.echo(gettext(LABELS["kept"]) % {"when": f"{found.built_at.astimezone(ZONE):%Y-%m-%d %H:%M}"})
    if scale not in (found.scale, 1.0):
        click.echo(gettext(LABELS["other_scale"]) % {"scale": found.scale})


def wipe(site: Site) -> None:
    """Empty the demo's own database, and drop the files of its matters."""
    schema.downgrade(site.engine, "base")
    folder = site.settings.files_dir
    for path in folder.iterdir() if folder.is_dir() else ():
        if files.STORED.fullmatch(path.name):
            path.unlink()


def make(site: Site, *, scale: float, now: datetime) -> None:
    """Build it in one transaction, with a progress bar."""
    started = current_app.extensions["clock"].now()
    with (
        click.progressbar(length=1000, label=gettext(LABELS["building"])) as bar,
        site.sessions() as session,
        db.transaction(session),
    ):

        def progress(done: float) -> None:
            bar.update(max(int(done * 1000) - bar.pos, 0))

        build.build(session, now=now, rules=rules_of(site.settings), scale=scale, progress=progress)
        progress(1.0)
    count_days(site, now)
    seconds = (current_app.extensions["clock"].now() - started).total_seconds()
    click.echo(gettext(LABELS["built"]) % {"seconds": round(seconds, 1)})


def count_days(site: Site, now: datetime) -> None:
    """The numbers of the last weeks, as the nightly job would have left them; the days before stay uncounted."""
    first = local_date(now) - COUNTED
    with site.sessions() as session, db.transaction(session):
        slots.take(session, rollups.DAY, first, now)
    while rollups.run(site, now).counts:
        pass


Told = tuple[people.Login, Actor]


def told_logins(site: Site, now: datetime) -> list[Told]:
    """The logins to tell, each with its actor of today."""
    with site.readings() as session:
        found = people.find_logins(session)
        actors = [(one, load_actor(session, one.account_id, local_date(now))) for one in found]
    return [(one, actor) for one, actor in actors if actor]


def tell_logins(settings: Settings, logins: list[Told]) -> None:
    """The address and a table of the logins."""
    click.echo()
    click.echo(gettext(LABELS["address"]) % {"address": settings.base_url})
    click.echo(gettext(LABELS["password"]) % {"password": build.PASSWORD})
    click.echo()
    rows = [[gettext(LABELS[name]) for name in ("role", "login", "name", "page")]]
    with current_app.test_request_context():
        rows += [[title(actor), one.login, one.name, frame.home_of(actor) or "/"] for one, actor in logins]
    for line in table(rows):
        click.echo(line)
    click.echo()


def title(actor: Actor) -> str:
    """What the actor is, in words."""
    return frame.said_posts(actor) or gettext(POST_ROLES["inspector"])


def table(rows: list[list[str]]) -> list[str]:
    """Rows as lines with aligned columns; a Chinese character is two wide."""
    widths = [max(wide(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(c + " " * (w - wide(c)) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def wide(text: str) -> int:
    """Columns of a terminal that a text takes."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def run(settings: Settings, logins: list[Told]) -> None:
    """Pages and scheduler until Ctrl-C, SIGTERM, or the end of one of them."""
    folder = settings.data_dir / "logs"
    address = f"http://{settings.host}:{settings.port}"
    with children.asked_to_stop() as asked, children.running(environment_of(settings), folder) as started:
        gone = children.watch(started, asked, until=lambda: children.answers(address))
        if not gone and not asked.is_set():
            tell_logins(settings, logins)
            click.echo(gettext(LABELS["stop"]) % {"folder": relative(folder)})
            gone = children.watch(started, asked)
    if gone:
        name = gettext(LABELS[gone.name])
        click.echo(gettext(LABELS["gone"]) % {"name": name, "code": gone.process.returncode}, err=True)
        click.echo(gone.last_lines(), err=True)
        raise SystemExit(1)
    click.echo(gettext(LABELS["stopped"]))


def relative(folder: Path) -> str:
    """A path as seen from here, where that is shorter."""
    return os.path.relpath(folder) if folder.is_relative_to(Path.cwd()) else str(folder)
