"""The word lists a message is read with (rules/triage.toml): loaded, checked and made ready to search.

The lists are general words of the language and of public business, chosen and weighted by hand; no name of a
place, person or firm, nothing learnt from messages. What is done with them stands in triage.py.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workflows.categories import DISPUTE_CATEGORIES, load_petition_categories, petition_level_1
from workflows.reading.forms import Form, build_forms
from workflows.reading.lists import BadWords, Named, checked, named_lists, spelt_out
from workflows.reading.scan import Near, Scanner
from workflows.warning import FACT, THREATS

WORDS_FILE = Path(__file__).parent.parent / "rules" / "triage.toml"
KINDS = ("dispute", "service_request", "consultation", "suggestion", "report_of_wrongdoing", "appeal")
STRENGTHS = ("clear", "likely", "faint")
SCORING = frozenset((*STRENGTHS, "title", "again", "most_again", "far", "far_part", "short", "team_margin", "special_part"))
NUMBERS = ("base", "question", "placeless")
SECTIONS = frozenset(("scoring", "ignore", "kind", "list", "form", "category", "fact", "threat", "topic"))
FLAG_FACTS = frozenset(fact.name for fact in FACT.values() if fact.kind == "boolean")
Weighed = dict[str, tuple[tuple[str, float], ...]]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a message may be about: the petition category it is filed under, the kind of dispute it would be
    ("" = it is none), and how it leans towards the kinds of message."""

    code: str
    category: str
    dispute: str
    kinds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Words:
    """Everything read() needs. Word -> (topic or kind, weight) pairs, and a scanner for each list."""

    scoring: Mapping[str, float]
    base: Mapping[str, float]
    question: Mapping[str, float]
    placeless: Mapping[str, float]
    part: Mapping[str, float]
    topics: Mapping[str, Topic]
    topic_words: Weighed
    topic_near: tuple[Near, ...]
    kind_words: Weighed
    kind_near: tuple[Near, ...]
    title_words: Weighed
    forms: tuple[Form, ...]
    fact_words: Mapping[str, tuple[str, str]]
    scanner: Scanner
    title_scanner: Scanner


def load_words(path: Path = WORDS_FILE) -> Words:
    """The word lists of a file. Raises BadWords with the place and the fault, OSError if it cannot be read."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise BadWords(f"{path.name}: {fault}") from fault
    return build_words(raw)


def build_words(raw: Mapping) -> Words:
    """The word lists of a parsed file. Raises BadWords."""
    if set(raw) != SECTIONS:
        raise BadWords(f"needs exactly the sections {', '.join(sorted(SECTIONS))}")
    scoring = _scoring(raw["scoring"])
    topics = _topics(raw["topic"])
    named = named_lists(raw["list"])
    topic_words = _weighed(((entry["code"], entry, f"topic {entry['code']}") for entry in raw["topic"]), scoring)
    topic_near = _near(((entry["code"], entry, f"topic {entry['code']}") for entry in raw["topic"]), scoring, named)
    kinds = _kinds(raw["kind"])
    kind_words = _weighed(((kind, kinds[kind], f"kind {kind}") for kind in KINDS), scoring)
    kind_near = _near(((kind, kinds[kind], f"kind {kind}") for kind in KINDS), scoring, named)
    title_words = _weighed(((kind, kinds[kind].get("title", {}), f"kind {kind}.title") for kind in KINDS), scoring)
    fact_words = _fact_words(raw["fact"], raw["threat"])
    ignored = checked(raw["ignore"].get("words"), "ignore: words")
    return Words(
        scoring=scoring, topics=topics, part=_parts(raw["category"]),
        base=_numbers(kinds, "base"), question=_numbers(kinds, "question"), placeless=_numbers(kinds, "placeless"),
        topic_words=topic_words, topic_near=topic_near,
        kind_words=kind_words, kind_near=kind_near,
        title_words=title_words, forms=build_forms(raw["form"], named, KINDS), fact_words=fact_words,
        scanner=Scanner({"topic": topic_words, "kind": kind_words, "fact": fact_words}, ignored),
        title_scanner=Scanner({"kind": title_words}, ignored))


def _scoring(raw: Mapping) -> Mapping[str, float]:
    if set(raw) != SCORING:
        raise BadWords(f"[scoring] needs exactly {', '.join(sorted(SCORING))}")
    for name, value in raw.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise BadWords(f"[scoring] {name} must be a number from 0")
    return dict(raw)


def _topics(raw: object) -> dict[str, Topic]:
    level_1 = petition_level_1(load_petition_categories())
    topics: dict[str, Topic] = {}
    for entry in raw if isinstance(raw, list) else ():
        code = entry.get("code", "")
        where = f"topic {code or len(topics) + 1}"
        if not code or code in topics:
            raise BadWords(f"{where}: needs a code of its own")
        if entry.get("category") not in level_1:
            raise BadWords(f"{where}: {entry.get('category')!r} is not a petition category of the first level")
        if entry.get("dispute", "") not in DISPUTE_CATEGORIES.keys() | {""}:
            raise BadWords(f"{where}: {entry['dispute']!r} is not a dispute category")
        if set(entry) - {"code", "category", "dispute", "kinds", "near", *STRENGTHS}:
            raise BadWords(f"{where}: has a line nobody reads")
        topics[code] = Topic(code, entry["category"], entry.get("dispute", ""), _leaning(where, entry))
    if not topics:
        raise BadWords("topic: there is none")
    return topics


def _leaning(where: str, entry: Mapping) -> dict[str, float]:
    leaning = entry.get("kinds", {})
    for kind, weight in leaning.items():
        if kind not in KINDS or isinstance(weight, bool) or not isinstance(weight, int | float):
            raise BadWords(f"{where}: kinds: {kind!r} must be one of {', '.join(KINDS)} with a number")
    return {kind: float(weight) for kind, weight in leaning.items()}


def _kinds(raw: Mapping) -> Mapping[str, Mapping]:
    if set(raw) != set(KINDS):
        raise BadWords(f"[kind] needs exactly {', '.join(KINDS)}")
    for kind, entry in raw.items():
        if set(entry) - {"title", "near", *NUMBERS, *STRENGTHS} or set(entry.get("title", {})) - set(STRENGTHS):
            raise BadWords(f"kind {kind}: has a line nobody reads")
    return raw


def _numbers(kinds: Mapping[str, Mapping], name: str) -> dict[str, float]:
    for kind, entry in kinds.items():
        if isinstance(entry.get(name, 0), bool) or not isinstance(entry.get(name, 0), int | float):
            raise BadWords(f"kind {kind}: {name} must be a number")
    return {kind: float(kinds[kind].get(name, 0)) for kind in KINDS}


def _parts(raw: Mapping) -> dict[str, float]:
    level_1 = petition_level_1(load_petition_categories())
    if set(raw) != set(level_1):
        raise BadWords(f"[category] needs exactly {', '.join(level_1)}")
    for name, part in raw.items():
        if isinstance(part, bool) or not isinstance(part, int | float) or part <= 0:
            raise BadWords(f"category {name}: must be a number above 0")
    return {name: float(part) for name, part in raw.items()}


def _weighed(entries, scoring: Mapping[str, float]) -> Weighed:
    weighed: dict[str, dict[str, float]] = {}
    for owner, entry, where in entries:
        for strength in STRENGTHS:
            for word in checked(entry.get(strength, ""), f"{where}: {strength}"):
                owners = weighed.setdefault(word, {})
                if owner in owners:
                    raise BadWords(f"{where}: {word!r} stands there twice")
                owners[owner] = float(scoring[strength])
    return {word: tuple(owners.items()) for word, owners in weighed.items()}


def _near(entries, scoring: Mapping[str, float], named: Named) -> tuple[Near, ...]:
    found = []
    for owner, entry, where in entries:
        for pair in entry.get("near", []):
            if set(pair) != {"first", "then", "within"} or type(pair["within"]) is not int:
                raise BadWords(f"{where}: near needs first, then and within (a number of characters)")
            first, then = (spelt_out(pair[name], named, f"{where}: near: {name}") for name in ("first", "then"))
            if not first or not then or not 0 <= pair["within"] <= 40:
                raise BadWords(f"{where}: near needs words on both sides and at most 40 characters between")
            found.append(Near.of(owner, float(scoring["clear"]), first, then, pair["within"]))
    return tuple(found)


def _fact_words(facts: Mapping, threats: Mapping) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    lists = [(name, "", words, FLAG_FACTS, f"fact.{name}") for name, words in facts.items()]
    lists += [("threat", name, words, frozenset(("threat",)), f"threat.{name}") for name, words in threats.items()]
    if set(threats) - set(THREATS):
        raise BadWords(f"[threat] knows only {', '.join(THREATS)}")
    for name, value, words, known, where in lists:
        if name not in known:
            raise BadWords(f"{where}: not a fact that is so or not so")
        for word in checked(words, where):
            if word in found:
                raise BadWords(f"{where}: {word!r} stands there twice")
            found[word] = (name, value)
    return found
