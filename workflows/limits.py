"""Single numbers that guards ask for: section [limits] of the rule set in force, else the defaults here."""

from collections.abc import Mapping

from workflows.view import CaseView

# Defaults of section [limits] of the rules; the rule set in force comes in with the view.
LIMITS: Mapping[str, int] = {
    "representatives": 5,  # Ningbo mediation regulation art. 20; Petition Work Regulation art. 20
    "yellow_extension_days": 7,  # house rule 3
    "suspension_days": 30,  # house rule 3
    "correction_minutes": 10,  # default
    "undo_hours": 24,  # default
    "visited_percent": 10,  # house rule 3
    "objection_days": 30,  # default
}


def limit(view: CaseView, name: str) -> int:
    """A limit of the rule set in force, else its default."""
    return view.limits.get(name, LIMITS[name])
