"""The short lines of the warning board: the most urgent red matters, what waits for a decision, the last escalation check.

What, place, duty, last act, next due; no names of persons, no phones. Reads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import String, and_, bindparam, cast, func, literal, literal_column, null, or_, select, true
from sqlalchemy.orm import Session, aliased

from casemgr import policy
from casemgr.models import Account, Area, Case, Department, Event, EventValue, JobRun, Post, Request, RuleSet, Team
from casemgr.policy import Actor
from casemgr.queries.board import Spot, here, red_here, sight
from casemgr.queries.filters import CaseFilter, own_matters
from casemgr.queries.prepared import Prepared
from casemgr.queries.tally import PLACE, Counted, load_counted

MOST = 10
CHECK_IS_LATE = timedelta(minutes=10)
SWEEP = "sweep"
SMALL = ("grid", "microgrid")  # said together with the area above
Above = aliased(Area)


@dataclass(frozen=True, slots=True)
class RedLine:
    """A red matter. The holder is a duty (role at a place, or a team), never a person; `reasons` are of warning.py."""

    id: int
    process: str
    title: str
    place: str
    people: int | None
    reasons: tuple[tuple[str, Mapping[str, Any]], ...]
    holder_role: str
    holder_place: str
    team: str
    has_patron: bool
    act: str
    act_at: datetime
    due_key: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that waits for one of the actor's own posts. `id` is the request, or for kind "patron" the matter itself;
    `version` is that of `id`, `about` the matter, `reason` what the asker wrote and `asker` his post as (role, place)."""

    id: int
    kind: str
    title: str
    tier: str
    place: str
    payload: Mapping[str, Any]
    due_at: datetime | None
    version: int
    about: int
    asked_at: datetime
    reason: str = ""
    asker: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Check:
    """The last escalation check: when it ended; state "normal", "failed", "late" or "never"."""

    at: datetime | None
    state: str


LAST_ACT = (  # the kind of the event that was the last work on a matter; what followed from it by itself ("case.…") is none
    select(Event.kind)
    .where(Event.stream == "case", Event.stream_id == Case.id, Event.at == Case.last_act_at, Event.kind.not_like("case.%"))
    .order_by(Event.seq.desc())
    .limit(1)
    .correlate(Case)
    .scalar_subquery()
)


@lru_cache(64)
def red_lines(level: str, actor: Actor | None) -> Prepared:
    """At most ten red matters of :area, what falls due first on top."""
    held_at = aliased(Area)
    return Prepared(
        select(
            Case.id, Case.process, Case.title, Area.id, Area.name, Area.level, Above.id, Above.name, Case.facts, Case.assessment,
            Case.holder_role, func.coalesce(Department.name, held_at.name, ""), func.coalesce(Team.name, ""),
            Case.patron_id.is_not(None), func.coalesce(LAST_ACT, ""), Case.last_act_at, Case.next_due_key, Case.next_due_at,
        )  # fmt: skip
        .join(Area, Area.id == Case.area_id)
        .outerjoin(Above, Above.id == Area.parent_id)
        .outerjoin(held_at, held_at.id == Case.holder_area_id)
        .outerjoin(Department, Department.id == Case.holder_department_id)
        .outerjoin(Team, Team.id == Case.team_id)
        .where(red_here(level, actor))
        .order_by(Case.due_order, Case.id)
        .limit(MOST)
    )


def load_red(session: Session, actor: Actor, area: Spot, at: datetime, counted: Counted | None = None) -> list[RedLine]:
    """At most ten red matters of an area, what falls due first on top; one query, none where there are none."""
    counted = counted or load_counted(session, actor, area.id, (), at)
    if counted.of(PLACE)["red"] <= 0:
        return []
    rows = red_lines(area.level, sight(actor, counted)).run(session, here(area, counted))
    return [red_line(area.id, *row) for row in rows]


def red_line(
    board: int, id: int, process: str, title: str, at_id: int, at_name: str, level: str, above_id: int | None, above_name: str | None,
    facts: Mapping[str, Any], assessment: Mapping[str, Any], *rest: Any,
) -> RedLine:  # fmt: skip
    """One row as a line."""
    small = level in SMALL and above_name is not None and board not in (at_id, above_id)
    return RedLine(
        id, process, title, f"{above_name} {at_name}" if small else at_name, facts.get("people"), tuple(reasons_for(assessment, "red")), *rest
    )


def place_words(area: Area, above: Area | None, board: int = 0) -> str:
    """The place; a grid with the community above it, unless that is the board's own or the grid is."""
    small = area.level in SMALL and above is not None and board not in (area.id, above.id)
    return f"{above.name} {area.name}" if small and above else area.name


def reasons_for(assessment: Mapping[str, Any], tier: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The reasons that give a tier: code of warning.py and its parameters."""
    return ((code, params) for _, code, params, gives in assessment.get("reasons", ()) if gives == tier)


def asked_for() -> Any:
    """At most ten open requests held by one of the posts of :areas and :duties, each "role@area"; and how many there are. The
    post that decides holds a request while it is open: the index over those finds them."""
    asked, about, words = aliased(Case, name="asked"), aliased(Case), aliased(EventValue)
    opened, post, seat = aliased(Event), aliased(Post), aliased(Area)
    mine = (asked.holder_role + "@" + cast(asked.holder_area_id, String)).in_(bindparam("duties", expanding=True))
    return (
        select(
            asked.id, Request.kind, about.title, about.tier, Area.id, Area.name, Area.level, Above.name, Request.payload,
            asked.next_due_at, asked.version, about.id, asked.registered_at, words.value, post.role, seat.name, func.count().over(),
        )
        .select_from(asked)
        .join(Request, asked.id == Request.case_id)
        .join(about, about.id == asked.parent_id)
        .join(Area, Area.id == about.area_id)
        .outerjoin(Above, Above.id == Area.parent_id)
        .outerjoin(opened, and_(opened.stream == "case", opened.stream_id == asked.id, opened.seq == 1))
        .outerjoin(words, and_(words.stream == "case", words.stream_id == asked.id, words.seq == 1, words.name == "reason"))
        .outerjoin(post, post.id == opened.post_id)
        .outerjoin(seat, seat.id == post.area_id)
        .where(asked.closed_at.is_(None), asked.process == literal_column("'request'"))
        .where(asked.holder_area_id.in_(bindparam("areas", expanding=True)), mine)
        .where(or_(Request.asked_by.is_(None), Request.asked_by.not_in(bindparam("accounts", expanding=True))))
        .order_by(asked.due_order, asked.id)
        .limit(MOST)
    )  # fmt: skip


REQUESTS = Prepared(asked_for())


def load_requests(session: Session, actor: Actor) -> tuple[list[Decision], int]:
    """At most ten requests that wait for the actor's posts, what falls due first on top; and how many there are."""
    posts = {(p.role, p.area_id) for p in actor.posts if p.area_id is not None}
    if not posts:
        return [], 0
    duties = [f"{role}@{area}" for role, area in posts]
    values = {"areas": [area for _, area in posts], "duties": duties, "accounts": actor.accounts or (0,)}
    return decisions(REQUESTS.run(session, values))


def patron_filter(actor: Actor) -> list[CaseFilter]:
    """Red matters without a patron that the actor leads: one filter a post."""
    return [CaseFilter(lead=area, tier="red", grade="confirmed", patron="none", counted=True) for area in actor.areas("secretary")]


@lru_cache(64)
def without_patron(actor: Actor) -> Prepared:
    """At most ten red matters without a patron led by one of an actor's posts, and how many there are."""
    open_red = and_(Case.closed_at.is_(None), Case.tier == literal_column("'red'"), Case.tier_confirmed.is_(True))
    return Prepared(
        select(
            Case.id, literal("patron"), Case.title, Case.tier, Area.id, Area.name, Area.level, Above.name, Case.facts,
            Case.next_due_at, Case.version, Case.id, Case.last_act_at, null(), null(), null(), func.count().over(),
        )
        .join(Area, Area.id == Case.area_id)
        .outerjoin(Above, Above.id == Area.parent_id)
        .where(Case.lead_area_id.in_(actor.areas("secretary")), open_red, Case.patron_id.is_(None), own_matters(), policy.visible(actor))
        .order_by(Case.due_order, Case.id)
        .limit(MOST)
    )  # fmt: skip


def load_patrons(session: Session, actor: Actor) -> tuple[list[Decision], int]:
    """At most ten red matters led by the actor for which a patron is to be named; and how many there are."""
    if not actor.areas("secretary"):
        return [], 0
    return decisions(without_patron(actor).run(session, {}))


def decisions(rows: Iterable[Any]) -> tuple[list[Decision], int]:
    """Rows that end in the number of all, as lines and that number."""
    found = list(rows)
    lines = [
        Decision(
            id, kind, title, tier, f"{above} {name}" if level in SMALL and above else name, payload, due, version, about, at,
            words["v"] if words else "", (role or "", seat or ""),
        )
        for id, kind, title, tier, _, name, level, above, payload, due, version, about, at, words, role, seat, _ in found
    ]  # fmt: skip
    return lines, found[0][-1] if found else 0


LAST_SWEEP = Prepared(
    select(JobRun.finished_at, JobRun.error)
    .where(JobRun.job == SWEEP, JobRun.finished_at.is_not(None))
    .order_by(JobRun.id.desc())
    .limit(1)
)


def load_check(session: Session, at: datetime) -> Check:
    """How the last finished sweep went."""
    row = LAST_SWEEP.run(session, {}).first()
    return check_of(row[0], row[1], at) if row else Check(None, "never")


def check_of(finished_at: datetime, error: str, at: datetime) -> Check:
    """What a run says of the check."""
    if error:
        return Check(finished_at, "failed")
    return Check(finished_at, "late" if at - finished_at > CHECK_IS_LATE else "normal")


class Standing(NamedTuple):
    """What a board shows beside its numbers: until when the reader has seen it, the last check, which rules are in force."""

    seen_at: datetime | None
    check: Check
    rules: int


LAST = LAST_SWEEP.statement.subquery()
STANDING = Prepared(
    select(Account.board_seen_at, LAST.c.finished_at, LAST.c.error, select(func.max(RuleSet.version)).scalar_subquery())
    .select_from(Account)
    .outerjoin(LAST, true())
    .where(Account.id == bindparam("account"))
)


def load_standing(session: Session, actor: Actor, at: datetime) -> Standing:
    """All of it for the reader of a board; one query."""
    seen_at, finished_at, error, rules = STANDING.run(session, {"account": actor.account_id}).one()
    return Standing(seen_at, check_of(finished_at, error, at) if finished_at else Check(None, "never"), rules or 0)
