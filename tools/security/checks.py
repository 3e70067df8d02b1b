"""What a check is: a name, what is tried in a sentence, how often it was tried, what was found. Checks register here."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tools.security.outcome import Outcome
from tools.security.server import LOGINS, Target
from tools.security.visitor import Visitor


@dataclass
class Attack:
    """What a check works with: the installation, and one logged-in visitor a login."""

    target: Target
    visitors: dict[str, Visitor]
    pages: int = 130  # that a crawler opens as one person

    def fresh(self, address: str = "198.51.100.7") -> Visitor:
        """Somebody nobody knows."""
        return Visitor(self.target.port, address)

    def arrive(self, login: str, address: str = "192.0.2.1") -> Visitor:
        """A new browser, logged in."""
        found = Visitor(self.target.port, address, login)
        answer = found.log_in()
        if answer.status != 302:
            raise RuntimeError(f"{login} cannot log in: {answer.status}")
        return found


Check = Callable[[Attack, Outcome], None]
CHECKS: dict[str, Check] = {}


def check(function: Check) -> Check:
    """Register a check; its docstring is what it tries."""
    CHECKS[function.__name__] = function
    return function


def begin(target: Target, logins: tuple[str, ...] = LOGINS) -> Attack:
    """Log everybody in, each from an address of their own."""
    attack = Attack(target, {})
    for number, login in enumerate(logins, start=10):
        attack.visitors[login] = attack.arrive(login, f"192.0.2.{number}")
    return attack


def run_check(attack: Attack, name: str) -> Outcome:
    """Run one check; one that breaks is a finding itself."""
    outcome, began = Outcome(name, about=(CHECKS[name].__doc__ or "").strip()), time.monotonic()
    try:
        CHECKS[name](attack, outcome)
    except Exception as error:
        outcome.found.append(f"the check itself broke: {type(error).__name__}: {error}")
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome
