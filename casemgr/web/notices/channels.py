"""What one is told where: choices, quiet hours, own robots, a test message, the calendar address. All of one's own account."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from casemgr import db
from casemgr.errors import NotFound
from casemgr.models import Account
from casemgr.queries.channels import Channels, load_channels
from casemgr.services import channels
from casemgr.web.access import own, site_settings
from casemgr.web.changes import Page, answer, by, tried
from casemgr.web.forms.channels import ChoicesForm, RobotForm
from casemgr.web.notices.trials import say_fault, send_test
from workflows.notice_groups import CHANNELS, GROUPS, MAIL, ROBOTS

bp = Blueprint("channels", __name__, url_prefix="/account")


@bp.route("/notices", methods=["GET", "POST"])
@own
def choices() -> Page:
    """What is told where, and own quiet hours."""
    found = load_channels(g.session, g.actor.account_id)
    form = ChoicesForm(data=dict(zip(("quiet_from", "quiet_to"), map(channels.as_time, found.quiet), strict=True)))
    if request.method == "GET":
        return page(found, form)
    if form.validate() and tried(form, lambda: save(form, found), "quiet_from"):
        flash(gettext("Saved."), "done")
        return redirect(url_for("channels.choices"))
    return page(found, form, ticked()), 422


def ticked() -> dict[str, list[str]]:
    """The boxes that were sent."""
    return {group: request.form.getlist(group) for group in GROUPS}


def save(form: ChoicesForm, found: Channels) -> None:
    """Keep what was ticked; what the page did not show (a channel not connected) stays as it was."""
    shown = {line.name for line in found.lines}
    chosen = {
        group: [*names, *(name for name in found.chosen[group] if name not in shown)] for group, names in ticked().items()
    }
    channels.choose(g.session, g.actor.account_id, chosen, (form.quiet_from.data, form.quiet_to.data), site_settings())


def page(found: Channels, form: ChoicesForm, chosen: Any = None, feed_token: str = "") -> str:
    """The page of choices; `feed_token` is shown once, when it was just made."""
    office = site_settings()
    return render_template(
        "notices/choices.html", found=found, form=form, chosen=chosen or found.chosen, groups=GROUPS, names=CHANNELS,
        office=(office.mail_quiet_from, office.mail_quiet_to), feeds=office.feeds_enabled, mail_on=bool(office.smtp_host),
        feed_address=office.base_url + url_for("feeds.show", token=feed_token) if feed_token else "",
        say_fault=say_fault, offered=[kind for kind in channels.bases(office) if kind not in {line.name for line in found.lines}],
    )  # fmt: skip


@bp.route("/robots", methods=["GET", "POST"])
@own
def connect() -> Page:
    """Connect a robot of one's own."""
    form, offered = RobotForm(), channels.bases(site_settings())
    form.kind.choices = [(kind, gettext(CHANNELS[kind])) for kind in offered]
    if request.method == "POST" and form.validate():
        kind, address, secret = form.kind.data, form.address.data, form.secret.data or ""
        if tried(form, lambda: channels.connect(g.session, kind, address, secret, offered, **by()), "address"):
            flash(gettext("Connected. Send a test message now."), "done")
            return redirect(url_for("channels.choices"))
    return answer(render_template("notices/robot.html", form=form, offered=offered))


@bp.post("/channels/<channel>/remove")
@own
def disconnect(channel: str) -> Response:
    """Let a robot of one's own go."""
    if channel not in CHANNELS:
        raise NotFound()
    if channel in ROBOTS:
        with db.transaction(g.session):
            channels.disconnect(g.session, channel, actor=g.actor, at=g.at)
        flash(gettext("Disconnected."), "done")
    return redirect(url_for("channels.choices"))


@bp.post("/channels/<channel>/test")
@own
def test(channel: str) -> Response:
    """Send a test message by one's own channel, and say what came of it."""
    if channel not in CHANNELS:
        raise NotFound()
    account = g.session.get(Account, g.actor.account_id)
    robot = channels.find_own(g.session, account.id, channel)
    if (channel == MAIL and not account.email) or (channel in ROBOTS and robot is None):
        flash(gettext("This channel is not connected."), "error")
    else:
        flash(*send_test(channel, account.email if robot is None else robot, account.locale, site_settings()))
    return redirect(url_for("channels.choices"))


@bp.post("/feed")
@own
def make_feed() -> Page:
    """Make a calendar address, or another one instead of it; it is shown this once."""
    if not site_settings().feeds_enabled:
        raise NotFound()
    with db.transaction(g.session):
        token = channels.make_feed(g.session, titles="titles" in request.form, actor=g.actor, at=g.at)
    found = load_channels(g.session, g.actor.account_id)
    form = ChoicesForm(formdata=None, data=dict(zip(("quiet_from", "quiet_to"), map(channels.as_time, found.quiet), strict=True)))
    return page(found, form, feed_token=token)


@bp.post("/feed/remove")
@own
def end_feed() -> Response:
    """The calendar address answers no more."""
    with db.transaction(g.session):
        channels.end_feed(g.session, actor=g.actor, at=g.at)
    flash(gettext("The calendar address answers no more."), "done")
    return redirect(url_for("channels.choices"))
