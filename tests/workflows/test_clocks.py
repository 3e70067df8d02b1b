"""One deadline replayed from its facts: what each kind of fact does, and what must hold on any history."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import load_calendar
from workflows.clocks import ClockFact, replay

CALENDARS = {"packaged": load_calendar()}
START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in China


def start(length="7 days", **more):
    return ClockFact("start", START, {"anchor": START.isoformat(), "length": length, "calendar": "packaged", **more})


def clock(*facts):
    return replay("settle", facts, CALENDARS)


def after(**delta):
    return START + timedelta(**delta)


def test_a_start_runs_to_the_end_of_its_last_day():
    found = clock(start())
    assert (found.status, found.due.due, found.epoch) == ("running", date(2026, 3, 9), 1)
    assert not found.is_late(datetime(2026, 3, 9, 15, 59, 59, tzinfo=UTC))
    assert found.is_late(datetime(2026, 3, 9, 16, 0, tzinfo=UTC))


def test_a_raise_gives_the_new_length_from_the_original_anchor_and_a_ladder_of_its_own():
    raised = ClockFact(
        "relength", after(days=8), {"length": "15 days", "anchor": START.isoformat(), "tier": "orange", "raised": True}
    )
    found = clock(start(), raised)
    assert (found.due.due, found.epoch, found.epoch_at, found.tier) == (date(2026, 3, 17), 2, after(days=8), "orange")


def test_a_lowering_never_moves_the_due_time_earlier_and_opens_no_ladder():
    due_at = clock(start("30 days")).due_at
    lowered = {"length": "15 days", "anchor": START.isoformat(), "tier": "orange", "not_before": due_at.isoformat()}
    found = clock(start("30 days"), ClockFact("relength", after(days=3), lowered))
    assert (found.due_at, found.epoch) == (due_at, 1)


def test_extensions_and_pauses_survive_a_raise():
    facts = (
        start(),
        ClockFact("pause", after(days=1)),
        ClockFact("resume", after(days=3)),
        ClockFact("extend", after(days=4), {"length": "2 days"}),
        ClockFact("relength", after(days=5), {"length": "15 days", "anchor": START.isoformat(), "raised": True}),
    )
    assert clock(*facts).due.due == date(2026, 3, 2 + 15 + 2 + 2)


def test_a_paused_deadline_has_no_due_time_and_cannot_breach():
    found = clock(start(), ClockFact("pause", after(days=1)))
    assert found.due_at is None
    assert not found.is_late(after(days=400))


def test_closed_time_does_not_count_and_nothing_is_forgiven():
    reopened = clock(start(), ClockFact("meet", after(days=2)), ClockFact("reopen", after(days=12)))
    assert (reopened.status, reopened.due.due, reopened.epoch) == ("running", date(2026, 3, 19), 1)
    late = clock(start(), ClockFact("meet", after(days=10)), ClockFact("reopen", after(days=30)))
    assert late.is_late(after(days=30))


def test_met_late_stays_late_and_met_in_time_does_not():
    assert clock(start(), ClockFact("meet", after(days=20))).is_late(after(days=21))
    assert not clock(start(), ClockFact("meet", after(days=2))).is_late(after(days=400))


def test_a_fixed_date_is_due_on_that_date():
    fixed = clock(start(None, due_on="2026-03-20"))
    assert fixed.due.due == date(2026, 3, 20)


def test_a_tier_without_a_limit_has_no_due_time():
    found = clock(start(None))
    assert found.due_at is None
    assert not found.is_late(after(days=99))


def test_another_calendar_is_a_fact():
    assert clock(start(), ClockFact("calendar", after(days=1), {"calendar": "packaged"})).calendar == "packaged"


def test_facts_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="does not begin"):
        clock(ClockFact("meet", START))
    with pytest.raises(ValueError, match="no limit"):
        clock(start(None), ClockFact("extend", START, {"length": "2 days"}))


EVENTS = st.lists(st.sampled_from(("pause", "resume", "extend", "close", "reopen", "raise")), max_size=12)


def history(kinds):
    """A lawful history of those kinds: what cannot follow is left out."""
    facts, status, at = [start()], "running", START
    moves = {"pause": ("running", "paused"), "resume": ("paused", "running"), "close": (None, "closed"), "reopen": ("closed", "running")}
    for kind in kinds:
        at += timedelta(hours=31)
        if kind in moves:
            needed, becomes = moves[kind]
            if status == becomes or (needed or status) != status:
                continue
            status = becomes
            facts.append(ClockFact(kind, at))
        elif status != "closed":
            data = {"length": "3 days"} if kind == "extend" else {"length": "15 days", "anchor": START.isoformat(), "raised": True}
            facts.append(ClockFact("extend" if kind == "extend" else "relength", at, data))
    return facts, status


@given(EVENTS, st.integers(0, 400))
def test_a_paused_or_closed_deadline_never_breaches_on_any_history(kinds, days):
    facts, status = history(kinds)
    found = clock(*facts)
    if status in ("paused", "closed"):
        assert not found.is_late(after(days=days))
    assert found == clock(*facts)
