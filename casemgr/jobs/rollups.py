"""Finished days in numbers: open, registered, closed, raised, by area, process and tier, as the day ended; and what was open
over each area with all below it. A night looks at what is open and at what happened since, never at all there is.

Today's numbers are those of the tallies (queries.board). A matter is worked out as it stood at the end of the day from
its holdings and the facts of its deadlines, so a day counted late gives the same; its area is the present one.
Matters taken over with an earlier instant give their days back (services.imports): those are counted anew.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import and_, delete, exists, func, insert, literal, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.jobs import slots
from casemgr.jobs.site import Done, Site
from casemgr.models import AreaPath, Barred, Case, DailyNumber, DeadlineFact, Event, Holding, TallyMark
from casemgr.queries.board import OPEN_BELOW
from casemgr.queries.runs import DAY_COUNTED
from workflows import WORKFLOWS

NAME, DAY = "rollups", DAY_COUNTED
MOST_DAYS = 31  # a run: what is left comes with the next one
KEPT_DAYS = 100  # how long what was open over an area is kept: boards show twelve weeks
CHUNK = 500
Key = tuple[int, str, str, str]  # area, process, tier, measure


@dataclass
class Standing:
    """A matter as it stood at an instant."""

    area_id: int
    process: str
    tier: str
    open: bool


def run(site: Site, at: datetime) -> Done:
    """Count every finished day that has not been counted, oldest first."""
    today = slots.local_day(site.settings, at)
    zone = ZoneInfo(site.settings.timezone)
    days = missing_days(site, today, zone)
    for day in days[:MOST_DAYS]:
        with site.sessions() as session, db.transaction(session):
            if slots.take(session, DAY, day, at):
                write_day(session, day, zone)
    if len(days) <= MOST_DAYS:
        with site.sessions() as session, db.transaction(session):
            slots.take(session, NAME, today, at)
    return Done({"days": len(days[:MOST_DAYS])} if days else {})


def missing_days(site: Site, today: date, zone: ZoneInfo) -> list[date]:
    """The finished days not counted, from the first one ever counted on, else from the first matter: new ones, and those
    that an import gave back."""
    with site.readings() as session:
        first = session.scalar(select(func.min(Case.registered_at)))
        counted = slots.days_done(session, DAY)
    start = min(counted, default=first.astimezone(zone).date() if first else today)
    days = (start + timedelta(days=n) for n in range((today - start).days))
    return [day for day in days if day not in counted]


def write_day(session: Session, day: date, zone: ZoneInfo) -> None:
    """Replace the numbers of one day."""
    start, end = (datetime(d.year, d.month, d.day, tzinfo=zone) for d in (day, day + timedelta(days=1)))
    session.execute(delete(DailyNumber).where(DailyNumber.on_date == day))
    names = ("area_id", "process", "tier", "measure")
    rows = [
        dict(zip(names, key, strict=True)) | {"on_date": day, "value": value}
        for key, value in count_day(session, start, end).items()
    ]
    if rows:
        session.execute(insert(DailyNumber), rows)
    write_below(session, day)


def write_below(session: Session, day: date) -> None:
    """What was open at the end of a day over every area with all below it, as boards ask; forgotten after so many days."""
    below = (
        select(
            DailyNumber.on_date, AreaPath.ancestor_id, DailyNumber.process, DailyNumber.tier, literal(OPEN_BELOW), func.sum(DailyNumber.value)
        )
        .join(AreaPath, AreaPath.descendant_id == DailyNumber.area_id)
        .where(DailyNumber.on_date == day, DailyNumber.measure == "open")
        .group_by(DailyNumber.on_date, AreaPath.ancestor_id, DailyNumber.process, DailyNumber.tier)
    )
    session.execute(insert(DailyNumber).from_select(["on_date", "area_id", "process", "tier", "measure", "value"], below))
    session.execute(update(TallyMark).where(TallyMark.name == "days").values(value=TallyMark.value + 1))
    old = day - timedelta(days=KEPT_DAYS)
    session.execute(delete(DailyNumber).where(DailyNumber.on_date == old, DailyNumber.measure == OPEN_BELOW))


def count_day(session: Session, start: datetime, end: datetime) -> Counter[Key]:
    """The numbers of [start, end)."""
    found = standings(session, start, end)
    counts: Counter[Key] = Counter()
    for standing in found.values():
        if standing.open:
            counts[standing.area_id, standing.process, standing.tier, "open"] += 1
    for id, measure in happened(session, start, end):
        if at_end := found.get(id):
            counts[at_end.area_id, at_end.process, at_end.tier, measure] += 1
    return counts


def happened(session: Session, start: datetime, end: datetime) -> Iterable[tuple[int, str]]:
    """(case, measure) for whatever of note happened in [start, end)."""
    registered = select(Case.id).where(Case.registered_at >= start, Case.registered_at < end)
    in_day = (Event.stream == "case") & (Event.at >= start) & (Event.at < end)
    closed = select(Holding.case_id).where(
        Holding.case_id.in_(select(Event.stream_id).where(in_day)), Holding.closed.is_(True), Holding.from_at >= start, Holding.from_at < end
    )
    by_risk = select(Event.stream_id).where(in_day, Event.kind == "case.raised")
    by_lateness = select(Event.stream_id).where(in_day, Event.kind.endswith(".raised_overdue"))
    for measure, query in (
        ("registered", registered), ("closed", closed), ("raised_risk", by_risk), ("raised_overdue", by_lateness),
    ):  # fmt: skip
        yield from ((id, measure) for id in session.scalars(query))


def standings(session: Session, start: datetime, end: datetime) -> dict[int, Standing]:
    """How every matter that was open or moved in [start, end) stood at its end, but for those kept from somebody: the
    numbers of a day are read by all."""
    moved_since = select(Event.stream_id).where(Event.stream == "case", Event.at >= start)
    query = (
        select(Case.id, Case.area_id, Case.process, Case.tier, Case.tier_confirmed, Case.closed_at, Case.trail_at)
        .where(Case.registered_at < end, ~exists().where(Barred.case_id == Case.id))
        .execution_options(yield_per=CHUNK)
    )
    rows = (
        row
        for which in (Case.closed_at.is_(None), and_(Case.closed_at.is_not(None), Case.id.in_(moved_since)))
        for row in session.execute(query.where(which))
    )
    found: dict[int, Standing] = {}
    moved: list[int] = []
    for id, area, process, tier, confirmed, closed_at, trail_at in rows:
        found[id] = Standing(area, process, tier if confirmed else "", closed_at is None)
        if trail_at >= end:
            moved.append(id)
    for at in range(0, len(moved), CHUNK):
        set_back(session, moved[at : at + CHUNK], found, end)
    return found


def set_back(session: Session, ids: Sequence[int], found: dict[int, Standing], end: datetime) -> None:
    """Work out tier and openness before `end` for matters that have moved on since."""
    for id in ids:
        found[id].tier, found[id].open = "", False
    held = select(Holding.case_id, Holding.closed).where(Holding.case_id.in_(ids), Holding.from_at < end)
    for id, closed in session.execute(held.order_by(Holding.case_id, Holding.seq)):
        found[id].open = not closed
    facts = (
        select(DeadlineFact.case_id, DeadlineFact.key, DeadlineFact.data)
        .where(DeadlineFact.case_id.in_(ids), DeadlineFact.at < end, DeadlineFact.kind.in_(("start", "relength")))
        .order_by(DeadlineFact.case_id, DeadlineFact.seq)
    )
    for id, key, data in session.execute(facts):
        if key in confirmed_clocks(found[id].process):
            found[id].tier = data.get("tier", "")


def confirmed_clocks(process: str) -> set[str]:
    """The deadlines that run once a person has confirmed the tier: all but those that start with the matter."""
    flow = WORKFLOWS[process]
    return {d.key for d in flow.deadlines} - {s.key for s in flow.opens.started()} if flow.tiered else set()
