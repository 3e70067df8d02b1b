"""How likely two messages are about one and the same matter, and why in words: the only notion of likeness in the house.

A sum of seven signs with weights set by hand (docs/joint.md); above 0 they are rather the same than not.
"""

import math
from dataclasses import dataclass
from itertools import chain, compress

from workflows.joint.profiles import Profile, holds
from workflows.joint.rarity import Weighed

START = -5.0
ELSE_SAID = 5.0
SUBJECT = 4.8
OTHER_SUBJECT = -2.0
SENDER = 3.0
DISTRICT = 1.2
NAMES = 0.9
OTHER_NAMES = -3.4
OTHER_NUMBER = -5.0
MOST = 6.0  # a score is kept between -MOST and MOST: no pair alone decides over a group
WORTH = -2.0  # a lower score is as good as none: -MOST
HOPE = 1.5  # what else is said hardly ever adds more to a pair that is worth nothing without it
UNLIKE = 0.4  # of subjects less alike two persons hardly ever mean the same matter
FEW = 60.0  # mass of what a title must say for its echo to count in full
NAMED = 17.0  # telling weight of an ordinary name
SPARE = 3.5
LITTLE = 0.3  # share of a name that, found in the other message, says that it may be the same name
LONGEST_NAME = 8  # characters
RUN = 3  # characters that stand in both messages in one order
SHOWN = 5  # words of a reason

SENTENCES = {
    "names": "Both name: %(words)s",
    "else_said": "The other says this too: %(words)s",
    "subject": "The same subject: %(words)s",
    "sender": "The same person wrote both.",
    "district": "The same area: %(words)s",
    "other_subject": "They are about different things.",
    "other_names": "Neither has the name that the other gives.",
    "other_number": "Another number: %(words)s",
    "other_district": "Another area: %(words)s",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a key of SENTENCES, what it adds to the score, and words of the messages."""

    rule: str
    adds: float
    words: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The English msgid; fill `words` after translation."""
        return SENTENCES[self.rule]


def score(a: Weighed, b: Weighed) -> float:
    """How likely two messages are about the same matter, from -MOST to MOST; symmetric. What cannot reach WORTH is not
    computed to its end: -MOST."""
    mark = sure(a, b)
    if mark + NAMES * math.log1p(a.whole + b.whole) + HOPE < WORTH:
        return -MOST
    mark += names_add(a, b)
    if mark + HOPE < WORTH:
        return -MOST
    mark += ELSE_SAID * else_said(a, b)
    return min(mark, MOST) if mark >= WORTH else -MOST


def share(mark: float) -> float:
    """A score as a share from 0 to 1, for people."""
    return 1 / (1 + math.exp(-mark))


def reasons(a: Weighed, b: Weighed) -> tuple[Reason, ...]:
    """Why two messages have their score, what weighs most first."""
    one, other = a.profile, b.profile
    district = same_district(one, other)
    found = (
        Reason("names", NAMES * common_names(a, b)[0], shared_name(a, b)),
        Reason("else_said", ELSE_SAID * else_said(a, b), echoes(one, other)),
        Reason("subject" if subject_add(a, b) > 0 else "other_subject", subject_add(a, b), same_words(one, other)),
        Reason("sender", SENDER * same_sender(one, other)),
        Reason("district" if district > 0 else "other_district", DISTRICT * district, districts(one, other, district)),
        Reason("other_names", OTHER_NAMES * common_names(a, b)[1]),
        Reason("other_number", OTHER_NUMBER * other_number(one, other), numbers(one, other)),
    )
    return tuple(sorted((reason for reason in found if abs(reason.adds) >= 0.5), key=lambda reason: -abs(reason.adds)))


def sure(a: Weighed, b: Weighed) -> float:
    """The sum of the signs that cost little: all but the names and what else is said."""
    one, other = a.profile, b.profile
    return (
        START + subject_add(a, b) + SENDER * same_sender(one, other) + DISTRICT * same_district(one, other)
        + OTHER_NUMBER * other_number(one, other)
    )  # fmt: skip


def subject_add(a: Weighed, b: Weighed) -> float:
    """What the subjects add."""
    alike = same_subject(a, b)
    return SUBJECT * alike + OTHER_SUBJECT * (alike < UNLIKE and not same_sender(a.profile, b.profile))


def names_add(a: Weighed, b: Weighed) -> float:
    """What the names add."""
    shared, missing = common_names(a, b)
    return NAMES * shared + OTHER_NAMES * missing


def common_names(a: Weighed, b: Weighed) -> tuple[float, float]:
    """How much of the names in each title stands in the other message (from 0; its logarithm), and from 0 to 1 how clear it
    is that both give names and neither has the other's."""
    shared, most, told = 0.0, 0.0, 1.0
    for one, other in ((a, b), (b, a)):
        body = other.profile.body
        common = sum(weight for gram, weight in one.names.items() if holds(body, gram))
        shared += common
        most = max(most, common / (one.whole + SPARE))
        told = min(told, one.whole / NAMED)
    return math.log1p(shared), told * max(0.0, LITTLE - most) / LITTLE


def same_subject(a: Weighed, b: Weighed) -> float:
    """From 0 to 1, how far they are about the same subjects: the cosine."""
    other = b.subjects
    return sum(weight * other[topic] for topic, weight in a.subjects.items() if topic in other)


def same_sender(a: Profile, b: Profile) -> bool:
    """Whether one and the same known person wrote both."""
    return bool(a.sender) and a.sender == b.sender


def same_district(a: Profile, b: Profile) -> int:
    """1: a district in common; -1: each names one of the same kind, and none in common; 0: nothing to compare."""
    kinds = a.districts.keys() & b.districts.keys()
    if any(a.districts[kind] & b.districts[kind] for kind in kinds):
        return 1
    return -1 if kinds else 0


def other_number(a: Profile, b: Profile) -> bool:
    """Whether the titles give different numbers to the same unit: line 3 and line 4, and no number in common."""
    units = a.numbers.keys() & b.numbers.keys()
    return any(not a.numbers[unit] & b.numbers[unit] for unit in units) and not any(a.numbers[u] & b.numbers[u] for u in units)


def else_said(a: Weighed, b: Weighed) -> float:
    """From 0 to 1: beside the name they share, what the title of one says stands in the other; the better of the two ways."""
    return max(echoed(a, b.profile.body), echoed(b, a.profile.body))


def echoed(one: Weighed, body: str) -> float:
    """The share of a title's grams, by mass, that stand in a text, without the heaviest part they have word by word in common:
    that is the name."""
    title, chars, pairs = one.profile.title, one.chars, one.pairs
    start, end = name_span(one, body)
    whole = sum(chars) + sum(pairs) - sum(chars[start:end]) - sum(pairs[max(start - 1, 0) : end])
    there = [char in body for char in title]
    said = sum(compress(chars[:start], there)) + sum(compress(chars[end:], there[end:]))
    for place in chain(range(start - 1), range(end, len(pairs))):
        if there[place] and there[place + 1] and (title[place : place + 2] in body or title[place + 1] + title[place] in body):
            said += pairs[place]
    return said / (whole + FEW)


def name_span(one: Weighed, body: str) -> tuple[int, int]:
    """Start and end of the heaviest part of a title, not longer than a name is, that stands in a text as it is; (0, 0) if none
    does."""
    best, found = 0.0, (0, 0)
    for start, end in runs(one.profile.title, body):
        for low in range(start, max(start, end - LONGEST_NAME) + 1):
            high = min(end, low + LONGEST_NAME)
            mass = sum(one.chars[low:high]) + sum(one.pairs[low : high - 1])
            if mass > best:
                best, found = mass, (low, high)
    return found


def runs(title: str, body: str) -> list[tuple[int, int]]:
    """Start and end of the parts of a title, of RUN characters and more, that stand in a text as they are."""
    spans, start = [], 0
    while start + RUN <= len(title):
        end = start + RUN
        if title[start:end] in body:
            while end < len(title) and title[start : end + 1] in body:
                end += 1
            spans.append((start, end))
            start = end
        else:
            start += 1
    return spans


def shared_name(a: Weighed, b: Weighed) -> tuple[str, ...]:
    """The heaviest part of a title that stands in the other message."""
    found = [one.profile.title[slice(*name_span(one, other.profile.body))] for one, other in ((a, b), (b, a))]
    return tuple(name for name in (max(found, key=len),) if name)


def echoes(a: Profile, b: Profile) -> tuple[str, ...]:
    """The subject words of the titles that stand in both messages."""
    words = (word for one in (a, b) for word in one.said if word in one.title)
    return tuple(word for word in dict.fromkeys(words) if word in a.body and word in b.body)[:SHOWN]


def same_words(a: Profile, b: Profile) -> tuple[str, ...]:
    """Words of the subject that stand in both."""
    return tuple(word for word in a.said if word in b.said)[:SHOWN]


def districts(a: Profile, b: Profile, same: int) -> tuple[str, ...]:
    """The districts in common, or those that differ."""
    kinds = sorted(a.districts.keys() & b.districts.keys())
    found = (a.districts[kind] & b.districts[kind] if same > 0 else a.districts[kind] ^ b.districts[kind] for kind in kinds)
    return tuple(sorted(name for names in found for name in names))[:SHOWN]


def numbers(a: Profile, b: Profile) -> tuple[str, ...]:
    """The numbers that differ, with their unit."""
    return tuple(
        number + unit for one in (a, b) for unit in sorted(a.numbers.keys() & b.numbers.keys())
        for number in sorted(one.numbers[unit])
    )  # fmt: skip
