"""Reads a citizen's message: kind, category, team, hollow tier, facts and places, each with the words that led to it.

Pure and explained: hand-written word lists (rules/triage.toml) and a few number patterns, no learnt model.
Everything here is a suggestion that a person confirms. Finding words, numbers and places is in reading/.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from workflows.categories import GENERAL_TEAM, team_for
from workflows.reading.facts import Mention, find_mentions, settle
from workflows.reading.places import find_places
from workflows.reading.scan import Near, Places, normal
from workflows.reading.words import KINDS, Weighed, Words, load_words
from workflows.warning import TRIGGERS, assess

__all__ = ["KINDS", "NO_TEAM", "SENTENCES", "Clue", "Reading", "Words", "load_words", "read"]

NO_TEAM = "none"
COMMONEST = "城乡建设"
OTHER_DISPUTE = "99"
PARTIES = frozenset(("dispute", "report_of_wrongdoing", "appeal"))      # a crowd named is a crowd of parties
GRIEVANCES = PARTIES | {"service_request"}                                # something is wrong, and has a history
HISTORY = frozenset(("days_old", "legacy", "refused_before", "unanswered_before", "failed_sessions"))
MOST_WORDS = 8

SENTENCES = {
    "kind_words": "The wording points to this kind: %(words)s",
    "kind_topic": "The subject points to this kind: %(words)s",
    "kind_form": "Words that together point to this kind: %(words)s",
    "kind_question": "The title is a question.",
    "kind_placeless": "The title names no place.",
    "topic": "These words belong to the subject: %(words)s",
    "team_form": "Words that together point to this team: %(words)s",
    "team_topic": "These words belong to what the team takes: %(words)s",
    "no_words": "No word of the lists was found; the commonest is suggested.",
    "no_dispute": "Nothing in it calls for mediation.",
    "no_team": "No special team takes this; the general team would.",
    "fact": "The text says so: %(words)s",
    "no_fact": "No fact that raises the tier was found.",
}


@dataclass(frozen=True, slots=True)
class Clue:
    """Why: the rule (a key of SENTENCES), what it speaks for (topic, kind or warning trigger), the words in the text."""

    rule: str
    subject: str
    words: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The English msgid; fill `words` after translation."""
        return SENTENCES[self.rule]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message seems to be. All of it is to be confirmed by a person.

    `category` is a first-level petition category; `dispute_category` a code of DISPUTE_CATEGORIES, "" unless the
    kind is dispute; `team` a key of [teams] or "none"; `facts` go into warning.assess; `why` has the clues under
    "kind", "category", "team" and "tier".
    """

    kind: str
    category: str
    dispute_category: str
    team: str
    tier: str
    facts: Mapping[str, object]
    places: tuple[str, ...]
    why: Mapping[str, tuple[Clue, ...]]


@dataclass(frozen=True, slots=True)
class Score:
    """How much speaks for one topic or kind, and which words do, the heaviest first."""

    weight: float
    words: tuple[str, ...]


def read(title: str, text: str, *, words: Words, rules: Mapping, sent_on: date | None = None) -> Reading:
    """The reading of one message. Never raises on any text.

    `rules` is the whole rule set ("warning" and "teams" are read). `sent_on` is the day the message was sent;
    without it the age of a matter is read only from spans ("two years"), not from dates.
    """
    written = Written(title or "", text or "")
    found = words.scanner.find(written.plain)
    topics = _weigh(found["topic"], words.topic_words, written, words.scoring, words.topic_near)
    forms = _forms(written, words)
    kinds, kind_clues = _kinds(found["kind"], topics, forms, written, words)
    kind = max(KINDS, key=lambda name: kinds[name])
    category, category_clues = _category(topics, words)
    pulls = [form for form in forms if form.dispute]
    disputed = (kind == "dispute" or kinds[kind] - kinds["dispute"] <= words.scoring["team_margin"]
                or (kind in PARTIES and pulls))
    code, team, team_clues = _team(topics, pulls, words, rules) if disputed else ("", NO_TEAM, (Clue("no_dispute", kind),))
    facts, tier, tier_clues = _tier(written, found["fact"], kind, words, rules, sent_on)
    return Reading(kind, category, (code or OTHER_DISPUTE) if kind == "dispute" else "", team, tier, facts,
                   find_places(written.title, written.text),
                   {"kind": kind_clues[kind], "category": category_clues, "team": team_clues, "tier": tier_clues})


@dataclass(frozen=True, slots=True)
class Fit:
    """A form that fits a message: its sentence, what it weighs for each kind, its words, the dispute it would be."""

    rule: str
    kinds: Mapping[str, float]
    words: tuple[str, ...] = ()
    dispute: str = ""
    pull: float = 0.0


class Written:
    """A message as one searchable text: the title, a line break, the body; and how far the title goes."""

    __slots__ = ("ends_at", "plain", "text", "title", "whole")

    def __init__(self, title: str, text: str) -> None:
        self.title, self.text = title, text
        self.whole = f"{title}\n{text}"
        self.plain = normal(self.whole)
        self.ends_at = len(title)

    def as_written(self, start: int, length: int) -> str:
        """The words as they stand in the message."""
        return self.whole[start:start + length]

    def quoted(self, said: Iterable[str]) -> tuple[str, ...]:
        """Normal words as they stand in the message, each once."""
        places = ((self.plain.find(word), len(word)) for word in said)
        return tuple(dict.fromkeys(self.as_written(at, length) for at, length in places if at >= 0))[:MOST_WORDS]


def _weigh(found: Places, weights: Weighed, written: Written, scoring: Mapping[str, float],
           near: tuple[Near, ...] = ()) -> dict[str, Score]:
    """What the words found speak for: a word counts more in the title, less far down, a little more when repeated."""
    total: dict[str, float] = {}
    said: dict[str, list[tuple[float, str]]] = {}

    def count(name: str, weight: float, start: int, end: int, occurrences: int) -> None:
        times = 1 + scoring["again"] * min(occurrences - 1, scoring["most_again"])
        if start < written.ends_at:
            times += scoring["title"] - 1
        elif start - written.ends_at > scoring["far"]:
            times *= scoring["far_part"]
        total[name] = total.get(name, 0.0) + weight * times
        said.setdefault(name, []).append((weight * times, written.whole[start:end]))

    for word, places in found.items():
        for name, weight in weights[word]:
            count(name, weight, places[0], places[0] + len(word), len(places))
    for pair in near:
        spans = pair.find(written.plain)
        if spans:
            count(pair.owner, pair.weight, *spans[0], len(spans))
    return {name: Score(weight, _heaviest(said[name])) for name, weight in total.items()}


def _heaviest(said: Iterable[tuple[float, str]]) -> tuple[str, ...]:
    ordered = sorted(said, key=lambda pair: -pair[0])
    return tuple(dict.fromkeys(word for _, word in ordered))[:MOST_WORDS]


def _kinds(found: Places, topics: Mapping[str, Score], forms: list[Fit], written: Written, words: Words):
    """The weight of each kind and its clues: its words, those that count in a title only, the forms that fit,
    and the leaning of the subjects."""
    spoken = _weigh(found, words.kind_words, written, words.scoring, words.kind_near)
    head = Written("", written.title)
    titled = _weigh(words.title_scanner.find(head.plain)["kind"], words.title_words, head, {**words.scoring, "far": len(head.plain)})
    subject = sum(score.weight for score in topics.values()) or 1.0
    weights: dict[str, float] = {}
    clues: dict[str, tuple[Clue, ...]] = {}
    for kind in KINDS:
        own = [score for score in (titled.get(kind), spoken.get(kind)) if score]
        leaning = [(words.topics[name].kinds[kind] * score.weight / subject, score)
                   for name, score in topics.items() if kind in words.topics[name].kinds]
        weights[kind] = (words.base[kind] + sum(score.weight for score in own) + sum(form.kinds.get(kind, 0.0) for form in forms)
                         + sum(weight for weight, _ in leaning))
        clues[kind] = _kind_clues(kind, own, [pair for pair in leaning if pair[0] > 0], forms)
    return weights, clues


def _forms(written: Written, words: Words) -> list[Fit]:
    """The forms that fit: a question, no place named, and those of the word file."""
    title = written.title.strip()
    fits = [Fit("kind_question", words.question)] if title.endswith(("?", "？", "吗")) else []
    if title and not find_places(title, ""):
        fits.append(Fit("kind_placeless", words.placeless))
    head = written.plain[:written.ends_at]
    for form in words.forms:
        said = form.find(head, written.plain)
        if said is not None:
            fits.append(Fit("kind_form", form.kinds, written.quoted(said), form.dispute, form.pull))
    return fits


def _kind_clues(kind: str, own: list[Score], leaning: list[tuple[float, Score]], forms: list[Fit]) -> tuple[Clue, ...]:
    said = tuple(dict.fromkeys(word for score in own for word in score.words))[:MOST_WORDS]
    about = tuple(dict.fromkeys(word for _, score in sorted(leaning, key=lambda pair: -pair[0]) for word in score.words))
    clues = tuple(Clue(form.rule, kind, form.words) for form in forms if form.kinds.get(kind, 0.0) > 0)
    clues += (Clue("kind_words", kind, said),) if said else ()
    clues += (Clue("kind_topic", kind, about[:MOST_WORDS]),) if about else ()
    return clues or (Clue("no_words", kind),)


def _category(topics: Mapping[str, Score], words: Words) -> tuple[str, tuple[Clue, ...]]:
    weights: dict[str, float] = {}
    for name, score in topics.items():
        category = words.topics[name].category
        weights[category] = weights.get(category, 0.0) + score.weight * words.part[category]
    if not weights:
        return COMMONEST, (Clue("no_words", COMMONEST),)
    best = max(weights, key=lambda name: weights[name])
    clues = [(score.weight, Clue("topic", name, score.words))
             for name, score in topics.items() if words.topics[name].category == best]
    return best, tuple(clue for _, clue in sorted(clues, key=lambda pair: -pair[0]))


def _team(topics: Mapping[str, Score], pulls: list[Fit], words: Words, rules: Mapping) -> tuple[str, str, tuple[Clue, ...]]:
    """The likeliest kind of dispute and the team that takes it ("none" where only the general team would)."""
    weights: dict[str, float] = {}
    codes: dict[str, str] = {}
    clues: dict[str, list[Clue]] = {}
    disputes = [(fit.dispute, fit.pull, Clue("team_form", fit.dispute, fit.words)) for fit in pulls]
    disputes += [(words.topics[name].dispute, score.weight, Clue("team_topic", name, score.words))
                 for name, score in sorted(topics.items(), key=lambda pair: -pair[1].weight)]
    for code, weight, clue in disputes:
        if code:
            team = team_for(code, rules)
            weights[team] = weights.get(team, 0.0) + weight
            codes.setdefault(team, code)
            clues.setdefault(team, []).append(clue)
    if not weights:
        return "", NO_TEAM, (Clue("no_team", OTHER_DISPUTE),)
    general = weights.pop(GENERAL_TEAM, 0.0)
    best = max(weights, key=lambda name: weights[name], default=GENERAL_TEAM)
    if best == GENERAL_TEAM or weights[best] < general * words.scoring["special_part"]:
        return codes[GENERAL_TEAM], NO_TEAM, (Clue("no_team", codes[GENERAL_TEAM]),)
    return codes[best], best, tuple(clues[best])


def _tier(written: Written, flags: Places, kind: str, words: Words, rules: Mapping, sent_on: date | None):
    """Facts that fit the kind, the tier they give, and the words behind each trigger of that tier."""
    mentions = [mention for mention in find_mentions(written.plain, flags, words, sent_on) if _fits(mention, kind)]
    facts = settle(mentions)
    result = assess(facts, rules)
    clues = tuple(Clue("fact", reason.code, _said(reason.params, mentions, written))
                  for reason in result.reasons if reason.code in TRIGGERS)
    return facts, result.tier, clues or (Clue("no_fact", result.tier),)


def _fits(mention: Mention, kind: str) -> bool:
    """A question or a proposal has no history of refusal; a crowd beside a request is the public, not a party."""
    return (kind in PARTIES or not mention.aside) and (kind in GRIEVANCES or mention.fact not in HISTORY)


def _said(params, mentions: list[Mention], written: Written) -> tuple[str, ...]:
    names = {name for name, _ in params}
    return written.quoted(mention.words for mention in mentions if mention.fact in names)
