"""How a mail is written and handed to the mail server. A mail holds numbers, stages and links: no name, no word of the text.

The id of a mail follows from its outbox row: the rare one sent twice, because a kill fell between sending and noting
it, is the same mail to whoever receives it.
"""

import hashlib
import smtplib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.support import NullTranslations, Translations
from markupsafe import Markup, escape

from casemgr.config import Settings
from casemgr.jobs.parcels import NoAnswer, Parcel, Rejected, Unreachable
from casemgr.queries.mails import MailLine
from workflows import WORKFLOWS
from workflows.notice_words import notice_sentence

TRANSLATIONS = Path(__file__).parent.parent / "translations"
MOST_LINES = 50  # of a mail that gathers many notices
WORDS = {
    "more": "And %(count)s more.",
    "gathered": "%(count)s messages",
    "stage": "Stage: %(stage)s",
    "tier": "Tier: %(tier)s",
    "due": "%(number)s: %(deadline)s, %(when)s",
    "foot": "Sent by casemgr. Please do not reply; open the matter with the link.",
}
TIER_WORDS = {"yellow": "Yellow", "orange": "Orange", "red": "Red"}
Translate = Callable[[str], str]


@cache
def translations(locale: str) -> NullTranslations:
    """The catalogue of a language; English where there is none."""
    return Translations.load(TRANSLATIONS, [locale])


def compose(parcel: Parcel, settings: Settings, at: datetime, translate: Translate | None = None) -> EmailMessage:
    """The mail as text and HTML, in the receiver's language."""
    say = translate or translations(parcel.locale).gettext
    told = [(notice_sentence(line.code, line.params, line.number, say), line) for line in parcel.lines]
    count = len(parcel.lines) + parcel.rest
    subject = told[0][0] if count == 1 else say(WORDS["gathered"]) % {"count": count}
    mail = EmailMessage()
    mail["Subject"] = subject
    mail["From"] = settings.smtp_from
    mail["To"] = Address(addr_spec=str(parcel.to))
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(parcel, settings)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    paragraphs = [part for sentence, line in told for part in (paragraph(sentence, line, settings, say), *named(line, settings, say))]
    if parcel.rest:
        paragraphs.append((say(WORDS["more"]) % {"count": parcel.rest}, "", f"{settings.base_url}/notices"))
    mail.set_content(as_text(paragraphs, say(WORDS["foot"])))
    mail.add_alternative(as_html(paragraphs, say(WORDS["foot"]), parcel.locale), subtype="html")
    return mail


def message_id(parcel: Parcel, settings: Settings) -> str:
    """The same for every try of the same outbox row."""
    mark = hashlib.sha256(f"{parcel.row_id}:{parcel.key}".encode()).hexdigest()[:16]
    return f"<casemgr.{parcel.row_id}.{mark}@{settings.smtp_from.rpartition('@')[2] or 'localhost'}>"


def paragraph(sentence: str, line: MailLine, settings: Settings, say: Translate) -> tuple[str, str, str]:
    """What is said, tier and stage, and the link."""
    tier = say(WORDS["tier"]) % {"tier": say(TIER_WORDS[line.tier])} if line.tier else ""
    stage = say(WORDS["stage"]) % {"stage": say(line.stage)} if line.stage else ""
    return sentence, " · ".join(filter(None, (tier, stage))), settings.base_url + line.path


def named(line: MailLine, settings: Settings, say: Translate) -> Iterator[tuple[str, str, str]]:
    """The matters a digest names: number, deadline, due time, link."""
    for case_id, number, process, key, due_at in line.params.get("first", ()):
        deadline = say(WORKFLOWS[process].deadline(key).label)
        words = {"number": number, "deadline": deadline, "when": due_words(datetime.fromisoformat(due_at), settings)}
        yield say(WORDS["due"]) % words, "", f"{settings.base_url}/cases/{case_id}"


def due_words(due_at: datetime, settings: Settings) -> str:
    """A due time at the office, such as 03-02 18:00; midnight is 24:00 of the day before."""
    local = due_at.astimezone(ZoneInfo(settings.timezone))
    if local.time() == time(0):
        return f"{local - timedelta(days=1):%m-%d} 24:00"
    return f"{local:%m-%d %H:%M}"


def as_text(paragraphs: Sequence[tuple[str, str, str]], foot: str) -> str:
    """The plain part."""
    return "\n\n".join("\n".join(filter(None, parts)) for parts in paragraphs) + f"\n\n{foot}\n"


def as_html(paragraphs: Sequence[tuple[str, str, str]], foot: str, locale: str) -> str:
    """The HTML part, everything escaped."""
    body = Markup("").join(
        Markup('<p>{}{}<br><a href="{}">{}</a></p>').format(
            sentence, Markup("<br>") + escape(stage) if stage else "", link, link
        )
        for sentence, stage, link in paragraphs
    )
    lang = locale.replace("_", "-")
    return Markup('<!doctype html><html lang="{}"><meta charset="utf-8"><body>{}<p>{}</p></body></html>').format(
        lang, body, foot
    )


def rejected(code: int) -> Rejected:
    """A refusal by its SMTP code: 5xx is final."""
    return Rejected(f"SMTP {code}", final=500 <= code < 600)


class Postman:
    """A connection to the mail server, opened when first needed and again when it broke."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.server: smtplib.SMTP | None = None

    def __enter__(self) -> "Postman":
        return self

    def __exit__(self, *error: Any) -> None:
        self.hang_up()

    def send(self, mail: EmailMessage) -> None:
        """Hand over one mail. Raises Unreachable, NoAnswer or Rejected."""
        fresh = self.server is None
        try:
            self.server = self.server or self.connect()
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(type(error).__name__) from None
        try:
            self.server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            raise rejected(next(iter(error.recipients.values()))[0]) from None
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            raise rejected(error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise Rejected("SMTPUTF8", final=True) from None  # the address has other letters than this server takes
        except (smtplib.SMTPException, OSError) as error:
            self.hang_up()  # a connection just opened broke over this mail; one that was used may have had its time
            raise (NoAnswer if fresh else Unreachable)(type(error).__name__) from None

    def connect(self) -> smtplib.SMTP:
        """Connect, encrypt and log in as the settings say; the server has answered by then."""
        settings = self.settings
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=settings.smtp_timeout_seconds)
        server.ehlo_or_helo_if_needed()
        if settings.smtp_starttls:
            server.starttls()
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        return server

    def hang_up(self) -> None:
        """Close the connection, whatever state it is in."""
        server, self.server = self.server, None
        if server is None:
            return
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()
