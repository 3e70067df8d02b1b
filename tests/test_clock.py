"""The clocks."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from casemgr.clock import FixedClock, SystemClock


@time_machine.travel(datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC), tick=False)
def test_the_system_clock_gives_aware_utc() -> None:
    assert SystemClock().now() == datetime(2026, 3, 2, 1, 2, 3, tzinfo=UTC)
    assert SystemClock().now().tzinfo is UTC


def test_a_fixed_clock_stands_until_moved() -> None:
    clock = FixedClock(datetime.fromisoformat("2026-03-02T09:00:00+08:00"))
    assert clock.now() == clock.now() == datetime(2026, 3, 2, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    assert clock.advance(timedelta(hours=2)) == datetime(2026, 3, 2, 3, tzinfo=UTC) == clock.now()


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FixedClock(datetime(2026, 3, 2))
