"""A deadline's stretches: each start, length and reopening has its own, with its own due time and end."""

from datetime import UTC, datetime, timedelta

import pytest

from workflows.calendar import load_calendar
from workflows.clock_history import stretches
from workflows.clocks import ClockFact
from workflows.ledger import LATE, MET, RUNNING, spans

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
CALENDARS = {"packaged": load_calendar()}


def at(days: float) -> datetime:
    return MONDAY + timedelta(days=days)


def start(days: float, length: str, epoch: int = 1) -> ClockFact:
    data = {"length": length, "anchor": at(days).isoformat(), "epoch": epoch, "calendar": "packaged"}
    return ClockFact("start", at(days), data)


def fact(kind: str, days: float, **data: object) -> ClockFact:
    return ClockFact(kind, at(days), data)


def relength(days: float, length: str) -> ClockFact:
    return fact("relength", days, length=length, anchor=at(0).isoformat(), tier="red", raised=True)


def test_one_start_is_one_stretch_that_ends_where_it_was_met() -> None:
    (one,) = stretches("settle", [start(0, "7 days"), fact("meet", 3)], CALENDARS)
    assert (one.start_at, one.ended_at) == (at(0), at(3))
    assert one.due_at == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)  # 24:00 of the 9th


def test_lateness_under_the_earlier_length_stays_on_record() -> None:
    found = stretches("settle", [start(0, "7 days"), relength(10, "30 days")], CALENDARS)
    assert [(s.start_at, s.ended_at) for s in found] == [(at(0), at(10)), (at(10), None)]
    held = spans(at(0), [(at(0), "a")], found, [], at(20))
    assert [(s.state, s.to_at) for s in held] == [(RUNNING, found[0].due_at), (LATE, at(10)), (RUNNING, at(20))]


def test_a_reopened_deadline_was_not_open_in_between() -> None:
    found = stretches("settle", [start(0, "7 days"), fact("cancel", 2), fact("reopen", 12)], CALENDARS)
    assert [(s.start_at, s.ended_at) for s in found] == [(at(0), at(2)), (at(12), None)]
    states = [s.state for s in spans(at(0), [(at(0), "a")], found, [], at(14))]
    assert states == [RUNNING, MET, RUNNING]
    assert found[1].due_at is not None
    assert found[1].due_at > at(12)  # closed time does not count: nothing became late by it


def test_a_restarted_deadline_forgets_its_earlier_start() -> None:
    found = stretches("progress", [start(0, "7 days"), start(3, "7 days", 2), start(5, "7 days", 3)], CALENDARS)
    assert [(s.start_at, s.ended_at) for s in found] == [(at(0), at(3)), (at(3), at(5)), (at(5), None)]


def test_a_pause_is_shown_and_closed_time_is_not_one() -> None:
    facts = [start(0, "7 days"), fact("pause", 1), fact("resume", 3), fact("close", 4), fact("reopen", 6)]
    found = stretches("settle", facts, CALENDARS)
    assert [(p.from_at, p.to_at) for p in found[-1].pauses] == [(at(1), at(3))]


@pytest.mark.parametrize("days", [8, 30])
def test_a_right_of_the_parties_makes_nobody_late(days: int) -> None:
    found = stretches("perform", [start(0, "7 days")], CALENDARS, right=True)
    assert {s.state for s in spans(at(0), [(at(0), "a")], found, [], at(days))} == {RUNNING}
