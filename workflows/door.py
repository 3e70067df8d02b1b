"""The residents' door in numbers: how long codes and visits hold, what a form must show, and the shape of a code.

A code is twenty digits, five groups of four: 66 bits, typed on the keys of a telephone and read out without a mistake.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from hashlib import sha256
from typing import Any

DIGITS = 20
GROUP = 4
BEGINNING = 8  # digits by which wrong codes are counted together
WIDE = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True, slots=True)
class DoorRules:
    """Section [door] of the rules: days, hours, minutes, seconds and counts, as their names say."""

    code_days: int = 730
    once_hours: int = 72
    visit_minutes: int = 30
    form_hours: int = 24
    form_seconds: int = 20
    work_bits: int = 14
    free_tries: int = 20
    free_tries_of_a_beginning: int = 5
    free_reports: int = 20
    longest_wait_seconds: int = 60
    forgotten_after_minutes: int = 60

    @property
    def code_holds(self) -> timedelta:
        """A code to follow with."""
        return timedelta(days=self.code_days)

    @property
    def once_holds(self) -> timedelta:
        """A code for one use."""
        return timedelta(hours=self.once_hours)

    @property
    def visit_holds(self) -> timedelta:
        """A visit, from its last page on."""
        return timedelta(minutes=self.visit_minutes)


def door_rules(raw: Mapping[str, Any]) -> DoorRules:
    """The numbers of a rule set; what it does not name has its default."""
    given = raw.get("door", {})
    return DoorRules(**{f.name: given[f.name] for f in fields(DoorRules) if f.name in given})


def code_from(secret: bytes) -> str:
    """The code that follows from at least 16 secret bytes."""
    return f"{int.from_bytes(secret, 'big') % 10**DIGITS:0{DIGITS}}"


def bare(typed: str) -> str:
    """The digits of a code as somebody typed it: with spaces, dashes or full-width figures."""
    return re.sub(r"[^0-9]", "", typed[:100].translate(WIDE))


def in_groups(code: str) -> str:
    """A code as it is printed."""
    return " ".join(code[n : n + GROUP] for n in range(0, len(code), GROUP))


def is_worked(puzzle: str, answer: str, bits: int) -> bool:
    """Whether SHA-256 of `puzzle:answer` begins with so many zero bits: a moment's work for a telephone, a burden for a robot."""
    if not re.fullmatch(r"[0-9]{1,12}", answer):
        return False
    return int.from_bytes(sha256(f"{puzzle}:{answer}".encode()).digest(), "big") >> (256 - bits) == 0
