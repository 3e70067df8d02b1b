"""How long a closed matter keeps names and words, by process. Only the years; what is erased: casemgr.services.erasing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

LONGEST = 100


class BadYears(ValueError):
    """A number of years that is none."""


def years_of(raw: Mapping[str, Any], packaged: Mapping[str, Any]) -> dict[str, int]:
    """Process -> whole years after its end; processes kept for ever (0) are left out. Raises BadYears."""
    found = {**packaged.get("retention", {}), **raw.get("retention", {})}
    for process, years in found.items():
        if not isinstance(years, int) or not 0 <= years <= LONGEST:
            raise BadYears(f"retention.{process}: {years!r} is not a number of years from 0 to {LONGEST}")
    return {process: years for process, years in found.items() if years}


def kept_from(today: date, years: int) -> date:
    """What was closed before this day has been kept long enough: so many years ago, on the 29th of February the 28th."""
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return today.replace(year=today.year - years, day=28)
