"""Which papers there are for a case: ready or what is missing for them, and each put together. Drawing is pdf.py and word.py."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from casemgr.documents.blocks import Paper
from casemgr.documents.casefile import CaseFile
from casemgr.documents.entries import Entry, case_values, draft_agreement, entries_of, evidence_rows, number_in_words
from casemgr.documents.filling import Tables, fill
from casemgr.documents.forms import FORMS, SERIES, Form
from casemgr.documents.legacy_entries import legacy_values
from casemgr.documents.petition_entries import SERVED, petition_values
from casemgr.models import Attachment
from casemgr.queries.papers import Papers

MOST_COPIES = 20


@dataclass(frozen=True)
class Item:
    """One paper of a case: the form, the entry it is made for, its words, and the names of what is missing."""

    form: Form
    entry: Entry
    values: Mapping[str, str]
    missing: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What names it: "agreement:12", "cover:0"."""
        return f"{self.form.key}:{self.entry.of}"

    @property
    def series_key(self) -> tuple[str, int]:
        """The series of its number, and the entry it is counted by; the file's number is one for the whole case."""
        return (self.form.number, 0 if self.form.number == "file" else self.entry.of)


def items_of(session: Session, file: CaseFile, papers: Papers) -> list[Item]:
    """Every paper of a case, in the order of the file."""
    whole = {**file.values, **case_values(session, file), **petition_values(file), **legacy_values(session, file)}
    known = papers.numbers.get(("file", 0), "")
    whole |= {"paper_number_known": known, "agreement_number": known}
    drafted = draft_agreement(session, file.id)
    items = []
    for form in (form for form in FORMS.values() if form.process == file.draft.flow.name):
        for entry in entries_for(form, file, drafted):
            values = {**whole, **entry.values}
            item = Item(form, entry, values, missing_of(form, entry, values))
            items.append(Item(form, entry, {**values, "paper_number": number_of(item, papers)}, item.missing))
    return items


def entries_for(form: Form, file: CaseFile, drafted: Mapping[str, str]) -> list[Entry]:
    """The entries a form is made for. What may be filled in by hand is there before its entry, too."""
    if not form.per:
        return [Entry(0, "", {}, rights_sheets(file) if form.key == "rights" else ())]
    found = entries_of(file, form.per)
    if form.per == "agreement":
        return found if found and file.draft.row["state"] != "in_mediation" else [*found, Entry(0, "", {**NOTHING_AGREED, **drafted})]
    if form.blank:
        found = [*found, Entry(0, "", {"ordinal": number_in_words(len(found) + 1)})]
    return found or [Entry(0, "", {})]


NOTHING_AGREED = dict.fromkeys(("issues", "terms", "perform_how", "perform_on", "in_force_on", "agreed_on", "other_terms"), "")
NOW = {  # what is usually wanted next, by the state of the matter
    "registered": ("application", "rights"), "accepted": ("acceptance", "rights"), "assigned": ("acceptance", "rights"),
    "in_mediation": ("rights", "session", "agreement"), "suspended": ("session", "agreement"), "agreed": ("agreement", "confirmation"),
    "breached": ("agreement", "follow_up"), "performed": ("oral", "follow_up"), "failed": ("termination", "referral"),
    "terminated": ("termination", "service"), "not_accepted": ("refusal", "service", "pet_refuse", "pet_service"), "closed": ("short", "note"),
    "with_organ": ("pet_letter",), "handling": ("pet_accept", "pet_extend"), "simple": ("pet_accept",), "studying": ("pet_accept",),
    "answered": ("pet_opinion", "pet_service"), "delivered": ("pet_opinion", "pet_service"), "rechecked": ("pet_second", "pet_service"),
    "reviewed": ("pet_second", "pet_service"), "recheck_delivered": ("pet_second",), "ended": ("pet_second",),
}  # fmt: skip


def is_empty(item: Item) -> bool:
    """Whether it is a form to fill in by hand, with nothing but the head of the case on it."""
    by_hand = bool(item.form.per) and not item.entry.of and not item.missing
    return by_hand and not item.entry.values.get("terms")


def wanted_now(item: Item, file: CaseFile) -> bool:
    """Whether it is what somebody in charge usually wants next: the latest of its kind, or the one to write on."""
    state = file.draft.row["state"]
    if item.missing or item.form.key not in NOW.get(state, ()):
        return False
    return not is_empty(item) or state in ("in_mediation", "suspended") or item.form.key == "follow_up"


def by_want(items: Iterable[Item], file: CaseFile) -> list[str]:
    """The keys of what is usually wanted next, what is wanted most first."""
    order = NOW.get(file.draft.row["state"], ())
    return [item.key for item in sorted((i for i in items if wanted_now(i, file)), key=lambda i: order.index(i.form.key))]


def rights_sheets(file: CaseFile) -> tuple[Attachment, ...]:
    """The signed notice of rights that came with the entry that they were told."""
    return tuple(f for event in file.events if event.kind == "dispute.rights_told" for f in file.files.get(event.seq, ()))


def missing_of(form: Form, entry: Entry, values: Mapping[str, str]) -> tuple[str, ...]:
    """The names of what it needs and nobody has recorded."""
    missing = tuple(name for name in form.needs if not values.get(name))
    return missing or ((form.per,) if form.per and not form.blank and not entry.of else ())


def number_of(item: Item, papers: Papers) -> str:
    """The number on it: given, or to be given when it is made; empty where it bears none."""
    if not item.form.number:
        return papers.numbers.get(("file", 0), "")
    number = papers.numbers.get(item.series_key, "")
    further = item.form.key == "agreement" and item.entry.of and item.values["ordinal"] != number_in_words(1)
    return f"{number}之{item.values['ordinal']}" if number and further else number  # the file's number, and which agreement


def number_opening(item: Item, file: CaseFile) -> str:
    """What its number opens with: the short name of the committee, or the street, and the word of the series."""
    short = file.values["street"].removesuffix("街道") if item.form.process == "petition" else file.values["committee_short"]
    return f"{short}{SERIES[item.form.number]}"


def usual_copies(item: Item, file: CaseFile) -> int:
    """How many of it are wanted: what the agreement says, one for each party and one for the committee, or a fixed number."""
    agreed = item.values.get("copies_agreed", "")
    if agreed.isdecimal() and 0 < int(agreed) <= MOST_COPIES:
        return int(agreed)
    return min(len(file.parties) + 1, MOST_COPIES) if item.form.copies == "parties" else int(item.form.copies)


def compose(item: Item, file: CaseFile, papers: Papers, *, copies: int, contents: Sequence[Mapping[str, str]] = ()) -> Paper:
    """The paper with every word in it."""
    values = {**item.values, "copies_words": number_in_words(copies)}
    tables: Tables = {"evidence": evidence_rows(file), "served": served_rows(papers), "contents": contents}
    return fill(item.form, values, file.parties, tables)


NOTICES = ("rights", "refusal", "agreement", "termination", *SERVED)


def served_rows(papers: Papers) -> list[dict[str, str]]:
    """What was made to be handed over, for the proof of service: each once."""
    rows: dict[str, dict[str, str]] = {}
    for made in papers.made:
        if made.form in NOTICES:
            rows[f"{made.form}:{made.of}"] = {"name": f"{FORMS[made.form].name}{made.number}", "copies": ""}
    return list(rows.values())
