"""Pages of the audit administrator: who did what when, whether the chains hold, who read what is confidential. No matter."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext

from casemgr.audit import EVENTS
from casemgr.errors import Invalid
from casemgr.queries import trail as found
from casemgr.queries.trail import STREAMS, Wanted
from casemgr.web.access import guarded
from casemgr.web.case_words import MACHINES
from casemgr.web.trail_words import STREAM_WORDS, Details
from workflows.guards import ZONE

bp = Blueprint("trail", __name__, url_prefix="/trail")
BROKEN = "This address is not complete. Start again from the whole list."
READ_WORDS = {"case": "Confidential matter", "contact": "Full contact"}


@bp.get("")
@guarded("trail")
def show() -> str:
    """The events, fifty a page, narrowed by stream, kind, actor and days."""
    wanted, known = asked()
    try:
        lines, older = found.load_trail(g.session, wanted, request.args.get("after", "")) if known else ([], None)
    except ValueError as error:
        raise Invalid(message=BROKEN) from error
    return render_template(
        "trail/show.html", lines=lines, details=Details(found.load_names(g.session, lines)), fields=fields(),
        check=found.last_check(g.session), older=address("trail.show", after=older) if older else None,
        newest=address("trail.show") if request.args.get("after") else None, machines=MACHINES, said_kind=said_kind,
        stream_words=STREAM_WORDS, readings_url=url_for("trail.readings"),
    )  # fmt: skip


@bp.get("/readings")
@guarded("trail")
def readings() -> str:
    """Who looked at confidential matters and at full contacts."""
    actor, known = account_asked("by")
    since, until = days_asked()
    before = request.args.get("before", type=int)
    lines, older = found.load_readings(g.session, actor, since, until, before) if known else ([], None)
    return render_template(
        "trail/readings.html", lines=lines, fields=day_fields(), read_words=READ_WORDS,
        older=address("trail.readings", before=str(older)) if older else None,
        newest=address("trail.readings") if before else None,
    )  # fmt: skip


def asked() -> tuple[Wanted, bool]:
    """What the address looks for, and whether its accounts exist."""
    stream, kind = request.args.get("stream", ""), request.args.get("kind", "")
    actor, known = account_asked("by")
    about, known_too = account_asked("about")
    since, until = days_asked()
    wanted = Wanted(
        stream if stream in STREAMS else "", kind if kind in EVENTS else "", actor, about, since, until
    )
    return wanted, known and known_too


def account_asked(name: str) -> tuple[int | None, bool]:
    """The account whose login stands in the address, and whether there is one if one is asked for."""
    login = request.args.get(name, "").strip()
    if not login:
        return None, True
    id = found.find_account(g.session, login)
    return id, id is not None


def days_asked() -> tuple[datetime | None, datetime | None]:
    """From the first day's begin to the last day's end; what is no day is left out."""
    first, last = day_of("since"), day_of("until")
    return midnight(first) if first else None, midnight(last + timedelta(days=1)) if last else None


def day_of(name: str) -> date | None:
    """A day in the address."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def midnight(day: date) -> datetime:
    """When a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def address(endpoint: str, **more: str | None) -> str:
    """This page with these arguments, the place in the list left."""
    kept = {name: value for name, value in request.args.items() if name not in ("after", "before") and value}
    return url_for(endpoint, **kept, **{name: value for name, value in more.items() if value})  # type: ignore[arg-type]


def fields() -> list[dict[str, Any]]:
    """The fields of the filter bar."""
    everything = ("", gettext("All"))
    kinds = sorted((gettext(label), kind) for kind, label in EVENTS.items())
    return [
        {"name": "stream", "label": gettext("About"), "kind": "select", "value": request.args.get("stream", ""),
         "choices": [everything, *((s, gettext(STREAM_WORDS[s])) for s in STREAMS)]},
        {"name": "kind", "label": gettext("Kind of act"), "kind": "select", "value": request.args.get("kind", ""),
         "choices": [everything, *((kind, label) for label, kind in kinds)]},
        *day_fields(),
        {"name": "about", "label": gettext("Changes to the account"), "kind": "text", "value": request.args.get("about", "")},
    ]  # fmt: skip


def day_fields() -> list[dict[str, Any]]:
    """The fields for who and when."""
    return [
        {"name": "by", "label": gettext("Done by (login)"), "kind": "text", "value": request.args.get("by", "")},
        {"name": "since", "label": gettext("From"), "kind": "date", "value": request.args.get("since", "")},
        {"name": "until", "label": gettext("To"), "kind": "date", "value": request.args.get("until", "")},
    ]  # fmt: skip


def said_kind(kind: str) -> str:
    """A kind of event in words."""
    return gettext(EVENTS.get(kind, kind))
