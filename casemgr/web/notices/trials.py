"""A test message, sent at once, and what the far end said about it in words."""

from collections.abc import Callable
from typing import Any

from flask import g
from flask_babel import gettext

from casemgr import db
from casemgr.config import Settings
from casemgr.jobs import mails, robots, webhooks
from casemgr.jobs.parcels import NoAnswer, Parcel, Rejected, Target, Throttled, Unreachable
from casemgr.models import Robot, Webhook
from casemgr.queries.mails import MailLine
from casemgr.services.channels import note_try

CODE = "channel.test"
FAULTS = {  # what the jobs note of a failure -> its words; anything else is what the far end said
    "no answer": "No answer came", "not reached": "The server was not reached",
    "the answer cannot be read": "The answer could not be read",
}  # fmt: skip


def say_fault(error: str) -> str:
    """Why a message was not taken, as far as casemgr has words for it."""
    return gettext(FAULTS[error]) if error in FAULTS else error


def send_test(channel: str, to: str | Robot, locale: str, settings: Settings) -> tuple[str, str]:
    """Send it by mail or to a robot: what to say, and how it is shown."""
    if isinstance(to, str):
        if not settings.smtp_host or not settings.mail_enabled:
            return gettext("No mail server is set up: notices stand in the inbox alone."), "error"
        return sent_by(mails.Postman(settings), mails.compose(parcel(to, locale), settings, g.at))
    with db.transaction(g.session):
        note_try(g.session, to, g.at)
    target = robots.target_of(to, g.session.info["keys"])
    return sent_by(robots.Robots(settings), robots.compose(parcel(target, locale), settings, g.at))


def send_ping(webhook: Webhook, settings: Settings) -> tuple[str, str]:
    """Send a webhook an event "ping" with the number 0, signed like the others."""
    body = webhooks.written(0, "ping", g.at, 0, {"id": 0, "number": "", "process": ""})
    secret = g.session.info["keys"].open(webhook.secret, "webhooks.secret")
    letter = webhooks.Letter(0, webhook.id, 0, webhook.address, secret, body)
    return said_of(lambda: webhooks.post(letter, settings))


def parcel(to: str | Target, locale: str) -> Parcel:
    """The test as a message."""
    return Parcel(0, f"test:{g.at.isoformat()}", to, locale, 1, [MailLine(0, CODE, {}, path="/account/notices")])


def sent_by(carrier: Any, message: Any) -> tuple[str, str]:
    """What came of a message, in words, and whether that is good."""
    with carrier:
        return said_of(lambda: carrier.send(message))


def said_of(send: Callable[[], None]) -> tuple[str, str]:
    """The same of any sending."""
    try:
        send()
    except Unreachable as error:
        return gettext("The server could not be reached (%(said)s). Tell whoever runs casemgr.", said=error), "error"
    except NoAnswer:
        return gettext("The server did not answer in time. Look whether the message has arrived."), "warn"
    except Throttled as error:
        return gettext("Too many messages just now (%(said)s). Try again in some minutes.", said=error.said), "warn"
    except Rejected as error:
        return gettext("The other side refused it: %(said)s. Check address and secret.", said=error.said), "error"
    return gettext("Sent. It should arrive now."), "done"
