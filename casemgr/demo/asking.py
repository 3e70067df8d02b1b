"""Who gets a matter of the demo, and the requests on it: asked by one person, decided by another."""

from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from casemgr.demo.course import Life, LifeError
from casemgr.errors import CasemgrError, Refused
from casemgr.models import Case, Request
from casemgr.services import requests
from workflows.categories import team_for
from workflows.guards import local_date
from workflows.roles import committee_level

REASONS = {
    "extended": "案情涉及部门核查，需延长办理时间。",
    "lowered": "危险已排除，双方情绪平稳，人员散去。",
    "moved_up": "涉及部门多，社区难以协调，请街道调委会接手。",
    "handed_over": "事发地在另一社区，由当地调委会处理更方便。",
    "replaced": "与一方当事人系亲属，申请回避。",
    "suspended": "需等待鉴定结果，双方同意暂停。",
}
REQUESTS = {
    "extended": ("extension", "extend"),
    "lowered": ("lowering", "lower_tier"),
    "moved_up": ("transfer", "move_up"),
    "handed_over": ("transfer", "hand_over"),
    "replaced": ("recusal", "replace_handler"),
    "suspended": ("suspension", "suspend"),
}


def mediator_for(life: Life) -> tuple[int, int | None]:
    """The mediator with the least in hand: of the team for its category or of the committee; and the team."""
    course, row = life.course, life.draft.row
    place = {level: area for area, level in life.draft.path}
    committee = course.people.posts["mediator", place[committee_level(row["level"])]]
    key = team_for(row["category"], course.books.rules.raw)
    in_reference = place["street"] == course.street.streets[0].id
    team = course.street.teams[key] if in_reference and life.chance.random() < 0.6 else None
    choice = [id for id in (course.people.members[key] if team else committee) if id != row["handler_id"]]
    return min(choice, key=lambda id: (course.loads[id], id)), team.id if team else None


def patron_for(life: Life) -> int:
    """A leader of the street or of the community."""
    place = {level: area for area, level in life.draft.path}
    area = life.chance.choice((place["street"], place["community"]))
    return life.course.people.posts["secretary", area][0]


def payload_of(life: Life, kind: str) -> dict[str, Any]:
    """The answers of the step that is asked for."""
    reason = REASONS[kind]
    if kind == "extended":
        return {"length": "10 days", "reason": reason}
    if kind == "lowered":
        triggers = life.draft.row["assessment"]["triggers"]
        return {"tier": "orange", "acknowledged": [text.split("/")[0] for text in triggers], "reason": reason}
    if kind == "moved_up":
        return {"reason": reason}
    if kind == "handed_over":
        other = next(c for c in life.course.street.reference if c.key != life.community.key)
        return {"area_id": other.grids[0].id, "reason": reason}
    if kind == "replaced":
        handler, _ = mediator_for(life)
        return {"handler_id": handler, "ground": "relative", "aside_id": life.draft.row["handler_id"]}
    days = life.chance.randint(6, 24)
    until = local_date(life.at) + timedelta(days=days)
    if life.stop == "suspended":
        until = max(until, min(local_date(life.course.now), local_date(life.at) + timedelta(days=22)) + timedelta(days=5))
    return {"ground": "appraisal", "until_on": until.isoformat()}


def is_possible(life: Life, kind: str) -> bool:
    """Whether there is anything to ask for: a colour to lower, a level to move up to."""
    row = life.draft.row
    if kind == "lowered":
        return bool(row["tier"] == "red")
    return kind != "moved_up" or committee_level(row["level"]) != "street"


def ask(life: Life, kind: str) -> None:
    """Ask for it, once this turn is written."""
    (request, step), payload, at = REQUESTS[kind], payload_of(life, kind), life.at

    def call(session: Session) -> None:
        handler = life.who("handler")
        try:
            life.request_id = requests.ask(
                session, life.case_id, request, step, payload, REASONS[kind], actor=handler, at=at
            ).case_id
        except CasemgrError as error:
            raise LifeError(f"{kind} at {at}: {error!r} {getattr(error, 'reasons', '')}") from error

    life.afterwards.append(call)


def approve(life: Life) -> None:
    """Whoever decides says yes, once this turn is written."""
    at = life.at

    def call(session: Session) -> None:
        request, case = session.get(Request, life.request_id), session.get(Case, life.request_id)
        if request is None or case is None or case.closed_at:
            return
        decider = life.course.post(request.decider_role, request.decider_area_id)
        try:
            requests.decide(session, life.request_id, "approve", "同意。", actor=decider, at=at)
        except Refused:  # raised in between: what was asked for is no longer possible
            requests.decide(session, life.request_id, "refuse", "情况已有变化，不再需要。", actor=decider, at=at)
        except CasemgrError as error:
            raise LifeError(f"approval at {at}: {error!r}") from error

    life.afterwards.append(call)


def granted(life: Life, kind: str) -> Generator[datetime, None, None]:
    """A request asked and approved; a suspension is waited out."""
    yield life.after(1, 4)
    if not is_possible(life, kind):
        return
    ask(life, kind)
    yield life.after(0.5, 4)
    approve(life)
    yield life.after(0.5, 2)
    if life.draft.row["state"] == "suspended" and life.stop != "suspended":
        yield life.on_day(life.draft.clock_rows["suspension_ends"]["due_on"] - timedelta(days=1))
        if life.draft.row["state"] == "suspended":
            life.act("handler", "resume", note="鉴定结果已出，恢复调解。")
