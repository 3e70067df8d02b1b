"""A clock that is put forward and back while processes read it: a file holds by how much, in seconds.

It is given to the application and to the schedulers as their clock (nursery.py); the product has no setting for it.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

CLOCK = "CHAOS_CLOCK"  # where the file is


class ShiftedClock:
    """The computer's clock and so many seconds, or an instant that stands still; asked of the file every time."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        """The present instant, aware and in UTC."""
        kind, value = self.path.read_text().split()
        if kind == "stands":
            return datetime.fromisoformat(value)
        return datetime.now(UTC) + timedelta(seconds=float(value))

    def put(self, text: str) -> None:
        """Replace what the file says in one go."""
        draft = self.path.with_suffix(".new")
        draft.write_text(text)
        os.replace(draft, self.path)

    def set_to(self, instant: datetime) -> None:
        """Go on from that instant."""
        self.put(f"shifted {(instant - datetime.now(UTC)).total_seconds()}")

    def jump(self, by: timedelta) -> datetime:
        """Put it forward or back; the new instant."""
        self.set_to(self.now() + by)
        return self.now()

    def stand(self, instant: datetime) -> None:
        """Stand still at that instant."""
        self.put(f"stands {instant.isoformat()}")


def clock_of_environment() -> ShiftedClock:
    """The clock of this process."""
    return ShiftedClock(Path(os.environ[CLOCK]))
