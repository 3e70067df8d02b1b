"""What a case says in its papers: plain words by the names that forms.toml uses. Reads only; nothing is made up.

Entries that a paper is made for (sessions, agreements, follow-ups …) stand in entries.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.support import Translations
from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.keys import mask_id, mask_phone
from casemgr.models import Attachment, Committee
from casemgr.queries import case_page
from casemgr.queries.case_page import EventRow, Names, PartyRow
from casemgr.services.drafts import Draft, load_drafts
from workflows import WORKFLOWS
from workflows.categories import DISPUTE_CATEGORIES, STATISTICS_TYPES
from workflows.guards import ZONE
from workflows.roles import committee_level

TRANSLATIONS = Path(__file__).parent.parent / "translations"
MOST_EVENTS = 2000
JOINED = "、"
KEPT_APART = "（依当事人要求保密，另存）"
TIER_WORDS = {"yellow": "黄色", "orange": "橙色", "red": "红色"}
STARTS = {
    "own_motion": "own", "inspection": "own", "court": "entrusted", "police": "entrusted", "superior": "entrusted",
    "petition": "entrusted", "hotline": "entrusted",
}  # fmt: skip
SOURCES = {
    "application": "applied", "report": "applied", "own_motion": "own", "inspection": "own", "court": "court",
    "police": "police", "petition": "petition", "hotline": "hotline",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartyShown:
    """A party as papers name it; what is not known, or not for this reader, is empty."""

    id: int
    side: str
    kind: str
    name: str
    sex: str = ""
    born: str = ""
    id_number: str = ""
    address: str = ""
    phone: str = ""
    representative: bool = False
    claim: str = ""


@dataclass(frozen=True)
class CaseFile:
    """A case for its papers. `values` are words by name; `events` its trail, oldest first; `files` by the event that
    brought them; `contacts_of` the parties whose full contact is in here."""

    draft: Draft
    values: Mapping[str, str]
    parties: Sequence[PartyShown]
    events: Sequence[EventRow]
    files: Mapping[int, Sequence[Attachment]]
    names: Names
    contacts_of: tuple[int, ...] = ()
    folder: Path = field(default_factory=Path)
    committee_area: int = 0

    @property
    def id(self) -> int:
        """The id of the case."""
        return int(self.draft.row["id"])


@cache
def catalogue() -> Any:
    """The Chinese words of choices: papers are written in Chinese, whoever makes them."""
    return Translations.load(TRANSLATIONS, ["zh_Hans"])


def say(msgid: str) -> str:
    """A label in Chinese."""
    return str(catalogue().gettext(msgid)) if msgid else ""


def load_casefile(session: Session, case_id: int, *, open_contacts: bool) -> CaseFile:
    """All that the papers of a matter need, in a bounded number of queries. Contacts are masked unless opened."""
    draft = load_drafts(session, [case_id], lock=False)[case_id]
    rows = case_page.parties_of(session, case_id)
    events = case_page.events_of(session, case_id, limit=MOST_EVENTS)[::-1]
    files: dict[int, list[Attachment]] = {}
    for file in reversed(case_page.files_of(session, case_id)):
        files.setdefault(file.seq, []).append(file)
    row = draft.row
    accounts = {id for id in (*(event.actor_id for event in events), row["handler_id"], row["patron_id"], row["registered_by"]) if id}
    names = case_page.load_names(session, accounts=accounts, areas=[area for area, _ in draft.path],
                                 departments=departments_in(draft, events), parties={party.id: party.name for party in rows})  # fmt: skip
    keys = session.info["keys"]
    parties = [party_shown(party, keys, open_contacts) for party in rows if party.side in ("applicant", "respondent")]
    committee = committee_of(session, draft)
    values = base_values(draft, parties, names, committee, events)
    opened = tuple(p.id for p in rows if open_contacts and not p.contact_hidden and (p.phone or p.id_number or p.address))
    street = next((area for area, level in draft.path if level == "street"), draft.row["area_id"])
    series_area = street if draft.flow.name == "petition" else committee.area_id if committee else draft.row["area_id"]
    return CaseFile(draft, values, parties, events, files, names, opened, session.info["files"], series_area)


def departments_in(draft: Draft, events: Sequence[EventRow]) -> set[int]:
    """The departments that the matter or an entry of it names."""
    named = {event.data.get("answers", {}).get("department_id") for event in events} | {draft.row["department_id"]}
    return {id for id in named if isinstance(id, int)}


def committee_of(session: Session, draft: Draft) -> Committee | None:
    """The committee that mediates: of the community, or of the street for what lies higher; else the next above."""
    wanted = committee_level(draft.row["level"])
    path = [area for area, _ in draft.path]
    found = {c.area_id: c for c in session.scalars(select(Committee).where(Committee.area_id.in_(path)))}
    at = next((area for area, level in draft.path if level == wanted), None)
    return found.get(at or 0) or next((found[area] for area in reversed(path) if area in found), None)


def party_shown(row: PartyRow, keys: Any, opened: bool) -> PartyShown:
    """A party's particulars; sex and birth follow from the identity number. A hidden contact never stands on a paper."""
    opens = {name: keys.open(value, f"persons.{name}") if value else "" for name, value in
             (("phone", row.phone), ("id_number", row.id_number), ("address", row.address))}  # fmt: skip
    sex, born = read_id_number(opens["id_number"]) if row.kind == "person" else ("", "")
    if row.contact_hidden:
        shown = {name: KEPT_APART if value else "" for name, value in opens.items()}
    elif opened:
        shown = opens
    else:
        shown = {
            "phone": mask_phone(opens["phone"]) if opens["phone"] else "",
            "id_number": mask_id(opens["id_number"]) if opens["id_number"] else "", "address": "",
        }  # fmt: skip
    born = born if opened and not row.contact_hidden else ""
    return PartyShown(row.id, row.side, row.kind, row.name, sex, born, representative=row.representative, claim=row.claim, **shown)


def read_id_number(number: str) -> tuple[str, str]:
    """Sex and date of birth of an identity number of 18 places; empty where it is none."""
    bare = number.replace(" ", "").upper()
    if len(bare) != 18 or not bare[:17].isdigit():
        return "", ""
    try:
        born = date(int(bare[6:10]), int(bare[10:12]), int(bare[12:14]))
    except ValueError:
        return "", ""
    return "男" if int(bare[16]) % 2 else "女", say_day(born)


def base_values(
    draft: Draft, parties: Sequence[PartyShown], names: Names, committee: Committee | None, events: Sequence[EventRow]
) -> dict[str, str]:
    """What every paper of the case may name."""
    row, detail = draft.row, draft.detail
    sides = {side: [p for p in parties if p.side == side] for side in ("applicant", "respondent")}
    called = {side: JOINED.join(p.name for p in found) for side, found in sides.items()}
    applied = next((e for e in events if e.kind == "dispute.consent_recorded"), None)
    return {
        "case_number": row["number"] or "", "title": row["title"], "story": (row["text"] or "").strip(),
        "committee": committee.name if committee else "", "committee_short": committee_short(committee),
        "street": at_level(draft, names, "street"), "community": at_level(draft, names, "community"),
        "type": type_of(row, detail), "place": " ".join(filter(None, (names.areas.get(row["area_id"], ""), detail.get("place") or ""))),
        "source": SOURCES.get(detail.get("found_by") or "", "other" if detail.get("found_by") else ""),
        "start": STARTS.get(detail.get("found_by") or "", "applied" if detail.get("found_by") else ""),
        "scale": detail.get("scale_code") or "", "tier": TIER_WORDS.get(row["tier"], "") if row["tier_confirmed"] else "",
        "people": say_number(row["facts"].get("people"), "人"), "occurred_on": say_day(detail.get("occurred_on")),
        "registered_on": say_day(row["registered_at"]), "registered_at": say_instant(row["registered_at"]),
        "accepted_on": say_day(row["accepted_at"]), "closed_on": say_day(row["closed_at"]), "filed_on": say_day(row["closed_at"]),
        "registrar": names.accounts.get(row["registered_by"] or 0, ""), "mediator": names.accounts.get(row["handler_id"] or 0, ""),
        "filed_by": "", "kept_for": "", "applicants": called["applicant"], "respondents": called["respondent"],
        "applicants_called": called["applicant"], "parties_called": JOINED.join(filter(None, called.values())),
        "parties": "　".join(filter(None, (f"申请人：{called['applicant']}" if called["applicant"] else "", f"被申请人：{called['respondent']}" if called["respondent"] else ""))),
        "claims": claims_of(sides["applicant"]), "consented": consent_of(draft), "applied_on": say_day(applied.at) if applied else "",
    }  # fmt: skip


def committee_short(committee: Committee | None) -> str:
    """The word that opens the numbers of a committee's papers; its name up to "人民调解委员会" where none was given."""
    if committee is None:
        return ""
    return committee.short_name or committee.name.removesuffix("人民调解委员会")


def at_level(draft: Draft, names: Names, level: str) -> str:
    """The name of the area of that level."""
    return next((names.areas.get(area, "") for area, has in draft.path if has == level), "")


def type_of(row: Mapping[str, Any], detail: Mapping[str, Any]) -> str:
    """The statistics type and the category, in words."""
    words = (STATISTICS_TYPES.get(detail.get("statistics_type") or ""), DISPUTE_CATEGORIES.get(row["category"]))
    return " / ".join(dict.fromkeys(say(word) for word in words if word))


def claims_of(applicants: Sequence[PartyShown]) -> str:
    """What the applicants ask for, numbered."""
    claims = [party.claim for party in applicants if party.claim]
    return "\n".join(f"{n}. {claim}" for n, claim in enumerate(claims, start=1)) if len(claims) > 1 else "".join(claims)


def consent_of(draft: Draft) -> str:
    """Whether the parties agreed to mediation: "yes" when every one of them did."""
    given = [party.consent for party in draft.parties if party.side in ("applicant", "respondent")]
    if any(consent in ("refused", "withdrawn") for consent in given):
        return "no"
    return "yes" if given and all(consent == "given" for consent in given) else ""


# --- words of single values


def say_day(value: date | datetime | str | None) -> str:
    """2026年3月2日, by Chinese time; "" for nothing."""
    given = read_moment(value) if isinstance(value, str) else value
    if given is None:
        return ""
    local = given.astimezone(ZONE) if isinstance(given, datetime) else given
    return f"{local.year}年{local.month}月{local.day}日"


def say_instant(value: datetime | str | None) -> str:
    """2026年3月2日 9:05."""
    given = read_moment(value) if isinstance(value, str) else value
    if not isinstance(given, datetime):
        return say_day(given)
    local = given.astimezone(ZONE)
    return f"{say_day(local)} {local.hour}:{local.minute:02}"


def read_moment(value: str) -> date | datetime | None:
    """A date or an instant from its ISO form."""
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except ValueError:
        return None


def say_number(value: Any, unit: str) -> str:
    """12人."""
    return f"{value}{unit}" if isinstance(value, int) and not isinstance(value, bool) else ""


def answers_of(event: EventRow) -> dict[str, Any]:
    """All that was answered in an entry, codes and words; an erased word is left out."""
    return {name: value for name, value in {**event.data.get("answers", {}), **event.words}.items() if value is not None}


def label_of(event: EventRow, name: str, value: Any) -> str:
    """The words of a chosen code, as the step of the entry asks it."""
    flow = WORKFLOWS[event.kind.partition(".")[0]]
    asks = next((step.asks for step in (flow.opens, *flow.steps) if step.name == event.data.get("step")), ())
    choices = next((spec.choices for spec in asks if spec.name == name), ())
    labels = {choice.value: choice.label for choice in choices}
    given = value if isinstance(value, list) else [value]
    return JOINED.join(say(labels.get(one, str(one))) for one in given)
