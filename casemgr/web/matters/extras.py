"""What the pages of a few steps have beside their questions: answers that are known already, the rooms of the day.

Aids only: whatever is put in can be changed, and is judged like anything typed.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import g, request, url_for

from casemgr.models import Room
from casemgr.queries import pickers
from casemgr.queries.agreements import agreement_of
from casemgr.queries.rooms import RoomLine, rooms_for, sitting_of
from casemgr.services.drafts import Draft
from casemgr.web.access import today
from casemgr.web.processes import call
from casemgr.web.matters.rooms import hours_words, room_days
from workflows.guards import SIDES, ZONE
from workflows.model import Step

Given = dict[str, Any]
USUAL = "60"  # minutes of a session
NAMED_BY_LINKS = ("party", "milestone", "policy", "department_id")
LOCAL = "%Y-%m-%dT%H:%M"


def known_answers(draft: Draft, step: Step) -> Given:
    """Answers to begin with, by question."""
    know = KNOWN.get(step.name)
    return know(draft) if know else {}


def asked_answers(step: Step) -> Given:
    """Answers that the address brings: a party, a milestone, a policy; or a time and a room picked from those that are free."""
    names = {"starts_at": "at", "room_id": "room"} if step.name in PLANNING else {name: name for name in NAMED_BY_LINKS}
    asked = {spec.name for spec in step.asks}
    given = {name: request.args.get(arg, "")[:16] for name, arg in names.items() if name in asked}
    return {name: value for name, value in given.items() if value}


def beside(draft: Draft, step: Step, form: Any) -> Mapping[str, Any] | None:
    """What stands above the form: its template and what that needs."""
    if draft.flow.name == "call" and step.name in call.OBJECTING:
        rulings = call.earlier(g.session, draft, g.actor)
        return {"template": "processes/call_rulings.html", "rulings": rulings, **call.ruling_words()}
    return rooms_of_day(draft, step, form) if step.name in PLANNING else None


def planned(draft: Draft) -> Given:
    """All parties are invited, for an hour, unless somebody says otherwise."""
    return {"parties": [str(party.id) for party in draft.parties], "lasts": USUAL}


def moved(draft: Draft) -> Given:
    """The time and place as they are planned."""
    sitting = sitting_of(g.session, draft.row["id"])
    if sitting is None:
        return {}
    minutes = (sitting.ends_at - sitting.starts_at) // timedelta(minutes=1)
    return {
        "starts_at": local(sitting.starts_at), "lasts": str(minutes), "room_id": str(sitting.room_id or ""),
        "place": sitting.place,
    }  # fmt: skip


def held(draft: Draft) -> Given:
    """The session as it was planned, once its time has come, and who is there as a rule."""
    sitting = sitting_of(g.session, draft.row["id"])
    names = {id: name for id, name, _ in pickers.parties_of(g.session, draft.row["id"])}
    if sitting is None or sitting.starts_at > g.at:
        return {"attendees": "、".join(names.values())}
    invited = [names[id] for id in sitting.parties if id in names] or list(names.values())
    given = {"started_at": local(sitting.starts_at), "place": sitting.where, "attendees": "、".join(invited)}
    if sitting.mode:
        given["mode"] = sitting.mode
    if sitting.ends_at <= g.at:
        given["ended_at"] = local(sitting.ends_at)
    return given


def agreed(draft: Draft) -> Given:
    """The agreement as it was written from building blocks."""
    found = agreement_of(g.session, draft.row["id"])
    if found is None:
        return {}
    given = {"issues": found.issues, "terms": found.text, "perform_how": found.perform_how}
    return given | ({"perform_on": found.perform_on.isoformat()} if found.perform_on else {})


def consenting(draft: Draft) -> Given:
    """Asked today; of the one party that is still to be asked."""
    open_ones = [party.id for party in draft.parties if not party.consent and party.side in SIDES]
    return {"consented_on": today().isoformat()} | ({"party": str(open_ones[0])} if len(open_ones) == 1 else {})


def handed_in(draft: Draft) -> Given:
    """Handed in today."""
    return {"handed_on": today().isoformat()}


KNOWN: dict[str, Callable[[Draft], Given]] = {
    "book_session": planned, "move_session": moved, "record_session": held, "agree_written": agreed,
    "record_consent": consenting, "add_evidence": handed_in,
}
PLANNING = ("book_session", "move_session")


def local(at: datetime) -> str:
    """An instant as a date-and-time field holds it."""
    return at.astimezone(ZONE).strftime(LOCAL)


def rooms_of_day(draft: Draft, step: Step, form: Any) -> Mapping[str, Any]:
    """The rooms on the day that is being planned, with the ways to take a free time."""
    on = day_typed(form.starts_at.data)
    plan = url_for("steps.show", case_id=draft.row["id"], step=step.name)
    rooms = [line_of(room) for room in rooms_for(g.session, draft.view())]
    path = {area for area, _ in draft.path}
    shown = room_days(rooms, [on], plan) if rooms else {}
    return {
        "template": "cases/beside/rooms.html", "near": [r for r in rooms if r.area_id in path],
        "far": [r for r in rooms if r.area_id not in path], "on": on, "shown": shown, "plan": plan,
        "hours_words": hours_words, "before": max(on - timedelta(days=1), today()), "after": on + timedelta(days=1),
    }  # fmt: skip


def day_typed(text: str | None) -> date:
    """The day of the time typed or in the address; tomorrow when there is none."""
    for written in (text, request.args.get("on")):
        try:
            return date.fromisoformat((written or "")[:10])
        except ValueError:
            continue
    return today() + timedelta(days=1)


def line_of(room: Room) -> RoomLine:
    """A room as the calendar wants it."""
    return RoomLine(room.id, room.name, room.place, room.area_id, "", room.opens, room.closes, room.rest_days, room.active)
