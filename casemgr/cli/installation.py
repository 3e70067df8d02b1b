"""Commands for whoever installs and upgrades: the schema. Not for content."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Engine

from casemgr import schema


@click.command()
@with_appcontext
def migrate() -> None:
    """Bring the database to the newest schema. Does nothing that is already done."""
    engine: Engine = current_app.extensions["engine"]
    if engine.url.get_backend_name() == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    schema.upgrade(engine)
    click.echo(f"The database is at migration {schema.head()}.")
