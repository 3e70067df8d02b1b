"""Logging in and out through the pages: forced change, idle end, end with a change of rights, where one lands, language."""

import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from casemgr import db
from casemgr.clock import FixedClock
from casemgr.models import Account, LoginSession
from casemgr.policy import SETUP
from casemgr.services import accounts
from tests.world import PASSWORD, World, log_in, token_of


def send(client: FlaskClient, page: str, url: str = "", **data: str):  # type: ignore[no-untyped-def]
    """Send a form with the token of a page."""
    return client.post(url or page, data={**data, "csrf_token": token_of(client.get(page).text)})


def test_a_page_wants_a_log_in_and_comes_back_to_it(app: Flask, world: World) -> None:
    client = app.test_client()
    answer = client.get("/account?lang=en")
    assert answer.status_code == 302
    assert answer.location == "/login?next=/account?lang%3Den"
    token = token_of(client.get(answer.location).text)
    data = {"login": "head_a", "secret": PASSWORD, "next": "/account?lang=en", "csrf_token": token}
    assert client.post("/login", data=data).location == "/account?lang=en"


@pytest.mark.parametrize("evil", ["https://example.org/", "//example.org", "/\\example.org", "javascript:1", "account", "/\r\nX-Evil: 1", "http://["])
def test_nobody_is_led_elsewhere(app: Flask, world: World, evil: str) -> None:
    client = app.test_client()
    token = token_of(client.get("/login").text)
    data = {"login": "head_a", "secret": PASSWORD, "next": evil, "csrf_token": token}
    assert client.post("/login", data=data).location == "/"


def test_every_refusal_reads_the_same(app: Flask, world: World) -> None:
    client = app.test_client()
    for _ in range(5):
        log_in(client, "locked_out", "wrong")
        log_in(client, "head_b", "wrong")
    with app.extensions["sessions"]() as session, db.transaction(session):
        accounts.set_active(
            session, world.accounts["head_c"].id, False, actor=world.actor(session, "security_admin"), at=world.at
        )
    answers = [
        log_in(client, "nobody-here", "wrong"), log_in(client, "head_a", "wrong"),
        log_in(client, "head_b", PASSWORD), log_in(client, "head_c", PASSWORD),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {422}
    texts = {answer.text.split("<main")[1].split("<form")[0] for answer in answers}
    assert len(texts) == 1


def test_the_cookie_before_is_worthless_after_the_log_in(app: Flask, world: World) -> None:
    client = app.test_client()
    client.get("/login")
    before = client.get_cookie("casemgr")
    log_in(client, "head_a")
    after = client.get_cookie("casemgr")
    assert before and after and before.value != after.value  # noqa: PT018
    assert after.http_only


def test_logging_out_ends_it_on_the_server_too(app: Flask, world: World) -> None:
    client = world.client(app, "no_post")
    kept = client.get_cookie("casemgr")
    assert send(client, "/account", "/logout").location == "/login"
    assert kept
    client.set_cookie("casemgr", kept.value)
    assert client.get("/account").status_code == 302


def test_a_log_in_ends_when_idle_but_not_while_working(app: Flask, world: World, clock: FixedClock) -> None:
    client = world.client(app, "no_post")
    for _ in range(3):
        clock.advance(timedelta(minutes=25))
        assert client.get("/account").status_code == 200
    clock.advance(timedelta(minutes=31))
    assert client.get("/account").status_code == 302


def test_a_temporary_password_leads_to_nothing_but_its_change(app: Flask, world: World, clock: FixedClock) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        told = accounts.reset_password(
            session, world.accounts["security_admin"].id, actor=SETUP,
            at=world.at, rules=app.extensions["passwords"],
        )  # fmt: skip
    client = app.test_client()
    log_in(client, "security_admin", told)
    assert client.get("/accounts").location == "/account/password"
    answer = send(client, "/account/password", old=told, new=told, again=told)
    assert answer.status_code == 422
    answer = send(client, "/account/password", old=told, new="Another-Way-9", again="Another-Way-9")
    assert answer.location == "/"
    assert client.get("/accounts").status_code == 200


def test_an_aged_password_must_be_changed(app: Flask, world: World, clock: FixedClock) -> None:
    clock.advance(timedelta(days=90))
    client = world.client(app, "security_admin")
    assert client.get("/accounts").location == "/account/password"


def test_a_new_password_ends_the_other_log_ins(app: Flask, world: World) -> None:
    here, elsewhere = world.client(app, "head_a"), world.client(app, "head_a")
    send(here, "/account/password", old=PASSWORD, new="Another-Way-9", again="Another-Way-9")
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302


def test_a_wrong_old_password_counts(app: Flask, world: World) -> None:
    client = world.client(app, "head_a")
    for _ in range(5):
        answer = send(client, "/account/password", old="wrong", new="Another-Way-9", again="Another-Way-9")
        assert answer.status_code == 422
    assert log_in(app.test_client(), "head_a").status_code == 422


def test_a_locked_account_is_no_place_to_guess_the_old_password(app: Flask, world: World, clock: FixedClock) -> None:
    client = world.client(app, "head_a")
    for _ in range(5):
        send(client, "/account/password", old="wrong", new="Another-Way-9", again="Another-Way-9")
    assert send(client, "/account/password", old=PASSWORD, new="Another-Way-9", again="Another-Way-9").status_code == 422
    clock.advance(timedelta(minutes=29))
    client.get("/account")
    clock.advance(timedelta(minutes=2))
    assert send(client, "/account/password", old=PASSWORD, new="Another-Way-9", again="Another-Way-9").status_code == 302


def test_whoever_comes_from_outside_needs_no_password_here(app: Flask, world: World) -> None:
    client = world.client(app, "head_a")
    with app.extensions["sessions"]() as session, db.transaction(session):
        session.execute(sa.update(Account).where(Account.login == "head_a").values(must_change=True))
    assert client.get("/desk").location == "/account/password"
    with app.extensions["sessions"]() as session, db.transaction(session):
        session.execute(sa.update(LoginSession).values(way="outside"))
    assert client.get("/desk").status_code == 200


def test_the_language_is_kept_on_the_device_and_with_the_account(app: Flask, world: World) -> None:
    client = app.test_client()
    assert 'lang="zh-Hans"' in client.get("/login").text
    assert send(client, "/login", "/language", language="en", next="/login").location == "/login"
    assert 'lang="en"' in client.get("/login").text
    client = world.client(app, "head_a")
    send(client, "/account", "/language", language="en", next="/account")
    assert 'lang="en"' in world.client(app, "head_a").get("/account").text
    assert 'lang="zh-Hans"' in client.get("/account?lang=zh_Hans").text
    send(client, "/account", "/language", language="xx", next="/account")
    assert 'lang="en"' in client.get("/account").text


@pytest.mark.parametrize("who", ["no_post", "former_inspector"])
def test_without_a_post_a_page_says_so(app: Flask, world: World, who: str) -> None:
    assert world.client(app, who).get("/").status_code == 200


def test_administrators_land_on_their_page(app: Flask, world: World) -> None:
    assert world.client(app, "security_admin").get("/").location == "/accounts"


def test_files_of_the_pages_are_kept_for_ever_under_their_digest(app: Flask, world: World) -> None:
    client = app.test_client()
    page = client.get("/login").text
    href = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "?v=" in href
    with client.get(href) as answer:
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_a_page_does_not_wait_for_a_long_write(app: Flask, world: World, clock: FixedClock) -> None:
    client = world.client(app, "no_post")
    clock.advance(timedelta(minutes=2))
    with app.extensions["sessions"]() as writer:
        writer.execute(sa.text("DELETE FROM leases"))
        began = time.monotonic()
        assert client.get("/account").status_code == 200
        assert time.monotonic() - began < 5
        writer.rollback()
    clock.advance(timedelta(minutes=29))
    assert client.get("/account").status_code == 302, "nobody could note that somebody was there"
