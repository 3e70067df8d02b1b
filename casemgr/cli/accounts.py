"""Commands for the first accounts of an installation and for the day nobody can log in. Everyday work is on the pages."""

from datetime import datetime

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import CasemgrError
from casemgr.models import Account, Area, Post
from casemgr.policy import SETUP
from casemgr.services import accounts, appointments, factors, structure
from workflows.guards import local_date
from workflows.roles import POST_ROLES

account = AppGroup("account", help="Accounts: make one with a post, give a temporary password.")


@account.command("create")
@click.argument("login")
@click.argument("name")
@click.option("--role", type=click.Choice(sorted(POST_ROLES)), help="Appoint it to this post, open-ended from today.")
@click.option("--area", help="Code of the area of the post.")
def create(login: str, name: str, role: str | None, area: str | None) -> None:
    """Make an account and print its temporary password, once."""
    if bool(role) != bool(area):
        raise click.UsageError("--role and --area belong together.")
    extensions = current_app.extensions
    at = extensions["clock"].now()
    try:
        with extensions["sessions"]() as session, db.transaction(session):
            row, told = accounts.create_account(session, login, name, actor=SETUP, at=at, rules=extensions["passwords"])
            if role and area:
                post = find_or_add_post(session, role, area, at)
                appointments.appoint(session, row.id, post.id, from_on=local_date(at), actor=SETUP, at=at)
    except CasemgrError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{login}: temporary password {told}")


@account.command("reset")
@click.argument("login")
@click.option("--second-factor", is_flag=True, help="Take the second factor too: the device is lost.")
def reset(login: str, second_factor: bool) -> None:
    """Give a temporary password and end a lock."""
    extensions = current_app.extensions
    with extensions["sessions"]() as session, db.transaction(session):
        id = session.scalar(select(Account.id).where(Account.login == login))
        if id is None:
            raise click.ClickException(f"There is no account {login}.")
        told = accounts.reset_password(
            session, id, actor=SETUP, at=extensions["clock"].now(), rules=extensions["passwords"]
        )
        if second_factor and factors.is_set(session, id):
            factors.reset(session, id, "flask account reset", actor=SETUP, at=extensions["clock"].now())
    click.echo(f"{login}: temporary password {told}")


def find_or_add_post(session: Session, role: str, code: str, at: datetime) -> Post:
    """The post of that role at the area of that code."""
    area = session.scalar(select(Area).where(Area.code == code))
    if area is None:
        raise click.ClickException(f"There is no area with the code {code}.")
    found = session.scalar(select(Post).where(Post.role == role, Post.area_id == area.id))
    return found or structure.add_post(session, role, area_id=area.id, actor=SETUP, at=at)
