"""The yearly arrangement of holidays taken in: pasted or uploaded, what would move shown, then put in force."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from casemgr import db
from casemgr.intake.holiday_sheet import read_text
from casemgr.intake.problems import SheetError
from casemgr.services.books import as_if, load_books, load_calendar_days
from casemgr.services.recount import Difference, move_to_calendar, preview
from casemgr.web.access import guarded
from casemgr.web.admin import tables as said
from casemgr.web.changes import Page
from casemgr.web.forms.holidays import HolidayForm
from casemgr.web.sayings import say, say_error
from workflows import WORKFLOWS
from workflows.calendar import Calendar, CalendarError, read_calendar
from workflows.holiday_notice import NoticeError, arranged, read_arrangement

bp = Blueprint("holidays", __name__, url_prefix="/settings/calendar/new")
MOST_SHOWN = 200
FAULTS = {
    "nothing_found": "No holiday was found in this text.",
    "no_year": "The text does not say which year it is about.",
    "several_years": "The text is about several years: %(line)s. Take one at a time.",
    "wrong_count": "The number of days in this line is another than its dates give: %(line)s",
    "wrong_weekday": "A weekday in this line does not belong to its date: %(line)s",
    "no_date": "There is no such date: %(line)s",
    "reversed": "The dates of this line are not in order: %(line)s",
    "no_kind": "This line does not say whether the day is off or worked: %(line)s",
    "not_weekend": "%(line)s is a working day of the week anyhow, not a weekend day that is worked.",
    "gap": "%(line)s would leave a gap: the years of the calendar follow each other.",
}
BROKEN = "This table cannot be used: %(fault)s"


@dataclass(frozen=True, slots=True)
class Move:
    """A running deadline that would move."""

    case_id: int
    label: str
    before: datetime
    after: datetime


@bp.route("", methods=["GET", "POST"])
@guarded("settings")
def read() -> Page:
    """Take the text or the file, and show what it would change. Nothing is written."""
    form = HolidayForm()
    if request.method == "GET":
        return render_template("settings/holidays.html", form=form)
    calendar = calendar_of(form) if form.validate() else None
    if calendar is None:
        return render_template("settings/holidays.html", form=form), 422
    return shown(form, calendar)


def shown(form: HolidayForm, calendar: Calendar) -> str:
    """What would be in force, and which due times it moves."""
    with current_app.extensions["readings"]() as reading:  # it may take a while and holds nobody up
        books = load_books(reading)
        changed = [year for year in said.years_of(calendar) if year not in said.years_of(books.calendar)]
        found = preview(reading, as_if(books, calendar)) if changed else []
    moves = sorted(map(as_move, found), key=lambda move: (move.after, move.case_id))
    return render_template(
        "settings/holidays.html", form=form, years=changed, found=True, moves=moves[:MOST_SHOWN], count=len(moves),
        later=sum(move.after > move.before for move in moves), known=books.calendar.last_year,
    )  # fmt: skip


def as_move(change: Difference) -> Move:
    """A difference in words."""
    before: Any = change.before
    after: Any = change.after
    return Move(change.case_id, label_of(change.key), before, after)


def label_of(key: str) -> str:
    """The name of a deadline, whichever process it is of."""
    return next((gettext(d.label) for flow in WORKFLOWS.values() for d in flow.deadlines if d.key == key), key)


def calendar_of(form: HolidayForm) -> Calendar | None:
    """The calendar as it would be; None when the text cannot be read: why stands at its field, the text stays."""
    text = form.text.data or ""
    try:
        if form.file.data:
            text = form.text.data = uploaded(form.file.data)
        if "[[year]]" in text:
            return read_calendar(text, gettext("The text"))
        return arranged(load_books(g.session).calendar, read_arrangement(text))
    except NoticeError as error:
        form.text.errors = [say(FAULTS[error.code], {"line": error.line})]
    except CalendarError as error:
        form.text.errors = [say(BROKEN, {"fault": str(error)})]
    except SheetError as error:
        form.file.errors = [say_error(error)]
    return None


def uploaded(file: Any) -> str:
    """The text of an uploaded file. Raises SheetError."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "holidays"
        file.save(path)
        return read_text(path, file.filename)


@bp.post("/load")
@guarded("settings")
def load() -> Page:
    """Put it in force and count the running deadlines anew: one transaction, an event on each matter that moves."""
    form = HolidayForm()
    calendar = calendar_of(form) if form.validate() else None
    if calendar is None:
        return render_template("settings/holidays.html", form=form), 422
    if said.years_of(calendar) == said.years_of(load_books(g.session).calendar):
        flash(gettext("This is in force already."), "info")
        return redirect(url_for("settings.calendar"))
    with db.transaction(g.session):
        source = "+".join(str(year.year) for year in said.years_of(calendar)[:1])
        load_calendar_days(g.session, calendar, source, actor=g.actor, at=g.at)
        moved = move_to_calendar(g.session, actor=g.actor, at=g.at)
    flash(
        gettext("The calendar is in force.") + " "
        + ngettext("%(num)d open matter was counted anew.", "%(num)d open matters were counted anew.", moved), "done",
    )  # fmt: skip
    return redirect(url_for("settings.calendar"))
