"""Tier, level and lead of a draft: assessed anew whenever facts change, raised by risk or lateness, lowered by a person.

The rule is workflows.warning; here it is put to work on one case, with its deadlines.
"""

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
    }
    draft.row["rules_version"] = books.rules.version
    return found


def acknowledged(draft: Draft) -> tuple[Trigger, ...]:
    """The triggers that a confirmed lowering has set aside."""
    return tuple(Trigger.parse(text) for text in draft.row["acknowledged"])


def suggest(draft: Draft, books: Books) -> None:
    """A tier nobody has confirmed yet: shown hollow, leading nowhere."""
    draft.row["tier"] = assessed(draft, books).tier if draft.flow.tiered else ""
    draft.row["tier_confirmed"] = False


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
    """After a correction the tier follows the facts both ways; what the mistake caused is taken back, visibly."""
    tier, before = assessed(draft, books).tier, draft.row["tier"]
    if not draft.row["tier_confirmed"] or tier == before:
        return None
    change_tier(draft, tier, at, seq, books)
    return {"from": before, "to": tier, "cause": "correction"}


def raise_overdue(draft: Draft, at: datetime, seq: int, books: Books) -> None:
    """Late settling: one tier and one level up. At the top both stay."""
    level = level_up(draft.row["level"])
    change_tier(draft, tier_up(draft.row["tier"]), at, seq, books)
    settle_level(draft, higher(draft.row["level"], level, LEVELS))


def change_tier(draft: Draft, tier: str, at: datetime, seq: int, books: Books) -> None:
    """Another tier with its level, lead and lengths. A lowered tier brings the lead down to its own level."""
    raised = TIERS.index(tier) > TIERS.index(draft.row["tier"])
    if tier == draft.row["tier"]:
        return
    draft.row["tier"] = tier
    own = TIER_LEVEL[tier]
    settle_level(draft, higher(draft.row["level"], own, LEVELS) if raised else own)
    retier(draft, at, seq, books, raised=raised)


def settle_level(draft: Draft, level: str) -> None:
    """Put the lead at that level, or at the next one above that its place has."""
    wanted = LEVELS.index(level) if level in LEVELS else 0
    has = {name: area for area, name in draft.path if name in LEAD_LEVELS}
    for name in LEVELS[wanted:]:
        if name in has:
            draft.row["level"], draft.row["lead_area_id"] = name, has[name]
            return
    top = max(has, key=LEVELS.index, default="")
    draft.row["level"], draft.row["lead_area_id"] = top or level, has.get(top, draft.row["area_id"])
