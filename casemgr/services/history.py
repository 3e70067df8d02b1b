"""The years before a legacy case came onto the list: entries of its trail with dates of their own, taken over in one go.

The chain says when an entry was written and by whom; `happened_on` in it says when the thing happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr.errors import CasemgrError, NotFound
from casemgr.models import Case
from casemgr.policy import Actor
from casemgr.queries.case_page import YEARS_BEFORE, EventRow, events_of
from casemgr.services.cases import Ask, take_steps

STEP = "record_history"
MOST = 5000  # entries of one case


@dataclass(frozen=True, slots=True)
class Past:
    """One thing that happened earlier. `exact` is "day", "month" or "year": how much of the date is known."""

    happened_on: date
    what: str
    exact: str = "day"
    who: str = ""
    paper_number: str = ""
    besides: str = ""


def take_over(session: Session, case_id: int, rows: Sequence[Past], *, actor: Actor, at: datetime) -> list[bool]:
    """Write down what is not there yet; for each row whether it was new. All of it or nothing.

    Raises NotFound (no legacy case), NotAllowed, and what the door raises.
    """
    case = session.get(Case, case_id)
    if case is None or case.process != "legacy":
        raise NotFound()
    seen = {past_of(event) for event in written(session, case_id)}
    fresh = [row for row in dict.fromkeys(rows) if row not in seen]
    asks = [Ask(case_id, STEP, {name: value for name, value in asdict(row).items() if value}) for row in fresh]
    for outcome in take_steps(session, asks, actor=actor, at=at):
        if isinstance(outcome, CasemgrError):
            raise outcome
    first = {row: place for place, row in reversed(list(enumerate(rows)))}
    return [row not in seen and first[row] == place for place, row in enumerate(rows)]


def written(session: Session, case_id: int) -> list[EventRow]:
    """Every entry of earlier years of a case, the last written first."""
    return events_of(session, case_id, kinds=YEARS_BEFORE, limit=MOST)


def past_of(event: EventRow) -> Past:
    """An entry as what it tells; erased words are empty."""
    codes: Mapping[str, Any] = event.data.get("answers", {})
    words = {name: event.words.get(name) or "" for name in ("what", "who", "paper_number", "besides")}
    return Past(date.fromisoformat(codes["happened_on"]), exact=codes.get("exact", "day"), **words)
