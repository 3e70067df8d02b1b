"""Due times: the worked examples by hand, then properties against a plain walk over the days."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import DAY, Calendar, CalendarError, load_calendar, slot
from workflows.due import (
    SENTENCES,
    Due,
    DueError,
    DueFacts,
    Length,
    LengthError,
    Pause,
    PauseError,
    compute_due,
    describe,
    due_of,
    fraction_at,
    fraction_of,
    parse_length,
    pause_of_dates,
    say,
)

CHINA = load_calendar()
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")  # 2025-03-09 has 23 hours, 2025-11-02 has 25


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def on(text: str) -> date:
    return date.fromisoformat(text)


def when(text: str) -> date | datetime:
    return at(text) if "T" in text else on(text)


def pause(first: str, last: str | None = None) -> Pause:
    """Whole dates, both included; or half-open instants; without an end: still paused."""
    if last is None:
        return Pause(at(first))
    return Pause(at(first), at(last)) if "T" in first else pause_of_dates(CHINA, on(first), on(last))


def due(start: str, length: str, *, pauses=(), extend=(), roll="none", calendar=CHINA) -> Due:
    extensions = [parse_length(text) for text in extend]
    return compute_due(calendar, when(start), parse_length(length), pauses=pauses, extensions=extensions, roll=roll)


# Worked examples: input, raw due, rolled due

EXAMPLES = {
    "1 letter received in front of the Spring Festival": ("2025-01-15", "15 days", {}, "2025-01-30", "2025-02-05"),
    "3 objection over National Day": ("2025-09-26", "5 working days", {}, "2025-10-10", "2025-10-10"),
    "3 the same from its instant": ("2025-09-26T16:40", "5 working days", {}, "2025-10-10", "2025-10-10"),
    "5 petition, 60 days": ("2025-08-08", "60 days", {}, "2025-10-07", "2025-10-09"),
    "5 extended by 30": ("2025-08-08", "60 days", {"extend": ["30 days"]}, "2025-11-06", "2025-11-06"),
    "6 recheck requested by the petitioner": ("2026-01-16", "30 days", {}, "2026-02-15", "2026-02-24"),
    "9 review with a hearing of 7 days": (
        "2025-03-03",
        "30 days",
        {"pauses": [pause("2025-03-12", "2025-03-18")]},
        "2025-04-09",
        "2025-04-09",
    ),
    "11 mediation, one month": ("2024-01-31", "1 month", {}, "2024-02-29", "2024-02-29"),
    "18 hotline order over Labour Day": ("2025-04-25T16:40", "5 working days", {}, "2025-05-06", "2025-05-06"),
    "21 return within 2 working hours": (
        "2026-09-24T17:10",
        "2 working hours",
        {},
        "2026-09-28T10:10",
        "2026-09-28T10:10",
    ),
    "24 whistle signed within 1 hour": ("2025-10-11T11:30", "1 hour", {}, "2025-10-11T12:30", "2025-10-11T12:30"),
    "24 contact within 24 hours": ("2025-10-11T11:30", "24 hours", {}, "2025-10-12T11:30", "2025-10-12T11:30"),
    "32 suspended for 20 days": (
        "2025-03-01",
        "60 days",
        {"pauses": [pause("2025-03-20", "2025-04-08")]},
        "2025-05-20",
        "2025-05-20",
    ),
    "32 without the suspension": ("2025-03-01", "60 days", {}, "2025-04-30", "2025-04-30"),
    # the lengths of the three tiers
    "accept yellow": ("2025-09-30T16:00", "8 working hours", {}, "2025-10-09T17:00", "2025-10-09T17:00"),
    "accept orange": ("2025-09-30T16:00", "4 working hours", {}, "2025-10-09T11:00", "2025-10-09T11:00"),
    "accept red, at night in a holiday": ("2025-10-01T23:30", "2 hours", {}, "2025-10-02T01:30", "2025-10-02T01:30"),
    "first contact yellow": ("2025-09-30T16:00", "2 working days", {}, "2025-10-10", "2025-10-10"),
    "first contact orange": ("2025-09-30T16:00", "1 working day", {}, "2025-10-09", "2025-10-09"),
    "first contact red": ("2025-09-30T16:00", "24 hours", {}, "2025-10-01T16:00", "2025-10-01T16:00"),
    "settle yellow": ("2025-09-26T10:00", "7 days", {}, "2025-10-03", "2025-10-09"),
    "settle orange": ("2025-09-26T10:00", "15 days", {}, "2025-10-11", "2025-10-11"),
    "settle red": ("2025-09-26T10:00", "30 days", {}, "2025-10-26", "2025-10-27"),
    "settle raised from yellow to red, from the first anchor": (
        "2025-03-01T10:00",
        "30 days",
        {},
        "2025-03-31",
        "2025-03-31",
    ),
    "progress red": ("2025-09-28T10:00", "1 working day", {}, "2025-09-29", "2025-09-29"),
    "legal cap": ("2025-08-31T10:00", "1 month", {}, "2025-09-30", "2025-09-30"),
    "court confirmation": ("2025-09-04T10:00", "30 days", {}, "2025-10-04", "2025-10-09"),
    "follow-up": ("2025-12-20", "15 days", {}, "2026-01-04", "2026-01-04"),
    "yellow extension": ("2025-09-01T10:00", "7 days", {"extend": ["7 days"]}, "2025-09-15", "2025-09-15"),
}


@pytest.mark.parametrize(("start", "length", "more", "raw", "rolled"), EXAMPLES.values(), ids=EXAMPLES)
def test_worked_examples(start, length, more, raw, rolled):
    unrolled = due(start, length, **more)
    assert (unrolled.raw, unrolled.due) == (when(raw), when(raw))
    found = due(start, length, roll="next", **more)
    assert (found.raw, found.due) == (when(raw), when(rolled))
    assert not found.provisional
    assert not found.open


def documented() -> list[list[str]]:
    text = (Path(__file__).parents[2] / "docs" / "deadlines.md").read_text(encoding="utf-8")
    table = text.split("| from | length |")[1].split("\n\n")[0]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]


@pytest.mark.parametrize(("start", "length", "paused", "extended", "raw", "rolled"), documented())
def test_the_examples_in_the_documentation_hold(start, length, paused, extended, raw, rolled):
    pauses = [pause(*paused.split(".."))] if paused else []
    found = due(start, length, pauses=pauses, extend=[extended] if extended else [], roll="next")
    assert (found.raw, found.due) == (when(raw), when(rolled))


def test_the_documentation_has_examples():
    assert len(documented()) >= 10


def test_a_date_deadline_runs_to_the_end_of_its_date():
    found = due("2025-09-26T16:40", "5 working days")
    assert found.due_at == at("2025-10-11T00:00")
    assert found.due_at.tzinfo is UTC
    assert not found.is_late(at("2025-10-10T23:59:59"))
    assert found.is_late(at("2025-10-11T00:00:00"))


def test_an_hour_deadline_is_late_from_its_instant():
    found = due("2025-10-11T11:30", "1 hour")
    assert found.due_at == found.due == found.raw == at("2025-10-11T12:30")
    assert not found.is_late(at("2025-10-11T12:29:59"))
    assert found.is_late(at("2025-10-11T12:30:00"))


def test_the_legal_day_is_the_local_one():
    just_before, midnight = datetime(2025, 3, 1, 15, 59, 59, tzinfo=UTC), datetime(2025, 3, 1, 16, tzinfo=UTC)
    assert compute_due(CHINA, just_before, Length(1, "days")).due == on("2025-03-02")
    assert compute_due(CHINA, midnight, Length(1, "days")).due == on("2025-03-03")


# Past the last calendar year


def test_past_the_table_it_is_provisional_and_says_so():
    found = due("2026-12-30", "5 working days")
    assert found.provisional
    assert found.due == on("2027-01-06")  # weekends only: New Year's Day is not known to be off
    assert found.why[-2].code == "due.provisional"
    assert found.why[-2].params["year"] == 2027


@pytest.mark.parametrize(
    ("start", "length", "roll", "provisional"),
    [
        ("2026-12-30", "1 working day", "none", False),  # 31 December is in the table
        ("2026-12-30", "2 working days", "none", True),
        ("2026-12-30", "60 days", "none", False),  # calendar days need no table
        ("2026-12-30", "60 days", "next", True),
        ("2026-12-30", "1 day", "next", False),  # a working day of the table does not roll
        ("2026-12-30", "1 month", "none", False),
        ("2026-12-31T16:00", "2 working hours", "none", False),
        ("2026-12-31T16:00", "3 working hours", "none", True),
        ("2026-12-31T16:00", "24 hours", "none", False),
        ("2023-12-28", "2 working days", "none", True),  # before the table, too
        ("2023-12-31", "2 working days", "none", False),
    ],
)
def test_what_is_provisional(start, length, roll, provisional):
    assert due(start, length, roll=roll).provisional is provisional


def test_a_later_table_makes_it_final():
    later = Calendar("later", SHANGHAI, CHINA.rest | {on("2027-01-01")}, CHINA.work | {on("2027-01-03")}, 2024, 2027)
    found = due("2026-12-30", "5 working days", calendar=later)
    assert (found.due, found.provisional) == (on("2027-01-06"), False)
    assert due("2026-12-30", "2 working days", calendar=later).due == on("2027-01-03")


# Pauses


@pytest.mark.parametrize(
    ("paused", "expected"),
    [
        (pause("2025-03-04T10:00", "2025-03-04T17:00"), "2025-03-11"),  # over before the day ended: no day lost
        (pause("2025-03-04T10:00", "2025-03-05T00:00"), "2025-03-12"),  # paused as the day ended, to the very end
        (pause("2025-03-04T10:00", "2025-03-05T09:00"), "2025-03-12"),
        (pause("2025-03-05T00:00", "2025-03-05T09:00"), "2025-03-11"),  # half-open: began when the 4th was over
        (pause("2025-03-01T10:00", "2025-03-02T09:00"), "2025-03-11"),  # the day of the start does not count anyway
        (pause("2025-02-01", "2025-03-01"), "2025-03-11"),  # before the start
        (pause("2025-02-01", "2025-03-02"), "2025-03-12"),
        (pause("2025-03-11T22:00", "2025-03-12T09:00"), "2025-03-12"),  # on the last day, over its end
        (pause("2025-03-12", "2025-04-01"), "2025-03-11"),  # begins after the due: nothing
        (pause("2025-03-12"), "2025-03-11"),
    ],
)
def test_a_date_is_excluded_when_it_was_paused_as_it_ended(paused, expected):
    assert due("2025-03-01T08:00", "10 days", pauses=[paused]).due == on(expected)


def test_overlapping_pauses_count_once():
    pauses = [pause("2025-03-04", "2025-03-06"), pause("2025-03-05", "2025-03-07"), pause("2025-03-04", "2025-03-04")]
    assert due("2025-03-01", "10 days", pauses=pauses).due == on("2025-03-15")


def test_a_pause_during_the_added_days_adds_again():
    pauses = [pause("2025-03-05", "2025-03-06"), pause("2025-03-12", "2025-03-12")]
    assert due("2025-03-01", "10 days", pauses=pauses).due == on("2025-03-14")


def test_paused_rest_days_do_not_prolong_working_days():
    # paused Saturday and Sunday only; then Friday to Monday
    assert due("2025-03-03", "5 working days", pauses=[pause("2025-03-08", "2025-03-09")]).due == on("2025-03-10")
    assert due("2025-03-03", "5 working days", pauses=[pause("2025-03-07", "2025-03-10")]).due == on("2025-03-12")


def test_months_get_their_paused_days_after_the_matching_day():
    assert due("2025-03-10", "1 month", pauses=[pause("2025-03-20", "2025-03-24")]).due == on("2025-04-15")
    # the matching day itself is paused, and so is one of the days added
    twice = [pause("2025-04-10", "2025-04-10"), pause("2025-04-11", "2025-04-11")]
    assert due("2025-03-10", "1 month", pauses=twice).due == on("2025-04-12")


def test_pauses_count_within_the_extension_too():
    paused = pause("2025-10-20", "2025-10-24")
    assert due("2025-08-08", "60 days", pauses=[paused]).due == on("2025-10-07")
    assert due("2025-08-08", "60 days", pauses=[paused], extend=["30 days"]).due == on("2025-11-11")


def test_a_rolled_day_that_is_paused_rolls_on():
    # raw Saturday 2025-03-15; Monday is paused as it ends
    assert due("2025-03-05", "10 days", roll="next").due == on("2025-03-17")
    paused = pause("2025-03-17T10:00", "2025-03-18T10:00")
    assert due("2025-03-05", "10 days", pauses=[paused], roll="next").due == on("2025-03-18")


@pytest.mark.parametrize(
    ("start", "length", "paused", "expected"),
    [
        ("2025-03-03T10:00", "24 hours", pause("2025-03-03T12:00", "2025-03-03T15:30"), "2025-03-04T13:30"),
        ("2025-03-03T10:00", "24 hours", pause("2025-03-03T08:00", "2025-03-03T11:00"), "2025-03-04T11:00"),
        ("2025-03-03T10:00", "24 hours", pause("2025-03-04T10:00", "2025-03-05T10:00"), "2025-03-04T10:00"),
        ("2025-03-03T10:00", "24 hours", pause("2025-03-04T09:00", "2025-03-05T09:00"), "2025-03-05T10:00"),
        # working time: lunch and night are not working time, so pausing them adds nothing
        ("2025-03-03T10:00", "4 working hours", pause("2025-03-03T12:00", "2025-03-03T14:00"), "2025-03-03T16:00"),
        ("2025-03-03T10:00", "4 working hours", pause("2025-03-03T11:00", "2025-03-03T15:00"), "2025-03-03T18:00"),
        ("2025-03-03T10:00", "4 working hours", pause("2025-03-03T15:30", "2025-03-05T09:30"), "2025-03-05T10:00"),
    ],
)
def test_pauses_of_hours_add_the_time_they_took(start, length, paused, expected):
    assert due(start, length, pauses=[paused]).due == at(expected)


@pytest.mark.parametrize("length", ["10 days", "5 working days", "1 month", "24 hours", "8 working hours"])
def test_an_open_pause_holds_the_deadline(length):
    found = due("2025-03-03T10:00", length, pauses=[pause("2025-03-03T16:00")])
    assert found.open
    assert (found.raw, found.due, found.due_at, found.provisional) == (None, None, None, False)
    assert not found.is_late(at("2099-01-01T00:00"))
    assert [reason.code for reason in found.why] == ["due.start", "due.held"]


@pytest.mark.parametrize("length", ["10 days", "5 working days", "1 month", "24 hours", "8 working hours"])
def test_an_open_pause_after_the_due_holds_nothing(length):
    paused = [pause("2025-06-01T16:00")]
    assert due("2025-03-03T10:00", length, pauses=paused) == due("2025-03-03T10:00", length)


def test_an_open_pause_on_the_last_day_holds_it():
    assert due("2025-03-01", "10 days", pauses=[pause("2025-03-11T22:00")]).open
    assert due("2025-03-05", "10 days", pauses=[pause("2025-03-16T10:00")], roll="next").open
    assert not due("2025-03-05", "10 days", pauses=[pause("2025-03-16T10:00")]).open


# Extensions


def test_an_extension_runs_from_the_raw_day_never_from_the_rolled_one():
    # raw 2025-10-07 would roll to 2025-10-09
    assert due("2025-08-08", "60 days", extend=["30 days"], roll="next").raw == on("2025-11-06")


def test_extensions_of_other_units():
    assert due("2025-08-08", "60 days", extend=["2 working days"]).due == on("2025-10-10")
    assert due("2024-01-31", "1 month", extend=["1 month"]).due == on("2024-03-29")
    assert due("2025-03-03T16:00", "2 working hours", extend=["1 working hour"]).due == at("2025-03-04T10:00")


@pytest.mark.parametrize(
    ("length", "extension"), [("30 days", "24 hours"), ("24 hours", "1 day"), ("24 hours", "8 working hours")]
)
def test_extensions_that_cannot_be_added_are_refused(length, extension):
    with pytest.raises(DueError, match="is extended"):
        due("2025-03-03T10:00", length, extend=[extension])


# Fractions


@pytest.mark.parametrize(
    ("start", "length", "num", "den", "expected"),
    [
        ("2025-08-08", "60 days", 7, 10, "2025-09-19T09:00"),  # day 42
        ("2025-04-25T16:40", "5 working days", 7, 10, "2025-04-29T09:00"),  # working day 3, floored from 3.5
        ("2025-03-01T10:00", "7 days", 1, 2, "2025-03-04T09:00"),  # day 3
        ("2025-03-01T10:00", "7 days", 4, 5, "2025-03-06T09:00"),  # day 5
        ("2025-03-01T10:00", "1 working day", 4, 5, None),  # day 0 is the start
        ("2025-03-03T10:00", "8 working hours", 1, 2, "2025-03-03T16:00"),
        ("2025-03-03T10:00", "8 working hours", 4, 5, "2025-03-03T18:00"),  # 6 of 6.4 hours
        ("2025-03-03T10:00", "1 hour", 4, 5, None),
        ("2025-03-03T23:00", "24 hours", 1, 2, "2025-03-04T11:00"),
        ("2024-01-31", "1 month", 1, 2, "2024-02-14T09:00"),  # 14 of 29 days
        ("2025-03-01", "60 days", 1, 1, "2025-04-30T09:00"),
    ],
)
def test_fractions_are_floored_in_the_unit(start, length, num, den, expected):
    found = fraction_at(CHINA, when(start), parse_length(length), (), (), num, den)
    assert found == (at(expected) if expected else None)


def test_fractions_move_with_pauses_and_extensions():
    facts = DueFacts(on("2025-03-01"), Length(60, "days"), (pause("2025-03-20", "2025-04-08"),), (Length(30, "days"),))
    assert fraction_of(CHINA, facts, 1, 6) == at("2025-03-16T09:00")  # day 15, before the pause
    assert fraction_of(CHINA, facts, 1, 2) == at("2025-05-05T09:00")  # day 45 and 20 paused days
    assert due_of(CHINA, facts).due == on("2025-06-19")


def test_fractions_behind_an_open_pause_have_no_instant_yet():
    paused = (pause("2025-03-20T10:00"),)
    for length in ("60 days", "40 working days", "2 months"):
        first, later = ((num, 4) for num in (1, 3))
        assert fraction_at(CHINA, on("2025-03-01"), parse_length(length), paused, (), *first) is not None
        assert fraction_at(CHINA, on("2025-03-01"), parse_length(length), paused, (), *later) is None


@pytest.mark.parametrize(("num", "den"), [(0, 2), (3, 2), (1, 0), (-1, 2)])
def test_fractions_outside_the_deadline_are_refused(num, den):
    with pytest.raises(DueError, match="not a fraction"):
        fraction_at(CHINA, on("2025-03-01"), Length(60, "days"), (), (), num, den)


# Lengths in words


@pytest.mark.parametrize(
    ("text", "amount", "unit"),
    [
        ("5 working days", 5, "working_days"),
        ("1 working day", 1, "working_days"),
        ("5 working_days", 5, "working_days"),
        ("8 working hours", 8, "working_hours"),
        ("30 days", 30, "days"),
        ("1 day", 1, "days"),
        ("1 month", 1, "months"),
        ("2 months", 2, "months"),
        ("24 hours", 24, "hours"),
        (" 24  Hours ", 24, "hours"),
        ("5个工作日", 5, "working_days"),
        ("5工作日", 5, "working_days"),
        ("30日", 30, "days"),
        ("30天", 30, "days"),
        ("30个自然日", 30, "days"),
        ("1个月", 1, "months"),
        ("24小时", 24, "hours"),
        ("24个小时", 24, "hours"),
        ("2个工作小时", 2, "working_hours"),
        ("３０日", 30, "days"),
    ],
)
def test_lengths_in_words(text, amount, unit):
    length = parse_length(text)
    assert length == Length(amount, unit)
    assert parse_length(str(length)) == length


@pytest.mark.parametrize("text", ["", "days", "5", "5 weeks", "0 days", "-3 days", "1.5 days", "99999 days", "1月"])
def test_lengths_that_mean_nothing_are_refused(text):
    with pytest.raises(LengthError):
        parse_length(text)


def test_unknown_units_are_refused():
    with pytest.raises(LengthError, match="not a unit"):
        Length(1, "fortnights")


def test_starts_and_pauses_that_cannot_be_are_refused():
    day, hour = Length(1, "days"), Length(1, "hours")
    with pytest.raises(DueError, match="no time zone"):
        compute_due(CHINA, datetime(2025, 1, 1, 10), day)
    with pytest.raises(DueError, match="time of day"):
        compute_due(CHINA, on("2025-01-01"), hour)
    with pytest.raises(DueError, match="roll"):
        compute_due(CHINA, on("2025-01-01"), day, roll="previous")
    with pytest.raises(DueError, match="9999"):
        compute_due(CHINA, on("9999-12-31"), day)
    with pytest.raises(PauseError, match="before it begins"):
        Pause(at("2025-01-02T00:00"), at("2025-01-01T00:00"))
    with pytest.raises(PauseError, match="time zone"):
        Pause(datetime(2025, 1, 2))


def test_a_pause_without_a_reachable_end_is_refused_not_walked_for_ever():
    endless = Pause(at("2025-01-02T00:00"), at("2399-01-01T00:00"))
    with pytest.raises(CalendarError, match="do not end"):
        due("2025-01-01T10:00", "10 days", pauses=[endless])


# Why


def test_the_reasons_read_as_sentences():
    found = describe(due("2025-09-26T16:40", "5 working days"), CHINA)
    assert found == {
        "raw": "2025-10-10",
        "due": "2025-10-10",
        "provisional": False,
        "why": [
            "Counted from 2025-09-26 16:40.",
            "The day of the start, 2025-09-26, is not counted.",
            "5 working days counted: the last is 2025-10-10.",
            "Rest days not counted: 2025-10-01–2025-10-08 National Day and Mid-Autumn Festival.",
            "Weekend days not counted: 1.",
            "Weekend days that are worked, and so counted: 2025-09-28.",
            "In time until 24:00 of 2025-10-10; late from 00:00 of the day after.",
        ],
    }


def test_an_hour_deadline_is_described_in_local_time():
    found = describe(due("2026-09-24T17:10", "2 working hours"), CHINA)
    assert found["raw"] == found["due"] == "2026-09-28T10:10:00+08:00"


def test_a_held_deadline_is_described_without_a_time():
    found = describe(due("2025-03-03", "10 days", pauses=[pause("2025-03-04T16:00")]), CHINA)
    assert (found["raw"], found["due"]) == (None, None)
    assert found["why"][-1] == "Paused since 2025-03-04 16:00: there is no due time until the pause ends."


EVERY_REASON = [
    due("2025-09-26T16:40:05", "5 working days", pauses=[pause("2025-09-30", "2025-09-30")], extend=["3 days"]),
    due("2026-01-16", "30 days", roll="next"),
    due("2025-03-05", "10 days", roll="next"),
    due("2024-01-31", "1 month", extend=["1 month"]),
    due("2024-01-30", "2 months"),
    due("2026-12-31T16:00", "3 working hours", pauses=[pause("2026-12-31T16:30", "2026-12-31T17:00")]),
    due("2025-03-03T10:00", "24 hours", extend=["24 hours"]),
    due("2025-03-03", "10 days", pauses=[pause("2025-03-04T16:00")]),
]


def test_every_sentence_is_used_and_can_be_said():
    reasons = [reason for found in EVERY_REASON for reason in found.why]
    assert {reason.code for reason in reasons} == set(SENTENCES)
    for reason in reasons:
        assert "%(" not in say(reason)


def test_sentences_and_names_are_said_in_the_language_asked_for():
    words = {"National Day and Mid-Autumn Festival": "国庆节、中秋节", SENTENCES["due.rest"]: "休息日不计:%(runs)s。"}
    why = describe(due("2025-09-26", "5 working days"), CHINA, lambda text: words.get(text, text))["why"]
    assert "休息日不计:2025-10-01–2025-10-08 国庆节、中秋节。" in why


# Properties

DAYS = st.dates(date(2024, 1, 1), date(2026, 6, 30))
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2026, 6, 30)).map(lambda d: d.replace(tzinfo=SHANGHAI))
DATE_LENGTHS = st.one_of(
    st.builds(Length, st.integers(1, 90), st.sampled_from(("days", "working_days"))),
    st.builds(Length, st.integers(1, 6), st.just("months")),
)
HOUR_LENGTHS = st.builds(Length, st.integers(1, 90), st.sampled_from(("hours", "working_hours")))
LENGTHS = st.one_of(DATE_LENGTHS, HOUR_LENGTHS)
WEEKS = st.frozensets(st.integers(1, 7), min_size=1)


@st.composite
def pauses(draw) -> tuple[Pause, ...]:
    starts = draw(st.lists(INSTANTS, max_size=3))
    return tuple(Pause(start, start + draw(st.timedeltas(timedelta(), timedelta(days=40)))) for start in starts)


def walk(start: date, length: Length, paused: tuple[Pause, ...], weekdays: frozenset[int]) -> date:
    """The plain reading: go day by day, ask of each day's last moment whether it was paused."""
    day, left = start, length.amount
    while left:
        day += DAY
        last_moment = at(f"{day}T23:59:59.999999")
        if any(each.from_at <= last_moment < each.to_at for each in paused):
            continue
        if length.unit == "days" or day.isoweekday() in weekdays:
            left -= 1
    return day


@given(INSTANTS, st.integers(1, 90), st.sampled_from(("days", "working_days")), pauses(), WEEKS)
def test_equal_to_a_plain_walk_in_every_week(start, amount, unit, paused, weekdays):
    calendar = Calendar("plain", SHANGHAI, frozenset(), frozenset(), 2024, 2026, weekdays=weekdays)
    length = Length(amount, unit)
    assert compute_due(calendar, start, length, pauses=paused).due == walk(start.date(), length, paused, weekdays)


@given(INSTANTS, LENGTHS, pauses(), st.sampled_from(("none", "next")))
def test_longer_is_never_earlier(start, length, paused, roll):
    longer = Length(length.amount + 1, length.unit)
    one, other = (compute_due(CHINA, start, each, pauses=paused, roll=roll) for each in (length, longer))
    assert one.due_at <= other.due_at
    assert one.raw <= one.due


@given(INSTANTS, LENGTHS, pauses(), pauses(), st.sampled_from(("none", "next")))
def test_a_pause_never_makes_it_earlier(start, length, paused, more, roll):
    one, other = (compute_due(CHINA, start, length, pauses=each, roll=roll) for each in (paused, paused + more))
    assert one.due_at <= other.due_at


# Not so for months: the matching day of a matching day is another (31 January, 29 February, 29 March).
@given(INSTANTS, LENGTHS.filter(lambda length: length.unit != "months"), st.integers(1, 30), pauses())
def test_extensions_add_up(start, length, more, paused):
    extended = compute_due(CHINA, start, length, pauses=paused, extensions=[Length(more, length.unit)])
    at_once = compute_due(CHINA, start, Length(length.amount + more, length.unit), pauses=paused)
    assert extended.due_at == at_once.due_at


@given(INSTANTS, LENGTHS, pauses())
def test_the_due_moment_is_never_paused(start, length, paused):
    found = compute_due(CHINA, start, length, pauses=paused)
    last_moment = found.due_at - timedelta(microseconds=1)
    assert not any(each.covers(last_moment) for each in paused)


@given(INSTANTS, LENGTHS, pauses(), st.integers(1, 9), st.integers(1, 9))
def test_fractions_lie_in_order_before_the_due(start, length, paused, one, other):
    low, high = sorted((one, other))
    first = fraction_at(CHINA, start, length, paused, (), low, 10)
    second = fraction_at(CHINA, start, length, paused, (), high, 10)
    found = compute_due(CHINA, start, length, pauses=paused)
    if second is None:
        assert first is None
    else:
        assert first is None or first <= second
        assert start < second < found.due_at or second == found.due_at


@given(INSTANTS, LENGTHS, pauses())
def test_an_open_pause_and_its_end_agree(start, length, paused):
    """While the last pause is open there is no due; with its end the due is the same whatever came before."""
    begun = start + timedelta(days=1)
    held = compute_due(CHINA, start, length, pauses=(*paused, Pause(begun)))
    ended = compute_due(CHINA, start, length, pauses=(*paused, Pause(begun, begun + timedelta(days=400))))
    if held.open:
        assert ended.due_at > begun
    else:
        assert held.due_at == ended.due_at


@given(DAYS, DATE_LENGTHS)
def test_dates_do_not_depend_on_the_zone(start, length):
    there = Calendar("there", NEW_YORK, CHINA.rest, CHINA.work, 2024, 2026)
    assert compute_due(there, start, length).due == compute_due(CHINA, start, length).due


def test_clock_hours_are_real_hours_where_the_clock_jumps():
    there = Calendar("there", NEW_YORK, frozenset(), frozenset(), 2024, 2026, (slot("09:00-17:00"),))
    spring = compute_due(there, at("2025-03-08T12:00", NEW_YORK), Length(24, "hours"))
    autumn = compute_due(there, at("2025-11-01T12:00", NEW_YORK), Length(24, "hours"))
    assert there.local(spring.due).isoformat() == "2025-03-09T13:00:00-04:00"
    assert there.local(autumn.due).isoformat() == "2025-11-02T11:00:00-05:00"
    day = compute_due(there, at("2025-11-01T12:00", NEW_YORK), Length(1, "days"))
    assert there.local(day.due_at).isoformat() == "2025-11-03T00:00:00-05:00"
    worked = compute_due(there, at("2025-03-07T16:00", NEW_YORK), Length(2, "working_hours"))
    assert there.local(worked.due).isoformat() == "2025-03-10T10:00:00-04:00"
