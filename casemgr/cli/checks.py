"""`flask audit verify`, `flask deadlines verify` and `flask tally verify`: anyone with the database can prove that nothing was
altered, and that what is kept for speed is what the facts give."""

import multiprocessing
import os
from collections.abc import Iterator

import click
from flask import current_app
from flask.cli import with_appcontext

from sqlalchemy import Engine

from casemgr import db
from casemgr.queries import chains
from casemgr.queries.chains import Part, Walked
from casemgr.services import tally
from casemgr.services.recount import verify_deadlines

ENGINES: dict[str, Engine] = {}  # the engine of a process that walks


@click.group("audit")
def trail() -> None:
    """The event trail."""


@trail.command("verify")
@click.option(
    "--processes", type=click.IntRange(1, 64), default=os.cpu_count() or 1, show_default=True, help="So many at once."
)
@with_appcontext
def verify_trail(processes: int) -> None:
    """Walk every chain of events, every kept value and the anchors; fails with each fault found."""
    engine: Engine = current_app.extensions["engine"]
    with engine.connect() as connection, db.snapshot(connection):
        todo = chains.parts(connection)
        anchors, broken = chains.check_anchors(connection)
    engine.dispose()
    found = Walked()
    for walked in walk_all(engine, todo, processes):
        found.add(walked)
    for fault in found.faults:
        click.echo(f"{fault.stream} {fault.stream_id} event {fault.seq}: {fault.what}")
    for on in broken:
        click.echo(f"anchor of {on}: it does not go on from the one before")
    told = f"{found.events} events, {found.values} values, {anchors} anchors"
    if found.faults or broken:
        raise click.ClickException(f"{told}, {len(found.faults) + len(broken)} faults")
    click.echo(f"{told}, no fault")


def walk_all(engine: Engine, todo: list[Part], processes: int) -> Iterator[Walked]:
    """All parts, here or by so many processes; each opens the database for itself."""
    if processes == 1 or len(todo) < 3:
        yield from (chains.walk(engine, part) for part in todo)
        return
    address = engine.url.render_as_string(hide_password=False)
    with multiprocessing.get_context("fork").Pool(processes, begin, (address,)) as pool:
        yield from pool.imap_unordered(walk_here, todo)


def begin(address: str) -> None:
    """What a process that walks does first."""
    ENGINES["own"] = db.make_engine(address)


def walk_here(part: Part) -> Walked:
    """Walk one part in this process."""
    return chains.walk(ENGINES["own"], part)


@click.group()
def deadlines() -> None:
    """The deadlines of all cases."""


@deadlines.command("verify")
@with_appcontext
def verify_due_times() -> None:
    """Compute every deadline from its facts and compare it with its row; fails with each difference."""
    with current_app.extensions["readings"]() as session:
        count, found = verify_deadlines(session)
    for difference in found:
        click.echo(
            f"case {difference.case_id} {difference.key} {difference.what}: kept {difference.before}, "
            f"computed {difference.after}"
        )
    if found:
        raise click.ClickException(f"{count} deadlines, {len(found)} differences")
    click.echo(f"{count} deadlines, no difference")


@click.group("tally")
def tallies() -> None:
    """The numbers of boards, kept as matters change."""


@tallies.command("verify")
@with_appcontext
def verify_tallies() -> None:
    """Count every number of every area from the matters and compare; fails with each difference."""
    at = current_app.extensions["clock"].now()
    with current_app.extensions["readings"]() as session:
        counted = tally.is_counted(tally.steady(session))
        count, found = tally.verify(session, at)
    if not counted:
        raise click.ClickException("Nothing was counted yet: `flask tally rebuild`, or the job \"tallies\".")
    for wrong in found:
        click.echo(f"area {wrong.area_id} {wrong.facet} {wrong.mark}: kept {wrong.kept}, counted {wrong.counted}")
    if found:
        raise click.ClickException(f"{count} numbers, {len(found)} differences")
    click.echo(f"{count} numbers, no difference")


@tallies.command("rebuild")
@with_appcontext
def rebuild_tallies() -> None:
    """Count every number anew from the matters; people may go on working meanwhile (on SQLite they wait to write)."""
    at = current_app.extensions["clock"].now()
    with current_app.extensions["sessions"]() as session, db.transaction(tally.steady(session)):
        count = tally.rebuild(session, at)
    if count < 0:
        raise click.ClickException("Changes are being added up just now; try again.")
    click.echo(f"{count} numbers counted")
