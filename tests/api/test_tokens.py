"""Tokens: made on one's own page for one's own post, shown once, and dead as soon as anything they stand on is gone."""

import hashlib
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text

from casemgr import db
from casemgr.models import ApiToken, Event
from casemgr.services import accounts, appointments
from casemgr.services.tokens import MOST, take_share
from tests.api.programs import Program, appointment_of, make_token, program
from tests.web.life import Life
from tests.world import World, token_of

SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


def send(world: World, app: Flask, who: str, path: str, **data: str):
    client = world.client(app, who)
    return client.post(path, data={**data, "csrf_token": token_of(client.get("/account").text)})


def form_of(world: World, who: str, **changes: str) -> dict[str, str]:
    until = (world.today + timedelta(days=30)).isoformat()
    return {"name": "热线系统", "post": str(world.posts[who].id), "scope": "read", "expires_on": until} | changes


@SQLITE
def test_a_token_is_shown_once_and_kept_as_a_digest(app: Flask, world: World) -> None:
    page = send(world, app, "head_a", "/account/tokens", **form_of(world, "head_a")).text
    told = page.split('id="api-token">')[1].split("<")[0]
    assert Program(app, told).get("/me").json["role"] == "head"
    assert told not in world.client(app, "head_a").get("/account/tokens").text
    with app.extensions["readings"]() as session:
        row = session.scalars(select(ApiToken)).one()
        assert row.token_hash == hashlib.sha256(told.encode()).hexdigest()
        assert "account.token_created" in session.scalars(select(Event.kind)).all()
        dump = str([session.execute(text(f"SELECT * FROM {name}")).all() for name in ("api_tokens", "events", "event_values")])
    assert told not in dump


@SQLITE
def test_what_cannot_be_a_token_is_said_at_its_field(app: Flask, world: World) -> None:
    for field, value in (
        ("name", " "), ("name", "x" * 61), ("post", "1"), ("expires_on", "2028-01-01"), ("expires_on", "2026-03-01"),
    ):  # fmt: skip
        answer = send(world, app, "head_a", "/account/tokens", **form_of(world, "head_a", **{field: value}))
        assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    with app.extensions["readings"]() as session:
        assert not session.scalars(select(ApiToken)).all()


@SQLITE
def test_nobody_has_more_than_a_few(app: Flask, world: World) -> None:
    for _ in range(MOST):
        make_token(app, world, "head_a")
    assert send(world, app, "head_a", "/account/tokens", **form_of(world, "head_a")).status_code == 422


@SQLITE
def test_a_token_has_its_one_post_and_nothing_else(app: Flask, world: World) -> None:
    life = Life(app, world)
    with app.extensions["sessions"]() as session, db.transaction(session):
        by = {"actor": world.actor(session, "security_admin"), "at": world.at}
        appointments.appoint(session, world.accounts["worker_a1"].id, world.posts["head_c"].id, from_on=world.today, **by)
    asking = program(app, world, "worker_a1")
    assert asking.get("/me").json["role"] == "grid_worker"
    assert asking.get(f"/cases/{life.id}").status_code == 200
    assert {area["level"] for area in asking.get("/areas").json["items"]} == {"grid"}


@SQLITE
def test_a_token_dies_with_what_it_stands_on(app: Flask, world: World) -> None:
    by = {"at": world.at}

    def relieve(session, account: int) -> None:
        last = world.today - timedelta(days=1)
        appointments.relieve(session, appointment_of(app, world, "head_a"), last_on=last, **by)

    def off_and_on(session, account: int) -> None:
        accounts.set_active(session, account, False, **by)
        accounts.set_active(session, account, True, **by)  # back again: the tokens are not

    def reset(session, account: int) -> None:
        accounts.reset_password(session, account, rules=app.extensions["passwords"], **by)

    def end(session, account: int) -> None:
        accounts.end_logins(session, account, **by)

    held = {who: program(app, world, who, days=30) for who in ("head_a", "head_b", "head_c", "head_d", "mediator_a")}
    for (who, asking), how in zip(held.items(), (relieve, off_and_on, reset, end, None), strict=True):
        assert asking.get("/me").status_code == 200
        if how is None:
            app.extensions["clock"].advance(timedelta(days=31))
        else:
            with app.extensions["sessions"]() as session, db.transaction(session):
                by["actor"] = world.actor(session, "security_admin")
                how(session, world.accounts[who].id)
        answer = asking.get("/me")
        assert (answer.status_code, answer.json["code"]) == (401, "no_token")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="casemgr"'


@SQLITE
def test_its_owner_and_the_security_administrator_revoke_it(app: Flask, world: World) -> None:
    for who, path in (("head_a", "/account/tokens/{}/revoke"), ("security_admin", "/accounts/tokens/{}/revoke")):
        id, told = make_token(app, world, "head_a")
        page = world.client(app, "security_admin").get(f"/accounts/{world.accounts['head_a'].id}/tokens").text
        assert "tests" in page and told not in page
        assert send(world, app, "mediator_a", f"/account/tokens/{id}/revoke").status_code == 404
        assert Program(app, told).get("/me").status_code == 200
        assert send(world, app, who, path.format(id)).status_code == 302
        assert Program(app, told).get("/me").status_code == 401


@SQLITE
def test_a_cookie_does_not_count_and_none_is_set(app: Flask, world: World) -> None:
    client = world.client(app, "head_a")
    assert client.get("/api/v1/me").status_code == 401
    assert client.post("/api/v1/incoming", json={}).status_code == 401
    answer = program(app, world, "head_a").get("/me")
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Authorization" in answer.headers["Vary"]


@SQLITE
def test_the_minute_is_bounded(app: Flask, world: World) -> None:
    app.extensions["settings"].api_requests_per_minute = 24
    asking = program(app, world, "head_a")
    answers = [asking.get("/me") for _ in range(25)]
    assert [a.status_code for a in answers] == [200] * 24 + [429]
    assert answers[0].headers["RateLimit"] == '"minute";r=23;t=60'
    assert answers[23].headers["RateLimit"] == '"minute";r=0;t=60'
    assert answers[24].headers["Retry-After"] == "60"
    assert program(app, world, "mediator_a").get("/me").status_code == 200
    app.extensions["clock"].advance(timedelta(minutes=1))
    assert asking.get("/me").status_code == 200


def test_processes_count_together(app: Flask, world: World) -> None:
    id, _ = make_token(app, world, "head_a")
    given = []
    for _ in range(5):  # each in a transaction of its own, as several processes would
        with app.extensions["sessions"]() as session, db.transaction(session):
            given.append(take_share(session, id, world.at, 25, 100, at=world.at))
    assert given == [25, 50, 75, 100, None]
    with app.extensions["sessions"]() as session, db.transaction(session):
        assert take_share(session, id, world.at + timedelta(minutes=1), 25, 100, at=world.at) == 25
