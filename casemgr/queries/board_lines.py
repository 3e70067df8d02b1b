"""The short lines of the warning board: the most urgent red matters, what waits for a decision, the last escalation check.

What, place, duty, last act, next due; no names of persons, no phones. Reads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, false, func, literal, null, or_, select
from sqlalchemy.orm import Session, aliased

from casemgr import policy
from casemgr.models import Area, Case, Department, Event, EventValue, JobRun, Post, Request, Team
from casemgr.policy import Actor
from casemgr.queries.filters import CaseFilter

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


def load_red(session: Session, actor: Actor, area: int, at: datetime) -> list[RedLine]:
    """At most ten red matters of an area, what falls due first on top."""
    held_at = aliased(Area)
    query = (
        select(Case, Area, Above, func.coalesce(Department.name, held_at.name), Team.name)
        .join(Area, Area.id == Case.area_id)
        .outerjoin(Above, Above.id == Area.parent_id)
        .outerjoin(held_at, held_at.id == Case.holder_area_id)
        .outerjoin(Department, Department.id == Case.holder_department_id)
        .outerjoin(Team, Team.id == Case.team_id)
        .where(CaseFilter(area=area, tier="red", grade="confirmed", counted=True).where(at), policy.visible(actor))
        .order_by(Case.next_due_at.asc().nulls_last(), Case.id)
        .limit(MOST)
    )
    rows = session.execute(query).all()
    acts = last_acts(session, [row[0].id for row in rows])
    return [red_line(area, acts, *row) for row in rows]


def red_line(
    board: int, acts: Mapping[int, str], case: Case, area: Area, above: Area | None, held: str | None, team: str | None
) -> RedLine:
    """One row as a line."""
    return RedLine(
        id=case.id, process=case.process, title=case.title, place=place_words(area, above, board),
        people=case.facts.get("people"), reasons=tuple(reasons_for(case.assessment, "red")),
        holder_role=case.holder_role, holder_place=held or "", team=team or "", has_patron=case.patron_id is not None,
        act=acts.get(case.id, ""), act_at=case.last_act_at, due_key=case.next_due_key, due_at=case.next_due_at,
    )  # fmt: skip


def place_words(area: Area, above: Area | None, board: int = 0) -> str:
    """The place; a grid with the community above it, unless that is the board's own or the grid is."""
    small = area.level in SMALL and above is not None and board not in (area.id, above.id)
    return f"{above.name} {area.name}" if small and above else area.name


def reasons_for(assessment: Mapping[str, Any], tier: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The reasons that give a tier: code of warning.py and its parameters."""
    return ((code, params) for _, code, params, gives in assessment.get("reasons", ()) if gives == tier)


def last_acts(session: Session, cases: list[int]) -> dict[int, str]:
    """Case -> the kind of the event that was the last work on it; what followed from it by itself ("case.…") is none."""
    if not cases:
        return {}
    query = (
        select(Event.stream_id, Event.kind)
        .join(Case, and_(Event.stream == "case", Event.stream_id == Case.id, Event.at == Case.last_act_at))
        .where(Case.id.in_(cases), Event.kind.not_like("case.%"))
        .order_by(Event.stream_id, Event.seq)
    )
    found: dict[int, str] = {}
    for case, kind in session.execute(query):
        found[case] = kind  # of acts at one instant the last stays
    return found


def load_requests(session: Session, actor: Actor) -> tuple[list[Decision], int]:
    """At most ten requests that wait for the actor's posts, what falls due first on top; and how many there are."""
    posts = [(p.role, p.area_id) for p in actor.posts if p.area_id is not None]
    mine = or_(false(), *(and_(Request.decider_role == role, Request.decider_area_id == area) for role, area in posts))
    asked, about, words = aliased(Case), aliased(Case), aliased(EventValue)
    opened, post, seat = aliased(Event), aliased(Post), aliased(Area)
    query = (
        select(
            asked.id, Request.kind, about.title, about.tier, Area, Above, Request.payload, asked.next_due_at, asked.version,
            about.id, asked.registered_at, words.value, post.role, seat.name, func.count().over(),
        )
        .select_from(Request)
        .join(asked, asked.id == Request.case_id)
        .join(about, about.id == asked.parent_id)
        .join(Area, Area.id == about.area_id)
        .outerjoin(Above, Above.id == Area.parent_id)
        .outerjoin(opened, and_(opened.stream == "case", opened.stream_id == asked.id, opened.seq == 1))
        .outerjoin(words, and_(words.stream == "case", words.stream_id == asked.id, words.seq == 1, words.name == "reason"))
        .outerjoin(post, post.id == opened.post_id)
        .outerjoin(seat, seat.id == post.area_id)
        .where(mine, asked.closed_at.is_(None), or_(Request.asked_by.is_(None), Request.asked_by.not_in(actor.accounts)))
        .order_by(asked.next_due_at.asc().nulls_last(), asked.id)
        .limit(MOST)
    )  # fmt: skip
    return decisions(session.execute(query).all())


def patron_filter(actor: Actor) -> list[CaseFilter]:
    """Red matters without a patron that the actor leads: one filter a post."""
    return [CaseFilter(lead=area, tier="red", grade="confirmed", patron="none", counted=True) for area in actor.areas("secretary")]


def load_patrons(session: Session, actor: Actor, at: datetime) -> tuple[list[Decision], int]:
    """At most ten red matters led by the actor for which a patron is to be named; and how many there are."""
    wanted = or_(false(), *(f.where(at) for f in patron_filter(actor)))
    query = (
        select(
            Case.id, literal("patron"), Case.title, Case.tier, Area, Above, Case.facts, Case.next_due_at, Case.version,
            Case.id, Case.last_act_at, null(), null(), null(), func.count().over(),
        )
        .join(Area, Area.id == Case.area_id)
        .outerjoin(Above, Above.id == Area.parent_id)
        .where(wanted, policy.visible(actor))
        .order_by(Case.next_due_at.asc().nulls_last(), Case.id)
        .limit(MOST)
    )  # fmt: skip
    return decisions(session.execute(query).all())


def decisions(rows: Iterable[Any]) -> tuple[list[Decision], int]:
    """Rows that end in the number of all, as lines and that number."""
    found = list(rows)
    lines = [
        Decision(
            id, kind, title, tier, place_words(area, above), payload, due, version, about, at,
            words["v"] if words else "", (role or "", seat or ""),
        )
        for id, kind, title, tier, area, above, payload, due, version, about, at, words, role, seat, _ in found
    ]  # fmt: skip
    return lines, found[0][-1] if found else 0


def load_check(session: Session, at: datetime) -> Check:
    """How the last finished sweep went."""
    query = select(JobRun.finished_at, JobRun.error).where(JobRun.job == SWEEP, JobRun.finished_at.is_not(None))
    row = session.execute(query.order_by(JobRun.id.desc()).limit(1)).first()
    if row is None:
        return Check(None, "never")
    if row.error:
        return Check(row.finished_at, "failed")
    return Check(row.finished_at, "late" if at - row.finished_at > CHECK_IS_LATE else "normal")
