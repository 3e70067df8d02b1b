"""Matters that really lived: the demo's street in a SQLite file of its own, below a city, with a few very long matters."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from casemgr import db, schema
from casemgr.config import Settings
from casemgr.demo.build import PASSWORD, build
from casemgr.jobs.site import open_site
from casemgr.models import Area, AreaPath, Case
from casemgr.policy import SETUP
from casemgr.queries.actors import load_actor
from casemgr.services import accounts, appointments, steps, structure
from casemgr.services.passwords import rules_of
from workflows.guards import local_date

CITY = ("500100", "清江市")
CITY_LOGIN = "city.supervisor"
LONG = 6  # matters that get as many events
EVENTS = 50
NOTE = "到现场走访，双方情绪平稳，约定下周再谈。"


def live(settings: Settings, path: Path, now: datetime, scale: float) -> None:
    """Make the file anew: everything in it went through the services."""
    path.unlink(missing_ok=True)
    own = settings.model_copy(update={"database_url": f"sqlite:///{path}"})
    engine = db.make_engine(own.database_url, durable=False)
    schema.upgrade(engine)
    site = open_site(own, engine)
    with site.sessions() as session, db.transaction(session):
        rules = rules_of(own)
        made = build(session, now=now, rules=rules, scale=scale)
        if made.refused:
            raise RuntimeError(f"steps of the street were refused: {made.refused[:3]}")
        add_city(session, made.street.district.id, made.street.at, now, rules)
        lengthen(session, now)
    engine.dispose()


def add_city(session: Session, district_id: int, at: datetime, now: datetime, rules: object) -> None:
    """The city above the district, and who supervises it."""
    by = {"actor": SETUP, "at": at}
    city = structure.add_area(session, *CITY, "city", None, **by)
    session.execute(update(Area).where(Area.id == district_id).values(parent_id=city.id))
    below = select(AreaPath.descendant_id, AreaPath.depth).where(AreaPath.ancestor_id == district_id)
    rows = [{"ancestor_id": city.id, "descendant_id": id, "depth": depth + 1} for id, depth in session.execute(below)]
    session.execute(insert(AreaPath), rows)
    session.execute(update(Case).values(city_id=city.id))
    account, _ = accounts.create_account(session, CITY_LOGIN, "市督导员", password=PASSWORD, rules=rules, **by)
    account.must_change, account.password_changed_at = False, now
    post = structure.add_post(session, "supervisor", area_id=city.id, name="市督导员", **by)
    appointments.appoint(session, account.id, post.id, from_on=local_date(at), **by)


def lengthen(session: Session, now: datetime) -> None:
    """A few open disputes go on and on: notes of whoever handles them until they have fifty events."""
    query = (
        select(Case).where(Case.process == "dispute", Case.closed_at.is_(None), Case.state == "in_mediation", Case.handler_id.is_not(None))
        .order_by(Case.trail_seq.desc()).limit(LONG)
    )  # fmt: skip
    for case in session.scalars(query).all():
        actor = load_actor(session, case.handler_id, local_date(now))
        while case.trail_seq < EVENTS:
            steps.take(session, case.id, "record_note", {"note": NOTE}, actor=actor, at=now)
            session.refresh(case)
