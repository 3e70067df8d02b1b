"""The rules in force put into tables of words: deadlines, ladders, cuts, teams, limits, and the calendar. Display only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext, ngettext

from casemgr.web.law import say_source
from casemgr.web.structure.wording import category_words
from workflows import WORKFLOWS
from workflows.calendar import DAY, Calendar, working_days_in
from workflows.ladder import Before, Overdue, Point, Rung, Share
from workflows.lengths import parse_length
from workflows.roles import CASE_DUTIES, TIERS
from workflows.rulebook import Rulebook
from workflows.warning import CHOICE_LABELS, FACT, FACTOR_LABELS, TRIGGERS

LEAST = {  # unit of a fact -> how much of it
    "people": "%(least)s people or more",
    "yuan": "%(least)s yuan or more",
    "grids": "%(least)s grids or more",
    "communities": "%(least)s communities or more",
    "departments": "%(least)s departments or more",
    "days": "%(least)s days or more",
    "sessions": "%(least)s sessions or more",
    "calls": "%(least)s calls or more",
    "workers": "%(least)s workers or more",
}
LIMIT_LABELS = {
    "representatives": "Representatives of a side, at most",
    "yellow_extension_days": "Days of the first extension of a yellow matter, at most",
    "suspension_days": "Days of a suspension, at most",
    "correction_minutes": "Minutes in which a slip may be corrected without a request",
    "undo_hours": "Hours in which sorting may be undone",
    "visited_percent": "Of a hundred matters that are not red, how many are followed up by a visit",
    "automatic_after_minutes": "Minutes after which casemgr gives a matter out by itself",
    "least": "Households of a grid, at least",
    "most": "Households of a grid, at most",
}


@dataclass(frozen=True, slots=True)
class LengthLine:
    """One deadline: its process and name, its length by tier, from when it counts and on what ground, in words."""

    process: str
    label: str
    lengths: tuple[str, ...]
    counts_from: str
    source: str


def length_lines(book: Rulebook) -> list[LengthLine]:
    """Every deadline with its lengths, tier by tier."""
    return [
        LengthLine(
            gettext(WORKFLOWS[process].label), deadline_words(process, key),
            tuple(length_words(book.length(process, key, tier)) for tier in TIERS),
            gettext(WORKFLOWS[process].deadline(key).counts_from), say_source(WORKFLOWS[process].deadline(key).source),
        )
        for process, keys in book.raw["deadlines"].items() if process in WORKFLOWS
        for key in keys
    ]  # fmt: skip


def deadline_words(process: str, key: str) -> str:
    """The name of a deadline."""
    labels = {deadline.key: deadline.label for deadline in WORKFLOWS[process].deadlines}
    return gettext(labels.get(key, key))


def length_words(written: str | None) -> str:
    """A length in words; a dash where there is none."""
    if written is None:
        return "–"
    length = parse_length(written)
    return gettext(length.label, n=length.amount)


@dataclass(frozen=True, slots=True)
class LadderLine:
    """One ladder: its deadline, the tiers it is for ("" = all), and its rungs as (when, act, who is told)."""

    label: str
    tiers: tuple[str, ...]
    rungs: tuple[tuple[str, str, str], ...]


def ladder_lines(book: Rulebook) -> list[LadderLine]:
    """Every ladder, tiers with the same rungs together."""
    found = []
    for process, keys in book.raw.get("ladders", {}).items():
        for key in keys if process in WORKFLOWS else ():
            by_rungs: dict[tuple[Rung, ...], list[str]] = {}
            for tier in TIERS:
                by_rungs.setdefault(book.rungs(process, key, tier), []).append(tier)
            label = f"{gettext(WORKFLOWS[process].label)} · {deadline_words(process, key)}"
            for rungs, tiers in by_rungs.items():
                rows = tuple(rung_words(process, rung) for rung in rungs)
                found.append(LadderLine(label, () if len(tiers) == len(TIERS) else tuple(tiers), rows))
    return found


def rung_words(process: str, rung: Rung) -> tuple[str, str, str]:
    """When a rung comes, what it does, whom it tells."""
    labels = {step.name: step.label for step in WORKFLOWS[process].steps}
    told = gettext(", ").join(gettext(CASE_DUTIES.get(duty, duty)) for duty in rung.audience)
    return point_words(rung.point), gettext(labels.get(rung.act, rung.act)), told


def point_words(point: Point) -> str:
    """Where a rung stands on the way."""
    if isinstance(point, Share):
        return gettext("%(part)s of the way", part=f"{point.num}/{point.den}")
    if isinstance(point, Before):
        return ngettext("%(num)d day before", "%(num)d days before", point.days) if point.days else gettext("on the last day")
    late = []
    if isinstance(point, Overdue) and point.days:
        late.append(ngettext("%(num)d day", "%(num)d days", point.days))
    if isinstance(point, Overdue) and point.hours:
        late.append(ngettext("%(num)d hour", "%(num)d hours", point.hours))
    return gettext("%(time)s after the due time", time=" ".join(late)) if late else gettext("when overdue")


def cut_lines(book: Rulebook) -> list[tuple[str, str, str]]:
    """(tier, factor, what makes it so) for every line of the rules, the highest tier first."""
    return [
        (tier, gettext(FACTOR_LABELS[TRIGGERS[code].factor]), cut_words(cuts))
        for tier in reversed(TIERS)
        for code, cuts in book.raw["warning"].get(tier, {}).items()
    ]


def cut_words(cuts: Mapping[str, Any]) -> str:
    """The facts of a line, which must all hold."""
    return " · ".join(fact_words(name, least) for name, least in cuts.items())


def fact_words(name: str, least: Any) -> str:
    """One fact and what it must reach."""
    fact = FACT[name]
    label = gettext(fact.label)
    if least is True:
        return label
    if isinstance(least, list):
        words = category_words(least) if name == "category" else gettext(", ").join(gettext(CHOICE_LABELS.get(v, v)) for v in least)
        return gettext("%(fact)s: %(values)s", fact=label, values=words)
    return gettext("%(fact)s: %(values)s", fact=label, values=gettext(LEAST[fact.unit], least=f"{least:,}"))


def team_lines(book: Rulebook) -> list[tuple[str, str, str]]:
    """(key, name, what it takes) of the teams by default."""
    labels = {key: team["label"] for key, team in book.raw["teams"].items()}
    return [
        (key, gettext(labels[key]), category_words(categories) or gettext("what no other team takes"))
        for key, categories in book.team_categories().items()
    ]


def limit_lines(book: Rulebook) -> list[tuple[str, Any]]:
    """(what, number) of the single numbers."""
    sections = ("limits", "routing", "grid_standard")
    return [
        (gettext(LIMIT_LABELS.get(name, name)), value)
        for section in sections
        for name, value in book.raw.get(section, {}).items()
    ]


@dataclass(frozen=True, slots=True)
class Year:
    """One year of the calendar: working days, runs of days off with their names, weekend days that are worked."""

    year: int
    working_days: int
    rest: tuple[tuple[date, date, str], ...]
    work: tuple[date, ...]


def years_of(calendar: Calendar) -> list[Year]:
    """Every year that is loaded, the newest first."""
    return [
        Year(
            year, working_days_in(calendar, year), runs_of(calendar, [d for d in calendar.rest if d.year == year]),
            tuple(sorted(d for d in calendar.work if d.year == year)),
        )
        for year in range(calendar.last_year, calendar.first_year - 1, -1)
    ]  # fmt: skip


def runs_of(calendar: Calendar, days: list[date]) -> tuple[tuple[date, date, str], ...]:
    """Days off that follow each other under one name, as (first, last, name)."""
    runs: list[tuple[date, date, str]] = []
    for day in sorted(days):
        name = calendar.rest_name(day) or ""
        if runs and runs[-1][1] + DAY == day and runs[-1][2] == name:
            runs[-1] = (runs[-1][0], day, name)
        else:
            runs.append((day, day, name))
    return tuple((first, last, gettext(name) if name else "") for first, last, name in runs)


def provisional_from(calendar: Calendar) -> date:
    """The first day whose holidays are not published yet: due times beyond it are estimates."""
    return date(calendar.last_year, 12, 31) + timedelta(days=1)
