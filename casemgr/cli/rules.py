"""`flask due`, `flask workflows`, `flask rules`, `flask calendar`: the rules asked, proved, drawn and loaded."""

import json
from datetime import date, datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect

from casemgr import db
from casemgr.policy import SETUP
from casemgr.services import books as rulebooks
from casemgr.services.recount import move_to_calendar, preview
from workflows import WORKFLOWS, rulebook
from workflows.calendar import Calendar, CalendarError, load_calendar
from workflows.due import DueError, Pause, compute_due, describe, parse_length, pause_of_dates
from workflows.lengths import LengthError
from workflows.pauses import PauseError
from workflows.draw import document
from workflows.prove import counts, prove_all
from workflows.rulebook import BadRules


def calendar_in_force() -> Calendar:
    """The calendar of the database; the packaged one where there is no database yet."""
    engine = current_app.extensions["engine"]
    if not inspect(engine).has_table("calendar_versions"):
        return load_calendar()
    with current_app.extensions["readings"]() as session:
        return rulebooks.load_books(session).calendar


def read_moment(text: str, calendar: Calendar) -> date | datetime:
    """A date, or a local date and time (or one with its zone). Raises BadParameter."""
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a date such as 2025-09-26 or 2025-09-26T16:40") from error
    return found if found.tzinfo else found.replace(tzinfo=calendar.zone)


def read_pause(text: str, calendar: Calendar) -> Pause:
    """FIRST..LAST, dates both included, or instants [from, to). Raises BadParameter."""
    first, dots, last = text.partition("..")
    if not dots:
        raise click.BadParameter(f"{text!r} is not a pause such as 2025-03-20..2025-04-08")
    begins, ends = read_moment(first, calendar), read_moment(last, calendar)
    if isinstance(begins, datetime) and isinstance(ends, datetime):
        return Pause(begins, ends)
    if isinstance(begins, datetime) or isinstance(ends, datetime):
        raise click.BadParameter(f"{text!r}: give two dates, or two times")
    return pause_of_dates(calendar, begins, ends)


@click.command("due")
@click.argument("length")
@click.option("--from", "start", required=True, metavar="DATE[THH:MM]", help="When it starts, in local time.")
@click.option("--roll", type=click.Choice(("none", "next")), default="none", help="Move off a rest day.")
@click.option("--pause", "pauses", multiple=True, metavar="FIRST..LAST", help="Dates not counted, both included.")
@click.option("--extend", "extensions", multiple=True, metavar="LENGTH", help="Counted from the raw due.")
@click.option("--json", "as_json", is_flag=True, help="Print raw, due, provisional and why as JSON.")
@with_appcontext
def due(
    length: str, start: str, roll: str, pauses: tuple[str, ...], extensions: tuple[str, ...], as_json: bool
) -> None:
    """When a deadline of LENGTH ("5 working days") is due, and why."""
    calendar = calendar_in_force()
    try:
        found = compute_due(
            calendar, read_moment(start, calendar), parse_length(length),
            pauses=[read_pause(text, calendar) for text in pauses],
            extensions=[parse_length(text) for text in extensions], roll=roll,
        )  # fmt: skip
    except (LengthError, DueError, PauseError, CalendarError) as error:
        raise click.UsageError(str(error)) from error
    said = describe(found, calendar)
    if as_json:
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    click.echo(f"raw  {said['raw']}\ndue  {said['due']}{'  (provisional)' if said['provisional'] else ''}")
    for sentence in said["why"]:
        click.echo(f"  {sentence}")


@click.group()
def workflows() -> None:
    """The processes: proved by walking every history, and drawn."""


@workflows.command("check")
def check_workflows() -> None:
    """Walk every reachable history of every process; fails with what is wrong."""
    proofs = prove_all(rulebook.packaged())
    for proof in proofs:
        parts = ", ".join(f"{n} {what}" for what, n in counts(WORKFLOWS[proof.process]).items())
        click.echo(f"{proof.process}: {parts}; {proof.places} situations, {proof.moves} moves walked")
        for flaw in proof.flaws:
            click.echo(f"  {flaw}")
    if flaws := sum(len(proof.flaws) for proof in proofs):
        raise click.ClickException(f"{flaws} flaws")


@workflows.command("diagram")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write docs/workflows.md here.")
def draw_workflows(output: Path | None) -> None:
    """Print (or write) every process as a state diagram with its steps, owners and deadlines."""
    text = document(rulebook.packaged())
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        click.echo(text)


@click.group()
def rules() -> None:
    """The rule set in force."""


@rules.command("load")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def load_rules(path: Path) -> None:
    """Put the rules of a TOML file in force for what is graded from now on."""
    clock = current_app.extensions["clock"]
    with current_app.extensions["sessions"]() as session, db.transaction(session):
        try:
            book = rulebooks.load_rules(session, path.read_text("utf-8"), actor=SETUP, at=clock.now())
        except BadRules as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"version {book.version} is in force")


@click.group()
def calendar() -> None:
    """The working calendar in force."""


@calendar.command("load")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say what would move.")
@with_appcontext
def load_days(path: Path, dry_run: bool) -> None:
    """Put a calendar file in force and count open deadlines anew on it."""
    clock = current_app.extensions["clock"]
    with current_app.extensions["sessions"]() as session, db.transaction(session):
        try:
            found = load_calendar(path)
        except CalendarError as error:
            raise click.ClickException(str(error)) from error
        version = rulebooks.load_calendar_days(session, found, path.name, actor=SETUP, at=clock.now())
        changes = preview(session)
        for change in changes:
            click.echo(f"case {change.case_id} {change.key}: {change.before} -> {change.after}")
        if dry_run:
            session.rollback()
            click.echo(f"{len(changes)} due times would move")
            return
        moved = move_to_calendar(session, actor=SETUP, at=clock.now())
    click.echo(f"version {version} is in force; {len(changes)} due times moved in {moved} cases")
