"""The times of a case in words: why each deadline is due then, which rungs it has, who held the case when.

The arithmetic is workflows.clocks, ladder and ledger; here their results are put into sentences and lines.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from casemgr.models import DeadlineFact, Holding, RungFired
from casemgr.queries import case_page
from casemgr.queries.case_page import Names
from casemgr.services.books import Books, load_books
from casemgr.services.clockwork import instants
from casemgr.policy import Actor
from casemgr.services.drafts import Draft, load_drafts
from casemgr.web import words
from casemgr.web.law import say_source
from casemgr.web.locales import gettext
from casemgr.web.matters.parts import say_holder
from casemgr.web.matters.wording import RUNGS, say_duty, say_tier
from workflows.clock_history import stretches
from workflows.clocks import OPEN, Clock, ClockFact, replay
from workflows.due import say
from workflows.ledger import Span, spans, totals
from workflows.lengths import parse_length
from workflows.view import Duty

STATES = {
    "late": _l("overdue"), "running": _l("running"), "paused": _l("paused"), "met": _l("nothing due"), "closed": _l("closed"),
}  # fmt: skip
FACTS = {
    "start": _l("Started"), "relength": _l("Another length with the tier %(tier)s: %(length)s"),
    "extend": _l("Extended by %(length)s"), "pause": _l("Paused"), "resume": _l("Running again"),
    "meet": _l("Done"), "cancel": _l("No longer needed"), "close": _l("Ended with the matter"),
    "reopen": _l("Goes on after reopening"), "calendar": _l("Counted anew with another calendar"),
}  # fmt: skip
MOST_BESIDE = 12  # matters whose lines stand beside those of another
ORDER = ("late", "running", "paused", "met", "closed")


@dataclass(frozen=True, slots=True)
class RungLine:
    """A rung of a ladder: what it is, when it is due, when it fired (None: not yet), whom it tells."""

    name: str
    at: datetime | None
    fired_at: datetime | None
    skipped: bool
    audience: str


@dataclass(frozen=True, slots=True)
class Story:
    """One deadline told: its source, what happened to it, the arithmetic in sentences, its ladder."""

    key: str
    label: str
    counted_from: str
    source: str
    owner: str
    status: str
    due_at: datetime | None
    provisional: bool
    is_open: bool
    is_late: bool
    right: bool
    events: list[tuple[datetime, str]] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    rungs: list[RungLine] = field(default_factory=list)


def deadline_stories(session: Session, draft: Draft, at: datetime) -> list[Story]:
    """Every deadline the case has or had, open ones first, what falls due first in front."""
    books = load_books(session)
    fired = case_page.rungs_of(session, draft.row["id"])
    found = [story(draft, key, books, fired, at) for key in draft.clock_rows]
    return sorted(found, key=lambda s: (not s.is_open, s.due_at is None, s.due_at or at))


def story(draft: Draft, key: str, books: Books, fired: Sequence[RungFired], at: datetime) -> Story:
    """One deadline told."""
    clock, kind = replay(key, draft.clock_facts[key], books.calendars), draft.flow.deadline(key)
    return Story(
        key, gettext(kind.label), gettext(kind.counts_from), say_source(kind.source), say_duty(kind.owner), clock.status, clock.due_at,
        bool(clock.due and clock.due.provisional), clock.status in OPEN, clock.is_late(at), kind.right,
        [(fact.at, say_clock_fact(fact)) for fact in draft.clock_facts[key]], why_then(clock),
        rung_lines(draft, clock, books, [rung for rung in fired if rung.key == key]),
    )  # fmt: skip


def say_clock_fact(fact: ClockFact) -> str:
    """What happened to a deadline."""
    values = {"tier": say_tier(fact.data.get("tier") or ""), "length": say_length(fact.data.get("length"))}
    sentence = str(FACTS[fact.kind])
    if fact.kind == "start" and fact.data.get("due_on"):
        return gettext("Started; the day was fixed: %(day)s", day=words.day(date.fromisoformat(fact.data["due_on"])))
    if fact.kind == "start" and fact.data.get("length"):
        return gettext("Started with a length of %(length)s", length=values["length"])
    return sentence % values if "%(" in sentence else sentence


def say_length(text: str | None) -> str:
    """A length as written in the rules."""
    if not text:
        return gettext("no limit")
    length = parse_length(text)
    return gettext(length.label) % {"n": length.amount}


def why_then(clock: Clock) -> list[str]:
    """The arithmetic in sentences."""
    if clock.due is None:
        return [gettext("The rules set no limit for this tier.")]
    sentences = [say(reason, gettext) for reason in clock.due.why]
    if clock.not_before and clock.due_at == clock.not_before:
        sentences.append(gettext("The tier was lowered: a due time never moves earlier, so the one before stands."))
    return sentences


def rung_lines(draft: Draft, clock: Clock, books: Books, fired: Sequence[RungFired]) -> list[RungLine]:
    """The rungs that fired in earlier epochs, then the whole ladder as it stands."""
    past = [RungLine(str(RUNGS.get(r.rung, r.rung)), r.due_at, r.fired_at, False, "") for r in fired if r.epoch != clock.epoch]
    if clock.facts is None:
        return past
    done = {rung.rung: rung.fired_at for rung in fired if rung.epoch == clock.epoch}
    rules = books.rules_by_version.get(clock.rules, books.rules)
    told = {rung.name: rung.audience for rung in rules.rungs(draft.row["process"], clock.key, clock.tier)}
    ladder = [
        RungLine(str(RUNGS.get(r.name, r.name)), r.at, done.get(r.name), r.skipped, say_audience(told.get(r.name, ())))
        for r in instants(draft, clock, books)
    ]
    return past + ladder


def say_audience(duties: Iterable[str]) -> str:
    """Whom a rung tells."""
    return gettext(", ").join(say_duty(duty) for duty in duties)


# --- who held it when


def ledger_lines(session: Session, draft: Draft, at: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The spans of the clock ledger in words, and for each holder the time in each state."""
    held = case_page.holdings_of(session, draft.row["id"])
    found = ledger(draft, held, case_page.deadline_facts_of(session, draft.row["id"]), load_books(session), at)
    names = case_page.load_names(session, **case_page.ids_held(held))
    sums = totals(found)
    return [line(span, names, at) for span in found], [total(holder, states, names) for holder, states in sums.items()]


def ledgers_beside(session: Session, actor: Actor, draft: Draft, at: datetime) -> list[tuple[Draft, list[dict[str, Any]]]]:
    """The sums of what belongs to a matter and of what belongs to that: the lines of departments and helpers beside it."""
    ids = [case.id for case in case_page.belonging_to(session, actor, draft.row["id"], limit=MOST_BESIDE)]
    ids += [under.id for id in ids for under in case_page.belonging_to(session, actor, id, limit=MOST_BESIDE)]
    drafts = load_drafts(session, ids[:MOST_BESIDE], lock=False)
    return [(one, ledger_lines(session, one, at)[1]) for _, one in sorted(drafts.items())]


def ledger(
    draft: Draft, held: Sequence[Holding], facts: Sequence[DeadlineFact], books: Books, at: datetime
) -> tuple[Span, ...]:
    """The clock ledger of a case up to an instant; a holder is a Duty."""
    by_key: dict[str, list[ClockFact]] = {}
    for fact in facts:
        by_key.setdefault(fact.key, []).append(ClockFact(fact.kind, fact.at, fact.data))
    timed = [
        one
        for key, mine in by_key.items()
        for one in stretches(key, mine, books.calendars, right=draft.flow.deadline(key).right)
    ]
    holdings = [(h.from_at, Duty(h.role, h.area_id, None, h.department_id, h.account_id)) for h in held]
    ends = [h.from_at for h in held[1:]]
    shut = [(h.from_at, end) for h, end in zip(held, [*ends, None], strict=True) if h.closed]
    return spans(draft.row["registered_at"], holdings, timed, shut, at)


def line(span: Span, names: Names, at: datetime) -> dict[str, Any]:
    """A span in words."""
    holder: Any = span.holder
    return {
        "from_at": span.from_at, "to_at": span.to_at, "running": span.to_at >= at, "state": span.state,
        "state_words": str(STATES[span.state]), "holder": say_holder(holder, names), "for": say_time(span.to_at - span.from_at),
    }  # fmt: skip


def total(holder: Any, states: dict[str, timedelta], names: Names) -> dict[str, Any]:
    """The time of one holder by state, in the order from late to closed."""
    return {
        "holder": say_holder(holder, names), "all": say_time(sum(states.values(), timedelta())),
        "states": [(state, say_time(states[state]) if state in states else "") for state in ORDER],
    }  # fmt: skip


def say_time(length: timedelta) -> str:
    """A stretch of time to the minute: 2 days 3 hours, 5 hours 20 minutes."""
    minutes = int(length.total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    said = [
        words_of % {"n": n}
        for n, words_of in ((days, gettext("%(n)s d")), (hours, gettext("%(n)s h")), (rest, gettext("%(n)s min")))
        if n
    ]
    return " ".join(said[:2]) or gettext("under a minute")
