"""`flask audit verify` and `flask deadlines verify`: anyone with the database can prove that nothing was altered."""

import click
from flask import current_app
from flask.cli import with_appcontext

from casemgr import audit
from casemgr.services.recount import verify_deadlines


@click.group("audit")
def trail() -> None:
    """The event trail."""


@trail.command("verify")
@with_appcontext
def verify_trail() -> None:
    """Walk every chain of events and every kept value; fails with each fault found."""
    with current_app.extensions["readings"]() as session:
        count, faults = audit.verify(session)
        faults += audit.verify_values(session)
    for fault in faults:
        click.echo(f"{fault.stream} {fault.stream_id} event {fault.seq}: {fault.what}")
    if faults:
        raise click.ClickException(f"{count} events, {len(faults)} faults")
    click.echo(f"{count} events, no fault")


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
