"""`flask intake`, `flask triage`, `flask sort`: files taken in, read, and sorted as suggested."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale, gettext
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, sessionmaker

from casemgr import db
from casemgr.config import Settings
from casemgr.errors import CasemgrError
from casemgr.intake.load import Job, Tally, find_area, load_file, report_lines, try_file
from casemgr.intake.report import write_report
from casemgr.intake.rows import open_source
from casemgr.intake.triage import read_all
from casemgr.models import Account
from casemgr.policy import IMPORTER, Actor
from casemgr.queries.actors import load_actor
from casemgr.queries.intake import operators, waiting_items
from casemgr.services import incoming
from casemgr.services.books import load_books
from workflows import rulebook
from workflows.calendar import load_calendar

CHANNELS = ("mailbox", "hotline", "petition", "grid", "visit")
ITEMS_AT_ONCE = 50
INTO = {"items": "incoming", "orders": "order", "legacy": "legacy"}  # what is asked for -> the process
FILE = click.Path(path_type=Path, dir_okay=False)
LABELS = {
    "taken": "%(rows)s rows: %(created)s taken in, %(existing)s already there, %(refused)s refused, in %(seconds)s seconds.",
    "tried": "Dry run, nothing was written. %(rows)s rows: %(created)s would be taken in, %(existing)s already there, "
    "%(refused)s refused.",
    "resumed": "An earlier run was interrupted: %(resumed)s of these rows were dealt with by it.",
    "alike": "%(alike)s of these rows look like a known matter: compare them under “Compare”.",
    "unknown": "Columns kept under their own names: %(columns)s",
    "others": "Other sheets that look like lists were not read: %(sheets)s",
    "report": "Report: %(path)s",
    "no_report": "The report cannot be written to %(path)s.",
    "sorted": "%(sorted)s items sorted as suggested, %(refused)s refused, %(left)s left, in %(seconds)s seconds.",
    "no_account": "There is no active account %(login)s.",
    "no_operator": "Nobody holds the post of operator. Say with --as in whose name the items are sorted.",
    "in_name": "In the name of %(name)s: %(count)s items",
    "progress": "Rows",
    "items": "Items",
}


@click.command()
@click.argument("file", type=FILE)
@click.option("--channel", type=click.Choice(CHANNELS), required=True, help="How these messages came in.")
@click.option("--mapping", metavar="NAME", help="A mapping of columns: workflows/rules/mappings/NAME.toml.")
@click.option("--area", metavar="CODE", help="Where a matter belongs whose place is not known. Default: the street.")
@click.option("--into", type=click.Choice(tuple(INTO)), default="items", show_default=True, help="What rows become: items to be sorted, hotline orders, or legacy cases.")
@click.option("--history", is_flag=True, help="Old records: nothing climbs, nobody is told.")
@click.option("--dry-run", is_flag=True, help="Read and report everything, write nothing.")
@click.option("--report", type=FILE, metavar="OUT.xlsx", help="A workbook with what became of every row.")
@click.option("--json", "as_json", is_flag=True, help="Print rows, created, existing, refused and seconds as JSON.")
@with_appcontext
def intake(
    file: Path, channel: str, mapping: str | None, area: str | None, into: str, history: bool, dry_run: bool,
    report: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Take in the messages of FILE (.xlsx or .csv): each row becomes an incoming item or a hotline order, none of them twice.

    Both legs of an order, from the city and from the district, join the one order of their outside number."""
    started, at = perf_counter(), now()
    with in_language():
        check_writable(report)
        with readings_of_app()() as session:
            job = Job(file, channel, find_area(session, area), mapping, history, INTO[into])
        tally = try_out(job, report, at) if dry_run else take_in(job, report, at)
        seconds = round(perf_counter() - started, 1)
        counts = {name: getattr(tally, name) for name in ("rows", "created", "existing", "refused")}
        if as_json:
            click.echo(json.dumps(counts | {"seconds": seconds}))
        else:
            say("tried" if dry_run else "taken", counts | {"seconds": seconds})
        tell_more(tally, report)


def check_writable(report: Path | None) -> None:
    """Refuse a report that could not be written, before anything is taken in. Raises UsageError."""
    if report and (not report.parent.is_dir() or not os.access(report if report.exists() else report.parent, os.W_OK)):
        raise click.UsageError(gettext(LABELS["no_report"]) % {"path": report})


def take_in(job: Job, report: Path | None, at: datetime) -> Tally:
    """Load the file, then write the report from the import log."""
    sessions, settings = sessions_of_app(), cast(Settings, current_app.extensions["settings"])
    with progress(job) as bar:
        tally = load_file(job, sessions, at=at, progress=bar.update)
    if report and tally.batch_id:
        write_report(
            report, report_lines(job, tally.batch_id, readings_of_app(), at=at, base_url=settings.base_url), gettext
        )
    return tally


def try_out(job: Job, report: Path | None, at: datetime) -> Tally:
    """Go through the file without writing to the database."""
    with progress(job) as bar:
        tally, lines = try_file(job, readings_of_app(), at=at, progress=bar.update)
        if report:
            write_report(report, lines, gettext)
        else:
            for _ in lines:
                pass
    return tally


def tell_more(tally: Tally, report: Path | None) -> None:
    """What else is worth knowing, on stderr, so that JSON stays alone on stdout."""
    if tally.resumed:
        say("resumed", {"resumed": tally.resumed}, err=True)
    if tally.alike:
        say("alike", {"alike": tally.alike}, err=True)
    if tally.unknown_columns:
        say("unknown", {"columns": "、".join(tally.unknown_columns)}, err=True)
    if tally.other_sheets:
        say("others", {"sheets": "、".join(tally.other_sheets)}, err=True)
    if report:
        say("report", {"path": report}, err=True)


@click.command()
@click.argument("file", type=FILE)
@click.option("--mapping", metavar="NAME", help="A mapping of columns.")
@click.option("--json", "as_json", is_flag=True, help="Print everything with its reasons as JSON.")
@with_appcontext
def triage(file: Path, mapping: str | None, as_json: bool) -> None:
    """Say what each message of FILE seems to be: kind, team, tier, category and why. Nothing is stored."""
    with in_language(), open_source(file, mapping) as source:
        rows = source.canonical_rows("triage", at=now())
        found = read_all(rows, words=incoming.words(), rules=rules_in_force(), translate=gettext)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    for number, reading in found.items():
        click.echo("\t".join((number, *(str(reading[name]) for name in ("kind", "team", "tier", "category")))))


@click.command("sort")
@click.option("--accept-suggested", is_flag=True, required=True, help="Sort each item as its words suggest.")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many, the oldest first.")
@click.option("--as", "login", metavar="LOGIN", help="In whose name. Default: each street's operator.")
@click.option("--json", "as_json", is_flag=True, help="Print sorted, refused, left and seconds as JSON.")
@with_appcontext
def sort(accept_suggested: bool, limit: int | None, login: str | None, as_json: bool) -> None:
    """Sort incoming items that wait: into disputes, or to the desks of other kinds. A person answers for it."""
    started, at, sessions = perf_counter(), now(), sessions_of_app()
    with in_language():
        with readings_of_app()() as session:
            shares = share_out(session, sorters(session, login, at), limit)
        total = sum(len(ids) for _, ids in shares)
        done = 0
        with click.progressbar(length=total, label=gettext(LABELS["items"]), file=sys.stderr) as bar:
            for actor, ids in shares:
                say("in_name", {"name": actor.name, "count": len(ids)}, err=True)
                for start in range(0, len(ids), ITEMS_AT_ONCE):
                    chunk = ids[start : start + ITEMS_AT_ONCE]
                    with sessions() as session, db.transaction(session):
                        outcomes = incoming.sort_many(session, chunk, actor=actor, at=at)
                    done += sum(not isinstance(outcome, CasemgrError) for outcome in outcomes)
                    bar.update(len(chunk))
        with readings_of_app()() as session:
            left = len(waiting_items(session, IMPORTER))
        counts = {"sorted": done, "refused": total - done, "left": left}
        seconds = round(perf_counter() - started, 1)
        if as_json:
            click.echo(json.dumps(counts | {"seconds": seconds}))
        else:
            say("sorted", counts | {"seconds": seconds})


def sorters(session: Session, login: str | None, at: datetime) -> list[Actor]:
    """In whose name items are sorted: the account named, else all who hold the post of operator. Raises UsageError."""
    today = load_calendar().local(at).date()
    if login:
        ids = list(session.scalars(select(Account.id).where(Account.login == login)))
    else:
        ids = operators(session, today)
    actors = [actor for id in ids if (actor := load_actor(session, id, today))]
    if not actors:
        raise click.UsageError(gettext(LABELS["no_account" if login else "no_operator"]) % {"login": login})
    return actors


def share_out(session: Session, actors: list[Actor], limit: int | None) -> list[tuple[Actor, list[int]]]:
    """The waiting items of each actor's areas, none of them twice, `limit` in all."""
    shares, taken = [], set[int]()
    for actor in actors:
        mine = [id for id in waiting_items(session, actor) if id not in taken]
        mine = mine if limit is None else mine[: limit - len(taken)]
        taken.update(mine)
        shares += [(actor, mine)] if mine else []
    return shares


def rules_in_force() -> Any:
    """The rules of the database; the packaged ones where there is no database yet."""
    if not inspect(current_app.extensions["engine"]).has_table("rule_sets"):
        return rulebook.packaged().raw
    with readings_of_app()() as session:
        return load_books(session).rules.raw


@contextmanager
def in_language() -> Iterator[None]:
    """Speak the installation's language, and end with one sentence where something cannot be done."""
    settings: Settings = current_app.extensions["settings"]
    with force_locale(settings.default_locale):
        try:
            yield
        except CasemgrError as error:
            raise click.ClickException(gettext(error.message) % error.params) from error


def say(label: str, params: Mapping[str, object], *, err: bool = False) -> None:
    """One sentence of LABELS."""
    click.echo(gettext(LABELS[label]) % params, err=err)


def progress(job: Job) -> Any:
    """A bar on stderr, as long as the file seems to be."""
    with open_source(job.path, job.mapping) as source:
        length = source.row_estimate()
    return click.progressbar(length=length or 0, label=gettext(LABELS["progress"]), file=sys.stderr)


def now() -> datetime:
    """The present instant, from the application's clock."""
    instant: datetime = current_app.extensions["clock"].now()
    return instant


def sessions_of_app() -> sessionmaker[Session]:
    """Sessions that may write."""
    return cast("sessionmaker[Session]", current_app.extensions["sessions"])


def readings_of_app() -> sessionmaker[Session]:
    """Sessions that only read."""
    return cast("sessionmaker[Session]", current_app.extensions["readings"])
