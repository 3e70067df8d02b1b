"""The second factor, where one is logged in, and how long who guesses waits: through the pages, as people do it."""

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from casemgr import audit
from casemgr.clock import FixedClock
from casemgr.models import Account, Event, LoginAddress, RecoveryCode, SecondFactor
from casemgr.services.factors import FactorRules
from casemgr.services.throttle import Pace
from tests.world import PASSWORD, World, log_in, token_of

PAGE = "/account/second-factor"
ON_SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


def send(client: FlaskClient, page: str, url: str = "", **data: Any) -> Any:
    """Send a form with the token of a page."""
    return client.post(url or page, data={**data, "csrf_token": token_of(client.get(page).text)})


def code(secret: str, clock: FixedClock, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30 * steps))


def set_up(client: FlaskClient, clock: FixedClock) -> tuple[str, list[str]]:
    """Set the second factor up: its secret and the recovery codes."""
    send(client, PAGE, f"{PAGE}/begin")
    secret = re.search(r'<code class="num">([A-Z2-7 ]+)</code>', client.get(PAGE).text)
    assert secret
    plain = secret[1].replace(" ", "")
    answer = send(client, PAGE, f"{PAGE}/confirm", code=code(plain, clock))
    told = re.findall(r'<li class="num strong">([A-Z2-9]{5}-[A-Z2-9]{5})</li>', answer.text)
    assert len(set(told)) == 10, answer.text
    return plain, told


def step_in(app: Flask, who: str, typed: str) -> tuple[FlaskClient, Any]:
    """A new browser: the password, then the code."""
    client = app.test_client()
    assert log_in(client, who).location == "/login/code"
    return client, send(client, "/login/code", code=typed)


def test_a_code_is_asked_for_and_none_is_taken_twice(app: Flask, world: World, clock: FixedClock) -> None:
    secret, _ = set_up(world.client(app, "head_a"), clock)
    half = app.test_client()
    assert log_in(half, "head_a").location == "/login/code"
    assert half.get("/account").status_code == 302, "the password alone opens nothing"
    assert step_in(app, "head_a", code(secret, clock))[1].status_code == 422, "the code of the set-up"
    clock.advance(timedelta(seconds=30))
    client, answer = step_in(app, "head_a", f" {code(secret, clock)[:3]} {code(secret, clock)[3:]} ")
    assert answer.location == "/"
    assert client.get("/account").status_code == 200
    assert step_in(app, "head_a", code(secret, clock))[1].status_code == 422, "seen over the shoulder"
    assert step_in(app, "head_a", code(secret, clock, 1))[1].status_code == 302, "a clock that goes ahead"
    with app.extensions["sessions"]() as session:
        assert secret.encode() not in session.scalars(select(SecondFactor.secret)).one()
        assert audit.verify(session)[1] == []


def test_a_recovery_code_opens_once(app: Flask, world: World, clock: FixedClock) -> None:
    secret, told = set_up(world.client(app, "head_a"), clock)
    client, answer = step_in(app, "head_a", told[0].lower())
    assert "With a recovery code" in world.client(app, "audit_admin").get("/trail?about=head_a&lang=en").text
    assert answer.status_code == 302
    assert step_in(app, "head_a", told[0])[1].status_code == 422
    assert step_in(app, "head_a", told[1])[1].status_code == 302
    clock.advance(timedelta(seconds=90))
    answer = send(client, PAGE, f"{PAGE}/codes", code=code(secret, clock))
    renewed = re.findall(r"[A-Z2-9]{5}-[A-Z2-9]{5}", answer.text)
    assert len(renewed) == 10
    assert step_in(app, "head_a", told[2])[1].status_code == 422
    with app.extensions["readings"]() as session:
        assert not {c.replace("-", "") for c in renewed} & set(session.scalars(select(RecoveryCode.digest)))


def test_wrong_codes_lock_and_the_right_password_does_not_free_the_count(app: Flask, world: World, clock: FixedClock) -> None:
    secret, told = set_up(world.client(app, "head_a"), clock)
    clock.advance(timedelta(seconds=60))
    for _ in range(5):
        assert step_in(app, "head_a", "000000")[1].status_code == 422
    assert log_in(app.test_client(), "head_a").status_code == 422, "locked"
    clock.advance(timedelta(minutes=16))
    assert step_in(app, "head_a", code(secret, clock))[1].status_code == 302


@ON_SQLITE
def test_the_first_step_does_not_hold_for_long(app: Flask, world: World, clock: FixedClock) -> None:
    secret, _ = set_up(world.client(app, "head_a"), clock)
    late, changed = app.test_client(), app.test_client()
    log_in(late, "head_a")
    token = token_of(late.get("/login/code").text)
    clock.advance(timedelta(minutes=6))
    assert late.post("/login/code", data={"code": code(secret, clock), "csrf_token": token}).status_code == 422
    log_in(changed, "head_a")
    token = token_of(changed.get("/login/code").text)
    admin = world.client(app, "security_admin")
    page = f"/accounts/{world.accounts['head_a'].id}"
    send(admin, page, f"{page}/reset")
    assert changed.post("/login/code", data={"code": code(secret, clock), "csrf_token": token}).status_code == 422
    fresh = app.test_client()
    assert "/login" in fresh.get("/login/code").text
    assert send(fresh, "/login", "/login/code", code="123456").status_code == 422


@ON_SQLITE
def test_setting_up_ends_log_ins_elsewhere_and_changes_the_cookie(app: Flask, world: World, clock: FixedClock) -> None:
    here, elsewhere = world.client(app, "head_a"), world.client(app, "head_a")
    before = here.get_cookie("casemgr")
    set_up(here, clock)
    after = here.get_cookie("casemgr")
    assert before and after and before.value != after.value  # noqa: PT018
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


@ON_SQLITE
def test_the_square_holds_the_key_and_is_the_owners_alone(app: Flask, world: World, clock: FixedClock) -> None:
    client = world.client(app, "head_a")
    assert client.get(f"{PAGE}/square.svg").status_code == 302
    send(client, PAGE, f"{PAGE}/begin")
    answer = client.get(f"{PAGE}/square.svg")
    assert answer.mimetype == "image/svg+xml"
    assert "<path" in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert "style=" not in answer.text
    assert world.client(app, "head_b").get(f"{PAGE}/square.svg").status_code == 302
    clock.advance(timedelta(minutes=29))
    client.get("/account")
    clock.advance(timedelta(minutes=2))
    assert "square.svg" not in client.get(PAGE).text, "begun too long ago"


@ON_SQLITE
def test_administrators_get_a_grace_then_nothing_else_opens(app: Flask, world: World, clock: FixedClock) -> None:
    app.extensions["factor_rules"] = FactorRules(("security_admin", "secretary"), timedelta(days=3))
    client = world.client(app, "security_admin")
    page = client.get("/accounts").text
    assert PAGE in page
    clock.advance(timedelta(days=2, hours=23))
    assert world.client(app, "security_admin").get("/accounts").status_code == 200
    clock.advance(timedelta(hours=2))
    late = world.client(app, "security_admin")
    assert late.get("/accounts").location == PAGE
    _, told = set_up(late, clock)
    assert late.get("/accounts").status_code == 200
    refused = send(late, PAGE, f"{PAGE}/remove", code=told[0])
    assert refused.location == PAGE
    assert late.get("/accounts").status_code == 200
    with app.extensions["readings"]() as session:
        assert session.get(SecondFactor, world.accounts["security_admin"].id)
    assert world.client(app, "head_a").get("/account").status_code == 200, "others are not asked"


@ON_SQLITE
def test_a_lost_device_is_reset_by_another_with_a_reason(app: Flask, world: World, clock: FixedClock) -> None:
    theirs = world.client(app, "head_a")
    set_up(theirs, clock)
    admin, page = world.client(app, "security_admin"), f"/accounts/{world.accounts['head_a'].id}"
    send(admin, page, f"{page}/second-factor/reset", reason=" ")
    assert log_in(app.test_client(), "head_a").location == "/login/code"
    send(admin, page, f"{page}/second-factor/reset", reason="手机丢失,当面核对工作证")
    assert theirs.get("/account").status_code == 302
    assert log_in(app.test_client(), "head_a").location == "/"
    own = f"/accounts/{world.accounts['security_admin'].id}"
    set_up(admin, clock)
    assert send(admin, page, f"{own}/second-factor/reset", reason="x").status_code == 403
    trail = world.client(app, "audit_admin").get("/trail?about=head_a&lang=en").text
    assert "手机丢失" in trail, "the auditor reads why"
    with app.extensions["sessions"]() as session:
        event = session.scalars(select(Event).where(Event.kind == "account.factor_reset")).one()
        assert "手机" not in str(event.data)
        assert audit.verify_values(session) == []


def test_ones_devices_are_listed_and_ended(app: Flask, world: World, clock: FixedClock) -> None:
    phone = app.test_client()
    phone.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 14) AppleWebKit Chrome/130 Mobile Safari/537"
    log_in(phone, "head_a")
    desk = world.client(app, "head_a")
    third = world.client(app, "head_a")
    page = desk.get("/account?lang=en").text
    assert "Chrome · Android" in page
    assert page.count("127.0.0.1") == 3
    which = re.findall(r'name="which" value="(\w+)"', page)
    assert len(which) == 2
    assert send(world.client(app, "head_b"), "/account", "/account/logins/end", which=which[0]).status_code == 302
    assert phone.get("/account").status_code == 200, "nobody ends another's"
    send(desk, "/account", "/account/logins/end", which="%")
    assert phone.get("/account").status_code == 200
    send(desk, "/account", "/account/logins/end", which=which[0])
    assert sum(c.get("/account").status_code == 200 for c in (phone, third)) == 1
    send(desk, "/account", "/account/logins/end")
    assert [c.get("/account").status_code for c in (phone, desk, third)] == [302, 200, 302]
    admin, account = world.client(app, "security_admin"), f"/accounts/{world.accounts['head_a'].id}"
    which = re.findall(r'name="which" value="(\w+)"', admin.get(account).text)
    send(admin, account, f"{account}/logins/end", which=which[0])
    assert desk.get("/account").status_code == 302


def test_who_guesses_waits_and_who_is_known_does_not(app: Flask, world: World, clock: FixedClock) -> None:
    app.extensions["login_pace"] = Pace(4, timedelta(seconds=60), timedelta(minutes=15))
    world.client(app, "head_b")
    guesser = app.test_client()
    for n in range(4):
        assert log_in(guesser, f"nobody{n}", "wrong").status_code == 422
    assert log_in(guesser, "head_a", PASSWORD).status_code == 429, "a second has to pass"
    assert log_in(app.test_client(), "head_b", PASSWORD).status_code == 302, "known here"
    clock.advance(timedelta(seconds=1))
    assert log_in(guesser, "nobody", "wrong").status_code == 422
    clock.advance(timedelta(seconds=1))
    answer = log_in(guesser, "nobody", "wrong")
    assert answer.status_code == 429, "now two"
    assert "nobody" in answer.text
    elsewhere = app.test_client()
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    assert log_in(elsewhere, "head_a").status_code == 302, "another network"
    clock.advance(timedelta(minutes=16))
    assert log_in(guesser, "head_c").status_code == 302, "forgotten"


@ON_SQLITE
def test_the_wait_has_an_end_and_one_turn_at_a_time(app: Flask, world: World, clock: FixedClock) -> None:
    app.extensions["login_pace"] = Pace(3, timedelta(seconds=8), timedelta(minutes=15))
    client = app.test_client()
    for n in range(30):
        clock.advance(timedelta(seconds=8))
        assert log_in(client, f"nobody{n}", "wrong").status_code == 422
    clock.advance(timedelta(seconds=8))
    assert log_in(client, "head_a").status_code == 302
    assert log_in(client := app.test_client(), "head_c").status_code == 429, "the turn was taken"
    with app.extensions["readings"]() as session:
        assert session.scalars(select(LoginAddress.failures)).one() == 30
        assert session.scalars(select(Account.failed_count).where(Account.login == "head_a")).one() == 0
