"""Case numbers such as 调〔2026〕021003-000123: word, year, last six digits of the street's code, gapless per series.

The row of the series is the last lock before the commit, so that a number is never lost by a rollback.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Area, NumberSeries
from casemgr.queries.prepared import Prepared
from casemgr.services.books import Books
from casemgr.services.drafts import CASES, Draft
from workflows.model import Workflow

SERIES = NumberSeries.__table__
NUMBERED = update(CASES).where(CASES.c.id == bindparam("case")).values(number=bindparam("given"))
RAISED = Prepared(
    update(SERIES)
    .where(SERIES.c.process == bindparam("of"), SERIES.c.area_id == bindparam("street"), SERIES.c.year == bindparam("in"))
    .values(last=SERIES.c.last + bindparam("count"))
    .returning(SERIES.c.last, select(Area.code).where(Area.id == bindparam("street")).scalar_subquery())
)


def give_numbers(session: Session, flow: Workflow, drafts: Sequence[Draft], books: Books, at: datetime) -> None:
    """Number new matters in the order given. A process without a number word is left without."""
    if not flow.number:
        return
    year = books.calendar.local(at).year
    by_series: dict[tuple[int, str], list[Draft]] = {}
    for draft in drafts:
        by_series.setdefault((street_of(draft), word_of(flow, draft)), []).append(draft)
    for street, word in sorted(by_series):
        mine = by_series[street, word]
        series = flow.name if word == flow.number else f"{flow.name}:{word}"
        first, code = take(session, series, street, year, len(mine))
        for offset, draft in enumerate(mine):
            draft.row["number"] = f"{word}〔{year}〕{code[3:9]}-{first + offset:06d}"
    session.connection().execute(NUMBERED, [{"case": d.row["id"], "given": d.row["number"]} for d in drafts])


def word_of(flow: Workflow, draft: Draft) -> str:
    """The word of its number: confidential matters may have one of their own, so that no gap in the others tells of them."""
    return flow.kept_number if draft.row["confidential"] and flow.kept_number else flow.number


def street_of(draft: Draft) -> int:
    """The street whose series numbers it: its own, or the top of its path."""
    return next((area for area, level in draft.path if level == "street"), draft.path[0][0])


def take(session: Session, process: str, area_id: int, year: int, count: int) -> tuple[int, str]:
    """The first of `count` numbers, nobody else's, and the code of the area."""
    key = {"process": process, "area_id": area_id, "year": year}
    wanted = {"of": process, "street": area_id, "in": year, "count": count}
    raised = RAISED.run(session, wanted).first()
    if raised is None:
        db.insert_new(session, SERIES, [key | {"last": 0}])
        raised = RAISED.run(session, wanted).one()
    return raised[0] - count + 1, raised[1]
