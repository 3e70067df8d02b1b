"""The second factor: set up with an authenticator, its codes and recovery codes checked, renewed, taken away.

A wrong code is counted by the caller like a wrong password (services.logins). Secrets are sealed, recovery codes kept as
keyed digests; neither can be read back from the database alone.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.errors import Invalid, NotFound, Refused
from casemgr.models import Account, NextFactor, RecoveryCode, SecondFactor
from casemgr.policy import Actor
from casemgr.queries.actors import load_actor
from casemgr.services.accounts import end_tokens, get_account, other_account
from workflows.guards import local_date
from workflows.view import Reason

COLUMN, CODE_COLUMN = "second_factors.secret", "recovery_codes.digest"
STEP = 30  # seconds, as authenticators have it
SLACK = (0, -1, 1)  # a clock that goes a little wrong
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that looks alike
CODES, CODE_LENGTH = 10, 10
SETUP_HOLDS = timedelta(minutes=30)
WRONG_CODE = "This code is not right, or was used already. Wait for the next one."
REASON_MISSING = "Say why."


@dataclass(frozen=True, slots=True)
class FactorRules:
    """Whose log-ins need a second factor, and how long after it was first asked for they may go without."""

    roles: tuple[str, ...] = ()
    grace: timedelta = timedelta(0)


def is_set(session: Session, account_id: int) -> bool:
    """Whether an account has a second factor."""
    return session.scalar(select(SecondFactor.account_id).where(SecondFactor.account_id == account_id)) is not None


def ask_for(session: Session, account: Account, rules: FactorRules, at: datetime) -> None:
    """Begin the grace of an account whose posts need a second factor: from its first log-in without one."""
    if not rules.roles or account.factor_asked_at is not None or is_set(session, account.id):
        return
    actor = load_actor(session, account.id, local_date(at))
    if actor is not None and actor.has(*rules.roles):
        account.factor_asked_at = at


def begin_setup(session: Session, account_id: int, *, at: datetime) -> None:
    """A fresh secret for an authenticator; the factor before stays in force until a code of the new one is typed."""
    sealed = session.info["keys"].seal(pyotp.random_base32(), COLUMN)
    session.execute(delete(NextFactor).where(NextFactor.account_id == account_id))
    session.add(NextFactor(account_id=account_id, secret=sealed, begun_at=at))
    session.flush()


def find_setup(session: Session, account_id: int, at: datetime) -> str | None:
    """The secret that is being set up, in base 32; None when nothing is, or it was begun too long ago."""
    row = session.get(NextFactor, account_id)
    if row is None or row.begun_at <= at - SETUP_HOLDS:
        return None
    return str(session.info["keys"].open(row.secret, COLUMN))


def address_of(secret: str, login: str, issuer: str) -> str:
    """What an authenticator reads from the square."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def confirm_setup(session: Session, account_id: int, code: str, *, at: datetime) -> list[str] | None:
    """Put the new device in force: the recovery codes, told once; None for a wrong code. All log-ins of the account end."""
    account = get_account(session, account_id)
    secret = find_setup(session, account_id, at)
    step = step_of(secret, code, at) if secret else None
    if secret is None or step is None:
        return None
    session.execute(delete(NextFactor).where(NextFactor.account_id == account_id))
    session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))
    sealed = session.info["keys"].seal(secret, COLUMN)
    session.add(SecondFactor(account_id=account_id, secret=sealed, confirmed_at=at, last_step=step))
    account.rights_version += 1
    audit.record(session, account, "account.factor_set", actor=Actor("account", account_id), at=at)
    return put_codes(session, account_id)


def step_of(secret: str, code: str, at: datetime, after: int = 0) -> int | None:
    """The time step whose code this is, if it comes after a step; None for a wrong or an old code."""
    typed = bare(code)
    if not typed.isdecimal():
        return None
    now, device = int(at.timestamp()) // STEP, pyotp.TOTP(secret)
    steps = [now + slack for slack in SLACK if now + slack > after]
    return next((step for step in steps if hmac.compare_digest(device.generate_otp(step), typed)), None)


def bare(code: str) -> str:
    """A typed code without spaces and dashes, in capitals."""
    return "".join(letter for letter in code if letter.isascii() and letter.isalnum()).upper()[:64]


def put_codes(session: Session, account_id: int) -> list[str]:
    """New recovery codes in place of the old ones: as they are told, in two halves."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)) for _ in range(CODES)]
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    keys = session.info["keys"]
    rows = [{"account_id": account_id, "digest": keys.find(code, CODE_COLUMN), "used_at": None} for code in codes]
    session.execute(insert(RecoveryCode), rows)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def check(session: Session, account: Account, code: str, *, at: datetime) -> str:
    """Take a code: "code", "recovery", or "" for a wrong one or one that was taken before. The account row is locked."""
    row = session.get(SecondFactor, account.id, populate_existing=True)
    if row is None:
        return ""
    step = step_of(session.info["keys"].open(row.secret, COLUMN), code, at, row.last_step)
    if step is not None:
        row.last_step = step
        session.flush()
        return "code"
    return "recovery" if take_recovery(session, account, code, at) else ""


def take_recovery(session: Session, account: Account, code: str, at: datetime) -> bool:
    """Use up a recovery code, if it is one."""
    unused = (
        RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None),
        RecoveryCode.digest.in_(session.info["keys"].finds(bare(code), CODE_COLUMN)),
    )  # fmt: skip
    taken = session.scalars(update(RecoveryCode).where(*unused).values(used_at=at).returning(RecoveryCode.digest)).all()
    if taken:
        left = count_codes(session, account.id)
        audit.record(session, account, "account.recovery_used", actor=Actor("account", account.id), at=at, data={"left": left})
    return bool(taken)


def count_codes(session: Session, account_id: int) -> int:
    """Recovery codes that were not used yet."""
    query = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(query) or 0


def renew_codes(session: Session, account: Account, *, at: datetime) -> list[str]:
    """Ten new recovery codes, told once. Raises NotFound without a second factor."""
    if not is_set(session, account.id):
        raise NotFound()
    audit.record(session, account, "account.codes_renewed", actor=Actor("account", account.id), at=at)
    return put_codes(session, account.id)


def remove(session: Session, account: Account, *, at: datetime, rules: FactorRules) -> None:
    """Do without, at the owner's wish. Raises Refused where a post of the account needs it."""
    actor = load_actor(session, account.id, local_date(at))
    if actor is not None and actor.has(*rules.roles):
        raise Refused(Reason("factor_needed"))
    forget(session, account)
    audit.record(session, account, "account.factor_removed", actor=Actor("account", account.id), at=at)


def reset(session: Session, account_id: int, reason: str, *, actor: Actor, at: datetime) -> None:
    """Take the second factor of an account that lost its device: by another person, with a reason; all its log-ins end.

    A new grace begins with its next log-in. Raises NotAllowed, NotFound, Invalid without a reason.
    """
    account = other_account(session, account_id, actor)
    if not reason.strip():
        raise Invalid({"reason": [REASON_MISSING]})
    if not is_set(session, account.id):
        raise NotFound()
    forget(session, account)
    account.factor_asked_at = None
    account.rights_version += 1
    end_tokens(session, account_id, at=at)
    audit.record(session, account, "account.factor_reset", actor=actor, at=at, values={"reason": reason.strip()})


def forget(session: Session, account: Account) -> None:
    """Nothing of the second factor stays."""
    for table in (SecondFactor, NextFactor, RecoveryCode):
        session.execute(delete(table).where(table.account_id == account.id))
