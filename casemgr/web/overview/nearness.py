"""How near an instant is, as far as the words about it tell: equal here, equal there (casemgr/web/words.py)."""

from collections.abc import Callable, Hashable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import current_app

from casemgr.web.words import DAY, HOUR, SOON

SOON_ENDS = SOON.total_seconds()


def nearness(now: datetime) -> Callable[[datetime | None], Hashable]:
    """All of `now` that the words of a due time depend on: its minutes within the hour, its hours within the day, else the
    day; and whether it is over or soon."""
    today = now.astimezone(ZoneInfo(current_app.config["BABEL_DEFAULT_TIMEZONE"])).date()

    def near(due_at: datetime | None) -> Hashable:
        if due_at is None:
            return None
        left = (due_at - now).total_seconds()
        apart = abs(left)
        step = 60 if apart < HOUR else HOUR if apart < DAY else 0
        return today, left > 0, left <= SOON_ENDS, step, int(apart // step) if step else 0

    return near
