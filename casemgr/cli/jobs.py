"""`flask job NAME --at ISO`: one job once, as of an instant; and `flask jobs`, which lists them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import click
from flask import current_app
from flask.cli import with_appcontext

from casemgr.jobs.runs import run_recorded
from casemgr.jobs.site import open_site
from casemgr.jobs.table import JOBS


@click.command()
@click.argument("name", type=click.Choice(sorted(JOBS)))
@click.option("--at", "at_text", help="The instant it runs as of, e.g. 2026-03-02T09:00 (local time) or with a zone; else now.")
@with_appcontext
def job(name: str, at_text: str | None) -> None:
    """Run one job once and print what it did."""
    settings, clock = current_app.extensions["settings"], current_app.extensions["clock"]
    at = instant(at_text, settings.timezone) if at_text else None
    done = run_recorded(open_site(settings, current_app.extensions["engine"]), JOBS[name], clock.now, at)
    if done is None:
        raise click.ClickException(f"{name} failed; the log says where.")
    did = ", ".join(f"{what} {count}" for what, count in sorted(done.counts.items())) or "nothing to do"
    click.echo(f"{name}: {did}")


@click.command("jobs")
def list_jobs() -> None:
    """List the jobs, with how often or when each runs."""
    for line in JOBS.values():
        when = f"daily at {line.daily:%H:%M}" if line.daily else f"every {line.every} s"
        click.echo(f"{line.name:12} {when:32} {line.label}")


def instant(text: str, zone: str) -> datetime:
    """An ISO instant; without a zone it is the office's. Raises BadParameter."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not an instant; write one like 2026-03-02T09:00", param_hint="--at") from None
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
