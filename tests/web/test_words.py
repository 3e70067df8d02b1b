"""How instants and spans are said: in both languages, at the edges of days, hours and years."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from casemgr.web import words

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 0, 32, tzinfo=UTC)  # 08:32 in Shanghai


def local(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def speaking() -> Iterator[None]:
    """English, whose sentences are the msgids, in the zone of the street."""
    app = Flask("words")
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    Babel(app)
    with app.test_request_context(), force_locale("en"):
        yield


@pytest.mark.parametrize(
    ("due", "said", "tone"),
    [
        (local(12, 2), "9 days left", ""),
        (local(11, 26), "3 days left", ""),
        (local(11, 25, 8, 31), "3 days left", "soon"),
        (local(11, 24), "1 day left", "soon"),
        (local(11, 23, 8, 31), "23 hours left", "soon"),
        (local(11, 22, 9, 32), "1 hour left", "soon"),
        (local(11, 22, 9, 31), "59 minutes left", "soon"),
        (NOW + timedelta(seconds=5), "1 minute left", "soon"),
        (NOW, "1 minute overdue", "late"),
        (local(11, 22, 7, 0), "1 hour overdue", "late"),
        (local(11, 22), "8 hours overdue", "late"),
        (local(11, 21), "2 days overdue", "late"),
        (local(11, 20, 10), "2 days overdue", "late"),
    ],
)
def test_what_is_left_and_what_is_over(due: datetime, said: str, tone: str) -> None:
    assert words.due_words(due, NOW) == said
    assert words.due_tone(due, NOW) == tone


@pytest.mark.parametrize("status", ["paused", "met", "cancelled", "closed"])
def test_a_clock_that_does_not_run_is_never_late(status: str) -> None:
    assert words.due_tone(local(1, 1), NOW, status) == ""
    assert "overdue" not in words.due_words(local(1, 1), NOW, status)
    assert words.due_words(None, NOW) == "No time limit"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (local(11, 22, 18), "today 18:00"),
        (local(11, 23), "today 24:00"),
        (local(11, 22), "yesterday 24:00"),
        (local(11, 23, 9, 5), "tomorrow 09:05"),
        (local(12, 2), "Dec 1 24:00"),
        (local(1, 1, year=2027), "Dec 31 24:00"),
        (local(1, 1, 10, year=2027), "Jan 1, 2027 10:00"),
    ],
)
def test_the_last_moment_is_said_as_people_say_it(at: datetime, said: str) -> None:
    assert words.until(at, NOW) == said


def test_days_instants_and_lengths() -> None:
    assert words.day(date(2026, 3, 2), NOW) == "Mar 2"
    assert words.day(date(2025, 3, 2), NOW) == words.day(date(2025, 3, 2)) == "Mar 2, 2025"
    assert words.day(datetime(2026, 3, 1, 16, 30, tzinfo=UTC), NOW) == "Mar 2"  # the local day
    assert words.moment(NOW, NOW) == "Nov 22 08:32"
    assert words.near(local(11, 21, 16, 20), NOW) == "yesterday 16:20"
    assert words.weekday(NOW) == "Sun"
    assert [words.span(s) for s in (0, 3599, 3600, 86400, 200000)] == ["1 minute", "59 minutes", "1 hour", "1 day", "2 days"]


def test_chinese_days_look_chinese() -> None:
    with force_locale("zh_Hans"):
        assert (words.day(NOW, NOW), words.weekday(NOW), words.day(date(2025, 1, 9), NOW)) == ("11月22日", "周日", "2025年1月9日")
