"""What the page of a case says of matters joined with it: where it goes on, what is joined to it, how many people, since when."""

from typing import Any

from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.policy import Actor
from casemgr.queries.joint import forward_of, is_tied, joint_of, linked_to, speakers
from casemgr.queries.joint_review import alike_to
from casemgr.services.books import load_books
from casemgr.services.drafts import Draft
from casemgr.web.locales import gettext
from casemgr.web.overview.lines import flow_words, line_url, state_words
from workflows.model import steps_of


def joining(session: Session, draft: Draft, actor: Actor) -> dict[str, Any]:
    """The context of templates/joint/on_case.html."""
    case_id = draft.row["id"]
    tied = is_tied(session, case_id)
    joint = joint_of(session, actor, case_id, lambda: load_books(session).rules.raw["joint"]["reached"]) if tied else None
    step = steps_of(draft.flow).get("add_representative")
    names_them = joint is not None and step is not None and policy.may_take(actor, step, draft.view())
    comparing = policy.may(actor, "joint") and not draft.state.closed
    return {
        "forward": forward_of(session, actor, case_id) if tied else None,
        "joint": joint,
        "days": [(gettext("%(count)s people", count=count), day) for count, day in joint.days.items()] if joint else [],
        "speakers": speakers(session, actor, case_id) if names_them else [],
        "linked": linked_to(session, actor, case_id) if tied else [],
        "alike": alike_to(session, actor, case_id) if comparing else 0,
        "line_url": line_url, "state_words": state_words, "flow_words": flow_words,
    }  # fmt: skip
