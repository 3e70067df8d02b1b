"""Pages of the system administrator: rooms of mediation, where they are, when they are open. Who uses them: matters/rooms.py."""

from datetime import time
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from casemgr.errors import NotFound
from casemgr.models import Area, Room
from casemgr.queries.rooms import load_rooms, planned_in
from casemgr.queries.structure import places_of
from casemgr.services import rooms
from casemgr.web.access import guarded
from casemgr.web.changes import Page, answer, tried
from casemgr.web.forms.structure import NewRoomForm, RoomForm
from casemgr.web.matters.rooms import hours_words
from workflows.guards import GRAIN

bp = Blueprint("rooms", __name__, url_prefix="/rooms")


@bp.get("")
@guarded("structure")
def show_list() -> str:
    """All rooms, those out of use too."""
    return render_template("structure/rooms.html", lines=load_rooms(g.session, only_active=False), hours_words=hours_words)


@bp.route("/new", methods=["GET", "POST"])
@guarded("structure")
def add() -> Page:
    """A new room, open on working days from nine to six unless said otherwise."""
    form = NewRoomForm(opens=time(9), closes=time(18), active=True)
    form.area.choices = places_of(g.session, ("street", "community"))
    add_it = lambda: rooms.add_room(g.session, form.area.data, **typed(form), actor=g.actor, at=g.at)  # noqa: E731
    if request.method == "POST" and form.validate() and tried(form, add_it, "name"):
        return done()
    return page(form, None)


@bp.route("/<int:room_id>/change", methods=["GET", "POST"])
@guarded("structure")
def change(room_id: int) -> Page:
    """Rename a room, change its hours, put it out of use; what is planned in it stays and is told of here."""
    room = g.session.get(Room, room_id)
    if room is None:
        raise NotFound()
    form = RoomForm(
        name=room.name, place=room.place, opens=as_time(room.opens), closes=as_time(room.closes), rest_days=room.rest_days,
        active=room.active,
    )  # fmt: skip
    if request.method == "POST" and form.validate():
        values = typed(form) | {"active": form.active.data}
        if tried(form, lambda: rooms.change_room(g.session, room_id, **values, actor=g.actor, at=g.at), "name"):
            return done()
    return page(form, room)


def page(form: RoomForm, room: Room | None) -> Page:
    """The form of a room, with how many sessions are planned in it."""
    planned = planned_in(g.session, room.id, g.at) if room else 0
    area = g.session.get_one(Area, room.area_id).name if room else ""
    return answer(render_template("structure/room.html", form=form, room=room, area=area, planned=planned))


def done() -> Response:
    """Back to the list."""
    flash(gettext("Changed."), "done")
    return redirect(url_for("structure.rooms.show_list"))


def typed(form: RoomForm) -> dict[str, Any]:
    """The values by column, hours in minutes of the day."""
    return {
        "name": form.name.data.strip(), "place": (form.place.data or "").strip(), "opens": minute_of(form.opens.data),
        "closes": minute_of(form.closes.data), "rest_days": form.rest_days.data,
    }  # fmt: skip


def minute_of(at: time) -> int:
    """The minute of the day."""
    return at.hour * 60 + at.minute


def as_time(minute: int) -> time:
    """The time of a minute of the day."""
    return time(*divmod(min(minute, 24 * 60 - GRAIN), 60))
