"""Accounts and their rights: made, appointed, relieved, mandated, locked out, reset. Every change is on the account's chain.

Every change of rights raises `rights_version`: all log-ins of the account end with their next request.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from casemgr import audit, policy
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, Refused
from casemgr.models import Account, Appointment, Area, Mandate, Post
from casemgr.policy import Actor
from casemgr.services import passwords
from casemgr.services.passwords import PasswordRules
from workflows.roles import ADMINS

WRONG_OLD = "This is not your present password."
LOGIN_TAKEN = "This login is taken."
LOGIN_SHAPE = "A login has 2 to 64 letters, digits, dots, dashes or underscores."
NAME_MISSING = "Give the name."
NOT_ONESELF = "Nobody changes their own rights."
ONE_ADMIN = "An administrator holds this one post and no other: administrators are kept apart from each other and from case work."
BASIS_MISSING = "Give the written basis of the mandate."
DATES_REVERSED = "The last day lies before the first."
HELD_ALREADY = "This account holds the post on some of these days already."
ENDED_ALREADY = "This ended before that day."


def set_password(
    session: Session, account: Account, password: str, *, actor: Actor, at: datetime, rules: PasswordRules
) -> None:
    """Take a new password of the owner's own choice. All log-ins of the account end. Raises Invalid."""
    hashes = [account.password_hash, *account.old_hashes]
    if faults := passwords.faults_of(rules, password, account.login, hashes):
        raise Invalid({"new": faults})
    replace_hash(account, rules.hasher.hash(password), at=at, keep=rules.history)
    account.must_change = False
    account.rights_version += 1
    audit.record(session, account, "account.password_changed", actor=actor, at=at)


def replace_hash(account: Account, hash: str, *, at: datetime, keep: int) -> None:
    """Put a new hash in force; the last `keep`, counting it, may not be taken again."""
    account.old_hashes = [account.password_hash, *account.old_hashes][: max(keep - 1, 0)]
    account.password_hash = hash
    account.password_changed_at = at


def set_locale(session: Session, account_id: int, locale: str) -> None:
    """Keep the language of an account. No right, so no event."""
    session.execute(update(Account).where(Account.id == account_id).values(locale=locale))
