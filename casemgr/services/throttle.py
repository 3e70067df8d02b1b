"""Wrong log-ins counted by network address, over all processes: who guesses waits longer and longer, nobody is shut out.

A whole office may stand behind one address: an account that logged in from there before never waits for the mistakes
of others; its own wrong passwords lock it alone (services.logins).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from casemgr.db import insert_new, upsert
from casemgr.models import Account, KnownPlace, LoginAddress

KNOWN_FOR = timedelta(days=60)
NO_WAIT = timedelta(0)


@dataclass(frozen=True, slots=True)
class Pace:
    """So many wrong ones from an address without waiting, the longest wait, and after what time without one all is forgotten."""

    free: int
    longest: timedelta
    forgotten_after: timedelta

    def pause(self, failures: int) -> timedelta:
        """Between two tries after so many wrong ones: a second, then twice as long each time."""
        over = failures - self.free
        return min(timedelta(seconds=2 ** min(over, 20)), self.longest) if over >= 0 else NO_WAIT


def let_in(session: Session, address: str, login: str, *, at: datetime, pace: Pace) -> timedelta:
    """Take this try's turn: how long it has to wait, nothing when it may go on. To be committed.

    Of several tries at one moment one gets the turn, whichever process it comes to.
    """
    row = session.scalar(select(LoginAddress).where(LoginAddress.address == address))
    pause = pace.pause(row.failures) if row and row.turn_at > at - pace.forgotten_after else NO_WAIT
    if row is None or not pause or is_known(session, address, login, at):
        return NO_WAIT
    mine = (LoginAddress.address == address, LoginAddress.turn_at <= at - pause)
    taken = session.scalars(update(LoginAddress).where(*mine).values(turn_at=at).returning(LoginAddress.address)).all()
    return NO_WAIT if taken else max(row.turn_at + pause - at, timedelta(seconds=1))


def is_known(session: Session, address: str, login: str, at: datetime) -> bool:
    """Whether an account logged in from an address not long ago."""
    known = exists().where(
        KnownPlace.account_id == Account.id, KnownPlace.address == address, KnownPlace.at > at - KNOWN_FOR
    )
    return session.scalar(select(Account.id).where(Account.login == login.strip(), known)) is not None


def count_wrong(session: Session, address: str, *, at: datetime, pace: Pace) -> None:
    """Count a wrong log-in from an address; the first after a long while begins the count anew."""
    old = at - pace.forgotten_after
    session.execute(delete(LoginAddress).where(LoginAddress.turn_at <= old))
    row = {"address": address, "failures": 1, "turn_at": at}
    if not insert_new(session, LoginAddress.__table__, [row]):
        more = update(LoginAddress).where(LoginAddress.address == address)
        session.execute(more.values(failures=LoginAddress.failures + 1, turn_at=at))


def note_known(session: Session, account_id: int, address: str, at: datetime) -> None:
    """Remember that an account logged in from an address; what is long ago is forgotten."""
    if not address:
        return
    session.execute(delete(KnownPlace).where(KnownPlace.account_id == account_id, KnownPlace.at <= at - KNOWN_FOR))
    upsert(session, KnownPlace.__table__, [{"account_id": account_id, "address": address, "at": at}])
