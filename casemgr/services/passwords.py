"""Passwords: hashed with Argon2id, measured against the rules of the settings. Nothing here touches the database."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from casemgr.config import Settings
from casemgr.services.frequent_passwords import is_frequent

LONGEST = 128
CLASSES = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]")
TOO_SHORT = "Take at least so many characters as the rule above says."
TOO_LONG = "Take at most 128 characters."
TOO_PLAIN = "Mix small letters, capitals, digits and signs as the rule above says."
LIKE_LOGIN = "The password must not contain the login."
TOO_FREQUENT = "This password, or what it is made of, is among those that are tried first. Take another."
USED_BEFORE = "This password was used before. Take another."
ALPHABET = ("abcdefghjkmnpqrstuvwxyz", "ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789", "-+=?")  # nothing that looks alike


@dataclass(frozen=True)
class PasswordRules:
    """The rules of an installation. `decoy` is the hash that an unknown login is compared with, at the same cost."""

    hasher: PasswordHasher
    decoy: str
    min_length: int
    min_classes: int
    history: int
    failures: int
    locked_for: timedelta


@dataclass(frozen=True)
class Prepared:
    """A password to be told once, and its hash."""

    told: str
    hash: str


def prepare(rules: PasswordRules, password: str = "") -> Prepared:
    """A temporary password, or that one, hashed: the slow part of making an account."""
    told = password or temporary(rules)
    return Prepared(told, rules.hasher.hash(told))


def rules_of(settings: Settings) -> PasswordRules:
    """The rules that settings give."""
    hasher = PasswordHasher(
        time_cost=settings.argon2_time_cost,
        memory_cost=settings.argon2_memory_kib,
        parallelism=settings.argon2_parallelism,
    )
    return PasswordRules(
        hasher, hasher.hash("nobody's password"), settings.password_min_length, settings.password_min_classes,
        settings.password_history, settings.lockout_failures, timedelta(minutes=settings.lockout_minutes),
    )  # fmt: skip


def is_right(rules: PasswordRules, hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash. Without a hash it takes as long and is never right."""
    try:
        return rules.hasher.verify(hash or rules.decoy, password[: LONGEST + 1]) and hash is not None
    except (VerificationError, InvalidHashError):
        return False


def faults_of(rules: PasswordRules, password: str, login: str, hashes: Iterable[str]) -> list[str]:
    """Why a new password may not be taken, English msgids. `hashes` are the ones in use and used before."""
    faults = []
    if len(password) < rules.min_length:
        faults.append(TOO_SHORT)
    if len(password) > LONGEST:
        return [TOO_LONG]
    if sum(bool(re.search(sort, password)) for sort in CLASSES) < rules.min_classes:
        faults.append(TOO_PLAIN)
    if login.lower() in password.lower():
        faults.append(LIKE_LOGIN)
    if not faults and is_frequent(password):
        faults.append(TOO_FREQUENT)
    if not faults and any(is_right(rules, hash, password) for hash in hashes):
        faults.append(USED_BEFORE)
    return faults


def temporary(rules: PasswordRules) -> str:
    """A random password to be told once and changed at the first log-in: one of every class, then any."""
    length = max(rules.min_length, 12)
    every = "".join(ALPHABET)
    return "".join([secrets.choice(letters) for letters in ALPHABET] + [secrets.choice(every) for _ in range(length - len(ALPHABET))])
