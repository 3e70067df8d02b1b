"""The warning board of an area: what waits for a decision, what is red, how much is open where; every number opens its list."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from casemgr.audit import EVENTS
from casemgr.db import as_id, transaction
from casemgr.errors import CasemgrError, Invalid
from casemgr.queries import board, board_charts, board_lines
from casemgr.queries.board import Spot
from casemgr.queries.board_charts import Group
from casemgr.queries.board_lines import Decision, RedLine
from casemgr.queries.filters import AGES, CaseFilter, aware, midnight
from casemgr.queries.tally import Counted, load_counted
from casemgr.services.board import mark_seen
from casemgr.services.steps import take
from casemgr.web import words
from casemgr.web.access import get_case, guarded
from casemgr.web.locales import gettext, ngettext
from casemgr.web.overview import charts, rates
from casemgr.web.overview.nearness import nearness
from casemgr.web.overview.parts import ROWS, drawn, remembered, seen_as
from casemgr.web.sayings import say, say_all, say_error
from workflows import WORKFLOWS
from workflows.dispute_asks import TRIGGERS as TRIGGER_CHOICES
from workflows.guards import local_date
from workflows.lengths import parse_length
from workflows.request import REQUEST_KINDS
from workflows.roles import POST_ROLES, TIERS
from workflows.warning import TRIGGERS

bp = Blueprint("board", __name__)
PATRON = "name_patron"
WHY_NOT = "Say in a sentence why you do not approve; the asker reads it."
NOTHING_CHOSEN = "Choose what you decide at one of the lines."
VERDICTS: Mapping[str, Callable[[str], tuple[str, dict[str, Any]]]] = {  # -> the step and its answers
    "approve": lambda words: ("approve", {"note": words}),
    "refuse": lambda words: ("refuse", {"reason": words}),
    "patron": lambda words: (PATRON, {"patron_id": g.actor.account_id}),
}
DECIDED = {"approve": "Approved. It takes effect now.", "refuse": "Not approved. The asker is told why.", "patron": "You are the patron now."}
TRIGGER_WORDS = {choice.value: choice.label for choice in TRIGGER_CHOICES}
BELOW = {  # level of the places on the board -> its title
    "district": "Open by district",
    "street": "Open by street",
    "community": "Open by community",
    "grid": "Open by grid",
    "microgrid": "Open by micro-grid",
}
TOKEN = secrets.token_hex(16)  # in remembered forms the place of the token, which is another on every page; nobody can write it
CHECKS = {
    "normal": "Escalation check %(time)s: normal",
    "late": "Escalation check: none since %(time)s",
    "failed": "Escalation check %(time)s: failed",
    "never": "Escalation check: none yet",
}


@bp.get("/board")
@guarded("board")
def show() -> str:
    """The board of the actor's highest post, or with ?area= of any area below."""
    return render_template("board/show.html", **shown(request.args.get("area", type=as_id)))


def shown(area_id: int | None, failed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The context of a board; `failed` is what was wrong with a decision sent from it."""
    session, actor, at = g.session, g.actor, g.at
    area, below = board.find_area(session, actor, area_id)
    counted = load_counted(session, actor, area.id, [a.id for a in below], at)
    standing = board_lines.load_standing(session, actor, at)
    since = board.raised_since(at)
    requests, asked = board_lines.load_requests(session, actor)
    patrons, unnamed = board_lines.load_patrons(session, actor)
    red = board_lines.load_red(session, actor, area, at, counted)
    total = {kind: number for kind, number in counted.of("place").items() if "|" not in kind}
    return {
        "area": area, "trail": trail(area), "total": total, "places": len(below) or 1,
        "tiles": board.load_tiles(session, actor, area, standing.seen_at or midnight(since), at, counted),
        "seen_at": standing.seen_at, "decision_lines": decision_lines(area, [*patrons, *requests], failed or {}), "waiting": asked + unnamed,
        "reds": len(red), "red_part": red_part(area, red, total.get("red", 0)),
        "check": standing.check, "checks": CHECKS, "parts": parts_of(area, below, counted, standing.rules), **WORDS,
    }  # fmt: skip


def decision_lines(area: Spot, decisions: Sequence[Decision], failed: Mapping[str, Any]) -> list[Markup]:
    """What waits for a decision, line by line, each with the token of this page in its forms."""
    token, now, looks = escape(generate_csrf()), nearness(g.at)(g.at), seen_as()

    def draw(decision: Decision, first: bool) -> Markup:
        return drawn("board/decision.html", d=decision, area=area, first=first, failed=failed, token=TOKEN, **WORDS)

    lines = []
    for place, decision in enumerate(decisions):
        wrong = failed.get("id") == decision.id  # with what was typed, however long: shown once, and not kept
        key = ("decision", area.id, repr(decision), place == 0, now, looks)
        line = draw(decision, place == 0) if wrong else remembered(key, lambda: draw(decision, place == 0), ROWS)  # noqa: B023  drawn at once
        lines.append(line.replace(TOKEN, token))
    return lines


def red_part(area: Spot, red: Sequence[RedLine], total: int) -> Markup:
    """The red matters, as near as each is."""
    near = nearness(g.at)
    key = ("red", area, repr(red), total, near(g.at), tuple(near(line.due_at) for line in red), seen_as())
    return remembered(
        key, lambda: drawn("board/red.html", red=red, total=total, red_filter=board.filter_of("red", area.id), **WORDS)
    )


def parts_of(area: Spot, below: Sequence[Spot], counted: Counted, rules: int) -> Markup:
    """The lower part of a board: all that follows from what is counted and from the day. It holds nothing of the reader."""
    legacy = board.load_legacy(g.session, g.actor, area, g.at, counted)
    facets = tuple((facet, tuple(counted.of(facet).items())) for facet in ("place", "age", "dispute", "rate"))
    places = tuple((id, tuple(counts.items())) for id, counts in counted.below.items())
    numbers = (facets, places, tuple(tile.number for tile in legacy.values()), counted.days, rules)
    key = ("board", area, tuple(below), numbers, local_date(g.at), seen_as())
    return remembered(key, lambda: draw(area, below, counted, legacy))


def draw(area: Spot, below: Sequence[Spot], counted: Counted, legacy: Mapping[str, board.Tile]) -> Markup:
    """Draw it."""
    numbers = board.load_numbers(g.session, g.actor, area, below, g.at, counted)
    stages, classes = board_charts.load_groups(counted, area.id)
    weeks = board_charts.load_weeks(g.session, counted, area.id, g.at)
    return drawn(
        "board/numbers.html", area=area, title=gettext(BELOW[below[0].level]) if below else area.name, numbers=numbers, legacy=legacy,
        ages=bands(numbers), stages=stages, classes=classes, weeks=weeks, shares=rates.shares_of(counted),
        charts=charts.options(classes, weeks, list_url), **WORDS,
    )  # fmt: skip


@bp.post("/board/decide")
@guarded("board")
def decide() -> Response | tuple[str, int]:
    """Approve or refuse a request, or become patron of a red matter, from the board itself. What is wrong is said at its
    line, with all that was typed."""
    case_id, verdict, words = request.form.get("case", type=as_id), request.form.get("verdict", ""), request.form.get("words", "")
    if case_id is None or verdict not in VERDICTS:
        raise Invalid(message=NOTHING_CHOSEN)
    get_case(case_id)
    step, answers = VERDICTS[verdict](words)
    if verdict == "refuse" and not words.strip():
        return not_decided(case_id, verdict, words, Invalid(message=WHY_NOT))
    area = request.form.get("area", type=as_id)
    try:
        with transaction(g.session):
            seen = request.form.get("version", type=int)
            take(g.session, case_id, step, answers, actor=g.actor, at=g.at, seen_version=seen)
    except CasemgrError as error:
        return not_decided(case_id, verdict, words, error)
    flash(gettext(DECIDED[verdict]), "done")
    return redirect(url_for("board.show", area=area))


def not_decided(case_id: int, verdict: str, words: str, error: CasemgrError) -> tuple[str, int]:
    """The board again, with what is wrong at the line and what was typed."""
    failed = {"id": case_id, "words": words, "said": say_all(error) or [say_error(error)], "verdict": verdict}
    area = request.form.get("area", type=as_id)
    return render_template("board/show.html", **shown(area, failed)), error.status


@bp.post("/board/seen")
@guarded("board")
def seen() -> Response:
    """The new red matters were seen, as the page showed them."""
    try:
        seen_at = aware(datetime.fromisoformat(request.form["seen_at"]))
    except (KeyError, ValueError):
        seen_at = g.at
    with transaction(g.session):
        mark_seen(g.session, seen_at, actor=g.actor, at=g.at)
    flash(gettext("Noted: newly red matters are counted from now on."), "done")
    return redirect(url_for("board.show", area=request.form.get("area", type=as_id)))


def trail(area: Any) -> list[tuple[str, str | None]]:
    """Where this board stands: back to the actor's own when it is that of an area below."""
    if area.id in board.board_areas(g.actor):
        return []
    return [(gettext("Warning board"), url_for("board.show")), (area.name, None)]


def bands(numbers: board.Numbers) -> list[tuple[str, str, dict[str, int]]]:
    """Each age band with its words and its numbers by tier."""
    words = (gettext("Up to 7 days"), gettext("8–15 days"), gettext("16–30 days"), gettext("Over 30 days"))
    return [
        (key, said, {t: numbers.ages.get((key, t), 0) for t in TIERS}) for key, said in zip(AGES, words, strict=True)
    ]


def list_url(narrowed: CaseFilter) -> str:
    """The list that shows exactly the matters of a filter."""
    return f"{list_of_all(request.script_root)}?{urlencode(narrowed.args())}"


@lru_cache(16)
def list_of_all(prefix: str) -> str:
    """The address of the list under a prefix of the application."""
    return url_for("lists.show")


def holder_words(line: RedLine) -> str:
    """Who holds it, as a duty at a place or a team, never by name."""
    if line.holder_role == "mediator" and line.team:
        return line.team
    role = gettext(POST_ROLES[line.holder_role]) if line.holder_role in POST_ROLES else ""
    return " · ".join(word for word in (line.holder_place, role) if word)


def reason_words(line: RedLine) -> list[str]:
    """Why it is red, in sentences."""
    return [say(TRIGGERS[code].sentence, params) for code, params in line.reasons if code in TRIGGERS]


def act_words(line: RedLine) -> str:
    """The last work on it."""
    return gettext(EVENTS[line.act]) if line.act in EVENTS else ""


def due_label(line: RedLine) -> str:
    """The name of the deadline that falls due next."""
    return gettext(WORKFLOWS[line.process].deadline(line.due_key).label) if line.due_key else ""


def kind_words(decision: Decision) -> str:
    """What is to be decided."""
    return gettext("Patron") if decision.kind == "patron" else gettext(REQUEST_KINDS[decision.kind].label)


def asker_words(decision: Decision) -> str:
    """Who asked, as a post at a place."""
    role, place = decision.asker
    return " ".join(filter(None, (place, gettext(POST_ROLES[role]) if role in POST_ROLES else "")))


def trigger_words(decision: Decision) -> str:
    """The triggers that a lowering acknowledges."""
    return "、".join(gettext(TRIGGER_WORDS.get(code, code)) for code in decision.payload.get("acknowledged", ()))


def stage_words(group: Group) -> str:
    """A state in words."""
    return gettext(WORKFLOWS[board_charts.PROCESS].state(group.key).label)


def payload_words(decision: Decision) -> str:
    """What is asked for, in a few words."""
    asked: Mapping[str, Any] = decision.payload
    if decision.kind == "patron":
        people = asked.get("people")
        return ngettext("%(num)d person involved", "%(num)d people involved", people) if people else ""
    if decision.kind == "lowering" and asked.get("tier") in TIERS:
        tier = {"red": gettext("Red"), "orange": gettext("Orange"), "yellow": gettext("Yellow")}[asked["tier"]]
        return gettext("to %(tier)s", tier=tier)
    if asked.get("length"):
        length = parse_length(asked["length"])
        return gettext(length.label, n=length.amount)
    until_on = asked.get("until_on") or asked.get("review_on") or asked.get("due_on")
    return gettext("until %(day)s", day=words.day(date.fromisoformat(until_on), g.at)) if until_on else ""


WORDS = {
    "filter_of": board.filter_of, "list_url": list_url, "holder_words": holder_words, "reason_words": reason_words,
    "act_words": act_words, "due_label": due_label, "kind_words": kind_words, "payload_words": payload_words,
    "asker_words": asker_words, "trigger_words": trigger_words, "stage_words": stage_words, "class_words": charts.class_words,
}  # fmt: skip
