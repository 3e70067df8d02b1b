"""Accounts as their administrator sees them: who they are, what they hold, whether they can log in. No matter is read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from casemgr.models import Account, Appointment, Area, AreaPath, Department, Mandate, OutsideLogin, Post, SecondFactor, Team
from casemgr.queries.actors import holding_on
from casemgr.queries.structure import open_post

PAGE = 50
MOST_POSTS = 60
SHOWN = ("on", "locked", "off", "idle")  # may log in; locked just now; switched off; on, but without a post today
MANDATE_LEVELS = ("district", "street", "community")


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One account in the list. `posts` are (role, name of the post, place) of today."""

    id: int
    login: str
    name: str
    active: bool
    must_change: bool
    locked_until: datetime | None
    posts: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Holding:
    """An appointment, past, present or to come."""

    id: int
    role: str
    name: str
    place: str
    from_on: date
    to_on: date | None

    def holds(self, on: date) -> bool:
        """Whether it holds on a day."""
        return self.from_on <= on and (self.to_on is None or self.to_on >= on)


@dataclass(frozen=True, slots=True)
class PostLine:
    """One post to be chosen from, and who holds it today."""

    id: int
    role: str
    name: str
    place: str
    holders: str = ""


@dataclass(frozen=True, slots=True)
class MandateLine:
    """One mandate to inspect."""

    id: int
    place: str
    from_on: date
    to_on: date
    basis: str


PLACE = func.coalesce(Area.name, Team.name, Department.name, "")


def list_accounts(
    session: Session, words: str, show: str, *, at: datetime, on: date, page: int = 1
) -> tuple[list[AccountLine], bool]:
    """A page of accounts by login, those whose login or name holds the words; and whether there are more."""
    query = select(
        Account.id, Account.login, Account.name, Account.active, Account.must_change, Account.locked_until
    ).order_by(Account.login)  # fmt: skip
    if words:
        query = query.where(
            or_(Account.login.icontains(words, autoescape=True), Account.name.contains(words, autoescape=True))
        )
    query = query.where(*shown(show, at, on))
    rows = session.execute(query.limit(PAGE + 1).offset((page - 1) * PAGE)).all()
    posts = posts_on(session, [row.id for row in rows[:PAGE]], on)
    return [AccountLine(*row, posts.get(row.id, ())) for row in rows[:PAGE]], len(rows) > PAGE


def shown(show: str, at: datetime, on: date) -> list[ColumnElement[bool]]:
    """The conditions of one of SHOWN; none for anything else."""
    if show == "locked":
        return [Account.locked_until > at]
    if show == "off":
        return [Account.active.is_(False)]
    if show == "idle":
        return [Account.active.is_(True), ~exists().where(Appointment.account_id == Account.id, holding_on(on))]
    return [Account.active.is_(True)] if show == "on" else []


def posts_on(session: Session, accounts: Collection[int], on: date) -> Mapping[int, tuple[tuple[str, str, str], ...]]:
    """Account id -> (role, name of the post, place) on a day."""
    query = (
        placed(select(Appointment.account_id, Post.role, Post.name, PLACE).join(Post, Post.id == Appointment.post_id))
        .where(Appointment.account_id.in_(accounts), holding_on(on))
        .order_by(Post.id)
    )
    found: dict[int, tuple[tuple[str, str, str], ...]] = {}
    for account, role, name, place in session.execute(query):
        found[account] = (*found.get(account, ()), (role, name, place))
    return found


def placed(query):  # type: ignore[no-untyped-def]
    """The query over posts, joined with where they are."""
    return (
        query.outerjoin(Area, Area.id == Post.area_id)
        .outerjoin(Team, Team.id == Post.team_id)
        .outerjoin(Department, Department.id == Post.department_id)
    )


def holdings_of(session: Session, account_id: int) -> list[Holding]:
    """Every appointment an account ever had that held on some day, the newest first."""
    query = select(Appointment.id, Post.role, Post.name, PLACE, Appointment.from_on, Appointment.to_on).join(
        Post, Post.id == Appointment.post_id
    )
    held = or_(Appointment.to_on.is_(None), Appointment.to_on >= Appointment.from_on)
    rows = placed(query).where(Appointment.account_id == account_id, held)
    return [Holding(*row) for row in session.execute(rows.order_by(Appointment.from_on.desc(), Appointment.id.desc()))]


def mandates_of(session: Session, account_id: int) -> list[MandateLine]:
    """The mandates of an account that held on some day, the newest first."""
    query = (
        select(Mandate.id, Area.name, Mandate.from_on, Mandate.to_on, Mandate.basis)
        .join(Area, Area.id == Mandate.area_id)
        .where(Mandate.account_id == account_id, Mandate.to_on >= Mandate.from_on)
        .order_by(Mandate.from_on.desc(), Mandate.id.desc())
    )
    return [MandateLine(*row) for row in session.execute(query)]


def factor_since(session: Session, account_id: int) -> datetime | None:
    """Since when an account has a second factor."""
    return session.scalar(select(SecondFactor.confirmed_at).where(SecondFactor.account_id == account_id))


def subjects_of(session: Session, account_id: int) -> list[str]:
    """By what names an outside log-in means an account."""
    return list(session.scalars(select(OutsideLogin.subject).where(OutsideLogin.account_id == account_id)))


def find_posts(session: Session, *, role: str, area: int | None, on: date) -> tuple[list[PostLine], bool]:
    """Posts of a role, at an area and below it, in the order of places, with who holds them; and whether there are more."""
    query = placed(select(Post.id, Post.role, Post.name, PLACE)).order_by(Area.code, Post.role, Post.id)
    query = query.where(open_post(on))
    if role:
        query = query.where(Post.role == role)
    if area is not None:
        below = select(AreaPath.descendant_id).where(AreaPath.ancestor_id == area)
        query = query.where(or_(*(column.in_(below) for column in (Post.area_id, Team.area_id, Department.area_id))))
    rows = session.execute(query.limit(MOST_POSTS + 1)).all()
    holders = holders_on(session, [row.id for row in rows], on)
    return [PostLine(r[0], r[1], r[2], r[3], holders.get(r[0], "")) for r in rows[:MOST_POSTS]], len(rows) > MOST_POSTS


def holders_on(session: Session, posts: Collection[int], on: date) -> dict[int, str]:
    """Post id -> the names of those who hold it on a day."""
    query = (
        select(Appointment.post_id, Account.name)
        .join(Account, Account.id == Appointment.account_id)
        .where(Appointment.post_id.in_(posts), holding_on(on))
        .order_by(Appointment.id)
    )
    found: dict[int, list[str]] = {}
    for post, name in session.execute(query):
        found.setdefault(post, []).append(name)
    return {post: "、".join(names) for post, names in found.items()}


def areas_of_levels(session: Session, levels: Collection[str]) -> list[tuple[int, str, str]]:
    """(id, name, level) of the areas of these levels, in the order of their codes."""
    query = select(Area.id, Area.name, Area.level).where(Area.level.in_(tuple(levels))).order_by(Area.code)
    return [(row.id, row.name, row.level) for row in session.execute(query)]
