"""Codes turned into sentences in the reader's language: errors, reasons, roles, notices. English msgids come from below."""

from collections.abc import Mapping
from typing import Any


from casemgr.errors import CasemgrError, Invalid, Refused, Sentence
from casemgr.web.locales import gettext
from workflows.notice_words import REFUSALS, notice_sentence
from workflows.sentences import WHY_WRITTEN
from workflows.view import Reason


def say(msgid: "str | Sentence", params: Mapping[str, Any] | None = None) -> str:
    """A msgid in the reader's language with its parameters put in."""
    if isinstance(msgid, Sentence):
        return say(msgid.msgid, msgid.params)
    text = gettext(msgid)
    return text % params if params else text


def say_reason(reason: Reason) -> str:
    """Why not, as a sentence."""
    words = {name: say(WHY_WRITTEN[value]) if value in WHY_WRITTEN else value for name, value in reason.params.items()}
    return say(REFUSALS.get(reason.code, reason.code), words)


def say_notice(code: str, params: Mapping[str, Any], number: str = "") -> str:
    """A notice as a sentence."""
    return notice_sentence(code, params, number, gettext)


def say_error(error: CasemgrError) -> str:
    """The sentence of an error."""
    return say(error.message, error.params)


def say_all(error: CasemgrError) -> list[str]:
    """Everything an error has to say beside its sentence: the reasons of a refusal, the faults of fields."""
    if isinstance(error, Refused):
        return [say_reason(reason) for reason in error.reasons]
    if isinstance(error, Invalid):
        return [say(sentence) for sentences in error.fields.values() for sentence in sentences]
    return []
