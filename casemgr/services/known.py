"""Ids in answers: scope is checked on what is written too, so each must name something in use that this matter may have.

What the pages offer for them is casemgr.web.forms.offers; nothing else is taken, whoever asks.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import Invalid
from casemgr.models import Account, Department, Team
from casemgr.services.drafts import Draft, Known
from casemgr.queries.areas import load_paths
from casemgr.queries.mediators import barred, mediators_at
from casemgr.queries.pickers import secretaries_at
from workflows.model import Field, Step, steps_of

NOT_THERE = "Please choose one that exists and is in use."
NO_MEDIATOR = "Please choose a mediator of this place or of one of its teams."
ASIDE = "This mediator stepped aside from this matter, or has a tie to a party."
SEVERAL = {"accounts": "account", "departments": "department"}  # kinds of answers that name several of a kind
CHOSEN_BY_BOTH = "choose_mediator"  # with the consent of both parties a tie does not bar


def load_known(
    session: Session, asks: Iterable[Any], drafts: Mapping[int, Draft], on: date, ties_of: Iterable[int] = ()
) -> Known:
    """Look up every area, account, team and department that the answers of these asks name, and who may be put in charge: at most
    ten queries. `ties_of` are cases whose ties matter whatever is answered."""
    named: dict[str, set[int]] = {"area": set(), "account": set(), "team": set(), "department": set()}
    to_be_given, to_be_led = {}, {}
    for ask in asks:
        draft = drafts.get(ask.case_id)
        steps = steps_of(draft.flow) if draft else {}
        for field in steps[ask.step].asks if ask.step in steps else ():
            if field.kind in SEVERAL:
                named[SEVERAL[field.kind]] |= set(as_ids(ask.data.get(field.name)))
            if field.kind in named and (id := as_id(ask.data.get(field.name))):
                named[field.kind].add(id)
                if draft and field.name == "handler_id":
                    to_be_given[ask.case_id] = tuple(area for area, _ in draft.path)
                if draft and field.name == "patron_id":
                    to_be_led[ask.case_id] = tuple(area for area, _ in draft.path)
    ties = barred(session, {*to_be_given, *ties_of}) if to_be_given or ties_of else {"recused": set(), "related": set()}
    return Known(
        load_paths(session, named["area"], only_open=True) if named["area"] else {},
        active(session, Account, named["account"]),
        areas_of_teams(session, named["team"]),
        areas_of_departments(session, named["department"]),
        mediators_at(session, to_be_given, on),
        secretaries_at(session, to_be_led, on),
        frozenset(ties["recused"]),
        frozenset(ties["related"]),
    )


def as_id(value: Any) -> int | None:
    """The id an answer names, if it can be one."""
    return db.as_id(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None


def as_ids(value: Any) -> Iterable[int]:
    """The ids that an answer of several names."""
    given = value if isinstance(value, list | tuple) else [value]
    return (id for one in given if (id := as_id(one)))


def active(session: Session, table: Any, ids: set[int]) -> frozenset[int]:
    """Those of the ids that exist and are in use."""
    if not ids:
        return frozenset()
    return frozenset(session.scalars(select(table.id).where(table.id.in_(ids), table.active.is_(True))))


def areas_of_teams(session: Session, ids: set[int]) -> dict[int, int]:
    """Those of the teams that exist and are in use, each with its area."""
    if not ids:
        return {}
    return dict(session.execute(select(Team.id, Team.area_id).where(Team.id.in_(ids), Team.active.is_(True))).all())


def areas_of_departments(session: Session, ids: set[int]) -> dict[int, int]:
    """Those of the departments that exist, each with the area whose government it belongs to."""
    if not ids:
        return {}
    return dict(session.execute(select(Department.id, Department.area_id).where(Department.id.in_(ids))).all())


def check_known(step: Step, answers: Mapping[str, Any], known: Known, draft: Draft) -> None:
    """Refuse an answer that names nothing, or something that is not this matter's. Raises Invalid."""
    faulty = [f.name for f in step.asks if f.name in answers and not fits(f, answers[f.name], known, draft)]
    if faulty:
        raise Invalid({name: [NOT_THERE] for name in faulty})
    case_id = draft.row["id"]
    if handler := answers.get("handler_id"):
        if handler not in known.mediators.get(case_id, ()):
            raise Invalid({"handler_id": [NO_MEDIATOR]})
        ties = known.aside if step.name == CHOSEN_BY_BOTH else known.aside | known.related
        if (case_id, handler) in ties:
            raise Invalid({"handler_id": [ASIDE]})


def fits(field: Field, answer: Any, known: Known, draft: Draft) -> bool:
    """Whether an id is one that this matter may have: an area of its street, a team above it, a person as said below."""
    if field.kind == "area":
        return answer in known.paths and top_of(draft.path) in {area for area, _ in known.paths[answer]}
    if field.kind == "team":
        return known.teams.get(answer) in {area for area, _ in draft.path}
    if field.kind in ("department", "departments"):
        named = answer if isinstance(answer, list) else [answer]
        return {known.departments.get(id) for id in named} <= {area for area, _ in draft.path}
    if field.kind == "accounts":
        return known.accounts.issuperset(answer)
    return field.kind != "account" or (answer in known.accounts and fits_person(field.name, answer, known, draft))


def fits_person(name: str, account: int, known: Known, draft: Draft) -> bool:
    """A patron is a secretary of one of its areas; who steps aside is its mediator or could have become it. Who is put in
    charge is looked at by itself, with a sentence of its own."""
    case_id = draft.row["id"]
    if name == "patron_id":
        return account in known.patrons.get(case_id, ())
    if name == "aside_id":
        return account == draft.row["handler_id"] or account in known.mediators.get(case_id, ())
    return True


def top_of(path: tuple[tuple[int, str], ...]) -> int | None:
    """The street of a path; above streets its own top."""
    return next((area for area, level in path if level == "street"), path[0][0] if path else None)
