"""Pages of the system administrator: robots of groups, and webhooks with their deliveries. Nothing of a matter is shown."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from casemgr.audit import EVENTS
from casemgr.db import as_id
from casemgr.models import Area
from casemgr.queries import channels as found
from casemgr.queries import webhooks as hooks
from casemgr.services import channels, webhooks
from casemgr.services.carrying import HEARS
from casemgr.web.access import guarded, site_settings
from casemgr.web.changes import Page, answer, by, done_or_said, tried
from casemgr.web.forms.channels import GroupRobotForm, WebhookForm
from casemgr.web.notices.trials import say_fault, send_ping, send_test
from workflows import WORKFLOWS
from workflows.notice_groups import CHANNELS

bp = Blueprint("connections", __name__, url_prefix="/connections")
LEVELS_TOLD = ("district", "street", "community")
STATES = {"waiting": "Waiting", "sent": "Arrived", "failed": "Given up"}


def say_kind(kind: str) -> str:
    """What a webhook hears of, in words: a process or a kind of event."""
    return gettext(WORKFLOWS[kind].label if kind in WORKFLOWS else EVENTS.get(kind, kind))


def area_choices() -> list[tuple[int, str]]:
    """The areas from communities upwards."""
    query = select(Area.id, Area.name).where(Area.level.in_(LEVELS_TOLD)).order_by(Area.code)
    return [(id, name) for id, name in g.session.execute(query)]


@bp.get("")
@guarded("connections")
def show() -> str:
    """What casemgr tells to groups and programmes outside."""
    return render_template(
        "connections/show.html", groups=found.load_groups(g.session), webhooks=hooks.load_webhooks(g.session), names=CHANNELS,
        hears=HEARS, say_kind=say_kind, origins=webhooks.origins(site_settings().webhook_origins), say_fault=say_fault,
        offered=channels.bases(site_settings()),
    )  # fmt: skip


@bp.route("/groups/new", methods=["GET", "POST"])
@guarded("connections")
def new_group() -> Page:
    """Connect the robot of a group."""
    form, offered = GroupRobotForm(), channels.bases(site_settings())
    form.kind.choices = [(kind, gettext(CHANNELS[kind])) for kind in offered]
    form.area.choices = area_choices()
    form.told.choices = [(what, gettext(words)) for what, words in HEARS.items()]
    if request.method == "POST" and form.validate() and tried(form, lambda: connect(form, offered), "address"):
        flash(gettext("Connected. Send a test message now."), "done")
        return redirect(url_for("connections.show"))
    return answer(render_template("connections/group.html", form=form, offered=offered))


def connect(form: GroupRobotForm, offered: dict[str, str]) -> None:
    """Make the robot that the form describes."""
    channels.connect_group(
        g.session, form.area.data, form.name.data, form.kind.data, form.address.data, form.secret.data or "", form.told.data,
        offered, **by(),
    )  # fmt: skip


@bp.post("/groups/<int:robot_id>/test")
@guarded("connections")
def test_group(robot_id: int) -> Response:
    """Send a test message to a group."""
    robot = channels.get_group_robot(g.session, robot_id)
    flash(*send_test(robot.kind, robot, site_settings().default_locale, site_settings()))
    return redirect(url_for("connections.show"))


@bp.post("/groups/<int:robot_id>/remove")
@guarded("connections")
def remove_group(robot_id: int) -> Response:
    """Let the robot of a group go."""
    return done_or_said(
        lambda: channels.disconnect_group(g.session, robot_id, **by()), gettext("Disconnected."), url_for("connections.show")
    )


@bp.route("/webhooks/new", methods=["GET", "POST"])
@guarded("connections")
def new_webhook() -> Page:
    """A new webhook; its secret is shown once, on its page."""
    form, allowed = WebhookForm(), webhooks.origins(site_settings().webhook_origins)
    form.area.choices = area_choices()
    form.kinds.choices = [(process, gettext(flow.label)) for process, flow in WORKFLOWS.items()]
    form.events.choices = [(kind, f"{gettext(label)} ({kind})") for kind, label in events_of().items()]
    made: list[Any] = []
    if request.method == "POST" and form.validate() and tried(form, lambda: made.extend(add(form, allowed)), "address"):
        return webhook_page(made[0].id, secret=made[1])
    return answer(render_template("connections/webhook_new.html", form=form, origins=allowed))


def add(form: WebhookForm, allowed: tuple[str, ...]) -> tuple[Any, str]:
    """Make the webhook that the form describes."""
    return webhooks.add_webhook(
        g.session, form.name.data, form.address.data, form.area.data, [*(form.kinds.data or ()), *(form.events.data or ())],
        allowed, **by(),
    )  # fmt: skip


def events_of() -> dict[str, str]:
    """Kind -> English msgid, for the events of all processes."""
    return {kind: label for kind, label in EVENTS.items() if kind.partition(".")[0] in WORKFLOWS}


@bp.get("/webhooks/<int:webhook_id>")
@guarded("connections")
def show_webhook(webhook_id: int) -> str:
    """A webhook and its deliveries; ?state= shows those of one state, ?before= goes on."""
    return webhook_page(webhook_id)


def webhook_page(webhook_id: int, secret: str = "") -> str:
    """The page; `secret` was just made."""
    webhooks.get_webhook(g.session, webhook_id)
    (line,) = hooks.load_webhooks(g.session, webhook_id)
    state = request.args.get("state", "")
    deliveries, older = hooks.load_deliveries(g.session, webhook_id, state=state, before=request.args.get("before", type=as_id))
    return render_template(
        "connections/webhook.html", line=line, webhook=line.webhook, deliveries=deliveries, older=older, state=state,
        secret=secret, states=STATES, say_fault=say_fault, say_kind=say_kind,
    )  # fmt: skip


@bp.post("/webhooks/<int:webhook_id>/secret")
@guarded("connections")
def renew(webhook_id: int) -> Page:
    """Another secret, shown once."""
    made: list[str] = []
    done = done_or_said(
        lambda: made.append(webhooks.renew_secret(g.session, webhook_id, **by())), gettext("The old secret holds no more."),
        url_for("connections.show_webhook", webhook_id=webhook_id),
    )  # fmt: skip
    return webhook_page(webhook_id, secret=made[0]) if made else done


@bp.post("/webhooks/<int:webhook_id>/test")
@guarded("connections")
def test_webhook(webhook_id: int) -> Response:
    """Send a signed test, and say what came of it."""
    webhook = webhooks.get_webhook(g.session, webhook_id)
    flash(*send_ping(webhook, site_settings()))
    return redirect(url_for("connections.show_webhook", webhook_id=webhook_id))


@bp.post("/webhooks/<int:webhook_id>/active")
@guarded("connections")
def switch(webhook_id: int) -> Response:
    """Pause a webhook, or let it go on."""
    active = request.form.get("active") == "1"
    return done_or_said(
        lambda: webhooks.set_active(g.session, webhook_id, active, **by()),
        gettext("It goes on.") if active else gettext("It is paused: nothing is sent and nothing new is queued."),
        url_for("connections.show_webhook", webhook_id=webhook_id),
    )  # fmt: skip


@bp.post("/webhooks/<int:webhook_id>/replay")
@guarded("connections")
def replay(webhook_id: int) -> Response:
    """Send one delivery again (delivery=), or all that were given up."""
    which, sent = request.form.get("delivery", type=as_id), []
    answer = done_or_said(
        lambda: sent.append(webhooks.replay(g.session, webhook_id, delivery_id=which, **by())),
        gettext("It is being sent again."), url_for("connections.show_webhook", webhook_id=webhook_id),
    )  # fmt: skip
    if sent and sent[0] > 1:
        flash(ngettext("%(num)d delivery waits.", "%(num)d deliveries wait.", sent[0]), "info")
    return answer
