"""The trail of a matter as its page shows it: what happened, who did it at which post, in words."""

from datetime import datetime
from typing import Any

from flask import g
from pydantic import BaseModel
from pydantic import Field as Told

from casemgr.api.cases import CASE, Cursor, tag_in
from casemgr.api.cursors import cursor_to, key_in
from casemgr.api.operations import Answer, Strict, operation
from casemgr.queries import case_page
from casemgr.queries.case_page import EventRow, Names
from casemgr.web.matters import wording
from casemgr.web.matters.cases import get_draft


class EntryShown(BaseModel):
    """An entry. `kind` is for programs; `title`, `by` and `text` are words; `tier` is the colour it gave."""

    entry: int
    kind: str
    at: datetime
    title: str
    by: str
    text: str
    tier: str | None
    files: list[int]


class TrailPage(BaseModel):
    """Entries, newest first."""

    items: list[EntryShown]
    next: str | None


class TrailQuery(Strict):
    """Where to go on."""

    cursor: Cursor | None = Told(None, description="`next` of another page of this trail.")


@operation("GET", f"{CASE}/trail", act="work", shows=TrailPage, query=TrailQuery, problems=(422,), tagged=True)
def list_entries(case_id: int, query: Any) -> Answer[TrailPage]:
    """The entries of the trail, 50 a page."""
    draft = get_draft(case_id)
    of: dict[str, object] = {"trail": case_id}
    before = key_in(query.cursor, of)
    events = case_page.events_of(g.session, case_id, before=int(before) if before else None)
    more = events[-1].seq if events and events[-1].seq > 1 else None
    return Answer(TrailPage(items=shown(case_id, events), next=cursor_to(str(more) if more else None, of)), tag=tag_in(draft))


def shown(case_id: int, events: list[EventRow]) -> list[EntryShown]:
    """The entries in words, each with the files it brought."""
    ids: dict[str, Any] = wording.ids_named(events)
    parties = {party.id: party.name for party in case_page.parties_of(g.session, case_id)}
    names = case_page.load_names(g.session, **ids, parties=parties)
    files: dict[int, list[int]] = {}
    for file in case_page.files_of(g.session, case_id):
        files.setdefault(file.seq, []).append(file.id)
    return [entry(event, names, files.get(event.seq, [])) for event in events]


def entry(event: EventRow, names: Names, files: list[int]) -> EntryShown:
    """One entry."""
    said = wording.entry(event, names, g.at)
    return EntryShown(
        entry=event.seq, kind=event.kind, at=event.at, files=files, **{k: said[k] for k in ("title", "by", "text", "tier")}
    )
