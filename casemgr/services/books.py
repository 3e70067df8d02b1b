"""The rules and calendars in force, and the older versions that open matters still run by. Loading new ones."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, func, literal, null, select, union_all
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.db import insert_new, lock_rows
from casemgr.models import CalendarVersion, RuleSet, SettingsStream
from casemgr.policy import Actor
from casemgr.queries.prepared import Prepared
from workflows import rulebook
from workflows.calendar import Calendar, load_calendar
from workflows.rulebook import Rulebook, read_rules

PACKAGED, TRIED = "packaged", "tried"
VERSIONS = Prepared(  # of calendars, and with their digests of rules
    union_all(
        select(CalendarVersion.id, CalendarVersion.loaded_at, literal("")), select(RuleSet.version, null(), RuleSet.sha256)
    )
)


@dataclass(frozen=True)
class Books:
    """The rules in force, the calendar in force by name, and every version by name."""

    rules: Rulebook
    calendar_name: str
    rules_by_version: Mapping[int, Rulebook]
    calendars: Mapping[str, Calendar]

    @property
    def calendar(self) -> Calendar:
        """The calendar in force."""
        return self.calendars[self.calendar_name]


def load_books(session: Session) -> Books:
    """The rules and calendars of this database: one small query in a transaction; what is read once is kept."""
    begun, known = session.info.get("books", (None, None))
    if begun is not None and begun is session.get_transaction():
        return known  # type: ignore[no-any-return]
    books = read_books(session)
    session.info["books"] = (session.get_transaction(), books)
    return books


def read_books(session: Session) -> Books:
    """The rules and calendars as they stand."""
    rules = {0: rulebook.packaged()}
    calendars = {PACKAGED: packaged_calendar()}
    session.flush()
    for number, loaded_at, sha256 in VERSIONS.run(session, {}).all():
        if sha256:
            rules[number] = parsed_rules(session, number, sha256)
        else:
            calendars[str(number)] = stored_calendar(session, number, loaded_at)
    newest = max((int(name) for name in calendars if name != PACKAGED), default=None)
    return Books(rules[max(rules)], PACKAGED if newest is None else str(newest), rules, calendars)


def as_if(books: Books, calendar: Calendar) -> Books:
    """The same books with another calendar in force that is kept nowhere: to see what it would move."""
    return Books(books.rules, TRIED, books.rules_by_version, {**books.calendars, TRIED: calendar})


@cache
def packaged_calendar() -> Calendar:
    """The calendar that comes with casemgr."""
    return load_calendar()


KNOWN_RULES: dict[tuple[int, str], Rulebook] = {}
KNOWN_CALENDARS: WeakKeyDictionary[Engine, dict[tuple[int, datetime], Calendar]] = WeakKeyDictionary()  # of each database its own


def parsed_rules(session: Session, version: int, sha256: str) -> Rulebook:
    """A stored rule set; its text never changes, so it is parsed once."""
    if (version, sha256) not in KNOWN_RULES:
        source = session.scalars(select(RuleSet.source).where(RuleSet.version == version)).one()
        KNOWN_RULES[version, sha256] = read_rules(source, version)
    return KNOWN_RULES[version, sha256]


def stored_calendar(session: Session, id: int, loaded_at: datetime) -> Calendar:
    """A stored calendar version."""
    known = KNOWN_CALENDARS.setdefault(session.get_bind().engine, {})
    if (id, loaded_at) not in known:
        days = session.scalars(select(CalendarVersion.days).where(CalendarVersion.id == id)).one()
        base = packaged_calendar()
        known[id, loaded_at] = Calendar(
            str(id), base.zone,
            frozenset(map(date.fromisoformat, days["rest"])), frozenset(map(date.fromisoformat, days["work"])),
            days["first_year"], days["last_year"], base.slots,
            names=tuple((date.fromisoformat(day), name) for day, name in days.get("names", {}).items()) or base.names,
        )  # fmt: skip
    return known[id, loaded_at]


def settings_stream(session: Session) -> SettingsStream:
    """The one row that heads the settings' chain, locked to the end of the transaction; made when first needed."""
    session.flush()
    query = select(SettingsStream).where(SettingsStream.id == 1).execution_options(populate_existing=True)
    row = session.scalar(lock_rows(session, query))
    if row is None:
        insert_new(session, SettingsStream.__table__, [{"id": 1, "trail_seq": 0, "trail_hash": ""}])
        row = session.scalars(lock_rows(session, query)).one()
    return row


def load_rules(session: Session, source: str, *, actor: Actor, at: datetime) -> Rulebook:
    """Put a rule set in force for what is graded from now on. Raises BadRules; the same text twice is one version."""
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    known = session.scalars(select(RuleSet.version).where(RuleSet.sha256 == sha256)).first()
    if known is not None:
        return parsed_rules(session, known, sha256)
    version = (session.scalar(select(func.max(RuleSet.version))) or 0) + 1
    book = read_rules(source, version)
    session.info.pop("books", None)
    session.add(RuleSet(version=version, sha256=sha256, source=source, active_from=at))
    audit.record(
        session, settings_stream(session), "settings.rules_loaded", actor=actor, at=at,
        data={"version": version, "sha256": sha256},
    )  # fmt: skip
    return book


def load_calendar_days(session: Session, calendar: Calendar, source: str, *, actor: Actor, at: datetime) -> int:
    """Put a calendar in force; its version. Open deadlines are counted anew by services.recount."""
    row = CalendarVersion(
        loaded_at=at, source=source,
        days={
            "rest": sorted(d.isoformat() for d in calendar.rest), "work": sorted(d.isoformat() for d in calendar.work),
            "first_year": calendar.first_year, "last_year": calendar.last_year,
            "names": {day.isoformat(): name for day, name in sorted(calendar.names)},
        },
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.info.pop("books", None)
    audit.record(
        session, settings_stream(session), "settings.calendar_loaded", actor=actor, at=at,
        data={"version": row.id, "years": [calendar.first_year, calendar.last_year]},
    )  # fmt: skip
    return row.id
