"""Steps of a matter that waits for departments called to it: which of its clocks stand still meanwhile is a number of the rules.

They are taken by casemgr alone, along with the whistle (casemgr.services.whistles).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from workflows.model import Notice, Step
from workflows.view import CaseView

WAITING = "waits_for_units"  # the fact


def waits(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """Departments were called."""
    return {WAITING: True}


def goes_on(view: CaseView, data: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    """They are done, or not needed any more."""
    return {WAITING: False}


def waiting_steps(process: str, opened: tuple[str, ...], every: tuple[str, ...], told: tuple[str, ...]) -> tuple[Step, ...]:
    """Wait for units, and go on; `told` are those in charge of the matter. That units are done is noted wherever the matter
    is by then (`every`), so that one that comes back does not wait for them."""
    return (
        Step("wait_for_units", "Departments were called", opened, None, ("scheduler",), f"{process}.waits_for_units",
             "The clocks named in the rules stand still until they are done.", append=True, act=False, together=True, derive=waits,
             notices=(Notice(told, f"{process}.waits_for_units"),)),
        Step("units_answered", "The departments are done", every, None, ("scheduler",), f"{process}.units_answered",
             "The clocks that stood still go on.", append=True, act=False, together=True, derive=goes_on,
             notices=(Notice(told, f"{process}.units_answered"),), effect="units_answered"),
    )
