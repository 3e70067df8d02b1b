"""Pages of the system administrator: the rules in force and the calendar, to be read. A new year: holidays.py."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, g, render_template
from sqlalchemy import select

from casemgr.models import CalendarVersion, RuleSet
from casemgr.queries.calendar import count_estimated
from casemgr.services.books import PACKAGED, load_books
from casemgr.web.access import guarded
from casemgr.web.admin import tables as said

bp = Blueprint("settings", __name__, url_prefix="/settings")


@bp.get("")
@guarded("settings")
def show() -> str:
    """Deadlines, ladders, cuts, teams and single numbers."""
    book, versions = load_books(g.session).rules, versions_of_rules()
    since = next((row.active_from for row in versions if row.version == book.version), None)
    return render_template(
        "settings/show.html", book=book, since=since, versions=versions, lengths=said.length_lines(book),
        ladders=said.ladder_lines(book), cuts=said.cut_lines(book), teams=said.team_lines(book), limits=said.limit_lines(book),
    )  # fmt: skip


def versions_of_rules() -> Sequence[Any]:
    """(version, active_from, sha256) of every rule set that was loaded, the newest first."""
    return g.session.execute(  # type: ignore[no-any-return]
        select(RuleSet.version, RuleSet.active_from, RuleSet.sha256).order_by(RuleSet.version.desc())
    ).all()


@bp.get("/calendar")
@guarded("settings")
def calendar() -> str:
    """Which years are known, from when on due times are estimates, and the days off."""
    books = load_books(g.session)
    row = None if books.calendar_name == PACKAGED else g.session.get(CalendarVersion, int(books.calendar_name))
    return render_template(
        "settings/calendar.html", calendar=books.calendar, row=row, years=said.years_of(books.calendar),
        provisional=said.provisional_from(books.calendar), estimated=count_estimated(g.session),
    )  # fmt: skip
