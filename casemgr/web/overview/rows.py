"""The rows of the list of matters, drawn in Python and kept: many people see the same matters, and these seldom change.

A row follows from its `Shown` alone: the line as the database has just told it, the day, how long to the due time as words say
it, the language and how the list is shown. Whatever changes in the matter, its places, its holder or its ties is another line.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask import current_app, request
from markupsafe import Markup, escape

from casemgr.queries.lines import Line
from casemgr.web.locales import gettext, ngettext, present
from casemgr.web.marks import put, td, tier
from casemgr.web.overview.lines import due_name, flow_words, holder_words, line_url, state_words
from casemgr.web.words import day, due_tone, due_words, left_said, local_day, until

KEPT = 4096  # rows, about 2 kB each


@dataclass(frozen=True, slots=True)
class Shown:
    """All that a row follows from. `ticks`: it can be ticked; `facing`: no colour is said; `now` itself changes no word of it."""

    line: Line
    left: Any
    today: date
    zone: str
    language: str
    ticks: bool
    facing: bool
    prefix: str
    now: datetime = field(compare=False)


def rows(lines: Iterable[Line], now: datetime, *, ticks: bool, facing: bool) -> Markup:
    """The body of the table."""
    zone, same = current_app.config["BABEL_DEFAULT_TIMEZONE"], (present(), ticks, facing, request.script_root, now)
    today = local_day(now)
    return put(*(drawn(Shown(line, left_said(line.next_due_at, now), today, zone, *same)) for line in lines))


@lru_cache(KEPT)
def drawn(shown: Shown) -> Markup:
    """One row."""
    line, now = shown.line, shown.now
    mark = "" if shown.facing else td(gettext("Tier"), tier(line.tier, bool(line.tier) and not line.tier_confirmed) if line.graded else "", kind="mark")
    return put(
        '<tr role="row">', tick(line) if shown.ticks else "", "\n", mark, "\n",
        td(gettext("Matter"), line.title, href=line_url(line), sub=beside(line, now), kind="main"), "\n",
        td(gettext("State"), state_words(line), sub=flow_words(line)), "\n",
        td(gettext("Held by"), "" if line.closed_at else holder_words(line)), due(line, now), "\n</tr>",
    )  # fmt: skip


def tick(line: Line) -> Markup:
    """The box to tick it, which brings the version that was seen."""
    return put(
        '<td role="cell" class="is-tick"><label class="tick-alone"><input class="form-check-input" type="checkbox" name="line" value="',
        f"{line.id:d}:{line.version:d}", '"><span class="visually-hidden">', escape(line.number or line.title), "</span></label></td>",
    )  # fmt: skip


def beside(line: Line, now: datetime) -> str:
    """What stands under its title: number, place, day, matters joined to it."""
    joined = ngettext("%(num)d joined to it", "%(num)d joined to it", line.joined) if line.joined else ""
    return " · ".join(filter(None, (line.number, line.place, day(line.registered_at, now), joined)))


def due(line: Line, now: datetime) -> Markup:
    """The cell of what falls due next."""
    label, at = gettext("Next due"), line.next_due_at
    if line.closed_at:
        return td(label, gettext("Closed on %(day)s", day=day(line.closed_at, now)), tone="mute")
    if at is None:
        return td(label, gettext("No time limit"), tone="mute")
    return td(
        label, f"{due_name(line)} {due_words(at, now)}", sub=gettext("by %(moment)s", moment=until(at, now)),
        tone=due_tone(at, now), kind="nowrap",
    )  # fmt: skip
