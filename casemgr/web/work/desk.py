"""My desk: what waits for me by any of my posts, by what falls due first, each line with the one next act."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, g, render_template, request
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from casemgr import policy
from casemgr.errors import Invalid
from casemgr.policy import Actor, Held
from casemgr.queries.absences import AbsenceLine, absences_from
from casemgr.queries.desk import DECIDE, MOST_COUNTED, Duty, Ends, chosen, count_duties, ends_of, load_places, load_waiting, post_of
from casemgr.queries.handing import leavers_of
from casemgr.queries.standing import Stamp, stamp_of
from casemgr.web.access import guarded, today
from casemgr.web.locales import gettext
from casemgr.web.work import desk_rows
from casemgr.web.work.desk_rows import Row
from workflows.roles import POST_ROLES

bp = Blueprint("desk", __name__)
BROKEN_KEY = "This address is not complete. Start again from the first page."
GROUP_WORDS = {
    "late": _l("Overdue"), "today": _l("Due today"), "week": _l("Due within seven days"), "later": _l("Due later"),
    "open": _l("No time limit running"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to narrow the desk: a post, a person stood in for, what is to be decided."""

    key: str
    label: str
    count: int


@bp.get("/desk")
@guarded("work")
def show() -> str:
    """The first or a later page of the desk; ?by= narrows it to a post, to a person stood in for, or to decisions."""
    by = request.args.get("by", "")
    condition = chosen(g.actor, by)
    if condition is None:
        raise Invalid(message=BROKEN_KEY)
    keys = {name: request.args.get(name, "") for name in ("after", "before")}
    stamp = stamp_of(g.session)
    try:
        waiting = load_waiting(g.session, g.actor, condition, by, **keys)
    except ValueError as error:
        raise Invalid(message=BROKEN_KEY) from error
    ends = ends_of(g.at)
    counts = count_duties(g.session, g.actor, ends)
    posts = post_words(g.actor, stamp)
    return render_template(
        "desk/show.html", page=waiting.page, waiting=counts.total(), cut=counts.total() >= MOST_COUNTED, choices=choices(counts, posts, by), by=by,
        groups=in_groups(desk_rows.rows(waiting, posts, stamp), ends), numbers=by_group(counts, by), words=GROUP_WORDS,
        absences=absences_now(), leavers=leavers_of(g.session, g.actor, today(), stamp),
        **{f"may_{act}": policy.may(g.actor, act) for act in ("register", "leave", "board")},
    )  # fmt: skip


def post_words(actor: Actor, stamp: Stamp) -> dict[Held, str]:
    """Each post in words, with its place."""
    places = load_places(g.session, frozenset(post.area_id for post in actor.posts if post.area_id), stamp)
    return {
        post: post.name or " ".join(filter(None, [places.get(post.area_id or 0, ""), gettext(POST_ROLES[post.role])]))
        for post in actor.posts
    }


def choices(counts: Mapping[tuple[Duty, str], int], posts: Mapping[Held, str], by: str) -> list[Choice]:
    """What the desk can be narrowed to, as far as something waits there; none where all of it waits under one."""
    mine: Counter[Held | None] = Counter()
    decisions = 0
    for (duty, _), number in counts.items():
        mine[post_of(g.actor, duty)] += number
        decisions += number if duty.process == "request" else 0
    found = [Choice(f"post-{post.post_id}", words, mine[post]) for post, words in posts.items() if post.for_id is None]
    for account, name in g.actor.absent:
        number = sum(mine[post] for post in posts if post.for_id == account)
        found.append(Choice(f"for-{account}", gettext("Standing in for %(name)s", name=name), number))
    if decisions:
        found.append(Choice(DECIDE, gettext("Waiting for my decision"), decisions))
    found = [one for one in found if one.count or one.key == by]
    whole = Choice("", gettext("All"), sum(counts.values()))
    return [whole, *found] if len(found) > 1 or by else []


def by_group(counts: Mapping[tuple[Duty, str], int], by: str) -> Counter[str]:
    """How many there are in each group, under the choice in force."""
    found: Counter[str] = Counter()
    for (duty, group), number in counts.items():
        post = post_of(g.actor, duty)
        under = {"", DECIDE} if duty.process == "request" else {""}
        if post:
            under.add(f"for-{post.for_id}" if post.for_id else f"post-{post.post_id}")
        found[group] += number if by in under else 0
    return found


def in_groups(found: Iterable[Row], ends: Ends) -> list[tuple[str, list[Markup]]]:
    """The rows of the page under the words of their group, in their order."""
    groups = groupby(found, lambda row: ends.group(row.line.next_due_at))
    return [(group, [row.drawn for row in rows]) for group, rows in groups]


def absences_now() -> list[AbsenceLine]:
    """The absences of today that concern the actor: his own, and those in which he stands in."""
    if not g.actor.account_id:
        return []
    return [one for one in absences_from(g.session, [g.actor.account_id], today()) if one.from_on <= today()]
