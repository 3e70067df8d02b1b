"""`flask retention`: what is proposed for erasure, and holds. Confirming and releasing are two persons' acts, on the pages too."""

from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select

from casemgr import db
from casemgr.errors import CasemgrError
from casemgr.models import Disposal
from casemgr.policy import Actor
from casemgr.queries.actors import load_actor
from casemgr.services import retention as services
from casemgr.services.logins import find_by_login
from workflows.guards import local_date

retention = AppGroup("retention", help="Erasure of old matters: list, confirm, release, refuse; holds.")
STATES = {"confirm": services.CONFIRMED, "release": services.RELEASED, "refuse": services.REFUSED}


@retention.command("list")
def list_all() -> None:
    """Every disposal and where it stands."""
    with current_app.extensions["readings"]() as session:
        for row in session.scalars(select(Disposal).order_by(Disposal.id)):
            left = services.count_due(session, row.id)
            click.echo(f"{row.id:5} {row.process:10} closed before {row.before_on}  {row.matters:6} matters  {row.state:9} {left} left")


@retention.command("decide")
@click.argument("what", type=click.Choice(sorted(STATES)))
@click.argument("disposal", type=int)
@click.option("--as", "login", required=True, metavar="LOGIN", help="The administrator who decides.")
@click.option("--reason", default="", help="Why; needed to confirm and to refuse.")
def decide(what: str, disposal: int, login: str, reason: str) -> None:
    """Confirm, release (by another login) or refuse a disposal."""
    act(login, lambda session, actor, at: services.decide(session, disposal, STATES[what], reason, actor=actor, at=at))
    click.echo(f"{disposal}: {STATES[what]}")


@retention.command("hold")
@click.argument("number")
@click.option("--as", "login", required=True, metavar="LOGIN", help="The administrator who decides.")
@click.option("--reason", required=True, help="Why it has to be kept.")
@click.option("--lift", is_flag=True, help="End the hold instead.")
def hold(number: str, login: str, reason: str, lift: bool) -> None:
    """Keep the matter of that number whatever its age, or end that."""
    change = services.lift_hold if lift else services.set_hold
    act(login, lambda session, actor, at: change(session, number, reason, actor=actor, at=at))
    click.echo(f"{number}: {'no longer held' if lift else 'held'}")


def act(login: str, change: Any) -> None:
    """Do something in an administrator's name."""
    at = current_app.extensions["clock"].now()
    try:
        with current_app.extensions["sessions"]() as session, db.transaction(session):
            id = find_by_login(session, login)
            actor: Actor | None = load_actor(session, id, local_date(at)) if id else None
            if actor is None:
                raise click.ClickException(f"There is no account {login}.")
            change(session, actor, at)
    except CasemgrError as error:
        raise click.ClickException(str(error)) from None
