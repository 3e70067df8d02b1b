"""Messages of drafts turned into notices to persons, and into the outbox: rows in the same transaction as the change.

A duty whose post stands vacant goes to the next level up, as an alarm. Nobody is told of what he did himself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Account, Appointment, Notice, Post
from casemgr.queries.absences import deputies_on
from casemgr.queries.actors import DAY, holding_on
from casemgr.queries.prepared import Prepared, among, listed
from casemgr.services import carrying
from casemgr.services.books import Books
from casemgr.services.drafts import BARRED_KINDS, Draft, Told
from workflows.roles import LEVELS
from workflows.view import Duty

VACANT = "case.post_vacant"
WATCH = {"street": "operator", "district": "supervisor"}  # who hears of an empty post above which no secretary stands
AREA_ORDER = {level: rank for rank, level in enumerate(LEVELS)}


def send(session: Session, drafts: Sequence[Draft], books: Books) -> None:
    """Write the notices of these drafts, and what carries them outside."""
    if not any(draft.told for draft in drafts):
        return
    at = max(draft.row["trail_at"] for draft in drafts)
    on = books.calendar.local(at).date()
    fill = Filled(filled_posts(session, places_of(drafts), on), filled_offices(session, offices_of(drafts), on))
    gone = accounts_gone(session, {t.duty.account_id for draft in drafts for t in draft.told if t.duty.account_id}, on)
    rows = [row for draft in drafts for told in said_once(draft.told) for row in notices_of(draft, told, fill, gone)]
    kept_from = {draft.row["id"]: barred_accounts(session, draft, on) for draft in drafts if draft.barred}
    rows = [*rows, *to_deputies(session, drafts, rows, on)]
    write_notices(session, [row for row in rows if row["account_id"] not in kept_from.get(row["case_id"], ())])
    carrying.alarm_groups(session, drafts, at)


def said_once(messages: Iterable[Told]) -> Iterable[Told]:
    """The messages to each duty about one event under one name: the last of them stands for all."""
    found: dict[Any, Told] = {}
    for told in messages:
        key = (told.duty, told.code, told.seq)
        found.pop(key, None)
        found[key] = told
    return found.values()


def to_deputies(
    session: Session, drafts: Sequence[Draft], rows: Sequence[dict[str, Any]], on: date
) -> Iterable[dict[str, Any]]:
    """The same notices for whoever stands in for their receivers on a day, but for what he did himself."""
    deputies = deputies_on(session, {row["account_id"] for row in rows}, on)
    actors = {(event["stream_id"], event["seq"]): event["actor_id"] for draft in drafts for event in draft.events}
    for row in rows:
        deputy = deputies.get(row["account_id"])
        if deputy and deputy != actors.get((row["case_id"], row["seq"])):
            yield row | {"account_id": deputy}


@dataclass(frozen=True, slots=True)
class Filled:
    """Who fills which post: (role, area) -> accounts, and (role, department) -> accounts."""

    areas: Mapping[tuple[str, int], list[int]]
    departments: Mapping[tuple[str, int], list[int]]

    def of(self, duty: Duty) -> list[int]:
        """The accounts that fill a duty's post."""
        if duty.department_id is not None:
            return self.departments.get((duty.role, duty.department_id), [])
        return self.areas.get((duty.role, duty.area_id or 0), [])


def barred_accounts(session: Session, draft: Draft, on: date) -> set[int]:
    """The accounts a matter is kept from: those named, and whoever holds a post at a place named."""
    named = {kind: [id for what, id in draft.barred if what == kind] for kind in BARRED_KINDS}
    there = or_(Post.department_id.in_(named["department"] or (0,)), Post.area_id.in_(named["area"] or (0,)))
    query = select(Appointment.account_id).join(Post, Post.id == Appointment.post_id).where(holding_on(on), there)
    return {*named["account"], *session.scalars(query)}


def offices_of(drafts: Iterable[Draft]) -> set[int]:
    """Every department whose duty is told something."""
    return {told.duty.department_id for draft in drafts for told in draft.told if told.duty.department_id}


def places_of(drafts: Iterable[Draft]) -> set[int]:
    """Every area where a duty that is told something may be held, the vacant ones' uppers included."""
    return {area for draft in drafts for area, _ in draft.path} | {
        told.duty.area_id for draft in drafts for told in draft.told if told.duty.area_id
    }


def filled_posts(session: Session, areas: Iterable[int], on: date) -> dict[tuple[str, int], list[int]]:
    """(role, area) -> the accounts that hold that post on a day."""
    return filled_at(session, Post.area_id, set(areas), on)


def filled_offices(session: Session, departments: Iterable[int], on: date) -> dict[tuple[str, int], list[int]]:
    """(role, department) -> the accounts that hold that post on a day."""
    return filled_at(session, Post.department_id, set(departments), on)


def filled_at(session: Session, where: Any, ids: Collection[int], on: date) -> dict[tuple[str, int], list[int]]:
    """(role, place) -> the accounts that hold that post on a day; `where` is the column of the place. None for no ids."""
    found: dict[Any, list[int]] = {}
    if not ids:
        return found
    query = holders(where, db.is_sqlite(session))
    for role, place, account in query.run(session, {"ids": listed(session, ids), "on": on}):
        found.setdefault((role, place), []).append(account)
    return found


@cache
def holders(where: Any, sqlite: bool) -> Prepared:
    """The statement of filled_at."""
    return Prepared(
        select(Post.role, where, Account.id)
        .select_from(Appointment)
        .join(Post, Post.id == Appointment.post_id)
        .join(Account, Account.id == Appointment.account_id)
        .where(holding_on(DAY), Account.active.is_(True), among(where, sqlite=sqlite))
        .order_by(Account.id)
    )


def accounts_gone(session: Session, ids: Collection[int], on: date) -> set[int]:
    """Those of the accounts that are no longer in use, or hold no post on a day: they see no matter any more."""
    if not ids:
        return set()
    found = in_office(db.is_sqlite(session)).run(session, {"ids": listed(session, ids), "on": on})
    return set(ids) - set(found.scalars())


@cache
def in_office(sqlite: bool) -> Prepared:
    """The statement of accounts_gone: those that are in use and hold a post."""
    query = select(Account.id).join(Appointment, Appointment.account_id == Account.id)
    return Prepared(query.where(among(Account.id, sqlite=sqlite), Account.active.is_(True), holding_on(DAY)))


def notices_of(
    draft: Draft, told: Told, fill: Filled, gone: Collection[int]
) -> Iterable[dict[str, Any]]:
    """The notices of one message: to the person beside the duty, to whoever fills it, or to the level above."""
    accounts, vacant = receivers(draft, told.duty, fill, gone) if may_hear(draft, told.duty) else ([], False)
    for account in accounts:
        if account == draft.actor_of(told.seq):
            continue
        yield {
            "account_id": account, "case_id": draft.row["id"], "seq": told.seq,
            "code": VACANT if vacant else told.code, "params": dict(told.params) | vacancy(told, vacant),
            "urgent": told.urgent or vacant, "created_at": draft.row["trail_at"], "read_at": None,
        }  # fmt: skip


def vacancy(told: Told, vacant: bool) -> dict[str, Any]:
    """What an alarm about a vacant post says besides."""
    return {"role": told.duty.role, "about": told.code} if vacant else {}


def may_hear(draft: Draft, duty: Duty) -> bool:
    """A confidential matter is told of to the persons on it, its lead, its department and the post it waits for: who may see it."""
    row = draft.row
    waits_for = {(row["holder_role"], row["holder_area_id"], row["holder_department_id"])}
    waits_for |= {(draft.detail.get("decider_role", ""), draft.detail.get("decider_area_id"), None), ("liaison", None, row["department_id"])}
    known = duty.account_id is not None or duty == draft.lead() or (duty.role, duty.area_id, duty.department_id) in waits_for
    return known or not row["confidential"]


def receivers(
    draft: Draft, duty: Duty, fill: Filled, gone: Collection[int]
) -> tuple[list[int], bool]:
    """The accounts behind a duty, and whether it is vacant and the next secretary above steps in, or else whoever
    watches over the street. Work of a mediator who has left is for the lead; that of a department without a liaison, too."""
    if duty.account_id and duty.account_id not in gone:
        return [duty.account_id], False
    if duty.account_id:
        lead = draft.lead() if duty.role in ("mediator", "patron") else None
        return (receivers(draft, lead, fill, gone)[0], True) if lead else ([], False)
    if duty.area_id is None and duty.department_id is None:
        return [], False
    if here := fill.of(duty):
        return here, False
    levels = dict(draft.path)
    place, least = (duty.area_id, 1) if duty.area_id is not None else (draft.row["lead_area_id"], 0)
    own = AREA_ORDER.get(levels.get(place or 0, ""), -1) + least
    above = [area for area, level in reversed(draft.path) if AREA_ORDER[level] >= own]
    posts = [("secretary", area) for area in above]
    if not draft.row["confidential"]:
        posts += [(WATCH[level], area) for area, level in reversed(draft.path) if level in WATCH]
    return next((found for post in posts if (found := fill.areas.get(post))), []), True


def write_notices(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert notices that are not there yet, and the messages that carry them outside."""
    unique = {(r["account_id"], r["case_id"], r["seq"], r["code"]): r for r in rows}
    if not unique:
        return
    ids = db.new_ids(session, Notice.__table__, len(unique))
    made = [row | {"id": id} for id, row in zip(ids, unique.values(), strict=True)]
    notices = db.inserting(session, Notice.__table__, made, db.NEW)
    db.write_together(session, [notices, carrying.carrying(session, made)])
