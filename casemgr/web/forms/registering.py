"""The form for a new dispute: four questions, the rest folded away. Made from the same field specs as the steps."""

from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from casemgr.errors import Invalid
from casemgr.policy import Actor
from casemgr.queries.pickers import areas_within
from casemgr.services.answers import MISSING
from casemgr.web.forms.offers import area_offer
from casemgr.web.forms.steps import StepForm, form_for
from workflows import WORKFLOWS
from workflows.asks import file
from workflows.dispute_asks import ADD_PARTY, ON_THE_SPOT
from workflows.model import Choice, Field

OPENS = WORKFLOWS["dispute"].opens
MATTER = {spec.name: spec for spec in OPENS.asks}
PARTY = {spec.name: spec for spec in ADD_PARTY}
SETTLED = "settled"
RESULT = Field(
    "result", "choice", "How does it stand?",
    choices=(Choice("help", "Help is needed"), Choice(SETTLED, "Settled on the spot")),
)  # fmt: skip
HOW = Field("settlement", "longtext", "How it was settled", required=False, maximum=ON_THE_SPOT[0].maximum)
FIRST: tuple[Field, ...] = (
    MATTER["text"],
    MATTER["area_id"],
    Field("name", "text", "Who came with it", required=False, maximum=PARTY["name"].maximum),
    PARTY["phone"],
    RESULT,
    HOW,
    file("photo", "Photo", required=False),
)
MORE = tuple(MATTER[name] for name in ("place", "title", "category", "channel", "found_by", "occurred_on", "confidential"))


class RegisterForm(StepForm):
    """The form of a new dispute."""

    first: tuple[Field, ...] = FIRST
    more: tuple[Field, ...] = MORE

    def matter(self) -> dict[str, Any]:
        """The answers as services.registering takes them. Raises Invalid."""
        answers = self.answers()
        result = answers.pop("result", None)
        if result is None:
            raise Invalid({"result": [MISSING]})
        if result != SETTLED:
            answers.pop("settlement", None)
        elif not answers.get("settlement"):
            raise Invalid({"settlement": [MISSING]})
        return answers


def register_form(session: Session, actor: Actor) -> RegisterForm:
    """The form, with the areas where this person may register; a grid worker stands in his own grid already."""
    rows = areas_within(session, actor.areas(*OPENS.by))
    own = [row for row in rows if row.level == "grid"]
    usual = {"area_id": str(own[0].id)} if len(own) == 1 else {}
    if actor.has("grid_worker"):
        usual["channel"] = "grid"
    made = form_for((*FIRST, *MORE), {"area_id": area_offer(rows)}, base=RegisterForm)
    found: RegisterForm = made(data=usual)  # type: ignore[assignment]
    found.area_id.label.text = gettext("Where")
    return found

