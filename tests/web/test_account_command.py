"""flask account: the first administrator of an installation, and a new password for whoever is locked out of everything."""

import re
from pathlib import Path

import pytest
from flask import Flask

import casemgr
from casemgr import db
from casemgr.config import load_settings
from casemgr.models import Account, SecondFactor
from casemgr.services.factors import COLUMN
from tests.conftest import values_for_tests
from tests.world import World, log_in


def told(output: str) -> str:
    found = re.search(r"temporary password (\S+)", output)
    assert found, output
    return found[1]


def test_the_first_administrator(app: Flask, world: World) -> None:
    run = app.test_cli_runner().invoke
    code = world.areas["street_a"].code
    made = run(args=["account", "create", "first", "首位", "--role", "security_admin", "--area", code])
    assert made.exit_code == 0
    assert log_in(app.test_client(), "first", told(made.output)).status_code == 302
    with app.extensions["readings"]() as session:
        account = session.query(Account).filter_by(login="first").one()
        world.accounts["first"] = account
        assert world.actor(session, "first").has("security_admin")


def test_what_cannot_be_is_said(app: Flask, world: World) -> None:
    run = app.test_cli_runner().invoke
    for args, words in (
        (["create", "head_a", "再一个"], "This login is taken."),
        (["create", "first", "首位", "--role", "head"], "--role and --area belong together"),
        (["create", "first", "首位", "--role", "head", "--area", "1"], "no area with the code 1"),
        (["reset", "nobody"], "no account nobody"),
    ):
        done = run(args=["account", *args])
        assert done.exit_code != 0
        assert words in done.output
        assert "Traceback" not in done.output
    with app.extensions["readings"]() as session:
        assert session.query(Account).filter_by(login="first").count() == 0


def test_a_new_password(app: Flask, world: World) -> None:
    for _ in range(5):
        log_in(app.test_client(), "security_admin", "wrong")
    done = app.test_cli_runner().invoke(args=["account", "reset", "security_admin"])
    assert log_in(app.test_client(), "security_admin", told(done.output)).status_code == 302


@pytest.mark.parametrize("args", [["audit", "verify"], ["account", "reset", "first"], ["job", "sweep"], ["deadlines", "verify"]])
def test_a_database_without_tables_is_told_in_a_sentence(tmp_path: Path, args: list[str]) -> None:
    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    app = casemgr.create_app(load_settings(**values_for_tests(url, tmp_path / "data"), _env_file=None))
    done = app.test_cli_runner().invoke(args=args)
    app.extensions["engine"].dispose()
    assert done.exit_code == 1
    assert done.output.strip().splitlines()[-1] == "Error: The database has no tables yet. Make them with: flask --app wsgi migrate"
    assert "Traceback" not in done.output


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_a_lost_second_factor_when_nobody_else_is_there(app: Flask, world: World) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        sealed = session.info["keys"].seal("A" * 32, COLUMN)
        session.add(SecondFactor(account_id=world.accounts["security_admin"].id, secret=sealed, confirmed_at=world.at, last_step=0))
    assert log_in(app.test_client(), "security_admin").location == "/login/code"
    done = app.test_cli_runner().invoke(args=["account", "reset", "security_admin", "--second-factor"])
    assert done.exit_code == 0, done.output
    assert log_in(app.test_client(), "security_admin", told(done.output)).location == "/"
