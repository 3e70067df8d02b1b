"""What a list of matters can be narrowed to, as values that fit into an address.

The board counts with the same conditions its links carry, so a number and its list always agree. Scope
(policy.visible) is not here: every caller adds it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, true

from casemgr.models import Account, Appointment, AreaPath, Case, DeadlineRow, Event, JointMember, Order, Post
from casemgr.queries.actors import holding_on
from workflows import WORKFLOWS
from workflows.guards import ZONE, local_date
from workflows.roles import TIERS

LISTED = tuple(name for name, flow in WORKFLOWS.items() if flow.listed)
IN_LISTS = [literal(name) for name in LISTED]  # parameters that need not be written out at every run
COUNTED = tuple(name for name, flow in WORKFLOWS.items() if flow.listed and flow.counted)
TIERED = tuple(name for name, flow in WORKFLOWS.items() if flow.tiered)
RAISES = {
    "risk": ("case.raised", *(f"{name}.raised" for name in TIERED)),
    "overdue": tuple(f"{name}.raised_overdue" for name in TIERED),
}
# The kinds of events after which a matter may be red.
TO_RED = (
    "case.regraded", *RAISES["risk"], *RAISES["overdue"],
    *(step.event for name in TIERED for step in WORKFLOWS[name].steps if step.effect.startswith("accept")),
)  # fmt: skip
AGES = {"0-7": (0, 7), "8-15": (8, 15), "16-30": (16, 30), "31-": (31, None)}  # days since registration, both included
ALLOWED = {
    "process": LISTED,
    "tier": TIERS,
    "grade": ("confirmed", "suggested"),
    "due": ("overdue", "today", "week"),
    "age": tuple(AGES),
    "raised": tuple(RAISES),
    "charge": ("nobody",),
    "patron": ("none",),
    "joint": ("yes",),
    "late": tuple(dict.fromkeys(deadline.key for name in LISTED for deadline in WORKFLOWS[name].deadlines)),
    "status": ("open", "closed", "all"),
}
NUMBERS = ("area", "lead", "team", "handler")
DATES = ("since", "registered_from", "registered_to", "closed_from", "closed_to")


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """One choice for each way of narrowing; the empty value does not narrow.

    area, own       a place with all below it; `own`: only what lies directly at it
    lead            the area whose secretary leads
    process         one process; by default all that stand in lists
    counted         only what is a matter of its own, not a part of one, as boards count
    grade           whether a person has confirmed the tier, or it is only suggested
    category        a code of disputes; one of two figures stands for its whole class
    due             by the earliest running deadline: late now, due before the local day ends, or within seven days
    age             days since registration, a key of AGES
    raised, since   raised for that cause on or after a local date
    red_since       became red after an instant
    registered_…, closed_…  local dates, both included
    late            the key of a deadline that is overdue, whatever else falls due
    joint           "yes": other matters are joined to it
    charge          "nobody": no person holds it and the post it waits for is vacant
    status          open (default), closed or all
    """

    area: int | None = None
    own: bool = False
    lead: int | None = None
    process: str = ""
    counted: bool = False
    state: str = ""
    tier: str = ""
    grade: str = ""
    due: str = ""
    age: str = ""
    raised: str = ""
    since: date | None = None
    red_since: datetime | None = None
    charge: str = ""
    patron: str = ""
    joint: str = ""
    late: str = ""
    team: int | None = None
    handler: int | None = None
    category: str = ""
    channel: str = ""
    registered_from: date | None = None
    registered_to: date | None = None
    closed_from: date | None = None
    closed_to: date | None = None
    status: str = "open"

    @classmethod
    def from_args(cls, args: Mapping[str, str]) -> "CaseFilter":
        """The filter in the arguments of an address. Raises ValueError naming the argument that is not one."""
        given = {field.name: args[field.name].strip() for field in fields(cls) if args.get(field.name, "").strip()}
        return cls(**{name: parsed(name, text) for name, text in given.items()})

    def args(self) -> dict[str, str]:
        """The arguments of an address that stand for this filter."""
        standing = CaseFilter()
        chosen = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: as_text(value) for name, value in chosen.items() if value != getattr(standing, name)}

    @property
    def timed(self) -> bool:
        """Whether it compares with now: the same filter says something else later."""
        return bool(self.due or self.age or self.late or self.charge)

    def where(self, at: datetime) -> ColumnElement[bool]:
        """The condition on Case. `at` is now: lateness and ages are compared with it."""
        return and_(*conditions(self, at))


def parsed(name: str, text: str) -> Any:
    """The value of one argument. Raises ValueError."""
    try:
        if name in NUMBERS:
            return int(text)
        if name in DATES:
            return date.fromisoformat(text)
        if name == "red_since":
            return aware(datetime.fromisoformat(text))
    except ValueError:
        raise ValueError(name) from None
    if name in ("own", "counted"):
        return text == "1"
    if text not in ALLOWED.get(name, (text,)):
        raise ValueError(name)
    return text


def aware(at: datetime) -> datetime:
    """The instant, if it has its zone. Raises ValueError."""
    if at.tzinfo is None:
        raise ValueError("an instant without its zone")
    return at


def as_text(value: Any) -> str:
    """A value as it stands in an address."""
    if value is True:
        return "1"
    return value.isoformat() if isinstance(value, date) else str(value)


def conditions(f: CaseFilter, at: datetime) -> Iterator[ColumnElement[bool]]:
    """One condition for each choice made."""
    if f.status != "all":
        yield Case.closed_at.is_(None) if f.status == "open" else Case.closed_at.is_not(None)
    if f.area is not None:
        yield Case.area_id == f.area if f.own else Case.area_id.in_(below(f.area))
    yield Case.process == f.process if f.process else own_matters() if f.counted else Case.process.in_(IN_LISTS)
    for column, value in (
        (Case.lead_area_id, f.lead), (Case.state, f.state), (Case.tier, f.tier),
        (Case.team_id, f.team), (Case.handler_id, f.handler), (Case.channel, f.channel),
    ):  # fmt: skip
        if value:
            yield column == value
    if f.category:
        yield of_category(f.category)
    if f.grade == "confirmed":
        yield Case.tier_confirmed.is_(True)
    elif f.grade:
        yield and_(Case.tier_confirmed.is_(False), Case.tier != "")
    if f.patron:
        yield Case.patron_id.is_(None)
    if f.late:
        yield Case.id.in_(overdue(f.late, at))
    if f.joint:
        yield Case.id.in_(select(JointMember.root_id))
    if f.charge:
        yield in_nobodys_charge(local_date(at))
    yield from timed(f, at)


def timed(f: CaseFilter, at: datetime) -> Iterator[ColumnElement[bool]]:
    """The conditions that compare with now, or with the trail."""
    if f.due == "overdue":
        yield Case.next_due_at <= at
    elif f.due == "today":
        yield and_(Case.next_due_at > at, Case.next_due_at <= midnight(local_date(at) + timedelta(days=1)))
    elif f.due == "week":
        yield and_(Case.next_due_at > at, Case.next_due_at <= midnight(local_date(at) + timedelta(days=8)))
    if f.age:
        yield of_age(f.age, at)
    yield from between(Case.registered_at, f.registered_from, f.registered_to)
    yield from between(Case.closed_at, f.closed_from, f.closed_to)
    if f.raised:
        yield happened(RAISES[f.raised], Event.at >= midnight(f.since) if f.since else true())
    if f.red_since:
        yield and_(Case.tier == "red", Case.tier_confirmed.is_(True), happened(TO_RED, Event.at > f.red_since))


def own_matters() -> ColumnElement[bool]:
    """The condition that a case is a matter of its own, as boards count: no part of one, as the order of a helping unit is."""
    helping = exists().where(Order.case_id == Case.id, Order.helping.is_(True)).correlate(Case)
    return and_(Case.process.in_(COUNTED), or_(Case.process != "order", ~helping))


def overdue(key: str, at: datetime) -> Any:
    """A select of the cases whose deadline of that key is overdue."""
    late = (DeadlineRow.key == key) & (DeadlineRow.status == "running") & (DeadlineRow.due_at <= at)
    return select(DeadlineRow.case_id).where(late)


def of_category(code: str) -> ColumnElement[bool]:
    """Of that code, or of any code of the class that two figures stand for."""
    return class_of(Case.category) == code if len(code) == 2 else Case.category == code


def class_of(category: Any) -> ColumnElement[str]:
    """The class of a category: its first two figures."""
    return func.substr(category, 1, 2)


def between(column: Any, first: date | None, last: date | None) -> Iterator[ColumnElement[bool]]:
    """An instant that falls on a local date from `first` to `last`, both included; None leaves an end open."""
    if first:
        yield column >= midnight(first)
    if last:
        yield column < midnight(last + timedelta(days=1))


def below(area: int) -> Any:
    """A select of the area and all below it."""
    return select(AreaPath.descendant_id).where(AreaPath.ancestor_id == area)


def midnight(day: date) -> datetime:
    """The first instant of a local date."""
    return datetime.combine(day, time(), ZONE)


def of_age(key: str, at: datetime) -> ColumnElement[bool]:
    """Registered so many local days ago, as AGES says."""
    youngest, oldest = AGES[key]
    today = local_date(at)
    after = Case.registered_at < midnight(today - timedelta(days=youngest - 1))
    if oldest is None:
        return after
    return and_(after, Case.registered_at >= midnight(today - timedelta(days=oldest)))


def happened(kinds: tuple[str, ...], when: ColumnElement[bool]) -> ColumnElement[bool]:
    """An event of one of these kinds of cases stands in its trail, at such a time.

    The kind implies the stream: naming it too would lead SQLite away from the index on time.
    """
    return Case.id.in_(select(Event.stream_id).where(Event.kind.in_(kinds), when))


def in_nobodys_charge(on: date) -> ColumnElement[bool]:
    """No person holds it, and nobody fills the post it waits for on that day."""
    filled = exists().where(
        Post.role == Case.holder_role,
        or_(Post.area_id == Case.holder_area_id, Post.department_id == Case.holder_department_id),
        Appointment.post_id == Post.id,
        holding_on(on),
        Account.id == Appointment.account_id,
        Account.active.is_(True),
    ).correlate(Case)  # a list that shows the holder's name has accounts of its own
    return and_(Case.closed_at.is_(None), Case.holder_id.is_(None), ~filled)
