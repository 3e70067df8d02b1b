"""The one place that reads the time. Entry points ask a Clock once and pass `at` down; nothing else looks."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Gives the present instant, aware and in UTC."""

    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        ...


class SystemClock:
    """The computer's clock."""

    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        return datetime.now(UTC)


@dataclass
class FixedClock:
    """Stands still until it is moved: for tests, the demo and commands given `--at`."""

    instant: datetime

    def __post_init__(self) -> None:
        if self.instant.tzinfo is None:
            raise ValueError("a clock needs an instant with its time zone")

    def now(self) -> datetime:
        """The instant it was set to, in UTC."""
        return self.instant.astimezone(UTC)

    def advance(self, by: timedelta) -> datetime:
        """Move on (or back) and return the new instant."""
        self.instant += by
        return self.now()
