"""The words of the demo's disputes: stories of texts.toml filled in for a place. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from casemgr.demo.people import invented_name

RURAL = ("09", "1102")  # categories that only happen in a village
NUMBERS = frozenset(("people", "money", "police_calls", "unpaid_workers", "grids", "departments"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a story happens: the words it is told with."""

    place: str
    road: str
    urban: bool


@dataclass(frozen=True, slots=True)
class Story:
    """A dispute told: what is written, claimed and agreed, who is on the other side, and the facts of its colour."""

    team: str
    category: str
    title: str
    text: str
    claim: str
    terms: str
    applicant: str
    respondent: str
    organisation: bool
    place: str
    safety: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)


@cache
def texts() -> Mapping[str, Any]:
    """texts.toml as it stands."""
    return tomllib.loads((Path(__file__).parent / "texts.toml").read_text("utf-8"))


def fits(entry: Mapping[str, Any], place: Place) -> bool:
    """Whether a story can happen there: fields are in the village, buildings in town."""
    if entry.get("category", "").startswith(RURAL):
        return not place.urban
    return place.urban or not ("{b}" in entry["text"] or "{b}" in entry["title"])


def choose(entries: str, place: Place, chance: Random, **wanted: str) -> Mapping[str, Any]:
    """An entry of a list of texts.toml that fits the place, and the words wanted of it where any does."""
    here = [entry for entry in texts()[entries] if fits(entry, place)]
    exact = [entry for entry in here if all(entry.get(name) == value for name, value in wanted.items())]
    found: Mapping[str, Any] = chance.choice(exact or here)
    return found


def tell(entry: Mapping[str, Any], place: Place, chance: Random) -> Story:
    """An entry filled in."""
    facts = {name: drawn(name, value, chance) for name, value in entry.get("facts", {}).items()}
    other = entry.get("other", "person")
    company = "" if other == "person" else chance.choice(texts()["companies"][other])
    words = filled(place, facts, company, chance)
    return Story(
        entry.get("team", "general"), entry["category"], entry["title"].format(**words), entry["text"].format(**words),
        entry.get("claim", "").format(**words), entry.get("terms", entry.get("settled", "")).format(**words),
        invented_name(chance), company or invented_name(chance), bool(company), place.place,
        entry.get("safety", False), facts,
    )  # fmt: skip


def message(entry: Mapping[str, Any], place: Place, chance: Random) -> tuple[str, str]:
    """Title and text of a message filled in."""
    facts = {name: drawn(name, value, chance) for name, value in entry.get("facts", {}).items()}
    other = entry.get("other", "person")
    company = "" if other == "person" else chance.choice(texts()["companies"][other])
    words = filled(place, facts, company, chance)
    return entry["title"].format(**words), entry["text"].format(**words)


def drawn(name: str, value: Any, chance: Random) -> Any:
    """A fact: a number from its range, anything else as it stands."""
    if name not in NUMBERS or not isinstance(value, str):
        return value
    low, _, high = value.partition("-")
    number = chance.randint(int(low), int(high or low))
    return round(number, -2) if name == "money" and number >= 1000 else number


def filled(place: Place, facts: Mapping[str, Any], company: str, chance: Random) -> dict[str, Any]:
    """The words for the gaps of a text."""
    return {
        "place": place.place, "road": place.road, "company": company, "b": chance.randint(1, 9),
        "room": f"{chance.randint(2, 17)}-{chance.randint(1, 4)}", "days": chance.choice((6, 10, 15, 20, 40, 65)),
        "people": facts.get("people", ""), "money": facts.get("money", ""), "workers": facts.get("unpaid_workers", ""),
    }  # fmt: skip


