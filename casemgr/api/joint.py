"""Several people about one matter: what looks like words just written, what is joined to a matter, where a joined one goes on."""

from datetime import date, datetime
from typing import Annotated, Any

from flask import g
from pydantic import BaseModel, StringConstraints

from casemgr.api.cases import CASE
from casemgr.api.operations import RowId, Strict, operation
from casemgr.queries.joint import Member, forward_of, joint_of
from casemgr.queries.similar import similar_open
from casemgr.services.books import load_books
from casemgr.web.overview.lines import state_words
from workflows.asks import WHOLE


class WordsSent(Strict):
    """What somebody is writing. `area_id`: only what lies in the same community is looked at."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=WHOLE)]
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    area_id: RowId | None = None


class AlikeShown(BaseModel):
    """An open matter that the post sees and that looks like it; `alike` in per cent."""

    id: int
    process: str
    number: str
    title: str
    state_words: str
    place: str
    registered_at: datetime
    alike: int


class AlikeList(BaseModel):
    """The most alike first; none is often right."""

    items: list[AlikeShown]


class MemberShown(BaseModel):
    """A matter joined to another, or the one it is joined to."""

    id: int
    process: str
    number: str
    title: str
    state: str
    state_words: str
    place: str
    sent_at: datetime
    joined_at: datetime | None


class JointShown(BaseModel):
    """`into` and `joined_at`: where this matter goes on, `into` none where that is out of sight. `members`: what is joined to
    it and in sight, `hidden` how many others; `people`: persons, each once; `reached`: on which day there were so many."""

    joined_at: datetime | None
    into: MemberShown | None
    members: list[MemberShown]
    hidden: int
    people: int
    reached: dict[int, date]


@operation("POST", "/alike", act="register", shows=AlikeList, body=WordsSent, keyed=False, problems=(422,))
def find_alike(body: Any) -> AlikeList:
    """Known matters that look like what is being written. Nothing is kept of the words."""
    found = similar_open(g.session, g.actor, body.title, body.text, body.area_id)
    return AlikeList(
        items=[
            AlikeShown(
                id=one.id, process=one.process, number=one.number, title=one.title, state_words=state_words(one),
                place=one.place, registered_at=one.registered_at, alike=round(100 * one.alike),
            )  # fmt: skip
            for one in found
        ]
    )


@operation("GET", f"{CASE}/joint", act="work", shows=JointShown)
def show_joint(case_id: int) -> JointShown:
    """What is joined to a matter, and where a joined matter goes on."""
    forward = forward_of(g.session, g.actor, case_id)
    joint = joint_of(g.session, g.actor, case_id, lambda: load_books(g.session).rules.raw["joint"]["reached"])
    return JointShown(
        joined_at=forward.since_at if forward else None,
        into=member_of(forward.to) if forward and forward.to else None,
        members=[member_of(one) for one in joint.members] if joint else [],
        hidden=joint.hidden if joint else 0,
        people=joint.people if joint else 0,
        reached=dict(joint.days) if joint else {},
    )


def member_of(one: Member) -> MemberShown:
    """A matter as it is shown here."""
    return MemberShown(
        id=one.id, process=one.process, number=one.number or "", title=one.title, state=one.state,
        state_words=state_words(one), place=one.place, sent_at=one.sent_at, joined_at=one.since_at,
    )  # fmt: skip
