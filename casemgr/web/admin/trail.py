"""Pages of the audit administrator: who did what when, whether the chains hold, who read what is confidential. No matter."""

import csv
import io
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from casemgr import audit, db
from casemgr.audit import EVENTS
from casemgr.errors import Invalid
from casemgr.queries import trail as found
from casemgr.queries.filters import midnight
from casemgr.queries.trail import STREAMS, ReadingsWanted, Wanted
from casemgr.services.books import settings_stream
from casemgr.services.logins import find_by_login
from casemgr.web.access import guarded
from casemgr.web.admin.events import STREAM_WORDS, Details
from casemgr.web.matters.wording import MACHINES
from workflows.guards import ZONE

bp = Blueprint("trail", __name__, url_prefix="/trail")
BROKEN = "This address is not complete. Start again from the whole list."
MOST_EXPORTED = 20_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")
TRAIL_HEAD = (
    _l("When"), _l("Stream"), _l("Number of it"), _l("Entry"), _l("Kind of act"), _l("About"), _l("Done by"), _l("Login"),
)  # fmt: skip
READINGS_HEAD = (_l("When"), _l("Who"), _l("Login"), _l("What was read"), _l("Matter (its id)"), _l("Reason"))
WHO = {**MACHINES, "nobody": _l("Nobody logged in")}
READ_WORDS = {
    "case": _l("Confidential matter"), "contact": _l("Full contact"), "file": _l("File of a confidential matter"),
    "paper": _l("Paper of a confidential matter"), "sealed": _l("Sealed file"), "export": _l("Workbook of a list"),
    "person": _l("All that is kept about a person"),
}  # fmt: skip


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
        newest=address("trail.show") if request.args.get("after") else None, machines=WHO, said_kind=said_kind,
        stream_words=STREAM_WORDS, readings_url=url_for("trail.readings"), export_url=address("trail.export"),
    )  # fmt: skip


@bp.get("/readings")
@guarded("trail")
def readings() -> str:
    """Who looked at what is confidential or took something out, by person, kind, matter and day."""
    wanted, known = readings_asked()
    before = request.args.get("before", type=db.as_id)
    lines, older = found.load_readings(g.session, wanted, before) if known else ([], None)
    kinds = [("", gettext("All")), *((what, str(words)) for what, words in READ_WORDS.items())]
    kind = {"name": "what", "label": gettext("What was read"), "kind": "select", "value": request.args.get("what", ""), "choices": kinds}
    matter = {"name": "case", "label": gettext("Matter (its id)"), "kind": "text", "value": request.args.get("case", "")}
    return render_template(
        "trail/readings.html", lines=lines, fields=[*day_fields(), kind, matter], read_words=READ_WORDS,
        older=address("trail.readings", before=str(older)) if older else None,
        newest=address("trail.readings") if before else None, export_url=address("trail.export_readings"),
    )  # fmt: skip


def readings_asked() -> tuple[ReadingsWanted, bool]:
    """What the address looks for, and whether its account and matter can be."""
    actor, known = account_asked("by")
    written = request.args.get("case", "").strip()
    number = int(written) if re.fullmatch("[0-9]{1,9}", written) else None
    what = request.args.get("what", "")
    return ReadingsWanted(actor, number, what if what in READ_WORDS else None, *days_asked()), known and (number is not None or not written)


# --- taken out as files, each on record


@bp.post("/export")
@guarded("trail")
def export() -> Response:
    """The events looked for, as a table."""
    wanted, known = asked()
    lines, _ = found.load_trail(g.session, wanted, most=MOST_EXPORTED) if known else ([], None)
    details = Details(found.load_names(g.session, lines))
    rows = [
        (local(line.at), gettext(STREAM_WORDS[line.stream]), line.stream_id, line.seq, said_kind(line.kind), details.of(line),
         line.actor or str(WHO.get(line.actor_kind, line.actor_kind)), line.actor_login)
        for line in lines
    ]  # fmt: skip
    return taken_out("trail", [TRAIL_HEAD, *rows])


@bp.post("/readings/export")
@guarded("trail")
def export_readings() -> Response:
    """The readings looked for, as a table."""
    wanted, known = readings_asked()
    lines, _ = found.load_readings(g.session, wanted, most=MOST_EXPORTED) if known else ([], None)
    rows = [
        (local(line.at), line.name, line.login, str(READ_WORDS.get(line.what, line.what)), line.case_id or line.about,
         gettext("given") if line.with_reason else gettext("none"))
        for line in lines
    ]  # fmt: skip
    return taken_out("readings", [READINGS_HEAD, *rows])


def local(at: datetime) -> str:
    """An instant as it stands in a table."""
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def taken_out(what: str, rows: Sequence[Sequence[Any]]) -> Response:
    """A table that spreadsheets open, no cell of it a formula; that it was taken is an event."""
    with db.transaction(g.session):
        audit.record(
            g.session, settings_stream(g.session), "settings.trail_exported", actor=g.actor, at=g.at,
            data={"table": what, "rows": len(rows) - 1},
        )  # fmt: skip
    written = io.StringIO()
    csv.writer(written).writerows([[harmless(cell) for cell in row] for row in rows])
    answer = Response("\ufeff" + written.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename={what}-{g.at.astimezone(ZONE):%Y%m%d-%H%M}.csv"
    return answer


def harmless(cell: Any) -> str:
    """A cell that no spreadsheet takes for a formula."""
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


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
    id = find_by_login(g.session, login)
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
