"""What the page of a call shows besides: who else was called, and earlier rulings on such a subject while one is asked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session

from casemgr.policy import Actor
from casemgr.queries.whistles import Ruling, rulings_on, units_named
from casemgr.services.drafts import Draft
from casemgr.web.processes.whistle import call_words
from workflows.whistle_asks import BASES

ASKED_IN = ("objected", "in_arbitration")
OBJECTING = ("object", "object_again", "keep", "give", "release", "arbitrate_keep", "arbitrate_give")  # steps that look at them
VERDICTS = {"kept": "Stayed in charge", "given": "Given to %(unit)s", "released": "Released"}
BASIS_WORDS = {choice.value: choice.label for choice in BASES}


def card(session: Session, draft: Draft, actor: Actor, at: datetime) -> Mapping[str, Any]:
    """The units, and the rulings while an objection waits."""
    rulings = earlier(session, draft, actor) if draft.row["state"] in ASKED_IN else None
    return {"units": units_named(session, draft.row["parent_id"]), "rulings": rulings, **ruling_words(), **call_words()}


def earlier(session: Session, draft: Draft, actor: Actor) -> list[Ruling]:
    """Earlier rulings on the subject of a call that the actor may see."""
    return rulings_on(session, actor, draft.detail["subject"], but=draft.row["id"])


def ruling_words() -> Mapping[str, Any]:
    """What the template of rulings asks for."""
    return {"verdict_of": verdict_of, "basis_of": lambda ruling: gettext(BASIS_WORDS.get(ruling.basis, ruling.basis))}


def verdict_of(ruling: Ruling) -> str:
    """A ruling in words."""
    return gettext(VERDICTS[ruling.verdict], unit=ruling.given_to) if ruling.given_to else gettext(VERDICTS[ruling.verdict])
