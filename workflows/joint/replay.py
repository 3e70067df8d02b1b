"""Messages replayed by date: the groups that come of it, and the day on which each had so many persons."""

from collections.abc import Sequence
from datetime import date

from workflows.joint.online import Gathering
from workflows.joint.profiles import Profile
from workflows.reading.words import Words

STEPS = (5, 10, 30)  # distinct senders


def replayed(profiles: Sequence[Profile], words: Words) -> list[list[int]]:
    """Places of the messages in groups, each message having met only those sent before it; one without a date comes last."""
    order = by_date(profiles)
    gathering = Gathering(words)
    for place in order:
        gathering.add(profiles[place])
    return sorted(sorted(order[number] for number in group) for group in gathering.groups())


def by_date(profiles: Sequence[Profile]) -> list[int]:
    """Places of the messages by when they were sent."""
    return sorted(range(len(profiles)), key=lambda place: ((at := profiles[place].sent_at) is None, at.timestamp() if at else 0.0, place))


def reached(group: Sequence[Profile], steps: Sequence[int] = STEPS) -> dict[int, date]:
    """The day of the message with which a group had so many distinct senders; a message without a sender counts as one more."""
    senders, days = set[str](), dict[int, date]()
    for number, place in enumerate(by_date(group)):
        one = group[place]
        senders.add(one.sender or f"#{number}")
        if len(senders) in steps and one.sent_at:
            days.setdefault(len(senders), one.sent_at.date())
    return days
