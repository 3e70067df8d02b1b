"""The yearly arrangement of holidays read from text: the announcement itself as it is published, or lines of a table.

Weekdays in brackets and "共3天" are checked, so that a slip in copying is found. What a calendar is: `calendar.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from workflows.calendar import DAY, Calendar

WEEKDAYS = "一二三四五六日"
NAMES = {  # what a line is called -> English msgid of the holiday
    "元旦": "New Year's Day", "春节": "Spring Festival", "清明": "Qingming Festival", "劳动节": "Labour Day",
    "端午": "Dragon Boat Festival", "中秋": "Mid-Autumn Festival", "国庆": "National Day",
}  # fmt: skip
BOTH = "National Day and Mid-Autumn Festival"
REST_WORDS, WORK_WORDS = ("休", "放假", "假期", "节假日", "休息", "rest", "holiday", "off"), ("班", "上班", "调休上班", "工作日", "work")
_YEAR = re.compile(r"(20\d\d)\s*年")
_SPAN = re.compile(
    r"(?:(20\d\d)年)?(\d{1,2})月(\d{1,2})日(?:[(（]([^)）]*)[)）])?"
    r"(?:\s*(?:至|到|—|–|-|~)\s*(?:(20\d\d)年)?(?:(\d{1,2})月)?(\d{1,2})日(?:[(（]([^)）]*)[)）])?)?"
)
_COUNT = re.compile(r"共\s*(\d+)\s*天")
_ISO = re.compile(r"(20\d\d)[-/.](\d{1,2})[-/.](\d{1,2})")


class NoticeError(ValueError):
    """A text that cannot be read; `line` is what of it, `code` why (web/calendar_words)."""

    def __init__(self, code: str, line: str = "") -> None:
        self.code, self.line = code, line.strip()[:120]
        super().__init__(f"{code}: {self.line}")


@dataclass(frozen=True)
class Run:
    """Days off that belong together."""

    name: str
    first: date
    last: date

    def days(self) -> Iterator[date]:
        """Each of them."""
        return (self.first + n * DAY for n in range((self.last - self.first).days + 1))


@dataclass(frozen=True)
class Arrangement:
    """What is arranged for one year: runs of days off, and weekend days that are worked."""

    year: int
    rest: tuple[Run, ...]
    work: tuple[date, ...]


def read_arrangement(text: str) -> Arrangement:
    """The arrangement in an announcement or in lines "2027-01-01 [2027-01-03] 休|班 [name]". Raises NoticeError."""
    rest, work = read_lines(text) if _ISO.search(text) else read_notice(text)
    if not rest:
        raise NoticeError("nothing_found")
    years = {day.year for run in rest for day in run.days()} | {day.year for day in work}
    if len(years) != 1:
        raise NoticeError("several_years", ", ".join(map(str, sorted(years))))
    return Arrangement(years.pop(), tuple(sorted(rest, key=lambda run: run.first)), tuple(sorted(set(work))))


def arranged(calendar: Calendar, plan: Arrangement) -> Calendar:
    """The calendar with this year in place of what it knew of it. Raises NoticeError, CalendarError.

    The years of a calendar are one row: a year that would leave a gap before it is refused.
    """
    if not calendar.first_year <= plan.year <= calendar.last_year + 1:
        raise NoticeError("gap", str(plan.year))
    if weekday := next((day for day in plan.work if day.isoweekday() in calendar.weekdays), None):
        raise NoticeError("not_weekend", weekday.isoformat())
    names = [(day, run.name) for run in plan.rest for day in run.days()]
    return replace(
        calendar, version=f"{calendar.version}+{plan.year}", last_year=max(calendar.last_year, plan.year),
        rest=frozenset(d for d in calendar.rest if d.year != plan.year) | {day for day, _ in names},
        work=frozenset(d for d in calendar.work if d.year != plan.year) | set(plan.work),
        names=(*((day, name) for day, name in calendar.names if day.year != plan.year), *names),
    )  # fmt: skip


def name_of(text: str) -> str:
    """The holiday that a line is about, as an English msgid; "" when it names none."""
    found = [name for word, name in NAMES.items() if word in text]
    return BOTH if {"National Day", "Mid-Autumn Festival"} <= set(found) else (found[0] if found else "")


# --- the announcement


def read_notice(text: str) -> tuple[list[Run], list[date]]:
    """Days off and days worked in the sentences of an announcement."""
    stated = _YEAR.search(text)
    if stated is None:
        raise NoticeError("no_year")
    rest, work = list[Run](), list[date]()
    for line in filter(None, (re.sub(r"\s+", "", line) for line in text.splitlines())):
        name = name_of(line)
        if not name or "月" not in line:
            continue
        for sentence in re.split(r"[。;；]", line):
            spans = list(spans_in(sentence, int(stated[1])))
            if "上班" in sentence:
                work += [day for first, last in spans for day in Run("", first, last).days()]
            elif "假" in sentence and spans:
                rest += runs_of(name, spans, sentence)
    return rest, work


def runs_of(name: str, spans: list[tuple[date, date]], sentence: str) -> list[Run]:
    """The days off of a sentence, counted against the number it gives."""
    runs = [Run(name, first, last) for first, last in spans]
    if (count := _COUNT.search(sentence)) and int(count[1]) != sum(len(list(run.days())) for run in runs):
        raise NoticeError("wrong_count", sentence)
    return runs


def spans_in(sentence: str, year: int) -> Iterator[tuple[date, date]]:
    """Every date or span of dates in a sentence, both ends included; weekdays in brackets must be right."""
    for found in _SPAN.finditer(sentence):
        own, month, day, week, own_last, month_last, day_last, week_last = found.groups()
        first = day_of(int(own or year), int(month), int(day), sentence)
        last = day_of(int(own_last or own or year), int(month_last or month), int(day_last), sentence) if day_last else first
        check_weekday(first, week, sentence)
        check_weekday(last, week_last, sentence)
        if last < first:
            raise NoticeError("reversed", sentence)
        yield first, last


def day_of(year: int, month: int, day: int, line: str) -> date:
    """A date, or NoticeError."""
    try:
        return date(year, month, day)
    except ValueError:
        raise NoticeError("no_date", line) from None


def check_weekday(day: date, bracket: str | None, line: str) -> None:
    """Raise NoticeError when the weekday beside a date is another day's."""
    told = re.search(r"(?:周|星期)([一二三四五六日天])", bracket or "")
    if told and WEEKDAYS.index(told[1].replace("天", "日")) != day.weekday():
        raise NoticeError("wrong_weekday", line)


# --- lines of a table


def read_lines(text: str) -> tuple[list[Run], list[date]]:
    """Days off and days worked of lines with one or two dates, a word for what they are, and perhaps a name."""
    rest, work = list[Run](), list[date]()
    for line in text.splitlines():
        dates = [day_of(int(y), int(m), int(d), line) for y, m, d in _ISO.findall(line)]
        if not dates:
            continue
        run = Run(name_of(line) or name_in(line), dates[0], dates[-1])
        if run.last < run.first or len(dates) > 2:
            raise NoticeError("reversed", line)
        words = set(re.split(r"[\s,，;；|]+", _ISO.sub(" ", line).lower()))
        if words & set(WORK_WORDS):
            work += run.days()
        elif words & set(REST_WORDS):
            rest.append(run)
        else:
            raise NoticeError("no_kind", line)
    return joined(rest), work


def name_in(line: str) -> str:
    """A known English name in a line."""
    return next((name for name in (BOTH, *NAMES.values()) if name.lower() in line.lower()), "")


def joined(rest: list[Run]) -> list[Run]:
    """Days that follow each other under one name, as one run."""
    runs: list[Run] = []
    for run in sorted(rest, key=lambda each: each.first):
        if runs and runs[-1].name == run.name and runs[-1].last + DAY == run.first:
            runs[-1] = Run(run.name, runs[-1].first, run.last)
        else:
            runs.append(run)
    return runs
