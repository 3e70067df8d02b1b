"""What one matter counts as on boards: its marks, from its row, its detail and its contact deadline alone. Pure.

A mark is "facet:what|…". Where the last part is a day (ISO; a week is its Monday, a month is "2026-03") the mark leaves the
tallies once no board asks for it any more (`outdated`). A confidential matter bears marks that only say that one is there.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from casemgr.queries.filters import COUNTED, LISTED
from workflows.guards import local_date
from workflows.order import UNCOUNTED

FACETS = ("place", "age", "dispute", "rest", "unheld", "rate")
DODGES = ("shelved", "duplicate", "not_accepted")  # states of orders that flatter a rate
QUICK = timedelta(hours=1)
KEPT_DAYS = {"place": 10, "age": 35, "dispute": 100, "rate": 400, "rest": 400}  # boards ask for 7, 31, 84 and 366
Row = Mapping[str, Any]


def kind_of(process: str, confirmed: bool, tier: str) -> str:
    """Which of board.KINDS an open matter counts as; "" for none."""
    if process == "incoming":
        return "unsorted"
    return tier if confirmed or not tier else "suggested"


def marks_of(row: Row, detail: Row, contact: Row | None) -> list[str]:
    """The marks of a matter in the tallies, which everybody above its place reads: of a confidential one hardly any. `detail`
    is its row of the process, `contact` the deadline of that name of an order."""
    if row["process"] not in LISTED:
        return []
    return list(kept_marks(row)) if row["confidential"] else marks_seen(row, detail, contact)


def marks_seen(row: Row, detail: Row, contact: Row | None) -> list[str]:
    """All the marks of a matter in a list, for whoever may see it."""
    found = [f"place:{cause}|{local_date(at)}" for cause, at in raises_of(row)]
    own = row["process"] in COUNTED and not (row["process"] == "order" and detail["helping"])
    if own and row["closed_at"] is None:
        found += open_marks(row)
    if own and row["process"] in BY_PROCESS:
        found += BY_PROCESS[row["process"]](row, detail, contact)
    return found


def raises_of(row: Row) -> list[tuple[str, datetime]]:
    """(cause, when) it was last raised for each cause."""
    return [(cause, row[f"raised_{cause}_at"]) for cause in ("risk", "overdue") if row[f"raised_{cause}_at"]]


def kept_marks(row: Row) -> Iterator[str]:
    """That a confidential matter is there for which boards must look themselves: an open one, or by the month it came."""
    if row["closed_at"] is None:
        yield "rest:kept"
    else:
        yield f"rest:ended|{month(row['trail_at'])}"


def open_marks(row: Row) -> list[str]:
    """Of a matter of its own that is open: kind, kind and day, and whom it waits for where no person holds it."""
    kind = kind_of(row["process"], row["tier_confirmed"], row["tier"])
    found = [f"place:{kind}", f"age:{kind}|{local_date(row['registered_at'])}"]
    if row["holder_id"] is None:
        found.append(f"unheld:{row['holder_role']}|{row['holder_area_id'] or ''}|{row['holder_department_id'] or ''}")
    return found


def dispute_marks(row: Row, detail: Row, contact: Row | None) -> Iterator[str]:
    """State and class of an open one by confirmed tier; the weeks it came and went."""
    if row["closed_at"] is None:
        tier = row["tier"] if row["tier_confirmed"] else ""
        yield f"dispute:state|{row['state']}|{tier}"
        if row["category"]:
            yield f"dispute:class|{row['category'][:2]}|{tier}"
    else:
        yield f"dispute:closed|{monday(row['closed_at'])}"
    yield f"dispute:registered|{monday(row['registered_at'])}"


def legacy_marks(row: Row, detail: Row, contact: Row | None) -> Iterator[str]:
    """State of an open one, and whether it has a patron."""
    if row["closed_at"] is None:
        yield f"rest:legacy|{row['state']}|{'none' if row['patron_id'] is None else 'some'}"


def event_marks(row: Row, detail: Row, contact: Row | None) -> Iterator[str]:
    """Of a closed one: state, where it was handled, whether within the hour."""
    if row["closed_at"] is not None:
        quick = row["state"] == "closed" and row["closed_at"] - row["registered_at"] <= QUICK
        yield f"rate:event|{row['state']}|{detail['closed_by']}|{'quick' if quick else ''}|{month(row['closed_at'])}"


def order_marks(row: Row, detail: Row, contact: Row | None) -> Iterator[str]:
    """Contact in time, what the citizen said at the call-back, and the dodges."""
    came = month(row["registered_at"])
    if not detail["left_out"]:
        if contact is not None and row["state"] not in UNCOUNTED:
            yield f"rate:contact|{'met' if in_time(contact) else ''}|{came}"
        if row["state"] == "closed" and row["closed_at"] is not None:
            went = month(row["closed_at"])
            yield f"rate:solved|{detail['solved'] or 'unrated'}|{went}"
            yield f"rate:satisfied|{detail['satisfaction'] or 'unrated'}|{went}"
    dodges = {
        "left_out": detail["left_out"], "problem": detail["problem"],
        "unrated": row["state"] == "closed" and detail["satisfaction"] == "unrated",
        row["state"]: row["state"] in DODGES,
    }  # fmt: skip
    yield from (f"rate:dodge|{name}|{came}" for name, is_so in dodges.items() if is_so)


BY_PROCESS = {"dispute": dispute_marks, "legacy": legacy_marks, "event": event_marks, "order": order_marks}


def in_time(contact: Row) -> bool:
    """Whether a deadline was met in time."""
    due_at = contact.get("due_at")
    return bool(contact["status"] == "met" and (due_at is None or contact["ended_at"] <= due_at))


def monday(at: datetime) -> date:
    """The Monday of its local week."""
    on = local_date(at)
    return on - timedelta(days=on.weekday())


def month(at: datetime) -> str:
    """Its local month."""
    return local_date(at).isoformat()[:7]


def outdated(facet: str, mark: str, on: date) -> bool:
    """Whether a dated mark of a facet is of no use on that day any more; an undated one always is of use."""
    last = mark.rpartition("|")[2]
    return facet in KEPT_DAYS and last[:1].isdigit() and last < (on - timedelta(days=KEPT_DAYS[facet])).isoformat()[: len(last)]
