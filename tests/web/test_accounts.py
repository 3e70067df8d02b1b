"""The pages of the security administrator, as they are used: find, make, appoint, relieve, mandate, reset, unlock, switch off."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from casemgr.models import Account
from tests.world import World, log_in, token_of


@pytest.fixture
def admin(app: Flask, world: World) -> FlaskClient:
    return world.client(app, "security_admin")


def send(client: FlaskClient, page: str, url: str = "", **data: Any) -> Any:
    """Send a form with the token of a page."""
    return client.post(url or page, data={**data, "csrf_token": token_of(client.get(page).text)})


def page_of(world: World, who: str) -> str:
    return f"/accounts/{world.accounts[who].id}"


def told(answer: Any) -> str:
    """The temporary password on a page."""
    found = re.search(r'id="temporary-password">([^<]+)<', answer.text)
    assert found
    return found[1]


def test_accounts_are_found_by_words_and_state(world: World, admin: FlaskClient) -> None:
    assert world.accounts["head_a"].name in admin.get("/accounts?q=HEAD_").text
    assert "head_a" not in admin.get("/accounts?q=%25").text
    idle = admin.get("/accounts?show=idle").text
    assert "no_post" in idle
    assert "head_a" not in idle
    assert "head_a" not in admin.get("/accounts?show=off").text


def test_the_list_goes_on_over_pages(world: World, admin: FlaskClient) -> None:
    for n in range(30):
        send(admin, "/accounts/new", login=f"zz{n:02}", name="末页", locale="en")
    first, second = admin.get("/accounts").text, admin.get("/accounts?page=2").text
    assert "page=2" in first
    assert "zz29" not in first
    assert "zz29" in second


def test_a_person_gets_an_account_a_post_and_logs_in(app: Flask, world: World, admin: FlaskClient) -> None:
    answer = send(admin, "/accounts/new", login="newcomer", name="新来", email="", locale="en")
    password = told(answer)
    with app.extensions["readings"]() as session:
        account = session.query(Account).filter_by(login="newcomer").one()
    assert password not in admin.get(f"/accounts/{account.id}").text
    page = f"/accounts/{account.id}/appoint?role=mediator&area={world.areas['community_a'].id}"
    shown = admin.get(page).text
    assert f'name="post" value="{world.posts["mediator_a"].id}"' in shown
    assert f'name="post" value="{world.posts["mediator_b"].id}"' not in shown
    assert world.accounts["mediator_a"].name in shown
    answer = send(admin, page, post=world.posts["mediator_a"].id, from_on=world.today.isoformat())
    assert answer.location == f"/accounts/{account.id}"
    assert log_in(app.test_client(), "newcomer", password).status_code == 302


@pytest.mark.parametrize("data", [{"login": "head_a", "name": "x"}, {"login": "h", "name": "x"}, {"login": "", "name": ""}])
def test_what_was_typed_wrong_is_said_and_kept(world: World, admin: FlaskClient, data: dict[str, str]) -> None:
    answer = send(admin, "/accounts/new", **data, email="a@example.org", locale="en")
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert "a@example.org" in answer.text


def test_a_second_post_beside_an_administrator_is_refused(world: World, admin: FlaskClient) -> None:
    answer = send(
        admin, page_of(world, "audit_admin") + "/appoint", post=world.posts["head_a"].id, from_on=world.today.isoformat()
    )
    assert answer.status_code == 422
    assert "error-summary" in answer.text


def test_relieving_ends_a_log_in_with_its_next_request(app: Flask, world: World, admin: FlaskClient) -> None:
    theirs = world.client(app, "head_a")
    page = admin.get(page_of(world, "head_a")).text
    url = re.search(r"/accounts/appointments/\d+/relieve", page)
    assert url
    yesterday = world.today - timedelta(days=1)
    send(admin, page_of(world, "head_a"), url[0], last_on=yesterday.isoformat())
    assert theirs.get("/account").status_code == 302
    assert url[0] not in admin.get(page_of(world, "head_a")).text
    answer = send(admin, page_of(world, "no_post"), url[0], last_on="tomorrow")
    assert answer.status_code == 302


def test_a_mandate_is_given_and_ended(app: Flask, world: World, admin: FlaskClient) -> None:
    page = page_of(world, "no_post")
    days = {"from_on": world.today.isoformat(), "to_on": (world.today + timedelta(days=30)).isoformat()}
    answer = send(admin, page + "/mandate", area=world.areas["street_b"].id, basis="函〔2026〕2号", **days)
    assert answer.location == page
    shown = admin.get(page).text
    assert "函〔2026〕2号" in shown
    url = re.search(r"/accounts/mandates/\d+/end", shown)
    assert url
    send(admin, page, url[0], last_on=world.today.isoformat())
    with app.extensions["readings"]() as session:
        assert world.actor(session, "no_post").mandates
        assert not world.actor(session, "no_post", world.today + timedelta(days=1)).mandates


def test_a_lock_is_shown_and_ended(app: Flask, world: World, admin: FlaskClient) -> None:
    page = page_of(world, "head_a")
    assert page + "/unlock" not in admin.get(page).text
    for _ in range(5):
        log_in(app.test_client(), "head_a", "wrong")
    assert page + "/unlock" in admin.get(page).text
    assert "head_a" in admin.get("/accounts?show=locked").text
    send(admin, page, page + "/unlock")
    assert log_in(app.test_client(), "head_a").status_code == 302


def test_log_ins_are_counted_and_ended(app: Flask, world: World, admin: FlaskClient) -> None:
    page = page_of(world, "head_a")
    assert page + "/logins/end" not in admin.get(page).text
    theirs = world.client(app, "head_a")
    assert page + "/logins/end" in admin.get(page).text
    send(admin, page, page + "/logins/end")
    assert theirs.get("/account").status_code == 302


def test_an_account_is_reset_switched_off_and_on(app: Flask, world: World, admin: FlaskClient) -> None:
    page = page_of(world, "head_a")
    password = told(send(admin, page, page + "/reset"))
    send(admin, page, page + "/active", active="0")
    assert log_in(app.test_client(), "head_a", password).status_code == 422
    send(admin, page, page + "/active", active="1")
    assert log_in(app.test_client(), "head_a", password).status_code == 302


def test_ones_own_page_offers_no_change(world: World, admin: FlaskClient) -> None:
    page = page_of(world, "security_admin")
    shown = admin.get(page).text
    assert not re.findall(rf"{page}/(reset|unlock|active|logins|appoint|mandate)", shown)
    assert "/relieve" not in shown
    assert admin.get(page + "/appoint").status_code == 403
    assert send(admin, page_of(world, "head_a"), page + "/active", active="0").status_code == 403
