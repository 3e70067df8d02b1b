"""What is compared of a message: its title, its beginning, the names, numbers and districts it gives, what it is about.

Form and the general word lists of triage only; no gazetteer, no learnt model. How two are compared stands in likeness.py.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from workflows.reading.places import find_places
from workflows.reading.scan import Searched, normal
from workflows.reading.words import Words

LONGEST_TITLE = 120  # characters
LONGEST = 1000  # characters of a text that are looked at
OPENING = 100  # characters of a text in which the place is looked for
AGAIN, MOST_AGAIN = 0.25, 4  # what each further time a word is said adds, and how many count
IN_TITLE = 2  # a word of the title counts this often
DIGITS = "一二三四五六七八九"

CODED = re.compile(r"[a-z]\d*[省市区县]")  # as records made anonymous write a place: A市, A3区
DISTRICT = re.compile(r"([a-z]\d+|[\u4e00-\u9fff]{2})(区|县|镇|乡|街道)")
NO_DISTRICT = frozenset("小社地片园校景库辖城郊山新住居市")
NUMBER = re.compile(r"(?<![a-z\d.])第?(\d{1,4}|[一二三四五六七八九十]{1,2})(号线|[路年线期栋届]|中|小|附|医院|幼儿园)")
PIECES = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Profile:
    """A message as it is compared.

    title      its letters and characters alone, without coded places
    body       title and beginning of the text in the same form
    names      grams of what the title says beside general words, mostly the name of a place, a firm or a person, and of the
               places that title and opening name by their form
    numbers    unit -> numbers of the title with it: {"号线": {"3"}}
    districts  kind of district -> those named: {"街道": {"湖西街道"}}
    subjects   topic of the word lists -> weight of the words that speak for it; words -> topics' words found
    """

    title: str
    body: str
    names: frozenset[str]
    numbers: Mapping[str, frozenset[str]]
    districts: Mapping[str, frozenset[str]]
    subjects: Mapping[str, float]
    said: tuple[str, ...]
    sender: str = ""
    sent_at: datetime | None = None


def profile(
    title: str, text: str, *, words: Words, sender: str = "", sent_at: datetime | None = None, place: str = ""
) -> Profile:
    """What is compared of a message. `sender` is any key of the person, "" where unknown; `place` what is known of the place
    besides the text."""
    head = normal(title[:LONGEST_TITLE])
    rest = normal(text[:LONGEST])
    found = words.scanner.find(Searched(f"{head}\n{rest}"))
    general = [word for name in ("topic", "kind") for word in found[name] if word in head]
    subjects, said = weigh(found["topic"], words, len(head))
    bare = plain(CODED.sub("", head))
    return Profile(
        title=bare,
        body=f"{bare}\n{plain(CODED.sub('', rest))}",
        names=frozenset(name_grams(head, general)).union(*map(grams, map(plain, find_places(head, rest[:OPENING])))),
        numbers=kept(numbers(head)),
        districts=kept(districts(f"{normal(place)} {head} {rest[: 3 * OPENING]}")),
        subjects=subjects,
        said=said,
        sender=sender,
        sent_at=sent_at,
    )


def plain(text: str) -> str:
    """Letters, figures and Chinese characters alone."""
    return "".join(filter(str.isalnum, text))


def grams(run: str) -> set[str]:
    """Every character and every two neighbours, in no order: a name scrambled keeps most of them."""
    return set(run).union(map(pair, run, run[1:]))


def pair(a: str, b: str) -> str:
    """Two neighbours in no order."""
    return a + b if a <= b else b + a


def holds(body: str, gram: str) -> bool:
    """Whether a gram stands in a text, in either order."""
    return gram in body or (len(gram) == 2 and gram[1] + gram[0] in body)


def name_grams(head: str, general: list[str]) -> Iterator[str]:
    """The grams of a title without districts and general words, piece by piece."""
    rest = CODED.sub(" ", head)
    for word in sorted(general, key=len, reverse=True):
        rest = rest.replace(word, " ")
    for piece in PIECES.split(rest):
        yield from grams(piece)


def weigh(found: Mapping[str, list[int]], words: Words, ends_at: int) -> tuple[dict[str, float], tuple[str, ...]]:
    """What the words found speak for, and the words, those of the title first."""
    subjects: dict[str, float] = {}
    for word, starts in found.items():
        times = (IN_TITLE if starts[0] < ends_at else 1) * (1 + AGAIN * min(len(starts) - 1, MOST_AGAIN))
        for topic, weight in words.topic_words[word]:
            subjects[topic] = subjects.get(topic, 0.0) + weight * times
    return subjects, tuple(sorted(found, key=lambda word: found[word][0]))


def numbers(head: str) -> Iterator[tuple[str, str]]:
    """Unit and number of each number in a title that tells one thing from another: 3号线, 第一中学, 二期."""
    for number, unit in NUMBER.findall(head):
        yield unit, str(DIGITS.index(number) + 1) if number in DIGITS else number


def districts(text: str) -> Iterator[tuple[str, str]]:
    """Kind and name of each district named."""
    for match in DISTRICT.finditer(text):
        name, kind = match.groups()
        if kind != "区" or name[-1] not in NO_DISTRICT:
            yield "区" if kind == "县" else kind, match.group()


def kept(pairs: Iterator[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """First -> the seconds."""
    found: dict[str, set[str]] = {}
    for first, second in pairs:
        found.setdefault(first, set()).add(second)
    return {first: frozenset(seconds) for first, seconds in found.items()}
