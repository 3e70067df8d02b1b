"""The timeline of a matter as its page shows it. Entries of a trail are never changed: which of them stand on a page and what ids
they name follows from how long the trail is, and they are drawn once for the names these ids and the parties have.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g
from markupsafe import Markup

from casemgr.queries import case_page
from casemgr.queries.case_page import EventRow, Names
from casemgr.queries.evidence import Evidence, evidence_of
from casemgr.services.drafts import Draft
from casemgr.web.matters import parts, wording
from casemgr.web.overview.nearness import nearness
from casemgr.web.overview.parts import NAMED, TIMELINES, drawn, kept, remembered, seen_as


@dataclass(frozen=True, slots=True)
class Told:
    """A page of a timeline: what ids it names, the number below which it goes on, and who told the matter (case_page.told_by)."""

    ids: Mapping[str, frozenset[int]]
    older: int | None
    by: str | None


class Timeline:
    """The timeline of a matter below one of its entries, or of its newest: all of it, or the legal acts alone (`kinds`)."""

    def __init__(self, draft: Draft, before: int | None, kinds: Sequence[str]) -> None:
        self.case_id, self.before, self.kinds = draft.row["id"], before, kinds
        self.key: Hashable = (self.case_id, draft.row["trail_seq"], before, bool(kinds))
        self.lasting = (
            draft.row["process"] != "request"
        )  # its words are erased with those of its matter: by no entry of its own
        self.read: list[EventRow] | None = None
        self.told = self.found()

    def events(self) -> list[EventRow]:
        """The entries, read when first asked for."""
        if self.read is None:
            self.read = case_page.events_of(
                g.session, self.case_id, before=self.before, kinds=self.kinds, without=case_page.YEARS_BEFORE
            )
        return self.read

    def found(self) -> Told:
        """What is known of the page before it is drawn."""
        store = kept(NAMED)
        found: Told | None = store.find(self.key) if self.lasting else None
        if found is None:
            events = self.events()
            older = events[-1].seq if events and events[-1].seq > 1 else None
            named = {kind: frozenset(ids) for kind, ids in wording.ids_named(events).items()}
            found = Told(named, older, case_page.told_by(g.session, self.case_id))
            if self.lasting:
                store.put(self.key, found)
        return found

    def draw(self, names: Names, files: Mapping[int, Sequence[Any]]) -> Markup:
        """The entries in the reader's words."""

        def made() -> Markup:
            return drawn("cases/timeline.html", entries=parts.timeline(self.case_id, self.events(), names, g.at, files))

        if not self.lasting:
            return made()
        named = tuple(tuple(sorted(mapping.items())) for mapping in names_in(names))
        return remembered((self.key, named, nearness(g.at)(g.at), seen_as()), made, TIMELINES)


def pieces(draft: Draft, files: Sequence[Any]) -> list[Evidence]:
    """The evidence of a matter: entries of its trail with their files."""
    if not files or draft.row["process"] == "request":
        return evidence_of(g.session, draft.row["id"], files) if files else []
    key = ("evidence", draft.row["id"], draft.row["trail_seq"])
    return kept(NAMED).get(key, lambda: evidence_of(g.session, draft.row["id"], files))  # type: ignore[no-any-return]


def names_in(names: Names) -> tuple[Mapping[int, Any], ...]:
    """All that a page of names says."""
    return names.accounts, names.areas, names.teams, names.departments, names.parties, names.rooms, names.posts
