"""What every carrier is handed, and how it says that it could not deliver. Mails, robots and webhooks each have a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from casemgr.queries.mails import MailLine


class Unreachable(Exception):
    """The far end cannot be talked to now: no message is at fault."""


class NoAnswer(Exception):
    """The message was handed over and no answer came: it may have arrived."""


class Rejected(Exception):
    """The far end refused this message; `said` is its answer, `final` whether trying again is of no use."""

    def __init__(self, said: str, *, final: bool) -> None:
        self.said, self.final = said, final
        super().__init__(said)


class Throttled(Exception):
    """Too many messages for the far end: nothing more to this receiver for a while."""

    def __init__(self, said: str, wait: timedelta | None = None) -> None:
        self.said, self.wait = said, wait
        super().__init__(said)


@dataclass(frozen=True)
class Target:
    """A robot as a message needs it: what stands behind the base address, what signs, whether a whole group reads it."""

    kind: str
    token: str
    secret: str = ""
    group: bool = False


@dataclass(frozen=True)
class Parcel:
    """One message to be sent: its outbox row, the receiver, and the notices it carries."""

    row_id: int
    key: str
    to: str | Target  # an e-mail address or a robot
    locale: str
    attempts: int
    lines: Sequence[MailLine]
    rest: int = 0  # notices that it counts but does not list
    lane: int = 0  # whom it is for: an account, or minus the robot of a group
