"""Steps that every process of matters shares: notes and files, instructions and supervision, the colour and its patron,
joining what several people report; and what the person whose matter it is does at the residents' door.

Each is written once, with the events and duties of
the process that takes it up.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows import dispute_asks as asks
from workflows import guards as g
from workflows import resident_asks
from workflows.asks import NOTE, REASON, text
from workflows.model import Field, Notice, State, Step
from workflows.view import CaseView

States = tuple[str, ...]
Duties = tuple[str, ...]
JOINED = "joined"
KNOWN = text("known", "Number of the known matter")
MEMBER = Field("member", "integer", "Matter")
PEOPLE = Field("people", "integer", "People involved", into="fact")


def record_steps(process: str, opened: States, every: States, workers: Duties, told: Duties) -> tuple[Step, ...]:
    """Note, file, instruction and supervision. `told` are those in charge, whom words from above reach."""
    return (
        Step("record_note", "Write a note", (*opened, *(state for state in every if state == JOINED)), None, (*workers, "lead", "patron", "operator"), f"{process}.noted",
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
    """Raise and lower the tier, name the patron of a red matter and write his plan (house rule 2; sources 3.4).

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


def resident_steps(process: str, opened: States, done: States, told: Duties) -> tuple[Step, ...]:
    """The person whose matter it is adds, rates, says that it is not solved, takes it back: recorded, and told to `told`.

    None of it is work on the matter. Where an objection or a withdrawal takes effect at once, the process has a step of its
    own besides, `resident_objects_…` or `resident_withdraws_…`, which the door tries first. `done`: rated from there on.
    """
    steps = (
        ("adds", "Words of the resident", opened, "Those in charge are told.", resident_asks.ADDED, (g.something_given(),)),
        ("rates", "Rated by the resident", done, "Thank you. It stays with the matter.", resident_asks.RATED, ()),
        ("objects", "Not solved, says the resident", done, "Those in charge are told.", resident_asks.OBJECTED, ()),
        ("withdraws", "The resident takes it back", opened, "Those in charge are told.", resident_asks.WITHDRAWN, ()),
    )
    return tuple(
        Step(f"resident_{name}", label, source, None, ("resident",), f"{process}.resident_{name}", follows, questions,
             guards=guards, act=False, append=True, notices=(Notice(told, f"{process}.resident_{name}"),))
        for name, label, source, follows, questions, guards in steps
    )


def signed_off(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """The lead has signed off the closing of a red matter."""
    return {"signed_off": True}


def joined_state(owner: str, phase: str) -> State:
    """Where a matter rests that goes on as part of another: its clocks stand, its text and trail stay."""
    return State(JOINED, "Joined to another matter", owner, phase, closed=True, final=True)


def joining_steps(process: str, opened: States, every: States, judges: Duties, told: Duties) -> tuple[Step, ...]:
    """Join a matter to a known one and split it off again; and what the known one records of it (services/joint.py).

    `opened` are the states from which it may be joined, `every` all states of the process. The count of people is a fact of
    the known matter, so that its tier follows.
    """
    by = (*judges, "lead", "upper_lead", "operator", "scheduler")
    known = tuple(state for state in every if state != JOINED)
    machine = ("scheduler",)
    return (
        Step("join_into", "Join to a known matter", opened, JOINED, by, f"{process}.joined",
             "It goes on there: one handling for all who report it. It can be split off again.", (KNOWN, REASON),
             derive=left_off, together=True, weighty=True, notices=(Notice((*told, "registrar"), f"{process}.joined"),)),
        Step("split_off", "Split off again", (JOINED,), None, by, f"{process}.split_off",
             "It goes on where it was; its deadlines go on from where they stopped.", (REASON,), together=True, weighty=True,
             back=True, notices=(Notice((*told, "registrar"), f"{process}.split_off"),)),
        Step("take_in", "Another matter joined to it", known, None, machine, f"{process}.took_in",
             "The people are counted; the colour follows.", (MEMBER, PEOPLE), append=True, act=False),
        Step("let_go", "A joined matter split off", known, None, machine, f"{process}.let_go",
             "The people are counted anew; the colour follows.", (MEMBER, PEOPLE), append=True, act=False),
        Step("many_people", "Many people report it", known, None, machine, f"{process}.many_people",
             "Those in charge are told.", (PEOPLE,), append=True, act=False,
             notices=(Notice((*told, "lead"), f"{process}.many_people"),)),
    )


def left_off(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """Where the matter was, and the deadlines that ran or stood paused: to go back to."""
    open_clocks = sorted(key for key, clock in view.clocks.items() if clock.status in ("running", "paused"))
    return {"left": {"state": view.state, "clocks": open_clocks}}
