"""Cards of the case page beside its head and timeline: the planned session, the evidence, what a written agreement lacks."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from casemgr.queries.case_page import Names, PartyRow
from casemgr.queries.evidence import Evidence
from casemgr.queries.rooms import SittingRow
from casemgr.web import words
from casemgr.web.locales import gettext
from workflows.dispute_asks import HAND_IN, MODES

CHOICES = {spec.name: {c.value: c.label for c in spec.choices} for spec in HAND_IN if spec.choices}
MODE_WORDS = {mode.value: mode.label for mode in MODES}
SIDES = ("applicant", "respondent")


def session_facts(sitting: SittingRow, names: Names) -> list[tuple[str, str | None]]:
    """The planned session in words."""
    invited = [names.parties.get(id, gettext("(unknown)")) for id in sitting.parties]
    guests = [names.accounts.get(id, gettext("(unknown)")) for id in sitting.guests]
    until = words.clock_time(sitting.ends_at)
    return [
        (gettext("When"), f"{words.day(sitting.starts_at)} {words.weekday(sitting.starts_at)} {words.clock_time(sitting.starts_at)}–{until}"),
        (gettext("Where"), sitting.where),
        (gettext("Kind of session"), gettext(MODE_WORDS[sitting.mode]) if sitting.mode else None),
        (gettext("Parties invited"), gettext(", ").join(invited) or None),
        (gettext("Colleagues invited"), gettext(", ").join(guests) or None),
    ]


def evidence_lines(pieces: Sequence[Evidence], names: Mapping[int, str], case_id: int) -> list[dict[str, Any]]:
    """The list of evidence in words, with the way to each file."""
    return [
        {
            "number": one.number, "name": one.name or gettext("(erased)"), "note": one.note,
            "source": said("source", one.source), "by": names.get(one.party_id or 0, ""),
            "on": one.handed_on or one.taken_in_at, "pages": one.pages, "compared": said("compared", one.compared),
            "url": url_for("cases.file", case_id=case_id, file_id=one.file_id) if one.file_id else None,
            "file": one.file_name, "sha256": one.sha256,
        }
        for one in pieces
    ]  # fmt: skip


def said(question: str, value: str) -> str:
    """A choice of the question in words."""
    return gettext(CHOICES[question][value]) if value else ""


def lacking_for_agreement(parties: Sequence[PartyRow]) -> list[PartyRow]:
    """The parties whose identity number is still missing: it is asked for when a written agreement is near, not before."""
    return [party for party in parties if party.side in SIDES and party.id_number is None]
