"""The entries of a petition that papers are made for, with their words by the names of petition_forms.toml."""

from collections.abc import Mapping
from typing import Any

from casemgr.documents.casefile import CaseFile, say_day
from casemgr.queries.case_page import EventRow

KINDS = {
    "pet_accept": ("petition.accepted", "petition.accepted_simple", "petition.accepted_study"),
    "pet_refuse": ("petition.refused",),
    "pet_letter": ("petition.transferred", "petition.assigned", "petition.lead_organ_named"),
    "pet_extend": ("petition.extended",),
    "pet_opinion": ("petition.answered",),
    "pet_second": ("petition.rechecked", "petition.reviewed"),
}  # fmt: skip
ACCEPTED_AS = {"accept": "普通程序办理", "accept_simple": "简易办理", "accept_study": "研究论证后答复"}
SECOND = {"petition.rechecked": "recheck", "petition.reviewed": "review"}
SERVED = ("pet_accept", "pet_refuse", "pet_extend", "pet_opinion", "pet_second")
NAMES = ("organ", "street_office", "received_on", "second_organ", "recheck_organ", "answer_by")  # of every petition


def petition_values(file: CaseFile) -> dict[str, str]:
    """What every paper of a petition may name; empty for other matters."""
    draft = file.draft
    if draft.flow.name != "petition":
        return dict.fromkeys(NAMES, "")
    street = file.values["street"]
    office = f"{street}办事处" if street else ""
    due = draft.clock_rows.get("handle") or draft.clock_rows.get("study") or {}
    return {
        "organ": file.names.departments.get(draft.row["department_id"] or 0, office), "street_office": office,
        "received_on": say_day(draft.detail["received_on"] or draft.row["registered_at"]), "second_organ": "", "recheck_organ": "",
        "answer_by": say_day(due.get("due_on")),
    }  # fmt: skip


def accept_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """An acceptance."""
    return {"entry_on": say_day(event.at), "accepted_as": ACCEPTED_AS.get(event.data.get("step", ""), "")}


def refuse_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """A refusal, with its ground and the path told."""
    return {"entry_on": say_day(event.at)} | {name: given.get(name, "") for name in ("ground", "told", "explanation")}


def letter_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """A transfer, an assignment with a date, or the naming of a lead organ."""
    return {
        "entry_on": say_day(event.at), "way_sent": event.data.get("step", ""), "order": given.get("order") or given.get("reason", ""),
        "to_organ": file.names.departments.get(given.get("department_id") or 0, ""), "report_by": say_day(given.get("report_by")),
    }  # fmt: skip


def extend_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """An extension, with the reason the petitioner is told."""
    days = str(given.get("length", "")).split(" ")[0]
    return {"entry_on": say_day(event.at), "reason": given.get("reason", ""), "extended_by": f"{days}日" if days.isdecimal() else ""}


def opinion_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """The opinion (art. 32) with the notice of the right to a recheck."""
    words = {name: given.get(name, "") for name in ("facts_and_reasons", "opinion", "legal_basis")}
    return words | {
        "entry_on": say_day(event.at), "claims_stated": given.get("claims", ""), "pet_result": given.get("outcome", ""),
        "recheck_organ": given.get("recheck_organ") or "本机关的上一级机关",
    }  # fmt: skip


def second_values(file: CaseFile, event: EventRow, given: Mapping[str, Any]) -> dict[str, str]:
    """A recheck or a review."""
    words = {name: given.get(name, "") for name in ("opinion", "legal_basis")}
    return words | {
        "entry_on": say_day(event.at), "pet_second_result": given.get("second_outcome", ""), "pet_stage_code": SECOND.get(event.kind, ""),
    }


READERS = {
    "pet_accept": accept_values, "pet_refuse": refuse_values, "pet_letter": letter_values, "pet_extend": extend_values,
    "pet_opinion": opinion_values, "pet_second": second_values,
}  # fmt: skip
