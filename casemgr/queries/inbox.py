"""Notices of one account with the matters they are about, as far as the account may still see them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from casemgr.models import Case, Notice
from casemgr.policy import Actor, visible
from workflows.notice_groups import ACT, DIGESTS, GROUPS, INFORM, INFORMING, group_of

PAGE = 30
KINDS = {"act": ("act",), "inform": ("inform",), "digest": ("daily", "weekly")}  # what may be asked for -> groups of notices
ELSEWHERE = "A matter you do not see any more"
ABOUT = aliased(Case)  # the matter a request is about: the request has no number of its own


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One notice; title and number are empty when the matter is out of the reader's sight by now."""

    id: int
    code: str
    params: dict[str, Any]
    urgent: bool
    created_at: datetime
    read: bool
    case_id: int | None
    title: str
    number: str

    @property
    def about(self) -> str:
        """What it is about when it is about no matter in sight: an English msgid."""
        return ELSEWHERE if self.case_id or not self.code.startswith(("digest.", "integrity.")) else GROUPS[group_of(self.code)]


@dataclass(frozen=True, slots=True)
class InboxMatter:
    """The notices of a page about one matter, newest first; a notice about none stands alone."""

    lines: tuple[InboxLine, ...]

    @property
    def newest(self) -> InboxLine:
        """The one that came last."""
        return self.lines[0]

    @property
    def unread(self) -> bool:
        """Whether one of them is unread."""
        return not all(line.read for line in self.lines)


def by_matter(lines: Iterable[InboxLine]) -> list[InboxMatter]:
    """Notices put together by matter, in the order in which the newest of each came."""
    found: dict[tuple[int, int], list[InboxLine]] = {}
    for line in lines:
        found.setdefault((line.case_id, 0) if line.case_id else (0, line.id), []).append(line)
    return [InboxMatter(tuple(mine)) for mine in found.values()]


def load_inbox(
    session: Session, actor: Actor, *, before: int | None = None, unread: bool = False, kind: str = ""
) -> tuple[list[InboxLine], int | None]:
    """A page of the inbox, and the notice to go on from; one query."""
    about_seen = exists().where(Case.id == ABOUT.id, visible(actor)).correlate(ABOUT)
    query = (
        select(Notice, Case.id, func.coalesce(func.nullif(Case.title, ""), ABOUT.title), func.coalesce(Case.number, ABOUT.number))
        .select_from(Notice)
        .outerjoin(Case, and_(Case.id == Notice.case_id, visible(actor)))
        .outerjoin(ABOUT, and_(ABOUT.id == Case.parent_id, about_seen))
        .where(Notice.account_id == actor.account_id)
        .order_by(Notice.id.desc())
        .limit(PAGE + 1)
    )
    if before:
        query = query.where(Notice.id < before)
    if unread:
        query = query.where(Notice.read_at.is_(None))
    if kind in KINDS:
        query = query.where(of_groups(KINDS[kind]))
    rows = session.execute(query).all()
    lines = [
        InboxLine(n.id, n.code, n.params, n.urgent, n.created_at, n.read_at is not None, case, title or "", number or "")
        for n, case, title, number in rows[:PAGE]
    ]
    return lines, lines[-1].id if len(rows) > PAGE else None


def of_groups(groups: Sequence[str]) -> ColumnElement[bool]:
    """Notices of these groups, by their codes; what is in no list asks for an act."""
    listed = dict.fromkeys(INFORMING, INFORM) | DIGESTS
    if ACT in groups:
        return Notice.code.not_in(listed)
    return Notice.code.in_([code for code, group in listed.items() if group in groups])
