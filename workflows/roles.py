"""The duties people hold at posts, the duties they have on one case, and how levels and tiers order.

A post role is held at an area, a team or a department. A case duty is worked out from posts and the case.
"""

LEVELS = ("microgrid", "grid", "community", "street", "district", "city")  # from the ground up
LEAD_LEVELS = ("grid", "community", "street")
ASIDE = ("interest", "relative", "relation", "objection")  # grounds on which a mediator steps aside for good
TIERS = ("yellow", "orange", "red")
TIER_LEVEL = {"yellow": "grid", "orange": "community", "red": "street"}  # house rule 1: the tier sets the lead

# Roles bound to posts: name -> English msgid.
POST_ROLES = {
    "grid_worker": "Grid worker",
    "mediator": "Mediator",
    "head": "Head of the mediation committee",
    "secretary": "Secretary",
    "operator": "Command-centre operator",
    "liaison": "Department liaison",
    "petition_officer": "Petition officer",
    "supervisor": "District supervisor",
    "inspector": "Case inspector",
    "system_admin": "System administrator",
    "security_admin": "Security administrator",
    "audit_admin": "Audit administrator",
}
ADMINS = frozenset(("system_admin", "security_admin", "audit_admin"))  # no case content; mutually exclusive

# Duties on one case: name -> English msgid. `request` is given by an approved request alone.
CASE_DUTIES = {
    "registrar": "the person who registered it",
    "grid_worker": "the grid worker of the place",
    "author": "the person who recorded the last act",
    "handler": "the mediator in charge",
    "head": "the head of the mediation committee in charge",
    "lead": "the lead secretary",
    "upper_lead": "the secretary one level up",
    "patron": "the patron",
    "operator": "the command centre",
    "unit": "the department in charge",
    "organ": "the organ in charge of the petition",
    "petition_office": "the petition office of the street",
    "recheck_office": "the petition office of the district",
    "review_office": "the petition office of the city",
    "resident": "the person whose matter it is",
    "holder": "whoever holds it",
    "asker": "the person who asked",
    "decider": "the person who decides",
    "scheduler": "casemgr itself",
    "importer": "the import of a file",
    "request": "an approved request",
    "supervisor": "the district supervisor",
    "inspector": "the case inspector",
}


def level_up(level: str) -> str:
    """The lead level one above, at most the street. 'microgrid' leads nowhere and goes to 'grid'."""
    if level not in LEAD_LEVELS:
        return LEAD_LEVELS[0] if level == "microgrid" else "street"
    return LEAD_LEVELS[min(LEAD_LEVELS.index(level) + 1, len(LEAD_LEVELS) - 1)]


def tier_up(tier: str) -> str:
    """The tier one above, at most red."""
    return TIERS[min(TIERS.index(tier) + 1, len(TIERS) - 1)]


def higher(a: str, b: str, order: tuple[str, ...]) -> str:
    """The higher of two names in an ascending order; an empty name is below all."""
    return max(a, b, key=lambda x: order.index(x) if x in order else -1)


def committee_level(level: str) -> str:
    """Two levels of people's mediation committee (People's Mediation Law arts 8, 34): community and street."""
    return "street" if level in ("street", "district", "city") else "community"
