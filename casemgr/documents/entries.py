"""The entries that papers are made for: each session, agreement, follow-up … with its words by the names of forms.toml."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from casemgr.documents import legacy_entries, petition_entries
from casemgr.documents.casefile import (
    JOINED, CaseFile, answers_of, label_of, say_day, say_instant,
)  # fmt: skip
from casemgr.models import Attachment
from casemgr.queries.agreements import agreement_of
from casemgr.queries.case_page import EventRow
from workflows.clauses import numeral, whole_text

KINDS = {
    "session": ("dispute.session_held",), "follow_up": ("dispute.followed_up", "dispute.revisited"),
    "contact": ("dispute.contacted",), "agreement": ("dispute.agreed", "dispute.agreed_in_part"), "oral": ("dispute.agreed_orally",),
    "refusal": ("dispute.refused",), "end": ("dispute.terminated", "dispute.failed"), "spot": ("dispute.settled_on_spot",),
    **petition_entries.KINDS, **legacy_entries.KINDS,
}  # fmt: skip
KNOWN_TERMS = ("issues", "terms", "perform_how", "perform_on", "in_force_on", "signed", "copies", "open_points", "breach_clause")
ON_ONE_PAGE = 290  # characters of each account that fit on the one page of a short file
PDF, IMAGES = "application/pdf", ("image/jpeg", "image/png")


@dataclass(frozen=True)
class Entry:
    """One entry of the trail that a paper is made for. `of` is its number in the trail (0: none, a form to fill by hand);
    `sheets` are files it brought along that are the signed or handwritten paper itself."""

    of: int
    label: str
    values: Mapping[str, str]
    sheets: tuple[Attachment, ...] = ()


def entries_of(file: CaseFile, per: str) -> list[Entry]:
    """The entries of that kind, in order."""
    found = [event for event in file.events if event.kind in KINDS[per]]
    if per == "contact":  # a talk face to face is an inquiry; a call or a message is not
        found = [event for event in found if event.data.get("answers", {}).get("way") in ("visit", "meeting")]
    return [
        Entry(event.seq, say_day(event.at), {"ordinal": number_in_words(n), **READERS[per](file, event, answers_of(event))}, sheets_of(file, event))
        for n, event in enumerate(found, start=1)
    ]


def sheets_of(file: CaseFile, event: EventRow) -> tuple[Attachment, ...]:
    """The pictures and PDF files that came with an entry."""
    return tuple(f for f in file.files.get(event.seq, ()) if f.media_type in (PDF, *IMAGES))


def session_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """One session. A record that was only photographed leaves the room for it blank: the photo is the paper."""
    held = " 至 ".join(filter(None, (say_instant(given.get("started_at")), say_instant(given.get("ended_at")))))
    told = [e for e in file.events if e.kind == "dispute.rights_told" and e.seq <= event.seq]
    way = answers_of(told[-1]).get("way", "") if told else ("oral" if given.get("rights_informed") else "")
    return {
        "held": held or say_instant(event.at), "held_place": given.get("place", ""), "present": given.get("attendees", ""),
        "record": given.get("record", ""), "mode": label_of(event, "mode", given["mode"]) if given.get("mode") else "",
        "outcome": given.get("outcome", ""), "rights_way": way, "next_on": say_day(given.get("next_session_on")),
        "held_by": actor_of(file, event),
    }  # fmt: skip


def contact_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """A talk with a party."""
    return {
        "asked_at": say_instant(event.at), "asked_party": file.names.parties.get(given.get("party") or 0, ""),
        "way": label_of(event, "way", given["way"]) if given.get("way") else "", "said": given.get("said", ""), "asked_by": actor_of(file, event),
    }  # fmt: skip


def follow_up_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """A follow-up. Silence stays unticked: nobody answered, so nothing was found."""
    return {
        "way": given.get("way", ""), "visited_on": say_day(event.at), "visited_by": actor_of(file, event),
        "visited_party": file.names.parties.get(given.get("party") or 0, ""), "performed": given.get("found_performed", ""),
        "satisfaction": given.get("satisfaction", ""), "visit_note": given.get("note", ""),
    }  # fmt: skip


def agreement_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """A written agreement, in whole or in part; what newer questions answer stands under the other terms."""
    step = event.data.get("step", "")
    more = [f"{label_of(event, name, value) if isinstance(value, str) else value}" for name, value in given.items()
            if name not in KNOWN_TERMS and isinstance(value, str) and not name.startswith("before_")]  # fmt: skip
    if given.get("open_points"):
        more.append(f"尚未达成一致的事项：{given['open_points']}")
    return {
        "issues": given.get("issues", ""), "terms": given.get("terms", ""), "perform_how": given.get("perform_how", ""),
        "perform_on": before_day(given.get("perform_on")), "in_force_on": say_day(given.get("in_force_on")), "other_terms": "\n".join(more),
        "breach_clause": given.get("breach_clause", ""), "agreed_on": say_day(given.get("in_force_on")) if step == "agree_written" else "",
        "copies_agreed": str(given.get("copies") or ""), "copies_said": says_copies(given.get("terms", "")),
    }  # fmt: skip


def before_day(value: Any) -> str:
    """Performed by a day."""
    day = say_day(value)
    return f"{day}前履行完毕" if day else ""


def oral_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """An oral agreement, performed on the spot."""
    how = "当场履行" if given.get("done_on_the_spot") else ""
    return {"issues": given.get("issues", ""), "terms": given.get("terms", ""), "oral_performance": how, "oral_on": say_day(event.at)}


def refusal_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """A refusal, with the path told."""
    words = {name: given.get(name, "") for name in ("ground", "path", "told", "explanation")}
    return words | {"refused_on": say_day(event.at)}


def end_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """The end of mediation without an agreement."""
    return {"ground": given.get("ground", "failed"), "explanation": given.get("explanation") or given.get("why", ""), "ended_on": say_day(event.at)}


def spot_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """What was settled on the spot, for one page."""
    photos = JOINED.join(f"{f.name}（校验码 {f.sha256[:8]}）" for f in sheets_of(file, event))
    return {
        "settlement": shortened(given.get("settlement", "")), "spot_on": say_day(event.at), "spot_at": say_instant(event.at),
        "spot_by": actor_of(file, event), "spot_photos": photos,
        "story_short": shortened(file.values["story"]),
    }  # fmt: skip


def shortened(text: str) -> str:
    """An account as far as it fits on the one page, and where the rest is."""
    return text if len(text) <= ON_ONE_PAGE else f"{text[:ON_ONE_PAGE]}……（全文见事项记录）"


def actor_of(file: CaseFile, event: EventRow) -> str:
    """Who recorded an entry."""
    return file.names.accounts.get(event.actor_id or 0, "")


Reader = Callable[[CaseFile, EventRow, Mapping[str, Any]], dict[str, str]]
READERS: dict[str, Reader] = {
    "session": session_values, "follow_up": follow_up_values, "contact": contact_values, "agreement": agreement_values,
    "oral": oral_values, "refusal": refusal_values, "end": end_values, "spot": spot_values, **petition_entries.READERS, **legacy_entries.READERS,
}  # fmt: skip


def number_in_words(number: int) -> str:
    """1 to 99 in Chinese; larger ones in digits."""
    return numeral(number) if 0 < number < 100 else str(number)


# --- values of the whole case that entries give


def case_values(session: Session, file: CaseFile) -> dict[str, str]:
    """The latest agreement, the days of mediation, evidence, court, and the account of the file."""
    agreements = [e for e in entries_of(file, "agreement") if e.values["agreed_on"]]
    last = agreements[-1].values if agreements else {}
    sessions = [event for event in file.events if event.kind in KINDS["session"]]
    days = list(dict.fromkeys(say_day(answers_of(event).get("started_at") or event.at) for event in sessions))
    applied = latest(file, "dispute.confirmation_applied")
    rights = latest(file, "dispute.rights_told")
    failed = latest(file, "dispute.failed", "dispute.terminated", "dispute.refused")
    return {
        **{name: last.get(name, "") for name in ("issues", "terms", "in_force_on", "agreed_on")},
        "mediated": days[0] if len(days) == 1 else f"{days[0]}至{days[-1]}，共{len(sessions)}次" if days else "",
        "court": answers_of(applied).get("court", "") if applied else "",
        "confirm_on": say_day(answers_of(applied).get("applied_on")) if applied else "",
        "rights_way": answers_of(rights).get("way", "") if rights else "", "rights_on": say_day(rights.at) if rights else "",
        "referral_reason": (answers_of(failed).get("why") or answers_of(failed).get("explanation", "")) if failed else "",
        "account": account_of(file, days, len(sessions)), "evidence": "yes" if evidence_rows(file) else "",
        "oral_on": "", "refused_on": "", "ended_on": "", "spot_on": "", "authority": "", "agreement_number": "",
    }  # fmt: skip


def latest(file: CaseFile, *kinds: str) -> EventRow | None:
    """The last entry of these kinds."""
    return next((event for event in reversed(file.events) if event.kind in kinds), None)


ENDS = {
    "settled": "纠纷已化解。", "referred": "调解不成，已引导当事人通过其他途径解决。", "failed": "经调解未达成协议。", "terminated": "依法终止调解。",
    "withdrawn": "当事人撤回。", "not_accepted": "不予受理，已告知解决途径。",
}  # fmt: skip


def account_of(file: CaseFile, days: Sequence[str], sessions: int) -> str:
    """How the matter went, in dated sentences taken from the record."""
    values, detail = file.values, file.draft.detail
    lines = [f"{values['registered_on']}登记" + (f"，{values['accepted_on']}受理" if values["accepted_on"] else "") + "。"]
    if sessions:
        lines.append(f"共调解{sessions}次（{JOINED.join(days)}）。")
    for entry in entries_of(file, "agreement"):
        if entry.values["in_force_on"]:
            lines.append(f"{entry.values['in_force_on']}签订书面调解协议。")
    lines += [f"{entry.values['oral_on']}达成口头协议并记录。" for entry in entries_of(file, "oral")]
    lines += [f"{entry.values['visited_on']}回访。" for entry in entries_of(file, "follow_up")]
    if detail.get("outcome") in ENDS and file.draft.row["closed_at"]:
        lines.append(f"{values['closed_on']}结案：{ENDS[detail['outcome']]}")
    return "\n".join(lines)


EVIDENCE_KINDS = ("dispute.attached", "dispute.evidence_handed_in")
NO_EVIDENCE = ("record", "agreement", "letter")  # kinds of attached files that are papers and no evidence


def evidence_events(file: CaseFile) -> list[EventRow]:
    """The entries that brought evidence, in order."""
    return [e for e in file.events if e.kind in EVIDENCE_KINDS and e.data.get("answers", {}).get("kind") not in NO_EVIDENCE]


def evidence_rows(file: CaseFile) -> list[dict[str, str]]:
    """The lines of the list of evidence: what was handed in or attached, oldest first."""
    found = [(event, f) for event in evidence_events(file) for f in file.files.get(event.seq, ())]
    return [evidence_row(n, file, event, attached) for n, (event, attached) in enumerate(found, start=1)]


def evidence_row(number: int, file: CaseFile, event: EventRow, attached: Attachment) -> dict[str, str]:
    """One line of the list."""
    given = answers_of(event)
    source = given.get("source") or given.get("kind")
    name = "source" if given.get("source") else "kind"
    return {
        "number": str(number), "name": given.get("name") or given.get("caption") or attached.name,
        "source": label_of(event, name, source) if source else "", "by": file.names.parties.get(given.get("party") or 0, ""),
        "on": say_day(given.get("handed_on") or event.at), "pages": str(given.get("pages") or ("1" if attached.media_type in IMAGES else "")),
        "attached": attached.sha256[:8], "compared": label_of(event, "compared", given["compared"]) if given.get("compared") else "",
    }  # fmt: skip


def evidence_files(file: CaseFile) -> Iterable[tuple[dict[str, str], Attachment]]:
    """Each line of the list with its file."""
    files = [f for event in evidence_events(file) for f in file.files.get(event.seq, ())]
    return zip(evidence_rows(file), files, strict=True)


def draft_agreement(session: Session, case_id: int) -> dict[str, str]:
    """The agreement as it is being written, before anybody has signed; nothing where none is begun."""
    row = agreement_of(session, case_id)
    if row is None:
        return {}
    terms = whole_text(row.clauses)
    return {
        "issues": row.issues, "terms": terms, "perform_how": row.perform_how, "perform_on": before_day(row.perform_on),
        "copies_agreed": str(row.copies), "copies_said": says_copies(terms),
    }  # fmt: skip


def says_copies(terms: str) -> str:
    """Whether the clauses themselves say how many copies there are and from when the agreement is in force."""
    return "yes" if "本协议一式" in terms else ""
