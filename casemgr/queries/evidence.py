"""The evidence of a case in the columns of the standard form: each piece is an entry of the trail with its file.

For the case page and for papers. Whether the reader may see the case was asked before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr.queries.case_page import events_of, files_of

HANDED_IN = "dispute.evidence_handed_in"
MOST = 500


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece: its number in the list, what it is, whence (a choice of the step), by whom and when, pages, compared
    with the original (a choice of the step), its file with the SHA-256. Erased words are empty."""

    number: int
    name: str
    source: str
    party_id: int | None
    handed_on: date | None
    pages: int | None
    compared: str
    note: str
    taken_in_at: datetime
    taken_in_by: int | None
    file_id: int | None
    file_name: str
    sha256: str


def evidence_of(session: Session, case_id: int, files: Sequence[Any] | None = None) -> list[Evidence]:
    """The evidence of a case in the order it was taken in; `files` are its files where they are loaded already."""
    events = list(reversed(events_of(session, case_id, limit=MOST, kinds=(HANDED_IN,))))
    if not events:
        return []
    if files is None:
        files = files_of(session, case_id)
    by_event = {file.seq: file for file in files}
    return [
        piece(number, event.data.get("answers", {}), event.words, event.at, event.actor_id, by_event.get(event.seq))
        for number, event in enumerate(events, start=1)
    ]


def piece(
    number: int, codes: Mapping[str, Any], words: Mapping[str, Any], at: datetime, by: int | None, file: Any
) -> Evidence:
    """One piece from its entry."""
    handed = codes.get("handed_on")
    return Evidence(
        number, words.get("name") or "", codes.get("source", ""), codes.get("party"), date.fromisoformat(handed) if handed else None,
        codes.get("pages"), codes.get("compared", ""), words.get("note") or "", at, by,
        file.id if file else None, file.name if file else "", file.sha256 if file else "",
    )  # fmt: skip
