"""Ids in answers: scope is checked on what is written too, so each must name something that exists and is in use."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.errors import Invalid
from casemgr.models import Account, Team
from casemgr.services.drafts import Draft, Known
from casemgr.queries.areas import load_paths
from casemgr.queries.mediators import barred, mediators_at
from workflows.model import Step

NOT_THERE = "Please choose one that exists and is in use."
NO_MEDIATOR = "Please choose a mediator of this place or of one of its teams."
ASIDE = "This mediator stepped aside from this matter, or has a tie to a party."
CHOSEN_BY_BOTH = "choose_mediator"  # with the consent of both parties a tie does not bar


def load_known(
    session: Session, asks: Iterable[Any], drafts: Mapping[int, Draft], on: date, ties_of: Iterable[int] = ()
) -> Known:
    """Look up every area, account and team that the answers of these asks name, and who may be put in charge: at most
    eight queries. `ties_of` are cases whose ties matter whatever is answered."""
    named: dict[str, set[int]] = {"area": set(), "account": set(), "team": set()}
    to_be_given = {}
    for ask in asks:
        draft = drafts.get(ask.case_id)
        steps = {step.name: step for step in draft.flow.steps} if draft else {}
        for field in steps[ask.step].asks if ask.step in steps else ():
            if field.kind == "accounts":
                named["account"] |= set(as_ids(ask.data.get(field.name)))
            if field.kind in named and (id := as_id(ask.data.get(field.name))):
                named[field.kind].add(id)
                if draft and field.name == "handler_id":
                    to_be_given[ask.case_id] = tuple(area for area, _ in draft.path)
    ties = barred(session, {*to_be_given, *ties_of}) if to_be_given or ties_of else {"recused": set(), "related": set()}
    return Known(
        load_paths(session, named["area"]) if named["area"] else {},
        active(session, Account, named["account"]),
        active(session, Team, named["team"]),
        mediators_at(session, to_be_given, on),
        frozenset(ties["recused"]),
        frozenset(ties["related"]),
    )


def as_id(value: Any) -> int | None:
    """The id an answer names, if it can be one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdigit() and len(value) < 10 else None


def as_ids(value: Any) -> Iterable[int]:
    """The ids that an answer of several names."""
    given = value if isinstance(value, list | tuple) else [value]
    return (id for one in given if (id := as_id(one)))


def active(session: Session, table: Any, ids: set[int]) -> frozenset[int]:
    """Those of the ids that exist and are in use."""
    if not ids:
        return frozenset()
    return frozenset(session.scalars(select(table.id).where(table.id.in_(ids), table.active.is_(True))))


def check_known(step: Step, answers: Mapping[str, Any], known: Known, case_id: int) -> None:
    """Refuse an answer that names nothing, or puts somebody in charge who may not be. Raises Invalid."""
    sets: dict[str, Any] = {"area": known.paths, "account": known.accounts, "team": known.teams}
    faulty = [f.name for f in step.asks if f.kind in sets and f.name in answers and answers[f.name] not in sets[f.kind]]
    faulty += [f.name for f in step.asks if f.kind == "accounts" and not known.accounts.issuperset(answers.get(f.name, ()))]
    if faulty:
        raise Invalid({name: [NOT_THERE] for name in faulty})
    if handler := answers.get("handler_id"):
        if handler not in known.mediators.get(case_id, ()):
            raise Invalid({"handler_id": [NO_MEDIATOR]})
        ties = known.aside if step.name == CHOSEN_BY_BOTH else known.aside | known.related
        if (case_id, handler) in ties:
            raise Invalid({"handler_id": [ASIDE]})
