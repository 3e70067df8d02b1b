"""Requests on a case: asked with the answers of the step they ask for, then decided by another person.

The decider is a duty fixed when it is asked, never the asker. An approval takes the request's step and the step asked
for in one go, or changes nothing. The steps themselves go through the door (services.cases).
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr import engine, policy
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, NotFound, Refused
from casemgr.policy import Actor
from casemgr.queries.areas import load_paths
from casemgr.queries.mediators import barred
from casemgr.services.answers import as_json, clean
from casemgr.services.books import load_books
from casemgr.services.cases import Answers, Ask, Seed, Taken, Taking, known_step, open_case, take_step
from casemgr.services.drafts import Draft, load_drafts
from casemgr.services.known import check_known, load_known
from casemgr.services.telling import filled_posts
from workflows.model import Step
from workflows.request import RECEIVING, REQUEST_KINDS, RequestKind
from workflows.roles import LEVELS, TIER_LEVEL, committee_level, higher
from workflows.view import Duty, Reason

ASKED_ALREADY = "Such a request waits for a decision already."
VERDICTS = ("approve", "refuse")
Path = tuple[tuple[int, str], ...]


def ask(
    session: Session, case_id: int, kind: str, step: str, payload: Mapping[str, Any], reason: str, *,
    actor: Actor, at: datetime,
) -> Taken:  # fmt: skip
    """Ask for a step that takes effect only by approval; `payload` are its answers, checked now and again at approval.

    Raises NotFound, NotAllowed, AlreadyThere (one open request of a kind), Invalid, Refused (all reasons).
    """
    draft = load_drafts(session, [case_id]).get(case_id)
    if draft is None:
        raise NotFound()
    wanted, asked_for = kind_of(kind), known_step(draft, step)
    duties = policy.roles_of(actor, draft.view())
    if asked_for.request != kind:
        raise NotFound()
    if duties.isdisjoint(wanted.asked_by):
        raise NotAllowed()
    if kind in draft.requests:
        raise AlreadyThere(message=ASKED_ALREADY)
    actor, at = policy.wearing(actor, wanted.asked_by, draft.view()), max(at, draft.row["trail_at"])
    refuse_aside(session, case_id, actor)
    answers = checked(session, draft, asked_for, payload, at)
    decider = decider_of(session, draft, wanted, asked_for, answers, actor, at)
    seed = Seed(
        draft.row["area_id"], parent_id=case_id, duties=duties, confidential=draft.row["confidential"],
        data={"kind": kind, "step": step, "reason": reason},
        extra={
            "payload": {name: as_json(value) for name, value in answers.items()}, "asked_by": actor.account_id,
            "decider_role": decider.role, "decider_area_id": decider.area_id,
        },
    )  # fmt: skip
    return open_case(session, "request", seed, actor=actor, at=at)


def refuse_aside(session: Session, case_id: int, actor: Actor) -> None:
    """Raise Refused where a deputy stepped aside from the matter, or has a tie to a party: as at the door."""
    ties = barred(session, [case_id]) if actor.acts_for else {}
    if any((case_id, actor.account_id) in ties.get(why, ()) for why in ("recused", "related")):
        raise Refused(Reason("deputy_aside"))


def kind_of(kind: str) -> RequestKind:
    """The kind of that name. Raises NotFound."""
    if kind not in REQUEST_KINDS:
        raise NotFound()
    return REQUEST_KINDS[kind]


def checked(session: Session, draft: Draft, step: Step, payload: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The answers to the step asked for, as if it were taken now. Raises Invalid, Refused."""
    books, id = load_books(session), draft.row["id"]
    draft.limits = books.rules.raw.get("limits", {})
    known = load_known(session, [Ask(id, step.name, payload)], {id: draft}, books.calendar.local_date(at))
    answers = clean(step, payload)
    check_known(step, answers, known, draft)
    if reasons := engine.reasons_against(step, draft.view(), answers, at):
        raise Refused(reasons)
    return answers


def decider_of(
    session: Session, draft: Draft, kind: RequestKind, step: Step, answers: Mapping[str, Any], asker: Actor, at: datetime
) -> Duty:
    """The post that decides: the one of the kind, or the next one up while it is the asker's own or nobody fills it.

    Raises Refused when every such post is the asker's own or missing.
    """
    path, level = place_of(session, draft, kind, step, answers)
    own = {(post.role, post.area_id) for post in asker.posts}
    posts = [duty for duty in posts_upwards(path, level, kind.decided_by) if (duty.role, duty.area_id) not in own]
    if not posts:
        raise Refused(Reason("nobody_to_decide"))
    on = load_books(session).calendar.local(at).date()
    filled = filled_posts(session, [duty.area_id for duty in posts if duty.area_id], on)
    others = {place for place, accounts in filled.items() if set(accounts) - {asker.account_id}}
    return next((duty for duty in posts if (duty.role, duty.area_id) in others), posts[0])


def place_of(
    session: Session, draft: Draft, kind: RequestKind, step: Step, answers: Mapping[str, Any]
) -> tuple[Path, str]:
    """The path of areas on which the decider is looked for, and the level where the search begins."""
    row, own = draft.row, TIER_LEVEL.get(draft.row["tier"], "grid")
    if kind.decided_by == "head":
        return draft.path, committee_level(row["level"])
    if kind.decided_by != RECEIVING:
        return draft.path, higher(row["level"], kind.least, LEVELS)
    if "area_id" in answers:
        return load_paths(session, [answers["area_id"]])[answers["area_id"]], own
    return draft.path, "street" if step.name == "move_up" else higher("grid", own, LEVELS)


def posts_upwards(path: Path, level: str, decided_by: str) -> Iterator[Duty]:
    """The posts that may decide, from that level up: the head or the command centre where the kind asks for them, the
    secretaries, then the district's supervisor, then the command centre of the street."""
    if decided_by == "operator":
        yield from (Duty("operator", area_id=area) for area, at in path if at == "street")
    above = [(area, at) for area, at in reversed(path) if LEVELS.index(at) >= LEVELS.index(level)]
    if decided_by == "head" and above:
        yield Duty("head", area_id=above[0][0])
    yield from (Duty("secretary", area_id=area) for area, at in above if at in ("grid", "community", "street"))
    yield from (Duty("supervisor", area_id=area) for area, at in above if at == "district")
    yield from (Duty("operator", area_id=area) for area, at in path if at == "street")


def decide(
    session: Session, request_id: int, verdict: str, words: str = "", *, actor: Actor, at: datetime,
    seen_version: int | None = None,
) -> Taken:  # fmt: skip
    """Approve (`words` may stay empty) or refuse (`words` are the reason) a request; the request's new state.

    An approval that the case cannot take any more is refused with its reasons and changes nothing. Raises NotFound,
    NotAllowed, Stale, Refused, Invalid.
    """
    if verdict not in VERDICTS:
        raise NotFound()
    draft = load_drafts(session, [request_id], lock=False).get(request_id)
    if draft is None or draft.flow.name != "request":
        raise NotFound()
    if not policy.may_take(actor, draft.flow.step(verdict), draft.view()):
        raise NotAllowed()
    actor = policy.wearing(actor, draft.flow.step(verdict).by, draft.view())
    refuse_aside(session, draft.row["parent_id"], actor)
    data = {"note" if verdict == "approve" else "reason": words}
    with session.begin_nested():
        if verdict == "approve" and not draft.state.closed:
            check_level(session, draft)
            take_effect(session, draft, actor=actor, at=at)
        return take_step(
            session, request_id, verdict, data=data, actor=actor, at=at, seen_version=seen_version, along=True
        )


def check_level(session: Session, draft: Draft) -> None:
    """What the lead decides is decided no lower than by the lead of today. Raises Refused: the matter has risen or moved."""
    matter = load_drafts(session, [draft.row["parent_id"]])[draft.row["parent_id"]]
    order: list[int | None] = [area for area, _ in matter.path]
    lead, decider = matter.row["lead_area_id"], draft.detail["decider_area_id"]
    by_lead = REQUEST_KINDS[draft.detail["kind"]].decided_by == "lead"
    if by_lead and decider not in order[: order.index(lead) + 1]:
        raise Refused(Reason("risen_since"))


def take_effect(session: Session, draft: Draft, *, actor: Actor, at: datetime) -> Taken:
    """Take the step that was asked for, on the case it was asked for. Raises what the door raises."""
    asked = draft.detail
    try:
        return take_step(
            session, draft.row["parent_id"], asked["step"], data=asked["payload"], granted=asked["kind"], actor=actor, at=at
        )
    except Invalid as error:  # what was asked for is gone: an account left, a file was swept
        raise Refused(Reason("request_outdated")) from error


def approve(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The request, and the step it asks for."""
    return decide(session, id, "approve", data.get("note") or "", actor=actor, at=at, seen_version=seen)


ALONG: dict[str, Taking] = {"approve": approve}
