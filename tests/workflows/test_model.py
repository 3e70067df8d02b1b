"""A definition that could trap, orphan or silently drop a matter is refused when it is made."""

from dataclasses import FrozenInstanceError, replace

import pytest

from workflows.model import BadWorkflow, Choice, Deadline, Field, Notice, Start, State, Step, Workflow, clocks_in

DAYS = Field("length", "length", "Length")
DAY = Field("day", "date", "Day")


def errand(**changes):
    """A small sound process: asked, done."""
    parts = {
        "name": "errand", "label": "Errand", "initial": "asked",
        "opens": Step("ask", "Ask", (), "asked", ("operator",), "errand.asked", starts=("finish",)),
        "states": (State("asked", "Asked", "handler", "open"), State("done", "Done", "handler", "over", closed=True, final=True)),
        "steps": (
            Step("do", "Do", ("asked",), "done", ("handler",), "errand.done", meets=("finish",)),
            Step("note", "Note", ("asked",), None, ("handler",), "errand.noted", append=True),
        ),
        "deadlines": (Deadline("finish", "Finish", "asking", "default", "handler"),),
        "phases": (Choice("open", "Open"), Choice("over", "Over")),
    }
    return Workflow(**parts | changes)


SOUND = errand()
DO, NOTE = SOUND.steps
ASKED, DONE = SOUND.states


def with_steps(*steps):
    return lambda: errand(steps=steps)


def with_states(*states, **changes):
    return lambda: errand(states=states, **changes)


BAD = {
    "a state twice": with_states(ASKED, ASKED, DONE),
    "a step twice": with_steps(DO, NOTE, DO),
    "a step named like the opening one": with_steps(DO, replace(NOTE, name="ask")),
    "a source that is no state": with_steps(replace(DO, source=("asked", "lost"))),
    "a target that is no state": with_steps(DO, replace(NOTE, target="lost")),
    "a step by nobody": with_steps(replace(DO, by=())),
    "a step without an event": with_steps(replace(DO, event="")),
    "a step by an unknown duty": with_steps(replace(DO, by=("porter",))),
    "a step nobody is left for": with_steps(replace(DO, not_by=("handler",))),
    "a step kept from an unknown duty": with_steps(replace(DO, not_by=("porter",))),
    "a notice to an unknown duty": with_steps(replace(DO, notices=(Notice(("porter",), "errand.done"),))),
    "a request step a person may take": with_steps(replace(DO, request="leave")),
    "a request step a person may take too": with_steps(replace(DO, request="leave", by=("request", "head"))),
    "a request duty without a kind of request": with_steps(replace(DO, by=("request",))),
    "a state without an owner": with_states(replace(ASKED, owner=""), DONE),
    "an owner that is no duty": with_states(replace(ASKED, owner="porter"), DONE),
    "a phase that is not on the rail": with_states(replace(ASKED, phase="later"), DONE),
    "a state nothing leads to": with_states(ASKED, DONE, State("lost", "Lost", "handler", "open", final=True)),
    "a state without a way out": with_steps(replace(DO, target=None), replace(NOTE, name="n", target="done", source=("done",))),
    "a trap": with_steps(NOTE, replace(DO, source=("done",))),
    "an unknown deadline met": with_steps(replace(DO, meets=("finish", "lost"))),
    "an unknown deadline started": with_steps(DO, replace(NOTE, starts=("lost",))),
    "a deadline nobody uses": lambda: errand(deadlines=(*SOUND.deadlines, Deadline("idle", "Idle", "", "", "handler"))),
    "a progress clock that is none": lambda: errand(progress="lost"),
    "an open state with no clock": with_steps(replace(NOTE, meets=("finish",)), replace(DO, meets=())),
    "an opening that starts no clock": lambda: errand(
        opens=replace(SOUND.opens, starts=()), steps=(DO, replace(NOTE, starts=("finish",)))),
    "a question asked twice": with_steps(replace(DO, asks=(DAY, DAY))),
    "an anchor that is not asked": with_steps(DO, replace(NOTE, starts=(Start("finish", anchor="day"),))),
    "an anchor that is no date": with_steps(DO, replace(NOTE, asks=(DAYS,), starts=(Start("finish", anchor="length"),))),
    "a due date that is not asked": with_steps(DO, replace(NOTE, starts=(Start("finish", due_on="day"),))),
    "a length that is not asked": with_steps(DO, replace(NOTE, starts=(Start("finish", length="length"),))),
    "an extension without a length": with_steps(DO, replace(NOTE, extends="finish")),
    "an extension by two lengths": with_steps(
        DO, replace(NOTE, extends="finish", asks=(DAYS, replace(DAYS, name="more")))),
    "an extension of an unknown deadline": with_steps(DO, replace(NOTE, extends="lost", asks=(DAYS,))),
    "a field of an unknown kind": lambda: Field("x", "colour", "X"),
    "a field that goes nowhere known": lambda: Field("x", "text", "X", into="drawer"),
    "a choice without choices": lambda: Field("x", "choice", "X"),
    "choices on a text": lambda: Field("x", "text", "X", choices=(Choice("a", "A"),)),
}


@pytest.mark.parametrize("flaw", sorted(BAD))
def test_refused(flaw):
    with pytest.raises(BadWorkflow):
        BAD[flaw]()


def test_a_sound_process_is_taken():
    assert [s.name for s in SOUND.steps_from("asked")] == ["do", "note"]
    assert (SOUND.state("done").closed, SOUND.step("ask"), SOUND.deadline("finish").owner) == (True, SOUND.opens, "handler")
    assert clocks_in(SOUND) == {("asked", frozenset({"finish"})), ("done", frozenset())}


@pytest.mark.parametrize("look_up", [
    lambda: SOUND.state("lost"), lambda: SOUND.step("lost"), lambda: SOUND.deadline("lost")])
def test_what_is_not_there_is_a_key_error(look_up):
    with pytest.raises(KeyError):
        look_up()


def test_dates_and_lengths_that_are_asked_may_start_a_deadline():
    started = (Start("finish", anchor="day"), Start("finish", due_on="day"), Start("finish", length="length"))
    for start in started:
        made = errand(steps=(DO, replace(NOTE, asks=(DAY, DAYS), starts=(start,))))
        assert made.step("note").started() == (start,)
    assert errand(steps=(DO, replace(NOTE, asks=(DAYS,), extends="finish"))).step("note").extends == "finish"


def test_plain_keys_start_deadlines_too():
    assert SOUND.opens.started() == (Start("finish"),)


def test_closed_time_stops_every_clock_and_reopening_resumes():
    back = Step("undo", "Undo", ("done",), "asked", ("handler",), "errand.undone", resumes=("finish",))
    assert clocks_in(errand(steps=(DO, NOTE, back))) == clocks_in(SOUND)
    with pytest.raises(BadWorkflow):
        errand(steps=(DO, NOTE, replace(back, resumes=())))


def test_nothing_is_changed_afterwards():
    with pytest.raises(FrozenInstanceError):
        SOUND.steps[0].by = ("operator",)
