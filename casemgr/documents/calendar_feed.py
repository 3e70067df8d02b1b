"""Deadlines as an iCalendar file. The same deadlines give the same bytes, so that a calendar programme may ask often.

What is no longer in the file vanishes from the calendar. The only importer of icalendar.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from casemgr.queries.my_deadlines import MyDeadline
from workflows import WORKFLOWS

Translate = Callable[[str], str]
EVERY = timedelta(hours=1)  # how often programmes may come again


def write_calendar(
    lines: Iterable[MyDeadline], *, name: str, titles: bool, zone: str, base_url: str, say: Translate
) -> bytes:
    """The file: an event for each deadline, on its day or at its time in the zone of the office."""
    calendar = Calendar()
    calendar.add("prodid", "-//casemgr//deadlines//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone)
    calendar.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for line in lines:
        calendar.add_component(event_of(line, titles, ZoneInfo(zone), base_url, say))
    calendar.add_missing_timezones()
    return calendar.to_ical()


def event_of(line: MyDeadline, titles: bool, zone: ZoneInfo, base_url: str, say: Translate) -> Event:
    """One deadline. Number and its name; the title of the matter only where its owner wants it."""
    label = say(WORKFLOWS[line.process].deadline(line.key).label)
    event = Event()
    event.add("uid", f"{line.case_id}-{line.key}-{line.epoch}@{urlsplit(base_url).hostname or 'casemgr'}")
    event.add("dtstamp", line.changed_at)
    event.add("last-modified", line.changed_at)
    event.add("sequence", line.changes)
    event.add("summary", " ".join(filter(None, (line.number, label, line.title if titles else ""))))
    event.add("url", f"{base_url}/cases/{line.case_id}")
    event.add("transp", "TRANSPARENT")
    add_when(event, line, zone)
    return event


def add_when(event: Event, line: MyDeadline, zone: ZoneInfo) -> None:
    """A deadline in days stands on its last day; one in hours at its time."""
    if line.due_on is not None:
        event.add("dtstart", line.due_on)
        event.add("dtend", line.due_on + timedelta(days=1))
    else:
        event.add("dtstart", datetime.fromtimestamp(line.due_at.timestamp(), zone))
