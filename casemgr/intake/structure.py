"""A structure file taken in: areas, departments, teams, accounts with posts, each row whole or not at all, none twice.

Known by code and login: what is there already is put right where the file says otherwise. One transaction for the file.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.errors import CasemgrError, Invalid, Sentence
from casemgr.intake.structure_rows import AreaEntry, DepartmentEntry, Entry, PersonEntry, TeamEntry, read_entry
from casemgr.intake.structure_sheets import Row, read_rows
from casemgr.models import Account, Appointment, Area, Department, Post, Team, TeamCategory
from casemgr.policy import Actor
from casemgr.queries.structure import find_committee
from casemgr.services import accounts, appointments, structure, teams
from casemgr.services.books import load_books, settings_stream
from casemgr.services.passwords import PasswordRules, Prepared
from workflows.categories import GENERAL_TEAM
from workflows.roles import LEVELS

OUTCOMES = ("created", "changed", "existing", "refused")
NO_AREA = "There is no area with the code %(code)s."
NO_DEPARTMENT = "There is no department with the code %(code)s."
NO_TEAM = "There is no team %(team)s here."
SEVERAL_TEAMS = "There are several teams %(team)s: give the area too."
OTHER_LEVEL = "This code is that of an area of another level."
OTHER_NAME = "This login belongs to somebody of another name."
OTHER_PARENT = "It lies below another area: move it on its page."


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one row. `reasons` are (column, sentence); `password` is told here and nowhere else."""

    sheet: str
    line: int
    kind: str
    key: str
    name: str
    outcome: str
    reasons: tuple[tuple[str, Sentence], ...] = ()
    password: str = ""


@dataclass
class Tally:
    """How many rows became what, how many accounts were made, and which sheets were not read."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    existing: int = 0
    refused: int = 0
    accounts: int = 0
    other_sheets: list[str] = field(default_factory=list)

    def add(self, line: Line) -> None:
        """Count a row."""
        self.rows += 1
        self.accounts += bool(line.password)
        setattr(self, line.outcome, getattr(self, line.outcome) + 1)


@dataclass(frozen=True)
class Job:
    """A file read: its rows with their entries or faults, and the logins that need an account."""

    path: Path
    rows: list[Row]
    entries: list[Entry | Invalid]
    new_logins: list[str]
    other_sheets: list[str]


@dataclass(frozen=True)
class Hand:
    """What taking a row needs to know."""

    session: Session
    actor: Actor
    at: datetime
    today: date
    rules: PasswordRules
    prepared: Mapping[str, Prepared]
    team_categories: Mapping[str, tuple[str, ...]]


def read_job(session: Session, path: Path) -> Job:
    """Read the file. Raises SheetError."""
    rows, others = read_rows(path)
    entries = [read_or_fault(row) for row in rows]
    logins = {entry.login for entry in entries if isinstance(entry, PersonEntry)}
    return Job(path, rows, entries, sorted(logins - set(session.scalars(select(Account.login)))), others)


def read_or_fault(row: Row) -> Entry | Invalid:
    """The entry of a row, or what is wrong with it."""
    try:
        return read_entry(row)
    except Invalid as error:
        return error


def take_in(
    session: Session, job: Job, prepared: Mapping[str, Prepared], *, actor: Actor, at: datetime, today: date,
    rules: PasswordRules,
) -> tuple[Tally, list[Line]]:  # fmt: skip
    """Put every row into the database, the caller commits; what became of each, in the order of the file.

    `prepared` are passwords hashed beforehand, the slow part, by login. A row that cannot be taken leaves nothing
    behind and does not stop the others.
    """
    hand = Hand(session, actor, at, today, rules, prepared, load_books(session).rules.team_categories())
    tally = Tally(other_sheets=job.other_sheets)
    lines: dict[int, Line] = {}
    for number in in_order(job):
        lines[number] = take_row(hand, job.rows[number], job.entries[number])
        tally.add(lines[number])
    if tally.created or tally.changed:
        audit.record(
            session, settings_stream(session), "settings.imported", actor=actor, at=at,
            data={"what": "structure", "sha256": hashlib.sha256(job.path.read_bytes()).hexdigest(),
                  **{name: getattr(tally, name) for name in ("rows", *OUTCOMES, "accounts")}},
        )  # fmt: skip
    return tally, [lines[number] for number in range(len(job.rows))]


def in_order(job: Job) -> list[int]:
    """The rows so that an area comes after the one above it, whatever the order of its sheet."""

    def rank(number: int) -> int:
        entry = job.entries[number]
        return -LEVELS.index(entry.level) if isinstance(entry, AreaEntry) else 1

    return sorted(range(len(job.rows)), key=lambda n: rank(n) if job.rows[n].kind == "areas" else 1)


def take_row(hand: Hand, row: Row, entry: Entry | Invalid) -> Line:
    """One row within a savepoint of its own."""
    outcome, password = "refused", ""
    reasons: list[tuple[str, Sentence]] = []
    try:
        if isinstance(entry, Invalid):
            raise entry
        with hand.session.begin_nested():
            outcome, password = TAKERS[row.kind](hand, entry)  # type: ignore[operator]
    except CasemgrError as error:
        reasons = reasons_of(error)
    key, name = label_of(row)
    return Line(row.sheet, row.line, row.kind, key, name, outcome, tuple(reasons), password)


def reasons_of(error: CasemgrError) -> list[tuple[str, Sentence]]:
    """What an error says, by column."""
    if isinstance(error, Invalid) and error.fields:
        sentences = [(column, s) for column, said in error.fields.items() for s in said]
        return [(column, s if isinstance(s, Sentence) else Sentence(s)) for column, s in sentences]
    return [("", Sentence(error.message, **error.params))]


def label_of(row: Row) -> tuple[str, str]:
    """The code or login of a row and its name, as they stand in the file."""
    columns = {"areas": "code", "departments": "department", "teams": "team", "people": "login"}
    return tuple(str(row.cells.get(column, "")).strip()[:100] for column in (columns[row.kind], "name"))  # type: ignore[return-value]


Taken = tuple[str, str]  # outcome, password


def outcome_of(created: bool, changed: bool) -> str:
    """The word for what happened."""
    return "created" if created else "changed" if changed else "existing"


def get_area(session: Session, code: str, column: str) -> Area:
    """The area of that code. Raises Invalid for that column."""
    area = session.scalar(select(Area).where(Area.code == code))
    if area is None:
        raise Invalid({column: [Sentence(NO_AREA, code=code)]})
    return area


def take_area(hand: Hand, entry: AreaEntry) -> Taken:
    """An area with its committee."""
    session, by = hand.session, {"actor": hand.actor, "at": hand.at}
    area = session.scalar(select(Area).where(Area.code == entry.code))
    columns: dict[str, Any] = {"urban": entry.urban, "households": entry.households, "shops": entry.shops, "aliases": entry.aliases}
    columns |= {"latitude": entry.latitude, "longitude": entry.longitude}
    given = {name: value for name, value in columns.items() if value is not None}
    created, changed = area is None, False
    if area is None:
        area = structure.add_area(session, entry.code, entry.name, entry.level, area_above(session, entry), **by, **given)  # type: ignore[arg-type]
    elif area.level != entry.level:
        raise Invalid({"level": [Sentence(OTHER_LEVEL)]})
    elif entry.parent and area.parent_id and entry.parent != code_of(session, area.parent_id):
        raise Invalid({"parent": [Sentence(OTHER_PARENT)]})
    else:
        changed = bool(structure.change_area(session, area.id, name=entry.name, **by, **given))  # type: ignore[arg-type]
    changed |= take_committee(hand, area, entry)
    return outcome_of(created, changed), ""


def code_of(session: Session, area_id: int) -> str:
    """The code of an area."""
    return session.scalars(select(Area.code).where(Area.id == area_id)).one()


def area_above(session: Session, entry: AreaEntry) -> Area | None:
    """The area above a new one; only a street or what is above streets may stand at the top. Raises Invalid."""
    found = session.scalar(select(Area).where(Area.code == entry.parent)) if entry.parent else None
    if found is None and LEVELS.index(entry.level) < LEVELS.index("street"):
        raise Invalid({"parent": [Sentence(NO_AREA, code=entry.parent)]})
    return found


def take_committee(hand: Hand, area: Area, entry: AreaEntry) -> bool:
    """The committee of an area, if the row names one; whether anything changed."""
    if not entry.committee:
        return False
    committee = find_committee(hand.session, area.id)
    if committee is None:
        structure.add_committee(hand.session, area, entry.committee, entry.short_name, actor=hand.actor, at=hand.at)
        return True
    short = entry.short_name or committee.short_name
    same = (committee.name, committee.short_name) == (entry.committee, short)
    structure.change_committee(
        hand.session, committee.id, name=entry.committee, short_name=short, actor=hand.actor, at=hand.at
    )
    return not same


def take_department(hand: Hand, entry: DepartmentEntry) -> Taken:
    """A department."""
    session = hand.session
    row = session.scalar(select(Department).where(Department.code == entry.code))
    if row is None:
        area = get_area(session, entry.area, "area")
        structure.add_department(session, entry.code, entry.name, area, actor=hand.actor, at=hand.at)
        return "created", ""
    same = row.name == entry.name
    structure.change_department(session, row.id, name=entry.name, actor=hand.actor, at=hand.at)
    return outcome_of(False, not same), ""


def take_team(hand: Hand, entry: TeamEntry) -> Taken:
    """A team with its categories."""
    session, area = hand.session, get_area(hand.session, entry.area, "area")
    wanted = entry.categories
    team = session.scalar(select(Team).where(Team.area_id == area.id, Team.key == entry.key))
    if team is None:
        usual = () if entry.key == GENERAL_TEAM else hand.team_categories.get(entry.key, ())
        structure.add_team(session, area, entry.key, entry.name, wanted or usual, actor=hand.actor, at=hand.at)
        return "created", ""
    if not wanted:
        wanted = tuple(session.scalars(select(TeamCategory.category).where(TeamCategory.team_id == team.id)))
    changed = teams.change_team(
        session, team.id, name=entry.name, categories=wanted, active=team.active, actor=hand.actor, at=hand.at
    )
    return outcome_of(False, bool(changed)), ""


def take_person(hand: Hand, entry: PersonEntry) -> Taken:
    """An account, its post, its place on a team."""
    session = hand.session
    area = get_area(session, entry.area, "area") if entry.area else None
    team = get_team(session, entry.team, area) if entry.team else None
    account = session.scalar(select(Account).where(Account.login == entry.login))
    created, password = account is None, ""
    if account is None:
        account, password = accounts.create_account(
            session, entry.login, entry.name, email=entry.email, actor=hand.actor, at=hand.at, rules=hand.rules,
            prepared=hand.prepared.get(entry.login),
        )  # fmt: skip
    elif account.name != entry.name:
        raise Invalid({"name": [Sentence(OTHER_NAME)]})
    changed = take_post(hand, entry, account, area, team) if entry.role else False
    if team is not None:
        changed |= take_member(hand, entry, account, team)
    return outcome_of(created, changed), password


def get_team(session: Session, word: str, area: Area | None) -> Team:
    """The team of that key or name, in the streets above an area if one is given. Raises Invalid."""
    query = select(Team).where((Team.key == word) | (Team.name == word))
    if area is not None:
        query = query.where(Team.area_id.in_(structure.areas_above(session, area.id)))
    found = list(session.scalars(query.limit(2)))
    if len(found) != 1:
        raise Invalid({"team": [Sentence(SEVERAL_TEAMS if found else NO_TEAM, team=word)]})
    return found[0]


def take_post(hand: Hand, entry: PersonEntry, account: Account, area: Area | None, team: Team | None) -> bool:
    """Appoint to the post, made if it is not there yet; whether that was new."""
    session, where = hand.session, place_of(hand.session, entry, area, team)
    same_place = [getattr(Post, column) == id for column, id in where.items()]
    query = select(Post).where(Post.role == entry.role, Post.closed_on.is_(None), *same_place)
    post = session.scalars(query.order_by(Post.id).limit(1)).first()
    if post is None:
        post = structure.add_post(session, entry.role, name=entry.post_name, actor=hand.actor, at=hand.at, **where)
    from_on = entry.from_on or hand.today
    held = select(Appointment.id).where(Appointment.account_id == account.id, Appointment.post_id == post.id)
    still = (Appointment.to_on.is_(None)) | (Appointment.to_on >= from_on)
    if session.scalars(held.where(still).limit(1)).first() is not None:
        return False
    appointments.appoint(
        session, account.id, post.id, from_on=from_on, to_on=entry.to_on, actor=hand.actor, at=hand.at
    )
    return True


def place_of(session: Session, entry: PersonEntry, area: Area | None, team: Team | None) -> dict[str, int]:
    """Where the post is: at a department, an area or a team. Raises Invalid."""
    if entry.department:
        id = session.scalar(select(Department.id).where(Department.code == entry.department))
        if id is None:
            raise Invalid({"department": [Sentence(NO_DEPARTMENT, code=entry.department)]})
        return {"department_id": id}
    if area is not None:
        return {"area_id": area.id}
    return {"team_id": team.id} if team is not None else {}


def take_member(hand: Hand, entry: PersonEntry, account: Account, team: Team) -> bool:
    """Put the account on the team, or its capacity right; whether anything changed."""
    session, by = hand.session, {"actor": hand.actor, "at": hand.at}
    from_on = entry.from_on or hand.today
    known = teams.memberships(session, team.id, account.id, from_on, entry.to_on)
    if not known:
        days = {"from_on": from_on, "to_on": entry.to_on, "capacity": entry.capacity or teams.USUAL_CAPACITY}
        teams.add_member(session, team.id, account.id, **days, **by)  # type: ignore[arg-type]
        return True
    if entry.capacity is None or known[-1].capacity == entry.capacity:
        return False
    teams.change_capacity(session, known[-1].id, entry.capacity, **by)  # type: ignore[arg-type]
    return True


TAKERS: Mapping[str, Callable[..., Taken]] = {
    "areas": take_area, "departments": take_department, "teams": take_team, "people": take_person,
}  # fmt: skip
