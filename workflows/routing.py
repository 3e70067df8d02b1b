"""Who should get a matter: a pure function over candidates. Specialised team first; the parties' choice before all.

Sources: People's Mediation Law arts 19, 23 (the committee assigns, or the parties choose); order 75 art. 25, TY art. 15
(who must step aside); house rule 1 (a category without a team falls to the general team).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workflows.view import Reason

SENTENCES = {
    "chosen_by_parties": "The parties chose this mediator.",
    "team_of_category": "The team %(team)s takes this category.",
    "of_the_committee": "Mediator of the committee in charge.",
    "general_team": "The general team takes what no other team does.",
    "on_duty": "On duty today.",
    "least_loaded": "Has %(load)s open matters of %(capacity)s, the fewest for what they can carry.",
    "recused": "%(count)s stepped aside from this matter.",
    "related": "%(count)s have ties to a party.",
    "declined": "%(count)s gave it back with a reason.",
    "away": "%(count)s are away.",
    "full": "%(count)s have no room for another matter.",
    "nobody": "There is no mediator for this place and category.",
}
GROUPS = ("team_of_category", "of_the_committee", "general_team")  # in this order


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mediator who might take a matter. `group` is why he may: one of GROUPS; `load` his open matters."""

    account_id: int
    group: str
    team_id: int | None = None
    team: str = ""
    load: int = 0
    capacity: int = 12
    on_duty: bool = False
    recused: bool = False
    related: bool = False
    declined: bool = False
    away: bool = False

    @property
    def barred(self) -> str:
        """Why he cannot take it at all, or "": a mediator steps aside, is here or away, has room or not."""
        if self.recused:
            return "recused"
        if self.related:
            return "related"
        if self.declined:
            return "declined"
        if self.away:
            return "away"
        return "full" if self.load >= self.capacity else ""


@dataclass(frozen=True, slots=True)
class Routed:
    """The choice, and why it fell on him."""

    account_id: int
    team_id: int | None
    why: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Nobody:
    """Nobody fits, and why: an alarm."""

    why: tuple[Reason, ...]


def route(candidates: Sequence[Candidate], chosen_by_parties: int | None = None) -> Routed | Nobody:
    """The mediator who should get a matter: the parties' choice if he is not barred (room does not matter then),
    else within the first group that has anyone: on duty first, then the smallest share of his capacity in use."""
    for one in candidates:
        if one.account_id == chosen_by_parties and one.barred in ("", "declined", "full"):
            return Routed(one.account_id, one.team_id, (Reason("chosen_by_parties"),))
    free = [one for one in candidates if not one.barred]
    for group in GROUPS:
        here = [one for one in free if one.group == group]
        if here:
            return routed(min(here, key=order))
    return Nobody(refusals(candidates))


def order(one: Candidate) -> tuple[bool, float, int, int]:
    """On duty first; then the share of capacity in use, the number of matters, and the longest-standing account."""
    return (not one.on_duty, one.load / one.capacity, one.load, one.account_id)


def routed(one: Candidate) -> Routed:
    """The choice with its reasons in words."""
    why = [Reason(one.group, {"team": one.team} if one.group == "team_of_category" else {})]
    if one.on_duty:
        why.append(Reason("on_duty"))
    why.append(Reason("least_loaded", {"load": one.load, "capacity": one.capacity}))
    return Routed(one.account_id, one.team_id, tuple(why))


def refusals(candidates: Iterable[Candidate]) -> tuple[Reason, ...]:
    """Why none of the candidates can take it; one reason when there are none."""
    counts: dict[str, int] = {}
    for one in candidates:
        counts[one.barred] = counts.get(one.barred, 0) + 1
    return tuple(Reason(code, {"count": n}) for code, n in sorted(counts.items())) or (Reason("nobody"),)
