"""Reads a citizen's message: kind, category, team, hollow tier, facts and places, each with the words that led to it.

Pure and explained: hand-written word lists (rules/triage.toml) and a few number patterns, no learnt model.
Everything here is a suggestion that a person confirms. Finding words, numbers and places is in reading/.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from workflows.categories import GENERAL_TEAM, team_for
from workflows.reading.facts import Mention, find_mentions, settle
from workflows.reading.places import find_places
from workflows.reading.scan import Near, Places, Searched, normal
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
QUESTIONS = ("?", "？", "吗", "么", "呢", "不")
SENTENCE = re.compile(r"\s*[^。！？!?；\n]*[。！？!?；]?")
LABEL = 5            # a title of at most so many characters only labels a short message

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


class Score:
    """How much speaks for one topic or kind, and which words do."""

    __slots__ = ("said", "weight")

    def __init__(self) -> None:
        self.weight = 0.0
        self.said: list[tuple[float, str]] = []

    @property
    def words(self) -> tuple[str, ...]:
        """The words as written, the heaviest first, each once."""
        ordered = sorted(self.said, key=lambda pair: -pair[0])
        return tuple(dict.fromkeys(word for _, word in ordered))[:MOST_WORDS]


def read(title: str, text: str, *, words: Words, rules: Mapping, sent_on: date | None = None) -> Reading:
    """The reading of one message. Never raises on any text.

    `rules` is the whole rule set ("warning" and "teams" are read). `sent_on` is the day the message was sent;
    without it the age of a matter is read only from spans ("two years"), not from dates.
    """
    written = Written(title or "", text or "", words.scoring["short"])
    found = words.scanner.find(written.body)
    topics = _weigh(found["topic"], words.topic_words, written, words.scoring, words.topic_near)
    forms = _forms(written, words)
    kind, lead, kind_clues = _kind(found["kind"], topics, forms, written, words)
    category, category_clues = _category(topics, words)
    pulls = [form for form in forms if form.dispute]
    disputed = lead <= words.scoring["team_margin"] or (kind in PARTIES and pulls)
    code, team, team_clues = _team(topics, pulls, words, rules) if disputed else ("", NO_TEAM, (Clue("no_dispute", kind),))
    facts, tier, tier_clues = _tier(written, found["fact"], kind, words, rules, sent_on)
    return Reading(kind, category, (code or OTHER_DISPUTE) if kind == "dispute" else "", team, tier, facts,
                   find_places(written.title, written.text),
                   {"kind": kind_clues, "category": category_clues, "team": team_clues, "tier": tier_clues})


@dataclass(frozen=True, slots=True)
class Fit:
    """A form that fits a message: its sentence, what it weighs for each kind, its words, the dispute it would be."""

    rule: str
    kinds: Mapping[str, float]
    words: tuple[str, ...] = ()
    dispute: str = ""
    pull: float = 0.0


class Written:
    """A message as one searchable text: the title, a line break, the body; how far its head goes; and whether it is
    `short`: a sentence or two."""

    __slots__ = ("body", "ends_at", "head", "plain", "short", "text", "title", "whole")

    def __init__(self, title: str, text: str, short: float) -> None:
        self.title, self.text = title, text
        self.whole = f"{title}\n{text}"
        self.plain = normal(self.whole)
        self.short = len(self.whole) <= short
        self.ends_at = _head(self.whole, len(title) if title.strip() else 0, self.short)
        self.head, self.body = Searched(self.plain[:self.ends_at]), Searched(self.plain)

    def as_written(self, start: int, length: int) -> str:
        """The words as they stand in the message."""
        return self.whole[start:start + length]

    def quoted(self, said: Iterable[str]) -> tuple[str, ...]:
        """Normal words as they stand in the message, each once."""
        places = ((self.plain.find(word), len(word)) for word in said)
        return tuple(dict.fromkeys(self.as_written(at, length) for at, length in places if at >= 0))[:MOST_WORDS]


def _head(whole: str, title: int, short: bool) -> int:
    """How far the head of a message goes: its title; where that is missing or a mere label, the first sentence, or all
    of a short message."""
    if title > LABEL or title and not short:
        return title
    first = SENTENCE.match(whole)
    return len(whole) if short or first is None else first.end()


def _weigh(found: Places, weights: Weighed, written: Written, scoring: Mapping[str, float],
           near: tuple[Near, ...] = ()) -> dict[str, Score]:
    """What the words found speak for: a word counts more in the title, less far down, a little more when repeated."""
    scores: dict[str, Score] = {}
    for word, places in found.items():
        times = _times(places[0], len(places), written, scoring)
        said = written.whole[places[0]:places[0] + len(word)]
        for name, weight in weights[word]:
            _add(scores, name, weight * times, said)
    for pair in near:
        spans = pair.find(written.body)
        if spans:
            times = _times(spans[0][0], len(spans), written, scoring)
            _add(scores, pair.owner, pair.weight * times, written.whole[slice(*spans[0])])
    return scores


def _times(start: int, occurrences: int, written: Written, scoring: Mapping[str, float]) -> float:
    times = 1 + scoring["again"] * min(occurrences - 1, scoring["most_again"])
    if start < written.ends_at:
        return times + scoring["title"] - 1
    return times * scoring["far_part"] if start - written.ends_at > scoring["far"] else times


def _add(scores: dict[str, Score], name: str, weight: float, said: str) -> None:
    score = scores.get(name)
    if score is None:
        score = scores[name] = Score()
    score.weight += weight
    score.said.append((weight, said))


def _kind(found: Places, topics: Mapping[str, Score], forms: list[Fit], written: Written, words: Words):
    """The kind that weighs most, how far it leads "dispute", and its clues. What weighs: the words for a kind, those
    that count in a title only, the forms that fit, and the leaning of the subjects."""
    spoken = _weigh(found, words.kind_words, written, words.scoring, words.kind_near)
    titled = _weigh(words.title_scanner.find(written.head)["kind"], words.title_words, written, {**words.scoring, "title": 1.0})
    subject = sum(score.weight for score in topics.values()) or 1.0
    weights = dict(words.base)
    for scores in (titled, spoken):
        for kind, score in scores.items():
            weights[kind] += score.weight
    for form in forms:
        for kind, weight in form.kinds.items():
            weights[kind] += weight
    for name, score in topics.items():
        for kind, part in words.topics[name].kinds.items():
            weights[kind] += part * score.weight / subject
    best = max(KINDS, key=lambda kind: weights[kind])
    own = [score for score in (titled.get(best), spoken.get(best)) if score]
    return best, weights[best] - weights["dispute"], _kind_clues(best, own, topics, forms, words)


def _forms(written: Written, words: Words) -> list[Fit]:
    """The forms that fit: a question, no place named, and those of the word file."""
    title = written.title.strip()
    asked = written.whole[:written.ends_at].rstrip()
    fits = [Fit("kind_question", words.question)] if asked.endswith(QUESTIONS) else []
    if len(title) > LABEL and not find_places(title, ""):
        fits.append(Fit("kind_placeless", words.placeless))
    for form in words.forms:
        said = form.find(written.head, written.body) if written.short or not form.short else None
        if said is not None:
            fits.append(Fit("kind_form", form.kinds, written.quoted(said), form.dispute, form.pull))
    return fits


def _kind_clues(kind: str, own: list[Score], topics: Mapping[str, Score], forms: list[Fit], words: Words) -> tuple[Clue, ...]:
    said = tuple(dict.fromkeys(word for score in own for word in score.words))[:MOST_WORDS]
    leaning = [(words.topics[name].kinds.get(kind, 0.0) * score.weight, score) for name, score in topics.items()]
    leaning = sorted((pair for pair in leaning if pair[0] > 0), key=lambda pair: -pair[0])
    about = tuple(dict.fromkeys(word for _, score in leaning for word in score.words))
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
    disputes: list[tuple[str, float, str, str, Fit | Score]] = [(fit.dispute, fit.pull, "team_form", fit.dispute, fit) for fit in pulls]
    disputes += [(words.topics[name].dispute, score.weight, "team_topic", name, score)
                 for name, score in sorted(topics.items(), key=lambda pair: -pair[1].weight) if words.topics[name].dispute]
    weights: dict[str, float] = {}
    behind: dict[str, list] = {}
    for dispute in disputes:
        team = team_for(dispute[0], rules)
        weights[team] = weights.get(team, 0.0) + dispute[1]
        behind.setdefault(team, []).append(dispute)
    if not weights:
        return "", NO_TEAM, (Clue("no_team", OTHER_DISPUTE),)
    general = weights.pop(GENERAL_TEAM, 0.0)
    best = max(weights, key=lambda name: weights[name], default=GENERAL_TEAM)
    if best == GENERAL_TEAM or weights[best] < general * words.scoring["special_part"]:
        code = behind[GENERAL_TEAM][0][0]
        return code, NO_TEAM, (Clue("no_team", code),)
    clues = tuple(Clue(rule, subject, why.words) for _, _, rule, subject, why in behind[best])
    return behind[best][0][0], best, clues


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
