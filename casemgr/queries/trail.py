"""The trail as the audit administrator reads it: what kind of thing happened when, by whom. Of matters no word and no
number: their kind, time and actor alone. Newest first, by keyset. Reads only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from casemgr.models import Account, Anchor, Area, Department, Event, EventValue, JobRun, Post, Reading, Team

PAGE = 50
STREAMS = ("settings", "account", "case")
INTEGRITY = "integrity"  # the nightly job


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; an empty filter takes all."""

    stream: str = ""
    kind: str = ""
    actor_id: int | None = None
    about_id: int | None = None  # the account whose own stream it is
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions on Event."""
        pairs: tuple[tuple[Any, Any], ...] = ((Event.stream, self.stream), (Event.kind, self.kind), (Event.actor_id, self.actor_id))
        found: list[ColumnElement[bool]] = [column == value for column, value in pairs if value]
        if self.about_id is not None:
            found.append(and_(Event.stream == "account", Event.stream_id == self.about_id))
        if self.since:
            found.append(Event.at >= self.since)
        if self.until:
            found.append(Event.at < self.until)
        return found


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One event. `actor` is the account's name, "" for casemgr itself; `data` is empty for a matter."""

    stream: str
    stream_id: int
    seq: int
    kind: str
    at: datetime
    actor_kind: str
    actor: str
    actor_login: str
    about: str
    data: dict[str, Any]

    @property
    def key(self) -> str:
        """Where it stands in the order."""
        return f"{self.at.isoformat()}_{self.stream}_{self.stream_id}_{self.seq}"


ORDER = (Event.at, Event.stream, Event.stream_id, Event.seq)


def load_trail(session: Session, wanted: Wanted, after: str = "", *, most: int = PAGE) -> tuple[list[TrailLine], str | None]:
    """A page of events, the newest first, and the key to go on from. Raises ValueError for a key that is none."""
    about = aliased(Account)
    query = (
        select(Event, Account.name, Account.login, about.login)
        .outerjoin(Account, Account.id == Event.actor_id)
        .outerjoin(about, and_(Event.stream == "account", about.id == Event.stream_id))
        .where(*wanted.conditions())
        .order_by(*(column.desc() for column in ORDER))
        .limit(most + 1)
    )
    if after:
        at, stream, id, seq = after.split("_")
        query = query.where(tuple_(*ORDER) < tuple_(datetime.fromisoformat(at), stream, int(id), int(seq)))
    lines = [
        TrailLine(e.stream, e.stream_id, e.seq, e.kind, e.at, e.actor, name or "", login or "", whose or "",
                  {} if e.stream == "case" else e.data)
        for e, name, login, whose in session.execute(query)
    ]  # fmt: skip
    return lines[:most], lines[most - 1].key if len(lines) > most else None


@dataclass(frozen=True, slots=True)
class Check:
    """The last nightly check that ended, and the last anchor over all chains."""

    at: datetime | None
    events: int
    faults: int
    failed: bool
    anchor_on: Any
    heads: int


def last_check(session: Session) -> Check:
    """What the last check found."""
    query = select(JobRun).where(JobRun.job == INTEGRITY, JobRun.finished_at.is_not(None)).order_by(JobRun.id.desc())
    runs: Sequence[JobRun] = session.scalars(query.limit(10)).all()
    run = next((run for run in runs if run.error or "events" in run.counts), None)
    anchor = session.scalars(select(Anchor).order_by(Anchor.on_date.desc()).limit(1)).first()
    counts = run.counts if run else {}
    return Check(
        run.finished_at if run else None, counts.get("events", 0), counts.get("faults", 0), bool(run and run.error),
        anchor.on_date if anchor else None, anchor.heads if anchor else 0,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """Who looked at what, and whether a reason was given. The words of it stay with the matter."""

    id: int
    at: datetime
    name: str
    login: str
    case_id: int
    what: str
    with_reason: bool
    about: str


@dataclass(frozen=True, slots=True)
class ReadingsWanted:
    """Whose readings, of which matter, of what kind, when; an empty filter takes all."""

    actor_id: int | None = None
    case_id: int | None = None
    what: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions on Reading."""
        pairs = ((Reading.account_id, self.actor_id), (Reading.case_id, self.case_id), (Reading.what, self.what))
        found: list[ColumnElement[bool]] = [column == value for column, value in pairs if value is not None]
        if self.since:
            found.append(Reading.at >= self.since)
        return [*found, Reading.at < self.until] if self.until else found


def load_readings(
    session: Session, wanted: ReadingsWanted, before: int | None = None, *, most: int = PAGE
) -> tuple[list[ReadingLine], int | None]:
    """A page of readings, the newest first, and the id to go on from."""
    query = (
        select(Reading.id, Reading.at, Account.name, Account.login, Reading.case_id, Reading.what, Reading.reason != "", Reading.about)
        .join(Account, Account.id == Reading.account_id)
        .where(*wanted.conditions(), *((Reading.id < before,) if before is not None else ()))
        .order_by(Reading.id.desc())
        .limit(most + 1)
    )
    lines = [ReadingLine(*row) for row in session.execute(query)]
    return lines[:most], lines[most - 1].id if len(lines) > most else None


@dataclass(frozen=True, slots=True)
class Names:
    """What the ids in events of the structure are called now."""

    areas: dict[int, str]
    teams: dict[int, str]
    departments: dict[int, str]
    accounts: dict[int, str]
    posts: dict[int, tuple[str, str]]  # role, place
    reasons: dict[tuple[int, int], str] = field(default_factory=dict)  # why, by account and entry


def load_names(session: Session, lines: Sequence[TrailLine]) -> Names:
    """The names that a page of events needs: one query a kind."""
    wanted: dict[str, set[int]] = {"area": set(), "team": set(), "department": set(), "account": set(), "post": set()}
    for line in lines:
        collect(line.data, wanted)
    place = func.coalesce(Area.name, Team.name, Department.name, "")
    posts = (
        select(Post.id, Post.role, place)
        .outerjoin(Area, Area.id == Post.area_id)
        .outerjoin(Team, Team.id == Post.team_id)
        .outerjoin(Department, Department.id == Post.department_id)
        .where(Post.id.in_(wanted["post"]))
    )
    return Names(
        named(session, Area, wanted["area"]), named(session, Team, wanted["team"]),
        named(session, Department, wanted["department"]), named(session, Account, wanted["account"]),
        {id: (role, where) for id, role, where in session.execute(posts)}, load_reasons(session, lines),
    )  # fmt: skip


def load_reasons(session: Session, lines: Sequence[TrailLine]) -> dict[tuple[int, int], str]:
    """(account id, entry) -> the reason that was given for what was done to an account."""
    wanted = [(line.stream_id, line.seq) for line in lines if line.stream == "account" and "digests" in line.data]
    if not wanted:
        return {}
    query = select(EventValue.stream_id, EventValue.seq, EventValue.value).where(
        EventValue.stream == "account", EventValue.name == "reason", tuple_(EventValue.stream_id, EventValue.seq).in_(wanted)
    )
    return {(id, seq): value["v"] for id, seq, value in session.execute(query) if value}


def collect(data: dict[str, Any], wanted: dict[str, set[int]]) -> None:
    """The ids an event names, by what they are ids of."""
    for name in wanted:
        if isinstance(data.get(name), int):
            wanted[name].add(data[name])
    if data.get("what") in wanted and isinstance(data.get("id"), int):
        wanted[data["what"]].add(data["id"])
    wanted["area"] |= {data[name] for name in ("from_id", "to_id") if isinstance(data.get(name), int)}


def named(session: Session, model: Any, ids: set[int]) -> dict[int, str]:
    """Id -> name."""
    if not ids:
        return {}
    return {row[0]: row[1] for row in session.execute(select(model.id, model.name).where(model.id.in_(ids)))}
