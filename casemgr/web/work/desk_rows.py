"""The rows of a desk: each matter with the one next act. Both follow from recorded facts, and are remembered for as long as these
stand: a matter's next act until its trail goes on or structure, posts or reader are others; its row until a word of it is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import g, url_for
from markupsafe import Markup

from casemgr.engine import Watched
from casemgr.policy import Held
from casemgr.queries.desk import Duty, Waiting, load_parents, post_of
from casemgr.queries.lines import Line
from casemgr.queries.standing import Stamp
from casemgr.services.drafts import Draft, load_drafts
from casemgr.web import words
from casemgr.web.locales import gettext, sentence
from casemgr.web.marks import put, td, tier
from casemgr.web.matters.panel import Offer, next_act
from casemgr.web.overview.lines import due_name, flow_words, line_url, state_words
from casemgr.web.overview.parts import ACTS, ROWS, kept, remembered, seen_as
from casemgr.web.overview.nearness import nearness
from workflows.request import REQUEST_KINDS


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


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it is drawn."""

    line: Line
    drawn: Markup


@dataclass(frozen=True, slots=True)
class Act:
    """The next act on a matter, if there is one, and what kind of request it is, if it is one."""

    offer: Offer | None
    asked: str


def rows(waiting: Waiting, posts: Mapping[Held, str], stamp: Stamp) -> list[Row]:
    """The rows of a page; the act of the first one is the main one."""
    looks, near, found = seen_as(), nearness(g.at), []
    for place, entry in enumerate(entries(waiting, posts, acts(waiting, stamp))):
        key = (looks, entry, near(entry.line.next_due_at), place == 0)
        found.append(Row(entry.line, remembered(key, lambda: draw(entry, main=place == 0), ROWS)))  # noqa: B023  drawn at once
    return found


def entries(waiting: Waiting, posts: Mapping[Held, str], acts: Mapping[int, Act]) -> list[Entry]:
    """The lines with their next acts; a request is called by the matter it is about."""
    asked = {line.parent_id for line in waiting.page.lines if line.process == "request" and line.parent_id}
    parents = load_parents(g.session, g.actor, asked)
    names, several, mine = dict(g.actor.absent), len(posts) > 1, dict[Duty, Held | None]()
    found = []
    for line in waiting.page.lines:
        duty, act = waiting.duties[line.id], acts[line.id]
        if duty not in mine:
            mine[duty] = post_of(g.actor, duty)
        post = mine[duty]
        title, kind, grade = called(line, act.asked, parents)
        by, for_whom = (posts[post] if several else "", names.get(post.for_id or 0, "")) if post else ("", "")
        found.append(Entry(line, title, kind, grade, by, for_whom, act.offer))
    return found


def called(line: Line, asked: str, parents: Mapping[int, tuple[str, str, str]]) -> tuple[str, str, str]:
    """The title of a line, what kind of request it is, if it is one, and the tier."""
    about = parents.get(line.parent_id or 0)
    if line.process != "request" or about is None:
        return line.title, "", line.tier or ""
    number, title, grade = about
    return title, gettext("%(kind)s asked for: %(number)s", kind=gettext(REQUEST_KINDS[asked].label), number=number), grade


def acts(waiting: Waiting, stamp: Stamp) -> dict[int, Act]:
    """The next act on each matter of a page. Matters are loaded whole only where it is not known, or hangs on the clock."""
    store, found, whose = kept(ACTS), dict[int, Act](), (g.actor, stamp, seen_as())
    for line in waiting.page.lines:
        if act := store.find((whose, line.id, waiting.entries[line.id])):
            found[line.id] = act
    missing = [line for line in waiting.page.lines if line.id not in found]
    for line, act, lasting in worked_out(missing):
        found[line.id] = act
        if lasting:
            store.put((whose, line.id, waiting.entries[line.id]), act)
    return found


def worked_out(lines: Collection[Line]) -> list[tuple[Line, Act, bool]]:
    """The next acts on these, and whether each was found without a look at the clock."""
    drafts = load_drafts(g.session, [line.id for line in lines], lock=False, replayed=False) if lines else {}
    found = []
    for line in lines:
        draft, at = drafts[line.id], Watched.at(g.at)
        asked = draft.detail["kind"] if line.process == "request" else ""
        found.append((line, Act(act_of(line, draft, at), asked), not at.looked_at))
    return found


def act_of(line: Line, draft: Draft, at: datetime) -> Offer | None:
    """The next act. On a request it is to decide: its page has approving and refusing side by side."""
    act = next_act(g.actor, draft.view(), at)
    if act and line.process == "request":
        return Offer(gettext("Decide"), "", url_for("cases.show", case_id=line.id))
    return act


def draw(e: Entry, *, main: bool) -> Markup:
    """A row."""
    line, due_at = e.line, e.line.next_due_at
    sub = " · ".join(filter(None, (gettext("for %(name)s", name=e.stands_for) if e.stands_for else "", e.kind, line.number, line.place, e.post)))
    grade = tier(e.tier or None, hollow=line.tier and not line.tier_confirmed) if e.tier or line.graded else ""
    due = sentence("Next due")
    return put(
        td(sentence("Tier"), grade, kind="mark"),
        td(sentence("Matter"), e.title, href=line_url(line), sub=sub, kind="main"),
        td(sentence("State"), state_words(line), sub=flow_words(line)),
        td(
            due, f"{due_name(line)} {words.due_words(due_at, g.at)}", sub=gettext("by %(moment)s", moment=words.until(due_at, g.at)),
            tone=words.due_tone(due_at, g.at), kind="nowrap",
        ) if due_at else td(due, sentence("No time limit"), tone="mute"),
        td(sentence("Next act"), button(e, main=main), kind="actions"),
    )  # fmt: skip


BUTTON = Markup('<a class="btn btn-row %s" href="%s">%s<span class="visually-hidden">: %s</span></a>')


def button(e: Entry, *, main: bool) -> Markup:
    """The link to the next act, or to the matter where there is none."""
    if e.act is None:
        return BUTTON % ("btn-plain", line_url(e.line), sentence("Look at it"), e.title)
    return BUTTON % ("btn-primary" if main else "btn-plain", e.act.url, e.act.label, e.title)
