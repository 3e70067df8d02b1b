"""`flask structure import`: areas, departments, teams and people of a spreadsheet, with a report of every row."""

import json
import sys
from datetime import datetime
from pathlib import Path
from time import perf_counter

import click
from flask import current_app
from flask.cli import AppGroup
from flask_babel import gettext

from casemgr import db
from casemgr.cli.intake import in_language, now, readings_of_app, sessions_of_app
from casemgr.intake.structure import OUTCOMES, Job, Line, Tally, read_job, take_in
from casemgr.intake.structure_report import write_report
from casemgr.policy import SETUP
from casemgr.services import passwords
from casemgr.services.passwords import Prepared
from workflows.guards import local_date

FILE = click.Path(path_type=Path, dir_okay=False)
LABELS = {
    "taken": "%(rows)s rows: %(created)s created, %(changed)s changed, %(existing)s already there, %(refused)s refused; "
    "%(accounts)s new accounts; %(seconds)s seconds.",
    "tried": "Dry run, nothing was written. %(rows)s rows: %(created)s would be created, %(changed)s changed, "
    "%(existing)s already there, %(refused)s refused.",
    "needs_report": "The passwords of new accounts stand in the report and nowhere else: say with --report where to write it.",
    "report": "Report: %(path)s",
    "secret": "It holds temporary passwords: hand them out, then delete it.",
    "others": "Sheets that were not read: %(sheets)s",
    "passwords": "Passwords",
}

structure = AppGroup("structure", help="Areas, departments, teams and people from a spreadsheet.")


@structure.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Check and report everything, write nothing.")
@click.option("--report", type=FILE, metavar="OUT.xlsx", help="A workbook with what became of every row, and the passwords.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts and seconds as JSON.")
def import_structure(file: Path, dry_run: bool, report: Path | None, as_json: bool) -> None:
    """Take in the sheets of FILE (.xlsx, or one as .csv). What is there already is put right, nothing comes twice."""
    started, at = perf_counter(), now()
    with in_language():
        job = read(file)
        if job.new_logins and not report and not dry_run:
            raise click.UsageError(said("needs_report"))
        tally = try_out(job, report, at) if dry_run else put(job, report, at)
        told = {name: getattr(tally, name) for name in ("rows", *OUTCOMES, "accounts")}
        told["seconds"] = round(perf_counter() - started, 1)
        outcome = "tried" if dry_run else "taken"
        click.echo(json.dumps(told) if as_json else said(outcome) % told)
        if tally.other_sheets:
            click.echo(said("others") % {"sheets": "、".join(tally.other_sheets)}, err=True)
        if report:
            click.echo(said("report") % {"path": report}, err=True)
            if tally.accounts and not dry_run:
                click.echo(said("secret"), err=True)


def said(name: str) -> str:
    """A sentence of LABELS in the language of the installation."""
    return gettext(LABELS[name])


def read(file: Path) -> Job:
    """The file as it is to be taken in."""
    with readings_of_app()() as session:
        return read_job(session, file)


def prepare(job: Job) -> dict[str, Prepared]:
    """A password for each new account, with a bar on stderr: hashing takes its time, and holds nobody up here."""
    rules = current_app.extensions["passwords"]
    with click.progressbar(job.new_logins, label=said("passwords"), file=sys.stderr) as logins:
        return {login: passwords.prepare(rules) for login in logins}


def put(job: Job, report: Path | None, at: datetime) -> Tally:
    """Take the rows in. The report is on disk before the commit: no password is lost, none is told that is not valid."""
    rules, ready, written = current_app.extensions["passwords"], prepare(job), False
    try:
        with sessions_of_app()() as session, db.transaction(session):
            tally, lines = take_in(session, job, ready, actor=SETUP, at=at, today=local_date(at), rules=rules)
            if report:
                write_safely(report, lines)
                written = True
    except BaseException:
        if report and written:
            report.unlink(missing_ok=True)
        raise
    return tally


def try_out(job: Job, report: Path | None, at: datetime) -> Tally:
    """Take the rows in and give all of it back."""
    rules = current_app.extensions["passwords"]
    nothing = dict.fromkeys(job.new_logins, Prepared("-", "-"))
    with sessions_of_app()() as session:
        tally, lines = take_in(session, job, nothing, actor=SETUP, at=at, today=local_date(at), rules=rules)
        session.rollback()
    if report:
        write_safely(report, lines, tried=True)
    return tally


def write_safely(report: Path, lines: list[Line], *, tried: bool = False) -> None:
    """The report, or one sentence why it cannot be written."""
    try:
        write_report(report, lines, gettext, tried=tried)
    except OSError as error:
        raise click.FileError(str(report), error.strerror or str(error)) from error
