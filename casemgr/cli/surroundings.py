"""What settings, files and the machine tell of a running installation, for `flask inspect`. What the database tells: queries.condition."""

import os
import shutil
import socket
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr.config import Settings
from casemgr.demo.build import PASSWORD
from casemgr.demo.mark import find_mark
from casemgr.demo.plan import street_data
from casemgr.models import Account, Appointment, Post
from casemgr.queries.condition import FAULT, OK, WARN, Finding, judged
from casemgr.services.books import load_books
from casemgr.services.passwords import PasswordRules, is_right
from workflows.roles import ADMINS

SECRET_LENGTH, SECRET_LETTERS = 32, 12
SOUND_MEMORY, SOUND_ROUNDS = 19_456, 2  # KiB and rounds of Argon2id: the least that OWASP's password sheet names
LITTLE, SCARCE = 0.15, 0.05  # of the disk free
CALENDAR_AHEAD = timedelta(days=60)
ANSWERS_WITHIN = 3.0  # seconds


def look_at_settings(app: Flask, settings: Settings) -> Iterator[Finding]:
    """What the settings in force mean for whoever is outside."""
    production = settings.is_production
    yield judged("environment", production, level=WARN, message="Environment: %(name)s.",
                 hint="Set CASEMGR_ENVIRONMENT=production where real people's matters are kept.", name=settings.environment)  # fmt: skip
    yield judged("debug", not app.debug, message="Debugging is on: %(on)s.", hint="Take FLASK_DEBUG and --debug away.",
                 on=app.debug)  # fmt: skip
    key = settings.secret_key.get_secret_value()
    strong = len(key) >= SECRET_LENGTH and len(set(key)) >= SECRET_LETTERS
    yield judged("signing key", strong, message="Signing key: %(length)s characters, %(letters)s different ones.",
                 hint="Take a new one from make secrets; keep this one in CASEMGR_SECRET_KEY_FALLBACKS for a day.",
                 length=len(key), letters=len(set(key)))  # fmt: skip
    waiting = len(settings.sealing_keys) - 1 + len(settings.earlier_index_keys) + len(settings.earlier_secret_keys)
    yield judged("earlier keys", not waiting, level=WARN, message="Earlier keys still in the settings: %(count)s.",
                 hint="When flask keys list says that nothing is left under them, take them away.", count=waiting)  # fmt: skip
    secure = bool(app.config["SESSION_COOKIE_SECURE"] and app.config["SESSION_COOKIE_HTTPONLY"])
    yield judged("cookies", secure, message="Cookie of the log-in: Secure %(secure)s, HttpOnly %(only)s, SameSite %(site)s.",
                 hint="CASEMGR_ENVIRONMENT=production sets them.", level=FAULT if production else WARN,
                 secure=app.config["SESSION_COOKIE_SECURE"], only=app.config["SESSION_COOKIE_HTTPONLY"],
                 site=app.config["SESSION_COOKIE_SAMESITE"])  # fmt: skip
    outside = [settings.base_url, *([settings.door_url] if settings.door_url else [])]
    https = all(urlsplit(address).scheme == "https" for address in outside)
    yield judged("https", https and settings.trusted_proxies > 0, level=FAULT if production else WARN,
                 message="Addresses: %(addresses)s; proxies in front: %(proxies)s.",
                 hint="Put a proxy with TLS in front, then set CASEMGR_BASE_URL=https://… and CASEMGR_TRUSTED_PROXIES.",
                 addresses=" ".join(outside), proxies=settings.trusted_proxies)  # fmt: skip
    sound = settings.argon2_memory_kib >= SOUND_MEMORY and settings.argon2_time_cost >= SOUND_ROUNDS
    yield judged("password hashes", sound, message="Argon2id: %(memory)s KiB, %(rounds)s rounds.",
                 hint="Take the defaults of CASEMGR_ARGON2_MEMORY_KIB and CASEMGR_ARGON2_TIME_COST.",
                 memory=settings.argon2_memory_kib, rounds=settings.argon2_time_cost)  # fmt: skip
    missing = sorted(ADMINS - set(settings.factor_roles))
    yield judged("second factor", not missing, level=WARN, message="Administrators without a second factor: %(roles)s.",
                 hint="Name them in CASEMGR_SECOND_FACTOR_ROLES.", roles=", ".join(missing) or "–")  # fmt: skip


def look_at_files(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Who else on the machine can read the files, how much room there is, how old the newest backup is."""
    folder = settings.data_dir
    for name, path in (("data folder", folder), ("files", settings.files_dir), ("settings file", Path(".env"))):
        if path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
            yield judged(name, not mode & 0o007, level=WARN, message="%(path)s has the mode %(mode)s.",
                         hint="Keep others out: chmod o-rwx %(path)s", path=str(path), mode=f"{mode:04o}")  # fmt: skip
    writable = os.access(folder, os.W_OK)
    yield judged("data folder writable", writable, message="%(path)s can be written: %(can)s.",
                 hint="Give the folder to the user the programme runs as.", path=str(folder), can=writable)  # fmt: skip
    if folder.exists():
        disk = shutil.disk_usage(folder)
        free = disk.free / disk.total
        level = FAULT if free < SCARCE else WARN if free < LITTLE else OK
        yield Finding("disk", level, message="Free on the disk of %(path)s: %(free)s %% (%(gb)s GB).", params={
            "path": str(folder), "free": f"{free * 100:.0f}", "gb": f"{disk.free / 1e9:.0f}",
        }, hint="Make room, or move CASEMGR_DATA_DIR." if level != OK else "")  # fmt: skip
    if settings.backup_dir is None:
        yield Finding("backups", WARN, message="Backups are not looked at.", hint="Name their folder in CASEMGR_BACKUP_DIR.")
        return
    newest = max((path.stat().st_mtime for path in settings.backup_dir.rglob("*") if path.is_file()), default=None)
    at = datetime.fromtimestamp(newest, UTC) if newest else None
    yield judged("backups", at is not None and now - at < timedelta(hours=settings.backup_hours), message="Newest backup: %(at)s.",
                 hint="Find out why none has come since, and make one now.", at=at.isoformat(timespec="minutes") if at else "–")  # fmt: skip


def look_at_people(session: Session, rules: PasswordRules) -> Iterator[Finding]:
    """Whether the demo's logins and password are here, and whether the year's calendar is known."""
    found = find_mark(session)
    yield judged("demo", found is None, level=WARN, message="This database was built by the demo: %(demo)s.",
                 hint="Never put real people's matters into it.", demo=found is not None)  # fmt: skip
    told = [one["login"] for one in street_data()["logins"]]
    admins = select(Appointment.account_id).join(Post, Post.id == Appointment.post_id).where(Post.role.in_(ADMINS))
    suspects = select(Account.login, Account.password_hash).where(
        Account.active.is_(True), Account.login.in_(told) | Account.id.in_(admins)
    )
    hit = sorted(login for login, kept in session.execute(suspects) if is_right(rules, kept, PASSWORD))
    yield judged("demo passwords", not hit, message="Logins with the password of the demo: %(logins)s.",
                 hint="Give each a new one: flask --app wsgi account reset LOGIN", logins=", ".join(hit) or "–")  # fmt: skip


def look_at_calendar(session: Session, now: datetime) -> Finding:
    """Whether the holidays of the coming weeks are confirmed."""
    calendar = load_books(session).calendar
    known = calendar.covers(calendar.local(now + CALENDAR_AHEAD).date())
    return judged("calendar", known, level=WARN, message="Calendar confirmed to the end of %(year)s.",
                  hint="Load the next year's holidays under Settings: due times beyond are estimates.", year=calendar.last_year)  # fmt: skip


def look_outside(settings: Settings) -> Iterator[Finding]:
    """Whether the mail server and the robots' servers take a connection. Nothing is sent."""
    far = {"mail server": (settings.smtp_host, settings.smtp_port)} if settings.smtp_host else {}
    if settings.robots_enabled and not settings.outbound_proxy:
        bases = {"DingTalk": settings.dingtalk_base, "WeCom": settings.wecom_base, "Feishu": settings.feishu_base}
        parts = {name: urlsplit(base) for name, base in bases.items() if base}
        far |= {name: (part.hostname or "", part.port or 443) for name, part in parts.items()}
    for name, (host, port) in far.items():
        try:
            socket.create_connection((host, port), ANSWERS_WITHIN).close()
            good = True
        except OSError:
            good = False
        yield judged(name, good, level=WARN, message="%(host)s port %(port)s answers: %(does)s.",
                     hint="Look at the firewall and at the settings.", host=host, port=port, does=good)  # fmt: skip
