"""A matter in words for whoever it belongs to: stage, office, due time, his own entries. No word of the house's own language."""

from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from casemgr.queries.door import Followed, OwnWords
from casemgr.web import words
from workflows import WORKFLOWS
from workflows.resident_asks import CONSENT, RATED

STAGES = {  # process, then state before phase
    "incoming": {
        "registered": _l("We have it. Somebody is reading it and finds the office that deals with it."),
        "answered": _l("It was answered. The answer stands below."),
        "referred": _l("Another office is responsible. What you were told stands below."),
        "passed_on": _l("The office that deals with it has it."),
        "withdrawn": _l("You took it back. Nothing more is done about it."),
    },
    "dispute": {
        "registered": _l("The mediation committee decides whether it takes it up."),
        "accepted": _l("The mediation committee has taken it up and chooses a mediator."),
        "taken": _l("A mediator has been chosen and takes it over."),
        "mediation": _l("Mediation is under way."),
        "suspended": _l("Mediation stands still for the time being."),
        "failed": _l("The two sides have not agreed. You are told what else you can do."),
        "terminated": _l("Mediation has ended. You are told what else you can do."),
        "agreement": _l("The two sides have agreed. Now it has to be done."),
        "breached": _l("What was agreed was not done. It is being followed up."),
        "follow_up": _l("What was agreed was done. Somebody will ask how it is."),
        "not_accepted": _l("It cannot be mediated. You were told where to go with it."),
        "withdrawn": _l("It was withdrawn. You may come back at any time."),
        "closed": _l("It is closed."),
    },
    "order": {
        "registered": _l("It waits to be given to the office that deals with it."),
        "in_hand": _l("The office in charge is dealing with it."),
        "shelved": _l("It cannot be done for the time being. It is kept and taken up again."),
        "call_back": _l("It was dealt with. Somebody will ring you and ask whether it is solved."),
        "not_accepted": _l("It cannot be dealt with here. You were told where to go with it."),
        "duplicate": _l("The same matter is in hand already."),
        "closed": _l("It is closed."),
    },
    "petition": {
        "registered": _l("The petition office has it and sends it to the office in charge."),
        "accepting": _l("The office in charge decides whether it takes it up."),
        "handling": _l("The office in charge is dealing with it."),
        "answered": _l("There is an opinion. It is being brought to you."),
        "delivered": _l("You have the opinion. It says until when you may ask for a recheck."),
        "recheck": _l("It is being rechecked."),
        "review": _l("It is being reviewed."),
        "not_accepted": _l("It was not accepted. The notice says why, and where to go with it."),
        "referred": _l("Another office is responsible. You were told which."),
        "withdrawn": _l("It was withdrawn. You may come back at any time."),
        "closed": _l("It is closed."),
    },
    "event": {
        "found": _l("The grid worker is looking at it."),
        "reported": _l("It was sent on to those who can deal with it."),
        "in_hand": _l("The office in charge is dealing with it."),
        "verify": _l("It was dealt with. Somebody looks whether it is really done."),
        "closed": _l("It is closed."),
    },
}
CLOSED, OPEN = _l("It is closed."), _l("It is being worked on.")
DONE = {
    "adds": _l("Thank you. Those who deal with it have been told."),
    "rates": _l("Thank you for your rating."),
    "objects": _l("Those in charge have been told that it is not solved. They decide whether it is opened again."),
    "reopens": _l("It has been opened again."),
    "withdraws": _l("Those in charge have been told that you take it back."),
    "withdrawn": _l("It has been taken back."),
    "consents": _l("Your answer is on record, and the mediator has been told."),
}
SAID = {
    "report": _l("You reported"), "resident_adds": _l("You added"), "resident_rates": _l("You rated it"),
    "resident_objects": _l("You said that it is not solved"), "resident_withdraws": _l("You took it back"),
    "consent_by_code": _l("Your answer to mediation"),
}  # fmt: skip
RATINGS = {choice.value: choice.label for choice in RATED[0].choices}
CONSENTS = {choice.value: choice.label for spec in CONSENT if spec.name == "consent" for choice in spec.choices}
DESKS = {"operator": _l("%(place)s, command centre"), "petition_officer": _l("%(place)s, petition office")}


def say_stage(found: Followed) -> str:
    """Where the matter stands. Of a confidential one no more than whether it is open."""
    known = STAGES.get(found.process, {})
    words_of_it = known.get(found.state) or known.get(found.phase)
    if found.confidential or not words_of_it:
        return str(CLOSED if found.closed else OPEN) + ("" if found.confidential or found.closed else say_phase(found))
    return str(words_of_it)


def say_phase(found: Followed) -> str:
    """The phase by its name, for a process that has no sentences here yet."""
    label = next(phase.label for phase in WORKFLOWS[found.process].phases if phase.value == found.phase)
    return gettext(" (%(phase)s)", phase=gettext(label))


def say_office(office: tuple[str, str]) -> str:
    """The office that holds it, never a person."""
    kind, name = office
    return str(DESKS[kind]) % {"place": name} if kind in DESKS else name


def say_due(found: Followed, now: datetime) -> str:
    """By when something must have happened, in plain words; "" where nothing is due."""
    if found.paused:
        return gettext("The time stands still for now.")
    if found.due_at is None:
        return ""
    if found.due_at <= now:
        return gettext("It should have happened by %(when)s. It is late; you may ask why.", when=words.until(found.due_at, now))
    return gettext("The next step comes by %(when)s.", when=words.until(found.due_at, now))


def say_own(entry: OwnWords) -> dict[str, Any]:
    """One of the visitor's own entries."""
    known = next(name for name in (entry.step, *sorted(SAID, key=len, reverse=True)) if name in SAID and entry.step.startswith(name))
    answers = (RATINGS.get(entry.rating), CONSENTS.get(entry.consent))
    return {
        "title": SAID[known], "at": entry.at, "words": entry.words, "photos": entry.photos,
        "answer": next((gettext(label) for label in answers if label), ""),
    }  # fmt: skip


def say_done(name: str) -> str:
    """What was just done, after it has gone through; "" for anything else."""
    return str(DONE.get(name, ""))
