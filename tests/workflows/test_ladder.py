"""Ladders: the instants of rungs by hand, what is skipped, what comes next, and that no rung is lost or doubled."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import load_calendar
from workflows.clock_steps import RAISE
from workflows.due import DueFacts, Length, Pause, due_of, parse_length, pause_of_dates
from workflows.ladder import (
    Before,
    LadderError,
    Overdue,
    Rung,
    RungAt,
    Share,
    next_rung,
    parse_point,
    read_rung,
    rung_instants,
)

CHINA = load_calendar()
SHANGHAI = ZoneInfo("Asia/Shanghai")
SETTLE = (
    Rung("half", Share(1, 2), ("handler",), "urge"),
    Rung("soon", Share(80, 100), ("handler", "lead"), "urge"),
    Rung("overdue", Overdue(), ("lead", "upper_lead"), "raise"),
)
PERFORMANCE = (
    Rung("ahead", Before(3), ("party",), "remind"),
    Rung("day", Before(0), ("party",), "remind"),
    Rung("after", Overdue(), ("party", "handler"), "remind"),
    Rung("week", Overdue(7), ("handler",), "remind"),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def settle(start: str, length: str, **more) -> DueFacts:
    return DueFacts(at(start), parse_length(length), **more)


def ladder(facts: DueFacts, tier: str, rungs=SETTLE, epoch: str | None = None, **more) -> list[str | None]:
    """The rungs' local instants; "-" for a skipped one, None for one that cannot be known."""
    epoch_start = at(epoch) if epoch else facts.start
    placed = rung_instants(CHINA, facts, rungs, tier=tier, epoch_start=epoch_start, **more)
    assert [(rung.name, rung.act, rung.audience) for rung in placed] == [(r.name, r.act, r.audience) for r in rungs]
    return ["-" if rung.skipped else rung.at and f"{rung.at.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}" for rung in placed]


# Instants by hand


def test_yellow_settle():
    # from Monday, 7 days: days 3 and 5 are Thursday and Saturday; late from Tuesday 00:00
    facts = settle("2025-03-03T10:00", "7 days")
    assert ladder(facts, "yellow") == ["2025-03-06T09:00", "2025-03-10T09:00", "2025-03-11T09:00"]


def test_red_settle_comes_at_once_even_at_night_and_on_rest_days():
    # days 15 and 24, the second a holiday; late from Friday 00:00
    facts = settle("2025-03-11T10:00", "30 days")
    assert ladder(facts, "red") == ["2025-03-26T09:00", "2025-04-04T09:00", "2025-04-11T00:00"]
    assert ladder(facts, "orange") == ["2025-03-26T09:00", "2025-04-07T09:00", "2025-04-11T09:00"]


def test_hours_after_a_red_acceptance_run_through_the_night():
    facts = settle("2025-09-30T22:00", "2 hours")
    late = (Rung("urge", Overdue(), ("head",), "urge"), Rung("card", Overdue(hours=1), ("head",), "card"))
    assert ladder(facts, "red", late) == ["2025-10-01T00:00", "2025-10-01T01:00"]
    assert ladder(facts, "orange", late) == ["2025-10-09T09:00", "2025-10-09T09:00"]


def test_rungs_of_working_hours_keep_to_them_by_themselves():
    facts = settle("2025-09-30T16:00", "8 working hours")
    assert ladder(facts, "yellow") == ["2025-10-09T11:00", "2025-10-09T15:00", "2025-10-09T17:00"]


def test_a_deadline_that_ends_at_closing_time_is_chased_the_next_morning_unless_red():
    facts = settle("2025-03-03T14:00", "4 working hours")
    assert ladder(facts, "yellow")[2] == "2025-03-04T09:00"
    assert ladder(facts, "red")[2] == "2025-03-03T18:00"


def test_clock_hours_of_a_red_matter():
    facts = settle("2025-10-01T23:30", "24 hours")
    assert ladder(facts, "red") == ["2025-10-02T11:30", "2025-10-02T18:30", "2025-10-02T23:30"]


def test_a_rung_on_the_start_date_is_skipped():
    assert ladder(settle("2025-03-03T10:00", "1 working day"), "yellow") == ["-", "-", "2025-03-05T09:00"]
    assert ladder(settle("2025-03-03T10:00", "2 hours"), "red") == [
        "2025-03-03T11:00",
        "2025-03-03T11:00",
        "2025-03-03T12:00",
    ]


def test_reminders_around_a_date_of_performance():
    facts = DueFacts(date(2025, 3, 1), Length(30, "days"))  # Monday 2025-03-31
    assert ladder(facts, "yellow", PERFORMANCE, epoch="2025-03-01T10:00") == [
        "2025-03-28T09:00",
        "2025-03-31T09:00",
        "2025-04-01T09:00",
        "2025-04-08T09:00",
    ]


def test_reminders_follow_the_rolled_day():
    facts = DueFacts(date(2025, 9, 4), Length(30, "days"), roll="next")  # raw 2025-10-04, rolled 2025-10-09
    assert ladder(facts, "red", PERFORMANCE, epoch="2025-09-04T10:00")[:3] == [
        "2025-10-06T09:00",
        "2025-10-09T09:00",
        "2025-10-10T00:00",
    ]


def test_reminders_around_an_hour():
    facts = settle("2025-03-03T10:30", "96 hours")
    assert ladder(facts, "red", PERFORMANCE) == [
        "2025-03-04T10:30",
        "2025-03-07T10:30",
        "2025-03-07T10:30",
        "2025-03-14T10:30",
    ]


def test_pauses_and_extensions_move_the_rungs():
    paused = pause_of_dates(CHINA, date(2025, 3, 5), date(2025, 3, 9))
    assert ladder(settle("2025-03-03T10:00", "7 days", pauses=(paused,)), "red") == [
        "2025-03-11T09:00",
        "2025-03-13T09:00",
        "2025-03-16T00:00",
    ]
    assert ladder(settle("2025-03-03T10:00", "7 days", extensions=(Length(7, "days"),)), "red") == [
        "2025-03-10T09:00",
        "2025-03-14T09:00",
        "2025-03-18T00:00",
    ]


def test_while_paused_the_rungs_behind_the_pause_have_no_instant():
    facts = settle("2025-03-03T10:00", "30 days", pauses=(Pause(at("2025-03-20T10:00")),))
    assert ladder(facts, "red") == ["2025-03-18T09:00", None, None]


def test_a_provisional_due_marks_its_rungs():
    facts = settle("2026-12-30T10:00", "5 working days")
    placed = rung_instants(CHINA, facts, SETTLE, tier="red", epoch_start=facts.start)
    assert [rung.provisional for rung in placed] == [True, True, True]
    sure = settle("2026-12-28T10:00", "3 working days")
    assert not any(r.provisional for r in rung_instants(CHINA, sure, SETTLE, tier="red", epoch_start=sure.start))


# Raises and lowerings


def test_after_a_raise_the_rungs_already_past_never_fire():
    # yellow, 7 days, late on 2025-03-11 and raised that morning: orange has 15 days from the same anchor
    facts = settle("2025-03-03T10:00", "15 days")
    assert ladder(facts, "orange", epoch="2025-03-11T09:00") == ["-", "2025-03-17T09:00", "2025-03-19T09:00"]
    # raised to red when orange is late: 30 days from the same anchor, half and 80 % at days 15 and 24
    facts = settle("2025-03-03T10:00", "30 days")
    assert ladder(facts, "red", epoch="2025-03-19T09:00") == ["-", "2025-03-27T09:00", "2025-04-03T00:00"]


def test_lateness_that_lies_before_a_raise_comes_with_the_raise():
    # red by a risk on day 40, ten days after red's own end: the card still comes, the reminders do not
    facts = settle("2025-03-03T10:00", "30 days")
    assert ladder(facts, "red", epoch="2025-04-12T20:30") == ["-", "-", "2025-04-12T20:30"]
    # asleep for 20 days: raised to orange on a Sunday evening, late by orange's length too; due again on Monday morning
    facts = settle("2025-03-03T10:00", "15 days")
    assert ladder(facts, "orange", epoch="2025-03-23T20:00") == ["-", "-", "2025-03-24T09:00"]


LATE = (
    Rung("overdue", Overdue(), ("handler",), "urge"),
    Rung("card", Overdue(1), ("handler",), "card"),
    Rung("pass_up", Overdue(2), ("lead",), "pass_up"),
)


def test_one_lateness_brings_a_card_and_a_passing_up_once_however_often_the_tier_is_raised():
    facts, epoch = settle("2025-03-03T10:00", "24 hours"), "2025-03-10T10:00"
    assert ladder(facts, "red", LATE, epoch=epoch) == [epoch] * 3
    assert ladder(facts, "red", LATE, epoch=epoch, given={("overdue", "urge"), ("card", "card")}) == ["-", "-", epoch]
    raises = (Rung("overdue", Overdue(), ("lead",), RAISE),)
    assert ladder(facts, "orange", raises, epoch=epoch, given={("overdue", RAISE)}) == [epoch]
    cards = (Rung("overdue", Overdue(), ("lead",), "card"),)
    assert ladder(facts, "red", cards, epoch=epoch, given={("overdue", RAISE)}) == [epoch]


def test_a_reminder_still_to_come_comes_in_every_tier():
    facts = settle("2025-03-03T10:00", "15 days")
    assert ladder(facts, "orange", epoch="2025-03-05T10:00", given={("half", "urge")})[0] == "2025-03-10T09:00"


def test_an_estimate_reminds_and_leaves_the_act_for_the_day_the_calendar_is_known():
    facts = settle("2026-12-30T10:00", "5 working days")
    placed = rung_instants(CHINA, facts, LATE, tier="red", epoch_start=facts.start)
    assert [(rung.name, rung.act) for rung in placed] == [
        ("overdue", "urge"),
        ("card_estimate", "remind"),
        ("pass_up_estimate", "remind"),
    ]


def test_a_rung_moved_behind_the_raise_still_fires():
    # half of 15 days from Saturday falls on Saturday 2025-03-08; a raise on Sunday leaves it for Monday morning
    facts = settle("2025-03-01T10:00", "15 days")
    assert ladder(facts, "orange", epoch="2025-03-09T10:00")[0] == "2025-03-10T09:00"
    assert ladder(facts, "red", epoch="2025-03-09T10:00")[0] == "-"


def test_a_rung_at_the_very_start_of_the_epoch_fires():
    facts = settle("2025-03-03T10:00", "15 days")
    assert ladder(facts, "red", epoch="2025-03-10T09:00")[0] == "2025-03-10T09:00"
    assert ladder(facts, "red", epoch="2025-03-10T09:01")[0] == "-"


def test_a_lowering_never_moves_the_overdue_rung_earlier():
    facts = settle("2025-03-03T10:00", "7 days")
    kept = at("2025-04-03T00:00")
    assert ladder(facts, "yellow", not_before=kept)[2] == "2025-04-03T09:00"
    assert ladder(facts, "yellow", PERFORMANCE, not_before=kept)[:2] == ["2025-03-31T09:00", "2025-04-02T09:00"]
    assert ladder(facts, "yellow", not_before=at("2025-03-04T00:00")) == ladder(facts, "yellow")


# Which is next


def test_next_rung():
    one, two, three = (RungAt(name, at(f"2025-03-0{day}T09:00"), False) for name, day in (("a", 3), ("b", 2), ("c", 3)))
    skipped, unknown = RungAt("d", at("2025-03-01T09:00"), True), RungAt("e", None, False)
    rungs = (one, two, three, skipped, unknown)
    assert next_rung(rungs, set()) == two
    assert next_rung(rungs, {"b"}) == one  # of two at one instant, the one listed first
    assert next_rung(rungs, {"a", "b"}) == three
    assert next_rung(rungs, {"a", "b", "c"}) is None
    assert next_rung((), set()) is None


# Reading


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("1/2", Share(1, 2)),
        ("80 %", Share(80, 100)),
        ("80%", Share(80, 100)),
        ("3 days before", Before(3)),
        ("1 day before", Before(1)),
        ("on the day", Before(0)),
        ("overdue", Overdue(0)),
        ("overdue + 1 day", Overdue(1)),
        ("overdue + 14 days", Overdue(14)),
        ("overdue + 1 hour", Overdue(hours=1)),
        ("overdue + 8 hours", Overdue(hours=8)),
    ],
)
def test_points_in_words(text, point):
    assert parse_point(text) == point


@pytest.mark.parametrize("text", ["", "half", "0/2", "2/2", "3/2", "1/0", "0 %", "100 %", "-1 days before", "late"])
def test_points_that_mean_nothing_are_refused(text):
    with pytest.raises(LadderError):
        parse_point(text)


def test_rungs_are_read_from_rows():
    row = {"name": "half", "at": "1/2", "to": ["handler"], "act": "urge"}
    assert read_rung(row) == SETTLE[0]
    for broken in ({**row, "more": 1}, {"name": "half"}, {**row, "to": "handler"}, {**row, "act": ""}):
        with pytest.raises(LadderError):
            read_rung(broken)


# Properties

INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 30)).map(lambda d: d.replace(tzinfo=SHANGHAI))
LENGTHS = st.builds(Length, st.integers(1, 60), st.sampled_from(("days", "working_days", "hours", "working_hours")))
TIERS = st.sampled_from(("yellow", "orange", "red"))


@given(INSTANTS, LENGTHS, TIERS)
def test_rungs_of_lower_tiers_fall_in_working_hours(start, length, tier):
    placed = rung_instants(CHINA, DueFacts(start, length), SETTLE, tier=tier, epoch_start=start)
    for rung in placed:
        assert rung.at is None or rung.at.tzinfo is UTC
        assert rung.at is None or tier == "red" or CHINA.is_working_instant(rung.at)


@given(INSTANTS, LENGTHS, TIERS)
def test_nobody_is_told_of_overdue_before_it_is(start, length, tier):
    facts = DueFacts(start, length)
    overdue = rung_instants(CHINA, facts, SETTLE, tier=tier, epoch_start=start)[2]
    due_at = due_of(CHINA, facts).due_at
    assert overdue.at >= due_at
    assert tier != "red" or overdue.at == due_at


@given(INSTANTS, LENGTHS, TIERS, st.lists(st.integers(0, 90), max_size=8))
def test_sweeps_at_any_times_fire_each_rung_once_in_order(start, length, tier, sweeps):
    """However seldom or often the sweep runs, by the last one the same rungs have fired, in the same order."""
    placed = rung_instants(CHINA, DueFacts(start, length), SETTLE, tier=tier, epoch_start=start)
    fired: list[str] = []
    for day in [*sorted(sweeps), 400]:
        while (rung := next_rung(placed, set(fired))) and rung.at <= start + timedelta(days=day):
            fired.append(rung.name)
    assert fired == [rung.name for rung in sorted((r for r in placed if not r.skipped), key=lambda r: r.at)]
