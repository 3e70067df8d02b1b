"""The calendar: its table against an independent source, its arithmetic against plain walks, its refusals."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.calendar import (
    DAY,
    HOLIDAYS,
    Calendar,
    CalendarError,
    add_months,
    load_calendar,
    slot,
    working_days_in,
)

CHINA = load_calendar()
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")  # a zone whose clocks jump: 2025-03-09 at 02:00, 2025-11-02 back at 02:00
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
WEEKS = st.frozensets(st.integers(1, 7), min_size=1)


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def plain(zone=SHANGHAI, weekdays=frozenset({1, 2, 3, 4, 5}), **more) -> Calendar:
    return Calendar("plain", zone, frozenset(), frozenset(), 2024, 2026, weekdays=weekdays, **more)


# The table


def test_every_day_agrees_with_the_published_calendar():
    days = [date(2024, 1, 1) + n * DAY for n in range(1096)]
    assert days[-1] == date(2026, 12, 31)
    differ = [day for day in days if CHINA.is_working_day(day) != chinese_calendar.is_workday(day)]
    assert differ == []


@pytest.mark.parametrize(("year", "count"), [(2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year, count):
    assert working_days_in(CHINA, year) == count


def test_the_table_covers_its_years_and_names_its_holidays():
    assert not CHINA.covers(date(2023, 12, 31))
    assert CHINA.covers(date(2024, 1, 1))
    assert CHINA.covers(date(2026, 12, 31))
    assert not CHINA.covers(date(2027, 1, 1))
    assert CHINA.rest_name(date(2025, 1, 29)) == "Spring Festival"
    assert CHINA.rest_name(date(2025, 1, 11)) is None
    assert all(CHINA.rest_name(day) for day in CHINA.rest)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ("2025-09-26", True),  # an ordinary Friday
        ("2025-09-27", False),  # an ordinary Saturday
        ("2025-09-28", True),  # a Sunday that is worked
        ("2025-10-01", False),  # a Wednesday off
        ("2027-01-01", True),  # past the table: a Friday, whatever it may become
        ("2027-01-02", False),
    ],
)
def test_working_and_rest_days(day, working):
    assert CHINA.is_working_day(date.fromisoformat(day)) is working
    assert CHINA.is_rest_day(date.fromisoformat(day)) is not working


# Days and months


def test_next_working_day_is_the_day_itself_when_worked():
    assert CHINA.next_working_day(date(2025, 9, 28)) == date(2025, 9, 28)
    assert CHINA.next_working_day(date(2025, 10, 1)) == date(2025, 10, 9)
    assert CHINA.next_working_day(date(2026, 2, 15)) == date(2026, 2, 24)


def test_add_working_days():
    assert CHINA.add_working_days(date(2025, 9, 26), 5) == date(2025, 10, 10)
    assert CHINA.add_working_days(date(2025, 4, 25), 5) == date(2025, 5, 6)
    assert CHINA.add_working_days(date(2025, 4, 26), 0) == date(2025, 4, 26)
    with pytest.raises(CalendarError):
        CHINA.add_working_days(date(2025, 4, 26), -1)


@given(DAYS, st.integers(1, 120), WEEKS)
def test_working_days_are_counted_one_by_one_in_every_week(day, count, weekdays):
    calendar = plain(weekdays=weekdays)
    passed, end = 0, day
    while passed < count:
        end += DAY
        passed += end.isoweekday() in weekdays
    assert calendar.add_working_days(day, count) == end


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-12-31", 2, "2025-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-11-30", 1, "2024-12-30"),
        ("2024-12-15", 1, "2025-01-15"),
        ("2024-05-15", 0, "2024-05-15"),
    ],
)
def test_months_end_on_the_matching_day_or_the_last(start, months, end):
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


# Working time


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-09-24T17:10", 2, "2026-09-28T10:10"),  # 50 minutes, three rest days, 70 minutes
        ("2026-09-24T09:00", 7, "2026-09-24T18:00"),  # the close, not the next opening
        ("2026-09-24T11:30", 1, "2026-09-24T14:30"),  # over the lunch break
        ("2026-09-24T12:30", 1, "2026-09-24T15:00"),  # from within the lunch break
        ("2026-09-24T18:00", 3, "2026-09-28T12:00"),  # the closing instant is no longer worked
        ("2026-09-26T23:59", 1, "2026-09-28T10:00"),  # from within a holiday
        ("2026-09-20T08:00", 4, "2026-09-20T15:00"),  # a Sunday that is worked
    ],
)
def test_working_time(start, hours, end):
    assert CHINA.add_working_time(at(start), hours * 3600) == at(end)


def test_no_working_time_ends_where_it_starts():
    assert CHINA.add_working_time(at("2026-09-26T23:59"), 0) == at("2026-09-26T23:59")
    with pytest.raises(CalendarError):
        CHINA.add_working_time(at("2026-09-26T23:59"), -1)


def test_working_instants_are_half_open():
    for inside in ("09:00", "11:59:59", "14:00", "17:59:59"):
        assert CHINA.is_working_instant(at(f"2026-09-24T{inside}"))
    for outside in ("08:59:59", "12:00", "13:59:59", "18:00"):
        assert not CHINA.is_working_instant(at(f"2026-09-24T{outside}"))
    assert not CHINA.is_working_instant(at("2026-09-25T10:00"))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-09-24T10:00", "2026-09-24T10:00"),
        ("2026-09-24T12:00", "2026-09-24T14:00"),
        ("2026-09-24T18:00", "2026-09-28T09:00"),
        ("2026-09-24T00:00", "2026-09-24T09:00"),
    ],
)
def test_next_working_instant(start, end):
    found = CHINA.next_working_instant(at(start))
    assert found == at(end)
    assert found.tzinfo is UTC


def test_a_day_may_be_worked_round_the_clock():
    calendar = plain(weekdays=frozenset(range(1, 8)), slots=(slot("00:00-24:00"),))
    start = at("2025-12-31T23:30")
    assert calendar.is_working_instant(at("2025-12-31T23:59:59"))
    assert calendar.is_working_instant(at("2026-01-01T00:00"))
    assert calendar.add_working_time(start, 90_000) == start + timedelta(seconds=90_000)


def test_a_short_day_has_its_own_hours():
    eve = date(2025, 12, 31)
    calendar = plain(short_days=((eve, (slot("10:00-12:00"),)),))
    assert calendar.add_working_time(at("2025-12-31T09:00"), 3 * 3600) == at("2026-01-01T10:00")
    assert calendar.opening(eve) == at("2025-12-31T10:00")
    assert not calendar.is_working_instant(at("2025-12-31T14:00"))


def test_instants_without_a_zone_are_refused():
    for call in (CHINA.local_date, CHINA.next_working_instant, CHINA.is_working_instant):
        with pytest.raises(CalendarError, match="no time zone"):
            call(datetime(2025, 1, 1))


@given(st.datetimes(datetime(2024, 1, 1), datetime(2025, 12, 31)), st.integers(1, 200_000), WEEKS)
def test_working_time_is_what_lies_between(start, seconds, weekdays):
    calendar = plain(weekdays=weekdays)
    start = start.replace(tzinfo=SHANGHAI, microsecond=0)
    end = calendar.add_working_time(start, seconds)
    between = timedelta()
    for opens, closes in calendar.working_intervals(start):
        if opens >= end:
            break
        between += min(closes, end) - opens
    assert between == timedelta(seconds=seconds)


# Zones whose clocks jump


def test_a_day_is_as_long_as_its_zone_makes_it():
    calendar = plain(NEW_YORK)
    lengths = [calendar.end_of(day) - calendar.instant(day) for day in (date(2025, 3, 9), date(2025, 11, 2))]
    assert lengths == [timedelta(hours=23), timedelta(hours=25)]


def test_an_opening_that_the_clock_jumps_over_is_the_jump():
    sunday = plain(NEW_YORK, weekdays=frozenset({7}), slots=(slot("02:30-04:00"),))
    jump = at("2025-03-09T03:00", NEW_YORK)
    assert sunday.next_working_instant(at("2025-03-09T00:00", NEW_YORK)) == jump
    assert sunday.add_working_time(at("2025-03-09T00:00", NEW_YORK), 3600) == at("2025-03-09T04:00", NEW_YORK)


def test_a_slot_that_the_clock_jumps_over_is_none():
    sunday = plain(NEW_YORK, weekdays=frozenset({7}), slots=(slot("02:10-02:50"), slot("09:00-10:00")))
    assert sunday.worked_on(date(2025, 3, 9)) == ((at("2025-03-09T09:00", NEW_YORK), at("2025-03-09T10:00", NEW_YORK)),)
    assert len(sunday.worked_on(date(2025, 3, 16))) == 2


def test_slots_on_the_day_of_a_jump_hold_only_time_that_passes():
    night = plain(NEW_YORK, weekdays=frozenset(range(1, 8)), slots=(slot("00:00-24:00"),))
    start = at("2025-11-01T12:00", NEW_YORK).astimezone(UTC)
    assert night.add_working_time(start, 36 * 3600) == start + timedelta(hours=36)


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(0, 86_399), st.integers(0, 86_399))
def test_wall_clock_order_is_kept_in_a_jumping_zone(day, one, other):
    calendar = plain(NEW_YORK)
    first, second = sorted((one, other))
    assert calendar.instant(day, first) <= calendar.instant(day, second) <= calendar.end_of(day)


# What is refused


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"weekdays": frozenset()}, "no working weekday"),
        ({"weekdays": frozenset({0})}, "from 1"),
        ({"slots": ()}, "no working hours"),
        ({"slots": (slot("14:00-18:00"), slot("09:00-12:00"))}, "not in order"),
        ({"slots": (slot("09:00-12:00"), slot("11:00-18:00"))}, "not in order"),
        ({"slots": (slot("09:00-09:00"),)}, "not in order"),
        ({"slots": (slot("09:00-25:00"),)}, "within one day"),
        ({"rest": frozenset({date(2027, 1, 1)})}, "outside"),
        ({"rest": frozenset({date(2025, 1, 1)}), "work": frozenset({date(2025, 1, 1)})}, "a rest day and a working"),
        ({"rest": frozenset(date(2025, 1, 1) + n * DAY for n in range(365))}, "2025 has no working day"),
        ({"first_year": 2027}, "covers no year"),
        ({"short_days": ((date(2025, 1, 4), (slot("09:00-12:00"),)),)}, "is a rest day"),
        ({"short_days": ((date(2025, 1, 3), ()),)}, "no working hours"),
    ],
)
def test_unusable_calendars_are_refused(change, says):
    given_ = {"rest": frozenset(), "work": frozenset(), "first_year": 2024, "last_year": 2026} | change
    with pytest.raises(CalendarError, match=says):
        Calendar("broken", SHANGHAI, **given_)


@pytest.mark.parametrize("text", ["9:00-12:00", "09:00", "09:60-12:00", "", "morning"])
def test_unreadable_slots_are_refused(text):
    with pytest.raises(CalendarError, match="not a slot"):
        slot(text)


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ("working_days = 251", "working_days = 250", "251 working days, not 250"),
        ("year = 2025", "year = 2029", "one row of years"),
        ("from = 2025-10-01, to = 2025-10-08", "from = 2025-10-08, to = 2025-10-01", "before it begins"),
        ("weekdays = [1, 2, 3, 4, 5]", "weekdays = []", "no working weekday"),
        ('zone = "Asia/Shanghai"', 'zone = "Asia/Nowhere"', "Nowhere"),
        ('version = "cn-2024-2026"', "", "version"),
        ("from = 2025-10-01", 'from = "soon"', "misshapen"),
        ('version = "', "version = ", "holidays.toml"),
    ],
)
def test_a_broken_table_is_refused_in_words(tmp_path: Path, was, becomes, says):
    text = HOLIDAYS.read_text(encoding="utf-8")
    assert was in text
    broken = tmp_path / "holidays.toml"
    broken.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(CalendarError, match=says):
        load_calendar(broken)


def test_short_days_are_read_from_the_table(tmp_path: Path):
    text = HOLIDAYS.read_text(encoding="utf-8") + '[[short_day]]\ndate = 2026-02-14\nhours = ["09:00-12:00"]\n'
    table = tmp_path / "holidays.toml"
    table.write_text(text, encoding="utf-8")
    assert load_calendar(table).slots_on(date(2026, 2, 14)) == (slot("09:00-12:00"),)
