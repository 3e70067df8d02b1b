"""My desk: what waits for me by any of my posts, by what falls due first, each line with the one next act."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import lazy_gettext as _l

from casemgr import policy
from casemgr.errors import Invalid
from casemgr.policy import Actor, Held
from casemgr.queries.absences import AbsenceLine, absences_from
from casemgr.queries.desk import DECIDE, MOST_COUNTED, Duty, Ends, chosen, count_duties, ends_of, load_parents, load_places, post_of
from casemgr.queries.handing import Leaver, leavers_of
from casemgr.queries.lines import Line, load_page, waiting_ways
from casemgr.services.drafts import Draft, load_drafts
from casemgr.web.access import guarded, today
from casemgr.web.locales import gettext
from casemgr.web.matters.panel import Offer, next_act
from casemgr.web.overview.lines import line_words
from workflows.request import REQUEST_KINDS
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


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the desk: the matter, what it is called here, its tier (a request has that of its matter), by which post
    it waits, and the next act."""

    line: Line
    title: str
    kind: str
    tier: str
    post: str
    stands_for: str
    act: Offer | None


@bp.get("/desk")
@guarded("work")
def show() -> str:
    """The first or a later page of the desk; ?by= narrows it to a post, to a person stood in for, or to decisions."""
    by = request.args.get("by", "")
    condition = chosen(g.actor, by)
    if condition is None:
        raise Invalid(message=BROKEN_KEY)
    keys = {name: request.args.get(name, "") for name in ("after", "before")}
    try:
        page = load_page(g.session, g.actor, condition, among=waiting_ways(g.actor), kept=("desk", by), **keys)
    except ValueError as error:
        raise Invalid(message=BROKEN_KEY) from error
    ends = ends_of(g.at)
    counts = count_duties(g.session, g.actor, ends)
    posts = post_words(g.actor)
    return render_template(
        "desk/show.html", page=page, waiting=counts.total(), cut=counts.total() >= MOST_COUNTED, choices=choices(counts, posts, by), by=by,
        groups=in_groups(entries(page.lines, posts), ends), numbers=by_group(counts, by), words=GROUP_WORDS,
        absences=absences_now(), leavers=leavers(), **line_words(),
        **{f"may_{act}": policy.may(g.actor, act) for act in ("register", "leave", "board")},
    )  # fmt: skip


def post_words(actor: Actor) -> dict[Held, str]:
    """Each post in words, with its place."""
    places = load_places(g.session, {post.area_id for post in actor.posts if post.area_id})
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


def in_groups(found: Iterable[Entry], ends: Ends) -> list[tuple[str, list[Entry]]]:
    """The lines of the page under the words of their group, in their order."""
    return [(group, list(lines)) for group, lines in groupby(found, lambda entry: ends.group(entry.line.next_due_at))]


def entries(lines: Iterable[Line], posts: Mapping[Held, str]) -> list[Entry]:
    """The lines with their next acts; a request is called by the matter it is about."""
    drafts = load_drafts(g.session, [line.id for line in lines], lock=False)
    asked = {line.parent_id for line in lines if line.process == "request" and line.parent_id}
    parents = load_parents(g.session, g.actor, asked)
    names = dict(g.actor.absent)
    several = len(posts) > 1
    found = []
    for line in lines:
        draft = drafts[line.id]
        row = draft.row
        duty = Duty(
            row["holder_role"], row["holder_area_id"], row["holder_department_id"], row["holder_id"], row["team_id"], line.process
        )
        post = post_of(g.actor, duty)
        title, kind, tier = called(line, draft, parents)
        found.append(
            Entry(
                line, title, kind, tier, posts[post] if post and several else "", names.get(post.for_id or 0, "") if post else "",
                act_of(line, draft),
            )  # fmt: skip
        )
    return found


def called(line: Line, draft: Draft, parents: Mapping[int, tuple[str, str, str]]) -> tuple[str, str, str]:
    """The title of a line, what kind of request it is, if it is one, and the tier."""
    about = parents.get(line.parent_id or 0)
    if line.process != "request" or about is None:
        return line.title, "", line.tier or ""
    number, title, tier = about
    kind = REQUEST_KINDS[draft.detail["kind"]].label
    return title, gettext("%(kind)s asked for: %(number)s", kind=gettext(kind), number=number), tier


def act_of(line: Line, draft: Draft) -> Offer | None:
    """The next act. On a request it is to decide: its page has approving and refusing side by side."""
    act = next_act(g.actor, draft.view(), g.at)
    if act and line.process == "request":
        return Offer(gettext("Decide"), "", url_for("cases.show", case_id=line.id))
    return act


def absences_now() -> list[AbsenceLine]:
    """The absences of today that concern the actor: his own, and those in which he stands in."""
    if not g.actor.account_id:
        return []
    return [one for one in absences_from(g.session, [g.actor.account_id], today()) if one.from_on <= today()]


def leavers() -> list[Leaver]:
    """Whose matters the actor should hand over to others."""
    return leavers_of(g.session, g.actor, today())
