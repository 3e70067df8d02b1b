"""`flask joint`: messages about one and the same matter found in a file."""

import json
from pathlib import Path

import click
from flask.cli import with_appcontext
from flask_babel import gettext

from casemgr.cli.intake import in_language, now
from casemgr.intake.joint import Several, find_joint
from casemgr.intake.rows import open_source
from casemgr.services import incoming

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def joint() -> None:
    """Several messages about one and the same matter."""


@joint.command()
@click.argument("file", type=FILE)
@click.option("--mapping", metavar="NAME", help="A mapping of columns: workflows/rules/mappings/NAME.toml.")
@click.option("--json", "as_json", is_flag=True, help='Print {"groups": [[number, …], …]} alone.')
@with_appcontext
def find(file: Path, mapping: str | None, as_json: bool) -> None:
    """Say which messages of FILE (.xlsx or .csv) are about one and the same matter. Nothing is stored."""
    with in_language(), open_source(file, mapping) as source:
        groups = find_joint(source.canonical_rows("joint", at=now()), words=incoming.words())
        if as_json:
            click.echo(json.dumps({"groups": [group.numbers for group in groups]}, ensure_ascii=False))
            return
        for group in groups:
            show(group)
        if not groups:
            click.echo(gettext("No two messages are about the same matter."))


def show(group: Several) -> None:
    """A group as lines: how many messages of how many persons, then each with number, day and title."""
    count = {"messages": len(group.rows), "persons": group.persons}
    click.echo(gettext("%(messages)s messages of %(persons)s persons") % count)
    for number, row in zip(group.numbers, group.rows, strict=True):
        day = row.received_at.date().isoformat() if row.received_at else ""
        click.echo(f"  {number}\t{day}\t{row.title}")
