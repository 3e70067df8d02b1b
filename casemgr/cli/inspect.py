"""`flask inspect`: a self-check of this installation's real settings, database, files and jobs. Changes nothing."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale, gettext
from sqlalchemy.exc import SQLAlchemyError

from casemgr.cli import surroundings
from casemgr.config import Settings
from casemgr.queries import condition
from casemgr.queries.condition import FAULT, OK, WARN, Finding

MARKS = {OK: "ok   ", WARN: "warn ", FAULT: "FAULT"}


@click.command("inspect")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option("--reach", is_flag=True, help="Also try to connect to the mail server and to the robots' servers.")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--lang", type=click.Choice(["zh_Hans", "en"]), help="Language; else the installation's.")
@with_appcontext
def inspect_installation(as_json: bool, reach: bool, strict: bool, lang: str | None) -> None:
    """Look at everything that can be wrong without anybody noticing; fails when something is."""
    settings: Settings = current_app.extensions["settings"]
    found = list(findings(settings, reach))
    with force_locale(lang or settings.default_locale):
        (print_json if as_json else print_lines)(found)
    levels = {finding.level for finding in found}
    raise SystemExit(1 if FAULT in levels or (strict and WARN in levels) else 0)


def findings(settings: Settings, reach: bool) -> Iterator[Finding]:
    """All findings: settings, files, database, people, and the servers outside where asked."""
    extensions = current_app.extensions
    now = extensions["clock"].now()
    yield from surroundings.look_at_settings(current_app, settings)  # type: ignore[arg-type]
    yield from surroundings.look_at_files(settings, now)
    try:
        with extensions["engine"].execution_options(reading=True).connect() as connection:
            yield (state := condition.look_at_schema(connection))
            yield from condition.look_at_durability(connection)
            yield condition.look_at_guards(connection)
        if state.level == OK:
            yield from of_rows(now)
    except SQLAlchemyError as error:
        yield Finding("database", FAULT, message="The database does not answer: %(error)s.", hint="Look at CASEMGR_DATABASE_URL.",
                      params={"error": type(error).__name__})  # fmt: skip
    if reach:
        yield from surroundings.look_outside(settings)


def of_rows(now: Any) -> Iterator[Finding]:
    """What the rows tell."""
    extensions = current_app.extensions
    with extensions["readings"]() as session:
        yield condition.look_at_clock(session, now)
        yield from condition.look_at_scheduler(session, now)
        yield from condition.look_at_trail(session, now)
        yield condition.look_at_mails(session, now)
        yield surroundings.look_at_calendar(session, now)
        yield from surroundings.look_at_people(session, extensions["passwords"])


def print_lines(found: Iterable[Finding]) -> None:
    """A line each, and what to do below it."""
    for finding in found:
        click.echo(f"{MARKS[finding.level]}  {said(finding.message, finding)}")
        if finding.hint:
            click.echo(f"       → {said(finding.hint, finding)}")


def print_json(found: Iterable[Finding]) -> None:
    """The same for programs."""
    rows = [
        {
            "subject": f.subject,
            "level": f.level,
            "message": said(f.message, f),
            "hint": said(f.hint, f) if f.hint else "",
        }
        for f in found
    ]
    click.echo(json.dumps(rows, ensure_ascii=False, indent=1))


def said(words: str, finding: Finding) -> str:
    """A sentence of a finding in the language of the hour."""
    yes_no = {True: gettext("Yes"), False: gettext("No")}
    return gettext(words) % {name: yes_no[v] if isinstance(v, bool) else v for name, v in finding.params.items()}
