"""How rare a gram and a subject are among the messages at hand, and a message weighed by it: what is rare tells one
matter from another."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from workflows.joint.profiles import Profile, grams, pair
from workflows.reading.words import Words

RAREST = 1 / 2000  # a gram is never taken for rarer
BEFORE = 200  # messages whose weight what is known beforehand has
UNKNOWN, GENERAL = 1 / 1000, 1 / 30  # share of messages taken to have a gram beforehand, and one of the general word lists
TELLING = 3.0  # a gram of more weight tells names apart: it stands in one message of twenty or fewer


class Rarity:
    """Weights from counts: log(1 + 1 / share of the messages that have it). Among few messages what is known beforehand decides:
    general words are common, all else is rare."""

    __slots__ = ("_counts", "_general", "_messages", "_subjects", "_weights")

    def __init__(
        self, messages: int, counts: Mapping[str, int], subjects: Mapping[str, int], general: Collection[str]
    ) -> None:
        self._messages = messages
        self._counts = counts
        self._subjects = subjects
        self._general = general
        self._weights: dict[str, float] = {}

    def weight(self, gram: str) -> float:
        """From 0.7 (in every message) to 7.6 (in hardly any)."""
        known = self._weights.get(gram)
        if known is None:
            known = self._weights[gram] = math.log(1 + 1 / max(self.share(gram), RAREST))
        return known

    def share(self, gram: str) -> float:
        """The share of messages, from 0 to 1, that are expected to have a gram."""
        before = BEFORE * (GENERAL if gram in self._general else UNKNOWN)
        return (self._counts.get(gram, 1) + before) / (self._messages + BEFORE)

    def subject(self, topic: str) -> float:
        """The weight of a topic of the word lists."""
        return math.log(1 + (self._messages + 1) / (self._subjects.get(topic, 0) + 1))


@dataclass(frozen=True, slots=True)
class Weighed:
    """A message with what the rarity of its words makes of it.

    names      telling gram of the title's names -> weight above TELLING; whole is their sum
    subjects   topic -> weight, of length 1 together; empty where nothing is known
    chars      squared weight of each character of the title; pairs of each two neighbours
    """

    profile: Profile
    names: Mapping[str, float]
    whole: float
    subjects: Mapping[str, float]
    chars: tuple[float, ...]
    pairs: tuple[float, ...]


def rarity_of(profiles: Iterable[Profile], words: Words) -> Rarity:
    """How rare everything is among these messages."""
    counts, subjects, messages = Counter[str](), Counter[str](), 0
    for one in profiles:
        counts.update(grams_of(one))
        subjects.update(one.subjects.keys())
        messages += 1
    return Rarity(messages, {gram: count for gram, count in counts.items() if count > 1}, subjects, general_grams(words))


def general_grams(words: Words) -> frozenset[str]:
    """The grams of the general words that triage reads with."""
    return frozenset[str]().union(*(grams(word) for words_of in (words.topic_words, words.kind_words, words.fact_words) for word in words_of))


def grams_of(one: Profile) -> set[str]:
    """All grams of a message."""
    return {gram for part in one.body.split("\n") for gram in grams(part)}


def weighed(one: Profile, rarity: Rarity) -> Weighed:
    """A message ready to be compared."""
    weight, title = rarity.weight, one.title
    names = {gram: beyond for gram in one.names if (beyond := weight(gram) - TELLING) > 0}
    subjects = {topic: much * rarity.subject(topic) for topic, much in one.subjects.items()}
    length = math.hypot(*subjects.values()) or 1.0
    return Weighed(
        profile=one,
        names=names,
        whole=sum(names.values()),
        subjects={topic: much / length for topic, much in subjects.items()},
        chars=tuple(weight(char) ** 2 for char in title),
        pairs=tuple(weight(pair(a, b)) ** 2 for a, b in pairwise(title)),
    )
