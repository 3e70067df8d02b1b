"""How long a deadline is: an amount of one unit, and the ways people write it. Not here: counting it (`due.py`)."""

import re
from dataclasses import dataclass
from functools import lru_cache

DATE_UNITS = ("days", "working_days", "months")  # run to 24:00 of a date
HOUR_UNITS = ("hours", "working_hours")  # run to an instant
UNITS = DATE_UNITS + HOUR_UNITS
LONGEST = {"days": 3_660, "working_days": 3_660, "months": 120, "hours": 87_840, "working_hours": 29_280}  # ten years

# One and many, as English msgids.
LABELS = {
    "days": ("%(n)s day", "%(n)s days"),
    "working_days": ("%(n)s working day", "%(n)s working days"),
    "months": ("%(n)s month", "%(n)s months"),
    "hours": ("%(n)s hour", "%(n)s hours"),
    "working_hours": ("%(n)s working hour", "%(n)s working hours"),
}

_WRITTEN = re.compile(
    r"(?P<amount>\d+)\s*(?:"
    r"(?P<working_days>working[ _-]?days?|个?工作日)|"
    r"(?P<working_hours>working[ _-]?hours?|个?工作小时)|"
    r"(?P<days>days?|个?自然日|日|天)|"
    r"(?P<months>months?|个月)|"
    r"(?P<hours>hours?|个?小时)"
    r")",
    re.IGNORECASE,
)


class LengthError(ValueError):
    """A length that cannot be read, or is not between one and ten years' worth."""


@dataclass(frozen=True, slots=True)
class Length:
    """An amount of one unit of UNITS: at least one, at most ten years. Raises LengthError."""

    amount: int
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise LengthError(f"{self.unit!r} is not a unit; the units are {', '.join(UNITS)}")
        if not 1 <= self.amount <= LONGEST[self.unit]:
            raise LengthError(f"{self.amount} {self.unit} is not between 1 and {LONGEST[self.unit]}")

    @property
    def in_dates(self) -> bool:
        """Does it run to the end of a date (days, working days, months) rather than to an instant?"""
        return self.unit in DATE_UNITS

    @property
    def label(self) -> str:
        """The English msgid, to be filled with n=amount."""
        return LABELS[self.unit][self.amount != 1]

    def __str__(self) -> str:
        return self.label % {"n": self.amount}


@lru_cache(1024)  # rules and facts say the same few lengths over and over
def parse_length(text: str) -> Length:
    """The length written "5 working days", "1 month", "24 hours", "5个工作日", "30日", "2个工作小时". Raises LengthError."""
    found = _WRITTEN.fullmatch(" ".join(text.split()))
    if not found:
        raise LengthError(f"{text!r} is not a length; write one like 5 working days, 30 days, 1 month or 24 hours")
    unit = next(unit for unit in UNITS if found[unit])
    return Length(int(found["amount"]), unit)
