"""A program at the API, for tests: a token of one person at their post, and how requests are sent with it."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import select

from casemgr import db
from casemgr.models import Account, Appointment
from casemgr.services.tokens import create_token
from tests.world import World


def make_token(app: Flask, world: World, who: str, *, may_write: bool = True, days: int = 90) -> tuple[int, str]:
    """A token of the first post of a login: its id and value."""
    with app.extensions["sessions"]() as session, db.transaction(session):
        actor = world.actor(session, who)
        row, told = create_token(
            session, "tests", actor.posts[0].post_id, may_write=may_write,
            expires_on=world.today + timedelta(days=days), actor=actor, at=app.extensions["clock"].now(),
        )  # fmt: skip
        return row.id, told


class Program:
    """A program with a token, or with none."""

    def __init__(self, app: Flask, token: str = "", **headers: str) -> None:
        self.app = app
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.headers |= {"Accept-Language": "en"} | headers

    def get(self, path: str, **headers: str) -> Any:
        return self.app.test_client().get(f"/api/v1{path}", headers=self.headers | headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.app.test_client().post(f"/api/v1{path}", json=body, headers=self.headers | given)

    def upload(self, path: str, name: str, content: bytes, key: str = "", **fields: str) -> Any:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        data = {"file": (BytesIO(content), name), **fields}
        return self.app.test_client().post(f"/api/v1{path}", data=data, headers=headers)


def program(app: Flask, world: World, who: str, **about: Any) -> Program:
    """A program with a fresh token of that login."""
    return Program(app, make_token(app, world, who, **about)[1])


def appointment_of(app: Flask, world: World, who: str) -> int:
    """The appointment of a login."""
    with app.extensions["readings"]() as session:
        return session.scalars(
            select(Appointment.id).join(Account, Account.id == Appointment.account_id).where(Account.login == who)
        ).one()
