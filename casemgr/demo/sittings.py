"""The sessions that are planned when the demo starts: in the rooms of the committees, on the next working days."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.models import Case
from casemgr.queries.actors import load_actor
from casemgr.queries.rooms import may_invite, rooms_for
from casemgr.services.books import load_books
from casemgr.services.cases import Ask, take_steps
from casemgr.services.drafts import load_drafts
from workflows.guards import ZONE, local_date

EVERY, MOST, DAYS = 3, 24, 5  # one in three matters in mediation, at most so many, within so many working days
HOURS = (9, 10, 14, 15, 16)
BEFORE = timedelta(hours=2)  # planned so long ago


def plan_sessions(session: Session, now: datetime) -> int:
    """Plan them through the door; how many. Whoever finds the room taken has none."""
    query = select(Case.id).where(Case.process == "dispute", Case.state == "in_mediation", Case.handler_id.is_not(None))
    found = list(session.scalars(query.order_by(Case.id.desc())))[::EVERY][:MOST]
    days = working_days(session, local_date(now))
    planned = 0
    for number, case_id in enumerate(found):
        view = load_drafts(session, [case_id], lock=False)[case_id].view()
        actor = load_actor(session, view.handler_id or 0, local_date(now))
        rooms = rooms_for(session, view)
        if actor is None or not rooms:
            continue
        begins = datetime.combine(days[number % DAYS], time(HOURS[number // DAYS % len(HOURS)]), ZONE)
        guests = [id for id, _, role in may_invite(session, view, local_date(now)) if role == "grid_worker"][:1]
        data = {"starts_at": begins, "lasts": "60", "room_id": rooms[0].id, "guests": guests, "parties": [p.id for p in view.parties]}
        outcome = take_steps(session, [Ask(case_id, "book_session", data)], actor=actor, at=now - BEFORE)[0]
        planned += not isinstance(outcome, Exception)
    return planned


def working_days(session: Session, today: date) -> list[date]:
    """The next working days after today."""
    calendar = load_books(session).calendar
    ahead = (today + timedelta(days=n) for n in range(1, 30))
    return [on for on in ahead if not calendar.is_rest_day(on)][:DAYS]
