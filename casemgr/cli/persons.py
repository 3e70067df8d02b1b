"""`flask person`: what is kept about a person, in the name of somebody who may know it; about an account, for its owner."""

import json

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import CasemgrError
from casemgr.policy import Actor
from casemgr.queries import persons as found
from casemgr.queries.actors import load_actor
from casemgr.services import persons as services
from casemgr.services.accounts import get_account
from casemgr.services.logins import find_by_login
from workflows.guards import local_date

person = AppGroup("person", help="A person's data at their request: find, list; an account's own.")
AS = click.option("--as", "login", required=True, metavar="LOGIN", help="Who looks: the petition officer or the operator.")


@person.command("find")
@click.argument("words")
@AS
def find(words: str, login: str) -> None:
    """Persons of that whole name, telephone or identity number, in matters the login sees."""
    extensions = current_app.extensions
    with extensions["sessions"]() as session, db.transaction(session):
        actor = actor_of(session, login)
        lines = found.find_persons(session, words, actor)
        services.record(session, "person_searched", {"found": len(lines)}, actor, extensions["clock"].now())
    for line in lines:
        click.echo(f"{line.id}\t{line.name}\t{line.phone}\t{line.matters}")


@person.command("list")
@click.argument("person_id", type=int)
@AS
def list_data(person_id: int, login: str) -> None:
    """All that is kept, as JSON on the standard output. It is on record as handed out."""
    extensions = current_app.extensions
    try:
        with extensions["sessions"]() as session, db.transaction(session):
            data = services.read_data(session, person_id, handed_out="json", actor=actor_of(session, login), at=extensions["clock"].now())
    except CasemgrError as error:
        raise click.ClickException(str(error)) from None
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))


@person.command("account")
@click.argument("login")
def account(login: str) -> None:
    """What is kept about somebody as an account, as JSON: for its owner."""
    extensions = current_app.extensions
    with extensions["readings"]() as session:
        data = found.data_of_account(session, get_account(session, find_by_login(session, login) or 0), extensions["clock"].now())
    click.echo(json.dumps(data, ensure_ascii=False, indent=1))


def actor_of(session: Session, login: str) -> Actor:
    """The login as an actor of today."""
    id = find_by_login(session, login)
    actor = load_actor(session, id, local_date(current_app.extensions["clock"].now())) if id else None
    if actor is None:
        raise click.ClickException(f"There is no account {login}.")
    return actor
