"""Steps that every process of matters shares: notes and files, instructions and supervision, the colour and its patron.

Each is written once, with the events and duties of the process that takes it up.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows import dispute_asks as asks
from workflows import guards as g
from workflows.asks import NOTE, REASON
from workflows.model import Notice, Step
from workflows.view import CaseView

States = tuple[str, ...]
Duties = tuple[str, ...]


def record_steps(process: str, opened: States, every: States, workers: Duties, told: Duties) -> tuple[Step, ...]:
    """Note, file, instruction and supervision. `told` are those in charge, whom words from above reach."""
    return (
        Step("record_note", "Write a note", opened, None, (*workers, "lead", "patron", "operator"), f"{process}.noted",
             "The note is on record.", (NOTE,), append=True),
        Step("attach", "Attach a file", every, None, (*workers, "lead", "operator"), f"{process}.attached",
             "The file is on record.", asks.ATTACH, guards=(g.party_known,), writes="attachment", append=True),
        Step("instruct", "Give an instruction", opened, None, ("lead", "upper_lead", "patron"), f"{process}.instructed",
             "Those in charge are told.", asks.INSTRUCT, act=False, append=True,
             notices=(Notice(told, f"{process}.instructed"),)),
        Step("supervise", "Supervise", opened, None, ("lead", "upper_lead", "operator", "supervisor"),
             f"{process}.supervised", "The supervision is on record; the holder is told.", (REASON,), act=False,
             append=True, notices=(Notice((*told, "lead"), f"{process}.supervised"),)),
    )


def colour_steps(process: str, graded: States, judges: Duties, planners: Duties, told: Duties) -> tuple[Step, ...]:
    """Raise and lower the tier, name the patron of a red matter and write his plan (decisions 2; domain 3.4).

    `graded` are the states in which a person has confirmed the tier.
    """
    return (
        Step("raise_tier", "Raise the tier", graded, None, ("lead", "upper_lead", *judges), f"{process}.raised",
             "The new lead takes over; the deadlines of the new tier apply.", (asks.TIER, REASON),
             guards=(g.tier_is_higher,), act=False, effect="raise_tier",
             notices=(Notice(("lead", *told), f"{process}.raised"),)),
        Step("lower_tier", "Lower the tier", graded, None, ("request",), f"{process}.lowered",
             "Only a new or grown trigger raises it again.", asks.LOWER, guards=(g.tier_is_lower, g.triggers_named),
             act=False, request="lowering", effect="lower_tier",
             notices=(Notice(("lead", *told), f"{process}.lowered"),)),
        Step("name_patron", "Name a patron", graded, None, ("lead", "upper_lead"), f"{process}.patron_named",
             "The patron is told and answers for the plan.", asks.PATRON, guards=(g.is_red,), act=False,
             notices=(Notice(("patron", *told), f"{process}.patron_named"),)),
        Step("set_plan", "Write the plan", graded, None, ("patron", "lead", *planners), f"{process}.planned",
             "The plan is on record.", asks.PATRON[1:], guards=(g.something_given(),), append=True),
        Step("sign_off", "Sign off the closing", graded, None, ("lead",), f"{process}.signed_off",
             "The red matter may be closed.", (NOTE,), guards=(g.is_red,), derive=signed_off, act=False,
             notices=(Notice((*judges, *told), f"{process}.signed_off"),)),
    )


def signed_off(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """The lead has signed off the closing of a red matter."""
    return {"signed_off": True}
