"""The colour of a matter: six factors -> tier, with the reasons in words.

Pure: facts and numbers come in, an assessment comes out. The numbers are section [warning] of
rules/default.toml. Nothing here knows a person: group, health, faith or history of petitioning
are not facts of a matter and cannot raise a tier. Source: house rule 2; sources 3.2.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

TIERS = ("yellow", "orange", "red")
FACTORS = ("scale", "nature", "type", "cause", "difficulty", "urgency")
THREATS = ("violence", "self_harm", "public_danger")
NATURES = ("civil", "administrative", "public_security", "criminal")
LIFE = frozenset(("violence", "self_harm"))


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that may be known of a matter. `kind` is integer, money, boolean or choice, as in model.KINDS."""

    name: str
    kind: str
    unit: str
    label: str
    factor: str
    choices: tuple[str, ...] = ()


FACTS = (
    Fact("people", "integer", "people", "People involved", "scale"),
    Fact("all_owners", "boolean", "", "All owners or residents are involved", "scale"),
    Fact("money", "money", "yuan", "Money at issue", "scale"),
    Fact("grids", "integer", "grids", "Grids touched", "scale"),
    Fact("communities", "integer", "communities", "Communities touched", "scale"),
    Fact("departments", "integer", "departments", "Departments needed", "difficulty"),
    Fact("nature", "choice", "", "Nature", "nature", NATURES),
    Fact("category", "choice", "", "Dispute category", "type"),
    Fact("legacy", "boolean", "", "Left over from earlier years", "cause"),
    Fact("days_old", "integer", "days", "Days since it began", "cause"),
    Fact("failed_sessions", "integer", "sessions", "Mediation sessions that failed", "difficulty"),
    Fact("refused_before", "boolean", "", "Refused before", "difficulty"),
    Fact("unanswered_before", "boolean", "", "Raised before without an answer", "difficulty"),
    Fact("group_visit_announced", "boolean", "", "A group visit is announced", "urgency"),
    Fact("threat", "choice", "", "Threat", "urgency", THREATS),
    Fact("injury", "boolean", "", "Someone was injured", "urgency"),
    Fact("police_calls", "integer", "calls", "Police calls", "urgency"),
    Fact("unpaid_workers", "integer", "workers", "Workers with unpaid wages", "urgency"),
    Fact("media", "boolean", "", "In the media", "urgency"),
    Fact("sensitive_date", "boolean", "", "Falls on a sensitive date", "urgency"),
)
FACT = {fact.name: fact for fact in FACTS}


@dataclass(frozen=True, slots=True)
class TriggerRule:
    """What a trigger looks at. `level_of` names the fact whose number is its level ("" = it has none)."""

    factor: str
    level_of: str
    sentence: str


TRIGGERS = {
    "people_involved": TriggerRule("scale", "people", "%(people)s people are involved (%(cut_people)s or more)."),
    "all_owners": TriggerRule("scale", "", "All owners or residents are involved."),
    "money_at_issue": TriggerRule("scale", "money", "%(money)s yuan are at issue (%(cut_money)s or more)."),
    "several_grids": TriggerRule("scale", "grids", "%(grids)s grids are touched."),
    "several_communities": TriggerRule("scale", "communities",
        "%(communities)s communities are touched and departments are needed."),
    "nature": TriggerRule("nature", "", "The nature of the matter calls for it: %(nature)s."),
    "category": TriggerRule("type", "", "The kind of dispute calls for it: %(category)s."),
    "old_matter": TriggerRule("cause", "", "It began over a year ago."),
    "legacy_matter": TriggerRule("cause", "", "It is left over from earlier years."),
    "sessions_failed": TriggerRule("difficulty", "failed_sessions", "Mediation failed %(failed_sessions)s times."),
    "refused_before": TriggerRule("difficulty", "", "It was refused before."),
    "unanswered_before": TriggerRule("difficulty", "", "It was raised before and not answered."),
    "several_departments": TriggerRule("difficulty", "departments", "%(departments)s departments are needed."),
    "group_visit": TriggerRule("urgency", "", "A group visit is announced."),
    "threat_of_violence": TriggerRule("urgency", "", "There is a threat of violence."),
    "threat_of_self_harm": TriggerRule("urgency", "", "There is a threat of self-harm."),
    "public_danger": TriggerRule("urgency", "", "There is a danger to the public."),
    "injury": TriggerRule("urgency", "", "Someone was injured."),
    "police_called": TriggerRule("urgency", "police_calls", "The police were called %(police_calls)s times."),
    "wages_unpaid": TriggerRule("urgency", "unpaid_workers", "The wages of %(unpaid_workers)s workers are unpaid."),
    "in_the_media": TriggerRule("urgency", "", "The media report on it."),
    "sensitive_date": TriggerRule("urgency", "", "It falls on a sensitive date."),
}
SENTENCES = {code: rule.sentence for code, rule in TRIGGERS.items()}
CHOICE_LABELS = {
    "violence": "violence", "self_harm": "self-harm", "public_danger": "public danger",
    "civil": "civil", "administrative": "administrative",
    "public_security": "public security", "criminal": "criminal",
}
FACTOR_LABELS = {
    "scale": "Scale", "nature": "Nature", "type": "Type", "cause": "Cause",
    "difficulty": "Difficulty", "urgency": "Urgency",
}


@dataclass(frozen=True, slots=True, order=True)
class Trigger:
    """A trigger that holds: its code, the tier it gives and its level (people, yuan, calls; 1 if it has none)."""

    code: str
    tier: str
    level: int = 1

    def __str__(self) -> str:
        return f"{self.code}/{self.tier}/{self.level}"

    @classmethod
    def parse(cls, text: str) -> "Trigger":
        """The trigger that `str()` wrote. Raises ValueError for anything else."""
        code, tier, level = text.split("/")
        if code not in TRIGGERS or tier not in TIERS:
            raise ValueError(f"not a trigger: {text!r}")
        return cls(code, tier, int(level))

    def covers(self, other: "Trigger") -> bool:
        """Whether someone who acknowledged this one has also acknowledged `other`."""
        return (self.code == other.code and rank(self.tier) >= rank(other.tier)
                and self.level >= other.level)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a tier was given: the factor, the trigger's code, and the values its sentence needs."""

    factor: str
    code: str
    params: tuple[tuple[str, object], ...] = ()
    tier: str = "yellow"

    @property
    def sentence(self) -> str:
        """The English msgid; fill it with `dict(params)` after translation."""
        return SENTENCES[self.code]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The tier, the reasons (highest tier first, then in the order of the factors), the triggers that hold."""

    tier: str
    reasons: tuple[Reason, ...] = ()
    triggers: tuple[Trigger, ...] = ()


def rank(tier: str) -> int:
    """0 for the lowest tier. Raises ValueError for an unknown one."""
    return TIERS.index(tier)


def assess(facts: Mapping[str, object], rules: Mapping) -> Assessment:
    """The tier of a matter with these facts: the highest that any trigger gives; no score.

    `facts` maps names of FACTS to values; a missing name or None is "not known". `rules` is the
    whole rule set (section "warning" is read). Raises ValueError for a name that is not a fact.
    """
    unknown = set(facts) - FACT.keys()
    if unknown:
        raise ValueError(f"not a fact of a matter: {', '.join(sorted(unknown))}")
    found: dict[str, tuple[Reason, Trigger]] = {}
    for tier in reversed(TIERS):
        for code, cuts in rules["warning"].get(tier, {}).items():
            if code not in found and _holds(cuts, facts):
                found[code] = _found(code, tier, cuts, facts)
    ordered = sorted(found.values(), key=lambda pair: _order(pair[0]))
    reasons = tuple(reason for reason, _ in ordered)
    return Assessment(reasons[0].tier if reasons else TIERS[0], reasons,
                      tuple(trigger for _, trigger in ordered))


def standing_tier(assessment: Assessment, acknowledged: Iterable[Trigger] = ()) -> str:
    """The tier that is left when the triggers a confirmed lowering acknowledged are set aside."""
    known = tuple(acknowledged)
    left = [rank(new.tier) for new in assessment.triggers if not any(old.covers(new) for old in known)]
    return TIERS[max(left, default=0)]


def raises(tier: str, assessment: Assessment, acknowledged: Iterable[Trigger] = ()) -> bool:
    """Whether a matter of this tier must be raised: only by a new trigger or one whose level has risen."""
    return rank(standing_tier(assessment, acknowledged)) > rank(tier)


def new_triggers(assessment: Assessment, acknowledged: Iterable[Trigger] = ()) -> tuple[Trigger, ...]:
    """The triggers nobody has acknowledged at this level yet: what a raise is reported with."""
    known = tuple(acknowledged)
    return tuple(new for new in assessment.triggers if not any(old.covers(new) for old in known))


def threatens_life(facts: Mapping[str, object]) -> bool:
    """Whether leaders are alerted before anybody has confirmed the tier: a threat to life only."""
    threat = facts.get("threat")
    return bool(LIFE & set(threat if isinstance(threat, list | tuple | set | frozenset) else [threat]))


def check_rules(rules: Mapping) -> None:
    """Refuse a section [warning] that names unknown tiers, triggers or facts. Raises ValueError."""
    section = rules.get("warning", {})
    if tuple(section.get("tiers", ())) != TIERS:
        raise ValueError(f"[warning] tiers must be {list(TIERS)}")
    for tier in set(section) - {"tiers"}:
        if tier not in TIERS:
            raise ValueError(f"[warning.{tier}]: no such tier")
        for code, cuts in section[tier].items():
            _check_cuts(f"[warning.{tier}] {code}", code, cuts)


def _check_cuts(where: str, code: str, cuts: object) -> None:
    if code not in TRIGGERS:
        raise ValueError(f"{where}: no such trigger")
    if not isinstance(cuts, Mapping) or not cuts:
        raise ValueError(f"{where}: must be a table of facts and their least values")
    for name, least in cuts.items():
        if name not in FACT:
            raise ValueError(f"{where}: {name} is not a fact")
        _check_least(f"{where}: {name}", FACT[name], least)
    level_of = TRIGGERS[code].level_of
    if level_of and level_of not in cuts:
        raise ValueError(f"{where}: must give {level_of}")


def _check_least(where: str, fact: Fact, least: object) -> None:
    if fact.kind == "boolean":
        good = least is True
    elif fact.kind == "choice":
        good = isinstance(least, list) and bool(least) and set(least) <= set(fact.choices or least)
    else:
        good = type(least) is int and least > 0
    if not good:
        raise ValueError(f"{where}: {least!r} does not fit a fact of kind {fact.kind}")


def _holds(cuts: Mapping, facts: Mapping[str, object]) -> bool:
    return all(_reaches(facts.get(name), least) for name, least in cuts.items())


def _reaches(value: Any, least: Any) -> bool:
    if value is None:
        return False
    if least is True:
        return bool(value)
    if isinstance(least, list):
        values = value if isinstance(value, list | tuple | set | frozenset) else (value,)
        return any(one in least for one in values)
    return value >= least


def _found(code: str, tier: str, cuts: Mapping, facts: Mapping[str, Any]) -> tuple[Reason, Trigger]:
    rule = TRIGGERS[code]
    params = tuple((name, facts[name]) for name in cuts)
    params += tuple((f"cut_{name}", least) for name, least in cuts.items()
                    if FACT[name].kind in ("integer", "money", "days"))
    level = int(facts[rule.level_of]) if rule.level_of else 1
    return Reason(rule.factor, code, params, tier), Trigger(code, tier, level)


def _order(reason: Reason) -> tuple[int, int, str]:
    return -rank(reason.tier), FACTORS.index(reason.factor), reason.code
