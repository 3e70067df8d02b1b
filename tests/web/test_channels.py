"""My notices: what was chosen is kept, a robot is connected and tried, the calendar address shows what waits for me alone."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import func, select, update

from casemgr import db
from casemgr.jobs.webhooks import signature
from casemgr.models import Account, Appointment, Delivery, Event, Feed, NoticeChoice, Outgoing, Robot, Webhook
from tests.jobs.far_end import SECRET, TOKEN, FarEnd, far_end
from tests.web.life import Life
from tests.world import World, token_of

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def end(app: Flask) -> Iterator[FarEnd]:
    with far_end() as end:
        app.extensions["settings"] = app.extensions["settings"].model_copy(update=end.settings)
        yield end


class Person:
    """Somebody at the page of notices."""

    def __init__(self, app: Flask, world: World, who: str = "head_a") -> None:
        self.app, self.who = app, who
        self.client = world.client(app, who)
        self.token = token_of(self.client.get("/account").text)

    def post(self, path: str, **data: Any) -> Any:
        return self.client.post(f"{path}?lang=en", data={"csrf_token": self.token, **data})

    def said(self) -> str:
        return self.client.get("/account/notices?lang=en").text

    def one(self, query: Any) -> Any:
        with self.app.extensions["readings"]() as session:
            return session.scalar(query)


def test_choices_are_kept_and_what_is_not_shown_stays(app: Flask, world: World) -> None:
    person = Person(app, world)
    assert person.post("/account/notices", inform=["mail", "pigeon"], quiet_from="22:00", quiet_to="07:00").status_code == 302
    kept = person.one(select(NoticeChoice))
    assert kept.channels == {
        "act": ["dingtalk", "wecom", "feishu"], "inform": ["mail"], "daily": ["dingtalk", "wecom", "feishu"], "weekly": [],
    }  # fmt: skip
    assert (kept.quiet_from, kept.quiet_to) == (22 * 60, 7 * 60)
    assert 'value="22:00"' in person.said()


@pytest.mark.parametrize(("start", "to"), [("07:00", "09:00"), ("12:00", "13:00"), ("20:00", "07:00"), ("21:00", ""), ("07:00", "21:00")])
def test_quiet_hours_lie_within_those_of_the_office(app: Flask, world: World, start: str, to: str) -> None:
    person = Person(app, world)
    answer = person.post("/account/notices", act=["mail"], quiet_from=start, quiet_to=to)
    assert answer.status_code == 422 and f'value="{start}"' in answer.text, "what was typed is still there"
    assert person.one(select(NoticeChoice)) is None


def test_a_robot_is_connected_tried_and_let_go(app: Flask, world: World, end: FarEnd) -> None:
    person = Person(app, world)
    for address in ("http://169.254.169.254/latest", end.url + "/dingtalk/send?access_token=", end.settings["dingtalk_base"] + TOKEN + "/../x"):
        answer = person.post("/account/robots", kind="dingtalk", address=address, secret=SECRET)
        assert answer.status_code == 422 and "It begins with" in answer.text, address
    connected = person.post("/account/robots", kind="dingtalk", address=end.settings["dingtalk_base"] + TOKEN, secret=SECRET)
    assert connected.status_code == 302
    robot = person.one(select(Robot))
    assert TOKEN.encode() not in robot.token and SECRET.encode() not in robot.secret
    assert TOKEN not in person.said() and SECRET not in person.said()
    person.post("/account/channels/dingtalk/test")
    assert "Sent. It should arrive now." in person.said() and len(end.texts) == 1
    assert person.post("/account/channels/dingtalk/test").status_code == 429 and len(end.texts) == 1
    kinds = "account.channels_changed"
    assert person.one(select(Event.data).where(Event.kind == kinds)) == {"robot": "dingtalk"}
    person.post("/account/channels/dingtalk/remove")
    assert person.one(select(Robot)) is None and "Disconnected" in person.said()


def test_a_test_says_what_the_far_end_said(app: Flask, world: World, end: FarEnd) -> None:
    person = Person(app, world)
    person.post("/account/robots", kind="feishu", address=end.settings["feishu_base"] + TOKEN, secret="wrong")
    person.post("/account/channels/feishu/test")
    assert "code 19021: sign match fail" in person.said()
    person.post("/account/channels/mail/test")
    assert "No mail server is set up" in person.said()


def test_what_waits_for_a_robot_that_was_let_go_is_dropped(app: Flask, world: World, end: FarEnd) -> None:
    person = Person(app, world)
    person.post("/account/robots", kind="wecom", address=end.settings["wecom_base"] + TOKEN)
    Life(app, world)
    waits = select(Outgoing.state).where(Outgoing.channel == "wecom")
    assert person.one(waits) == "waiting"
    person.post("/account/channels/wecom/remove")
    assert person.one(waits) == "dropped"


# The calendar address


def address(page: str) -> str:
    return page.split("<code", 1)[1].split(">", 1)[1].split("</code>")[0].split(":8000", 1)[1]


def events(app: Flask, path: str) -> dict[str, Any]:
    answer = app.test_client().get(path)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.data)
    assert not calendar.errors
    return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


def test_the_calendar_shows_what_waits_for_me(app: Flask, world: World) -> None:
    life = Life(app, world)
    person = Person(app, world)
    path = address(person.post("/account/feed").text)
    assert path.split("/")[-1][:-4] not in person.said(), "shown once"
    assert person.one(select(Feed.token_hash)) not in path
    (uid, accept), = events(app, path).items()
    assert uid == f"{life.id}-accept-1@127.0.0.1" and "漏水" not in accept["SUMMARY"] and "调〔2026〕" in accept["SUMMARY"]
    when = accept["DTSTART"].dt
    assert when.utcoffset() == 8 * HOUR and when.isoformat() == "2026-03-03T10:00:00+08:00", "eight working hours"
    assert accept["DTSTAMP"].dt.utcoffset() == timedelta(0)
    life.step("accept", "head_a", category="0402")
    after = events(app, path)
    assert uid not in after, "what is met vanishes"
    days = {event["DTSTART"].dt for event in after.values() if type(event["DTSTART"].dt) is date}
    assert days >= {date(2026, 3, 9)}, "seven days to settle stand on their day"
    life.step("assign", "head_a", handler_id=world.accounts["mediator_a"].id)
    assert events(app, path) == {}, "it waits for somebody else now"


def test_an_event_that_moves_keeps_its_name_and_counts_on(app: Flask, world: World) -> None:
    life = Life(app, world).in_mediation()
    path = address(Person(app, world, "mediator_a").post("/account/feed", titles="1").text)
    uid = f"{life.id}-settle-1@127.0.0.1"
    before = events(app, path)[uid]
    assert "漏水" in before["SUMMARY"], "its owner wanted titles"
    life.step("extend_yellow", "mediator_a", length="3 days", reason="等房管所答复")
    moved = events(app, path)[uid]
    assert moved["DTSTART"].dt - before["DTSTART"].dt == timedelta(days=3)
    assert moved["SEQUENCE"] > before["SEQUENCE"] and moved["DTSTAMP"].dt > before["DTSTAMP"].dt


def test_an_unchanged_calendar_is_not_sent_again(app: Flask, world: World) -> None:
    Life(app, world)
    path = address(Person(app, world).post("/account/feed").text)
    anybody = app.test_client()
    first = anybody.get(path)
    again = anybody.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data and "private" in first.headers["Cache-Control"]


def test_a_calendar_address_ends(app: Flask, world: World) -> None:
    person = Person(app, world)
    old, new = (address(person.post("/account/feed").text) for _ in range(2))
    anybody = app.test_client()
    assert anybody.get(old).status_code == 404 and anybody.get(new).status_code == 200
    with app.extensions["sessions"]() as session, db.transaction(session):
        mine = Appointment.account_id == world.accounts["head_a"].id
        session.execute(update(Appointment).where(mine).values(to_on=world.today - timedelta(days=1)))
    Life(app, world)
    assert events(app, new) == {}, "no post, no deadlines"
    with app.extensions["sessions"]() as session, db.transaction(session):
        session.execute(update(Account).where(Account.id == world.accounts["head_a"].id).values(active=False))
    assert anybody.get(new).status_code == 404
    assert app.test_client().get("/feeds/unknown.ics").status_code == 404


# Webhooks, for the system administrator


def test_a_webhook_is_made_tried_and_its_secret_shown_once(app: Flask, world: World, end: FarEnd) -> None:
    person = Person(app, world, "system_admin")
    form = {"name": "大屏", "area": world.areas["street_a"].id, "events": ["dispute.registered"], "kinds": ["request"]}
    refused = person.post("/connections/webhooks/new", address="http://10.0.0.1/x", **form)
    assert refused.status_code == 422 and end.url in refused.text and 'value="http://10.0.0.1/x"' in refused.text
    made = person.post("/connections/webhooks/new", address=f"{end.url}/hook", **form).text
    secret = made.split("<code>")[1].split("</code>")[0]
    hook = person.one(select(Webhook))
    assert hook.kinds == ["dispute.registered", "request"] and secret.encode() not in hook.secret
    page = person.client.get(f"/connections/webhooks/{hook.id}?lang=en").text
    assert secret not in page
    person.post(f"/connections/webhooks/{hook.id}/test")
    _, headers, body = end.requests[0]
    assert headers["X-Casemgr-Signature"] == f"v1={signature(secret, headers['X-Casemgr-Timestamp'], body)}"
    life = Life(app, world)
    life.pause = timedelta(minutes=1)
    life.step("accept", "head_a", category="0402")
    assert person.one(select(func.count()).select_from(Delivery)) == 1, "of the events it wants"
    other = person.post(f"/connections/webhooks/{hook.id}/secret").text.split("<code>")[1].split("</code>")[0]
    assert other != secret
    person.post(f"/connections/webhooks/{hook.id}/active", active="0")
    assert "paused" in person.client.get(f"/connections/webhooks/{hook.id}?lang=en").text
    kinds = select(func.count()).select_from(Event).where(Event.kind == "settings.channels_changed")
    assert person.one(kinds) == 3


def test_no_calendar_address_before_the_password_is_chosen(app: Flask, world: World) -> None:
    person = Person(app, world)
    with app.extensions["sessions"]() as session, db.transaction(session):
        session.get_one(Account, world.accounts["head_a"].id).must_change = True
    assert person.client.get("/account/notices").location == "/account/password"
    assert person.post("/account/feed").location == "/account/password"
    assert person.one(select(func.count()).select_from(Feed)) == 0
    assert person.client.get("/account").status_code == 200
