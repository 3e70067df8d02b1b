"""The calendar of rooms: a day or a week of every room near the reader. Of matters out of sight only the time is shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, g, render_template, request, url_for

from casemgr.errors import NotFound
from casemgr.queries.rooms import RoomLine, Taken, free_times, load_rooms, taken_on
from casemgr.queries.teams import areas_near
from casemgr.services.books import load_books
from casemgr.web import words
from casemgr.web.access import guarded, today
from casemgr.web.locales import gettext
from workflows.guards import GRAIN, ZONE, local_date

bp = Blueprint("rooms", __name__, url_prefix="/rooms")
WEEK = 7
YEARS = 50  # so far before and after today the calendar goes
SHORTEST = 2 * GRAIN  # minutes: shorter stretches are not offered


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a room's day: taken or free. `url` leads to the matter, or to planning a session then."""

    begins: str
    ends: str
    free: bool
    words: str = ""
    number: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class RoomDay:
    """One room on one day, stretch by stretch; `closed` says why there are none."""

    room: RoomLine
    on: date
    stretches: list[Stretch]
    closed: str = ""


@bp.get("")
@guarded("see_rooms")
def show() -> str:
    """The rooms on ?on=2026-03-02, or through the week of that day with ?view=week."""
    on, week = day_asked(), request.args.get("view") == "week"
    first = on - timedelta(days=on.weekday()) if week else on
    days = [first + timedelta(days=n) for n in range(WEEK if week else 1)]
    rooms = load_rooms(g.session, areas_near(g.session, g.actor))
    shown = room_days(rooms, days)
    step = timedelta(days=WEEK if week else 1)
    return render_template(
        "rooms/show.html", rooms=rooms, days=days, shown=shown, week=week, on=on, today=today(), hours_words=hours_words,
        calendar=load_books(g.session).calendar, before=first - step, after=first + step,
    )  # fmt: skip


def day_asked() -> date:
    """The day in the address, else today. Raises NotFound for what is no day, or one of another age."""
    try:
        on = date.fromisoformat(request.args["on"]) if request.args.get("on") else today()
    except ValueError as error:
        raise NotFound() from error
    if abs(on.year - today().year) > YEARS:
        raise NotFound()
    return on


def room_days(rooms: Sequence[RoomLine], days: Sequence[date], plan: str = "") -> dict[tuple[int, date], RoomDay]:
    """Every room on every day. `plan`: the address that plans a session, asked for with day, time and room."""
    taken = taken_on(g.session, g.actor, [room.id for room in rooms], days[0], days[-1])
    by_day: dict[tuple[int, date], list[Taken]] = {}
    for one in taken:
        by_day.setdefault((one.room_id, local_date(one.starts_at)), []).append(one)
    calendar = load_books(g.session).calendar
    return {
        (room.id, on): room_day(room, on, by_day.get((room.id, on), ()), calendar.is_rest_day(on), plan)
        for room in rooms
        for on in days
    }


def room_day(room: RoomLine, on: date, taken: Iterable[Taken], rest_day: bool, plan: str) -> RoomDay:
    """One room on one day: what is taken, and what is free between."""
    mine = list(taken)
    stretches = [(one.starts_at, taken_stretch(one)) for one in mine]
    shut = rest_day and not room.rest_days
    if not shut:
        bounds = [(minute_of(one.starts_at), minute_of(one.ends_at)) for one in mine]
        opens = max(room.opens, next_quarter(g.at)) if on == local_date(g.at) else room.opens
        if on >= local_date(g.at) and opens < room.closes:
            free = [span for span in free_times(bounds, opens, room.closes) if span[1] - span[0] >= SHORTEST]
            stretches += [(instant(on, begins), free_stretch(room, on, begins, ends, plan)) for begins, ends in free]
    ordered = [stretch for _, stretch in sorted(stretches, key=lambda pair: pair[0])]
    return RoomDay(room, on, ordered, gettext("closed on this day") if shut else "–" if on < local_date(g.at) else "")


def taken_stretch(one: Taken) -> Stretch:
    """A session: its matter where the reader may see it."""
    begins, ends = words.clock_time(one.starts_at), words.clock_time(one.ends_at)
    if one.case_id is None:
        return Stretch(begins, ends, False, gettext("taken"))
    return Stretch(begins, ends, False, one.title, one.number, url_for("cases.show", case_id=one.case_id))


def free_stretch(room: RoomLine, on: date, begins: int, ends: int, plan: str) -> Stretch:
    """Free time, with the way to plan a session then."""
    url = f"{plan}?at={on.isoformat()}T{clock(begins)}&room={room.id}" if plan else ""
    return Stretch(clock(begins), clock(ends), True, url=url)


def clock(minute: int) -> str:
    """A minute of the day as 14:15."""
    return f"{minute // 60:02}:{minute % 60:02}"


def minute_of(at: datetime) -> int:
    """The minute of the local day."""
    local = at.astimezone(ZONE)
    return local.hour * 60 + local.minute


def next_quarter(at: datetime) -> int:
    """The next full quarter of an hour, as a minute of the local day."""
    return -(-(minute_of(at) + 1) // GRAIN) * GRAIN


def instant(on: date, minute: int) -> datetime:
    """A minute of a local day as an instant."""
    return datetime.combine(on, time.min, ZONE) + timedelta(minutes=minute)


def hours_words(room: Any) -> str:
    """When a room is open."""
    hours = f"{clock(room.opens)}–{clock(room.closes)}"
    return gettext("daily %(hours)s", hours=hours) if room.rest_days else gettext("working days %(hours)s", hours=hours)
