"""Tier, level and lead of a draft: assessed anew whenever facts change, raised by risk or lateness, lowered by a person.

The rule is workflows.warning; here it is put to work on one case, with its deadlines.
"""

import itertools
from datetime import datetime
from typing import Any

from casemgr.services.books import Books
from casemgr.services.clockwork import retier
from casemgr.services.drafts import Draft
from workflows.roles import LEAD_LEVELS, LEVELS, TIER_LEVEL, TIERS, higher, level_up, tier_up
from workflows.warning import FACT, Assessment, Trigger, assess, new_triggers, standing_tier


def assessed(draft: Draft, books: Books) -> Assessment:
    """The assessment of its facts by the rules in force; kept on the row with its reasons."""
    facts = {name: value for name, value in draft.row["facts"].items() if name in FACT}
    if draft.row["category"]:
        facts["category"] = draft.row["category"]
    found = assess(facts, books.rules.raw)
    draft.row["assessment"] = {
        "tier": found.tier,
        "reasons": [[r.factor, r.code, dict(r.params), r.tier] for r in found.reasons],
        "triggers": [str(t) for t in found.triggers],
        "least": draft.row["assessment"].get("least", ""),
    }
    draft.row["rules_version"] = books.rules.version
    return found


def acknowledged(draft: Draft) -> tuple[Trigger, ...]:
    """The triggers that a confirmed lowering has set aside."""
    return tuple(Trigger.parse(text) for text in draft.row["acknowledged"])


def suggest(draft: Draft, at: datetime, seq: int, books: Books) -> None:
    """A tier nobody has confirmed yet: shown hollow, leading nowhere; but it says how soon somebody must look."""
    before = draft.row["tier"] or TIERS[0]
    draft.row["tier"] = assessed(draft, books).tier
    draft.row["tier_confirmed"] = False
    retier(draft, at, seq, books, lowered=TIERS.index(draft.row["tier"]) < TIERS.index(before))


def confirm(draft: Draft, at: datetime, seq: int, books: Books) -> None:
    """The tier confirmed by a person at acceptance: from now on it sets lead and clocks."""
    draft.row["tier"] = assessed(draft, books).tier
    draft.row["tier_confirmed"] = True
    settle_level(draft, higher(draft.row["level"], TIER_LEVEL[draft.row["tier"]], LEVELS))


def raised_by_risk(draft: Draft, at: datetime, seq: int, books: Books) -> dict[str, Any] | None:
    """Raise at once if a new trigger or a risen one demands it; the data of the event, or None."""
    found = assessed(draft, books)
    known = acknowledged(draft)
    tier = standing_tier(found, known)
    if not draft.row["tier_confirmed"] or TIERS.index(tier) <= TIERS.index(draft.row["tier"]):
        return None
    before = draft.row["tier"]
    codes = [str(t) for t in new_triggers(found, known)]
    change_tier(draft, tier, at, seq, books)
    return {"from": before, "to": tier, "cause": "risk", "triggers": codes}


def regraded(draft: Draft, at: datetime, seq: int, books: Books) -> dict[str, Any] | None:
    """After a correction the tier follows the facts both ways, but for what lateness or a person has decided; deadlines
    are what the right facts give. What the mistake caused is taken back, visibly."""
    found, before = assessed(draft, books), draft.row["tier"]
    tier = higher(standing_tier(found, acknowledged(draft)), draft.row["assessment"]["least"], TIERS)
    if not draft.row["tier_confirmed"] or tier == before:
        return None
    change_tier(draft, tier, at, seq, books, corrected=True)
    return {"from": before, "to": tier, "cause": "correction"}


def raise_overdue(draft: Draft, at: datetime, seq: int, books: Books) -> None:
    """Late settling: one tier and one level up. At the top both stay."""
    level = level_up(draft.row["level"])
    raise_by_hand(draft, tier_up(draft.row["tier"]), at, seq, books)
    settle_level(draft, higher(draft.row["level"], level, LEVELS))


def raise_by_hand(draft: Draft, tier: str, at: datetime, seq: int, books: Books) -> None:
    """Raised by lateness or a person's judgement: no correction of facts undoes that."""
    change_tier(draft, tier, at, seq, books)
    keep_at_least(draft, tier)


def lower(draft: Draft, tier: str, at: datetime, seq: int, books: Books) -> None:
    """Lowered by a person. Where the facts left standing give less than that, it stays there by this decision."""
    change_tier(draft, tier, at, seq, books)
    triggers = tuple(map(Trigger.parse, draft.row["assessment"].get("triggers", ())))
    standing = standing_tier(Assessment("", (), triggers), acknowledged(draft))
    least = draft.row["assessment"].get("least", "")
    held = TIERS.index(standing) < TIERS.index(tier) or (least and TIERS.index(least) > TIERS.index(tier))
    keep_at_least(draft, tier if held else least)


def keep_at_least(draft: Draft, tier: str) -> None:
    """Note the tier below which facts alone do not take the matter."""
    draft.row["assessment"] = draft.row["assessment"] | {"least": tier}


def change_tier(draft: Draft, tier: str, at: datetime, seq: int, books: Books, *, corrected: bool = False) -> None:
    """Another tier with its level, lead and lengths. A lowered tier brings the lead down to its own level."""
    raised = TIERS.index(tier) > TIERS.index(draft.row["tier"])
    if tier == draft.row["tier"]:
        return
    draft.row["tier"] = tier
    own = TIER_LEVEL[tier]
    settle_level(draft, higher(draft.row["level"], own, LEVELS) if raised else own)
    retier(draft, at, seq, books, lowered=not raised and not corrected)


def settle_level(draft: Draft, level: str) -> None:
    """Put the lead at that level, or at the next one above that its place has. A matter that is kept from a place is led from
    above that place; where that is the top of all, by nobody."""
    wanted = LEVELS.index(level) if level in LEVELS else 0
    above = itertools.takewhile(lambda place: ("area", place[0]) not in draft.barred, draft.path)
    has = {name: area for area, name in above if name in LEAD_LEVELS}
    for name in LEVELS[wanted:]:
        if name in has:
            draft.row["level"], draft.row["lead_area_id"] = name, has[name]
            return
    top = max(has, key=LEVELS.index, default="")
    nobody = None if draft.barred else draft.row["area_id"]
    draft.row["level"], draft.row["lead_area_id"] = top or level, has.get(top, nobody)
