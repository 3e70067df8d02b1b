"""The steps a page offers first: real ones, lawful in their state, and what mediation still lacks in front."""

from dataclasses import replace

import pytest

from workflows import WORKFLOWS
from workflows.bases import BASES, basis_of
from workflows.first_steps import HEADINGS, LAST_HEADING, LEADING, USUAL, heading_of, usual_steps
from workflows.view import CaseView, ClockView, PartyView

CASE = CaseView(1, "dispute", "in_mediation", tier="yellow", clocks={"contact": ClockView("contact", "met")})
SIDES = (PartyView(1, "applicant", "given"), PartyView(2, "respondent", "given"))


@pytest.mark.parametrize(("process", "state"), [(p, s) for p, states in USUAL.items() for s in states])
def test_every_one_is_lawful_in_its_state(process: str, state: str) -> None:
    lawful = {step.name for step in WORKFLOWS[process].steps_from(state)}
    assert set(USUAL[process][state]) <= lawful


@pytest.mark.parametrize("process", USUAL)
def test_every_state_with_a_way_on_has_a_usual_step(process: str) -> None:
    flow = WORKFLOWS[process]
    assert {s.name for s in flow.states if not s.final and flow.steps_from(s.name)} <= USUAL[process].keys()


def test_leaders_have_their_own() -> None:
    for process, names in LEADING.items():
        assert set(names) <= {step.name for step in WORKFLOWS[process].steps}


def test_what_mediation_lacks_comes_first() -> None:
    assert usual_steps(CASE)[:2] == ("add_party", "inform_rights")
    assert usual_steps(replace(CASE, clocks={"contact": ClockView("contact", "running")}))[0] == "record_contact"
    asked = replace(CASE, parties=(SIDES[0], replace(SIDES[1], consent="")))
    assert usual_steps(asked)[:2] == ("record_consent", "inform_rights")
    ready = replace(CASE, parties=SIDES, facts={"rights_informed": True})
    assert usual_steps(ready)[:2] == ("record_session", "agree_written")


def test_red_is_signed_off_before_it_closes() -> None:
    done = replace(CASE, state="performed", tier="red")
    assert usual_steps(done)[:3] == ("follow_up", "sign_off", "close")
    assert "sign_off" not in usual_steps(replace(done, facts={"signed_off": True}))
    asked = replace(done, clocks={"follow_up": ClockView("follow_up", "met")})
    assert usual_steps(asked)[:2] == ("sign_off", "close")


def test_who_is_named_is_not_named_again() -> None:
    assert "name_patron" in usual_steps(CASE)
    assert "name_patron" not in usual_steps(replace(CASE, patron_id=7))


def test_where_a_session_is_planned_it_is_moved() -> None:
    planned = replace(CASE, parties=SIDES, facts={"rights_informed": True, "session_at": "2026-03-04T06:00:00+00:00"})
    assert usual_steps(planned)[:3] == ("record_session", "agree_written", "move_session")


def test_every_heading_and_basis_names_steps() -> None:
    steps = {step.name for flow in WORKFLOWS.values() for step in flow.steps}
    named = [name for _, names in HEADINGS for name in names]
    assert set(named) <= steps and len(named) == len(set(named))
    assert heading_of("record_note") == (0, "Write down")
    assert heading_of("extend_yellow") == (len(HEADINGS), LAST_HEADING)
    assert all(bases.keys() <= {step.name for step in WORKFLOWS[process].steps} for process, bases in BASES.items())
    assert (basis_of("dispute", "record_session"), basis_of("dispute", "record_note"), basis_of("request", "approve")) == ("TJ 27", "", "")
