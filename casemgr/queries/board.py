"""The warning board in numbers: open matters of an area by place, tier and age, as exact as the lists its numbers open.

Counts and short lines only; no names, phones or rankings of persons. Reads; the caller gives actor, area and time.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from casemgr import policy
from casemgr.errors import NotFound
from casemgr.models import Area, AreaPath, Case, DailyNumber, Event, JobRun, Request, Team
from casemgr.policy import ACTS, Actor
from casemgr.queries.filters import AGES, RAISES, CaseFilter, below, midnight
from workflows import WORKFLOWS
from workflows.guards import local_date
from workflows.roles import TIERS

WEEK = timedelta(days=7)
GRADED = tuple(name for name, flow in WORKFLOWS.items() if flow.listed and flow.tiered)
MOST_RED = 10
MOST_DECISIONS = 10
CHECK_LATE = timedelta(minutes=10)
HOLLOW = "suggested"
UNSORTED = "unsorted"


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the board: an area below (or, `own`, the board's own area) with its counts.

    `now` and `before` are keyed by tier; `now` also by "suggested" and "unsorted"; `before` is None where no
    finished day of a week ago is known. `raised` is keyed by cause: risk, overdue.
    """

    area_id: int
    name: str
    own: bool
    now: Counter[str]
    before: Counter[str] | None
    raised: Counter[str]


@dataclass(frozen=True, slots=True)
class RedLine:
    """A red matter: what, place, who holds it (as a duty), the last act, what falls due next."""

    id: int
    process: str
    title: str
    place: str
    people: int | None
    reasons: tuple[str, ...]
    holder_role: str
    holder_place: str
    team: str
    patron: bool
    act: str
    act_at: datetime
    due_key: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that waits for one of the actor's own posts: a request, or a patron to be named."""

    id: int
    kind: str
    case_id: int
    process: str
    title: str
    tier: str
    place: str
    payload: dict[str, Any]
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Check:
    """The last escalation check: when it ended, and whether that is as it should be ("normal", "failed", "late", "never")."""

    at: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A number on its own, with the filter that lists exactly its cases."""

    number: int
    filter: CaseFilter


@dataclass(frozen=True)
class Board:
    """Everything the page shows. `ages` is keyed by (age band, tier)."""

    area: Area
    places: list[Place]
    ages: Counter[tuple[str, str]]
    tiles: dict[str, Tile]
    red: list[RedLine]
    requests: list[Decision]
    patrons: list[Decision]
    waiting: int
    check: Check
    since: date
    seen_at: datetime
    total: Counter[str] = field(default_factory=Counter)


def load_board(session: Session, actor: Actor, area_id: int | None, *, seen_at: datetime | None, at: datetime) -> Board:
    """The board of an area for an actor. `seen_at` is when it was last marked as seen. Raises NotFound outside the scope."""
    area, below_it = find_area(session, actor, area_id)
    since = local_date(at) - WEEK + timedelta(days=1)
    seen = seen_at or midnight(since)
    numbers = open_numbers(session, actor, area, at)
    tiles = load_tiles(session, actor, tile_filters(area.id, seen), at)
    requests, waiting = load_requests(session, actor)
    patrons = load_patrons(session, actor, at)
    return Board(
        area=area,
        places=places(session, actor, area, below_it, numbers, since),
        ages=Counter({(band, tier): n for (_, band, tier), n in numbers.items() if tier in TIERS})
        if False
        else by_age(numbers),
        tiles=tiles,
        red=load_red(session, actor, area.id, at),
        requests=requests,
        patrons=patrons,
        waiting=waiting + len(patrons),
        check=load_check(session, at),
        since=since,
        seen_at=seen,
        total=totals(numbers),
    )
