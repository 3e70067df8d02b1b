"""Case numbers such as 调〔2026〕021003-000123: word, year, last six digits of the street's code, gapless per series.

The row of the series is the last lock before the commit, so that a number is never lost by a rollback.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Area, NumberSeries
from casemgr.services.books import Books
from casemgr.services.drafts import CASES, Draft
from workflows.model import Workflow

SERIES = NumberSeries.__table__


def give_numbers(session: Session, flow: Workflow, drafts: Sequence[Draft], books: Books, at: datetime) -> None:
    """Number new matters in the order given. A process without a number word is left without."""
    if not flow.number:
        return
    year = books.calendar.local(at).year
    by_series: dict[tuple[int, str], list[Draft]] = {}
    for draft in drafts:
        by_series.setdefault((street_of(draft), word_of(flow, draft)), []).append(draft)
    codes = dict(session.execute(select(Area.id, Area.code).where(Area.id.in_({street for street, _ in by_series}))).all())
    for street, word in sorted(by_series):
        mine = by_series[street, word]
        series = flow.name if word == flow.number else f"{flow.name}:{word}"
        first = take(session, series, street, year, len(mine))
        for offset, draft in enumerate(mine):
            draft.row["number"] = f"{word}〔{year}〕{codes[street][3:9]}-{first + offset:06d}"
    statement = update(CASES).where(CASES.c.id == bindparam("case")).values(number=bindparam("given"))
    session.execute(statement, [{"case": d.row["id"], "given": d.row["number"]} for d in drafts])


def word_of(flow: Workflow, draft: Draft) -> str:
    """The word of its number: confidential matters may have one of their own, so that no gap in the others tells of them."""
    return flow.kept_number if draft.row["confidential"] and flow.kept_number else flow.number


def street_of(draft: Draft) -> int:
    """The street whose series numbers it: its own, or the top of its path."""
    return next((area for area, level in draft.path if level == "street"), draft.path[0][0])


def take(session: Session, process: str, area_id: int, year: int, count: int) -> int:
    """The first of `count` numbers, nobody else's."""
    key = {"process": process, "area_id": area_id, "year": year}
    mine = (SERIES.c.process == process) & (SERIES.c.area_id == area_id) & (SERIES.c.year == year)
    raised = update(SERIES).where(mine).values(last=SERIES.c.last + count).returning(SERIES.c.last)
    last = session.execute(raised).scalar()
    if last is None:
        db.insert_new(session, SERIES, [key | {"last": 0}])
        last = session.execute(raised).scalar_one()
    return last - count + 1
