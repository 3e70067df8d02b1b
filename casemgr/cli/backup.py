"""`flask backup` makes a copy of database and files that fits together; `flask restore` makes an installation from one."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Engine, create_engine, func, make_url, select, text

from casemgr import schema, walcopy
from casemgr.cli.jobs import instant
from casemgr.config import Settings
from casemgr.models import Case, Event

MANIFEST = "manifest.json"


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_appcontext
def backup(folder: Path) -> None:
    """Copy database and files to FOLDER/DATE while people work. Files already in the last backup are linked, not copied."""
    settings, engine = current_app.extensions["settings"], current_app.extensions["engine"]
    at = current_app.extensions["clock"].now()
    place, draft = folder / f"{at:%Y%m%dT%H%M%SZ}", folder / "unfinished"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    told = copy_sqlite(engine, draft) if engine.dialect.name == "sqlite" else dump_postgresql(engine, draft)
    # after the database: a file is written before the row that names it, so every row of the copy finds its file
    told |= {"files": copy_files(settings.files_dir, draft / "files", latest(folder)), "made_at": at.isoformat(), "migration": schema.head()}
    (draft / MANIFEST).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    os.sync()
    os.replace(draft, place)
    (settings.data_dir / "last-backup").write_text(at.isoformat(), encoding="utf-8")
    click.echo(f"{place}: {told['cases']} matters, {told['events']} events, {told['files']} files")


def copy_sqlite(engine: Engine, place: Path) -> dict[str, object]:
    """The whole database as of one instant, by SQLite's own copying; then looked at."""
    target = place / "casemgr.sqlite3"
    copy = create_engine(f"sqlite:///{target}")
    source, goal = engine.raw_connection(), copy.raw_connection()
    try:
        source.driver_connection.backup(goal.driver_connection)  # type: ignore[union-attr]
    finally:
        source.close()
        goal.close()
    with copy.connect() as connection:
        if connection.execute(text("PRAGMA quick_check")).scalar() != "ok":
            raise click.ClickException("The copy of the database is damaged; look at the disk.")
        counts = count(connection)
    copy.dispose()
    return {"database": target.name, "sha256": digest(target), **counts}


def dump_postgresql(engine: Engine, place: Path) -> dict[str, object]:
    """pg_dump as of one instant. For a chosen second, and for nothing lost, archive the log besides (docs/operating.md)."""
    target = place / "casemgr.dump"
    with engine.connect() as connection:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar()
        words = ["pg_dump", "-Fc", f"--snapshot={snapshot}", "-f", str(target), "-d", address(engine)]
        done = subprocess.run(words, capture_output=True, text=True, env=with_password(engine), check=False)  # noqa: S603
        if done.returncode:
            raise click.ClickException(f"pg_dump: {done.stderr.strip()}")
        return {"database": target.name, "sha256": digest(target), **count(connection)}


def address(engine: Engine) -> str:
    """The database as pg_dump takes it, without the password."""
    return engine.url.set(drivername="postgresql", password=None).render_as_string()


def with_password(engine: Engine) -> dict[str, str]:
    """The environment with the password, which stands in no command line."""
    return {**os.environ, **({"PGPASSWORD": str(engine.url.password)} if engine.url.password else {})}


def count(connection: object) -> dict[str, int]:
    """How much is in it, to compare after restoring."""
    ask = connection.execute  # type: ignore[attr-defined]
    return {"cases": ask(select(func.count()).select_from(Case)).scalar(), "events": ask(select(func.count()).select_from(Event)).scalar()}


def copy_files(source: Path, target: Path, last: Path | None) -> int:
    """All files, linked from the last backup where it has them: a file never changes."""
    target.mkdir()
    for path in whole_files(source):
        kept = last / "files" / path.name if last else None
        if kept and kept.exists():
            os.link(kept, target / path.name)
        else:
            walcopy.copy_whole(path, target / path.name)
    return len(os.listdir(target))


def whole_files(folder: Path) -> Iterator[Path]:
    """The files of matters, none that is still being written."""
    return (path for path in folder.iterdir() if path.suffix != ".part") if folder.is_dir() else iter(())


def latest(folder: Path) -> Path | None:
    """The newest finished backup."""
    return max((path.parent for path in folder.glob(f"*/{MANIFEST}") if path.parent.name != "unfinished"), default=None)


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@click.command()
@click.argument("copy", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--until", "until_text", help="The instant it is restored as of, such as 2026-03-02T09:00; else all of it. Continuous copies only.")
@with_appcontext
def restore(copy: Path, until_text: str | None) -> None:
    """Make database and files anew from COPY, at the places of the settings, where nothing may be yet. SQLite only."""
    settings: Settings = current_app.extensions["settings"]
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        raise click.ClickException("PostgreSQL is restored with pg_restore, or from its archive: see docs/operating.md.")
    target = Path(url.database or "")
    if target.exists() or settings.files_dir.exists():
        raise click.ClickException(f"{target} or {settings.files_dir} is there already: move it away first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    until = instant(until_text, settings.timezone) if until_text else None
    if (copy / MANIFEST).exists():
        restore_backup(copy, target, until)
    else:
        restore_continuous(copy, target, until)
    shutil.copytree(copy / "files", settings.files_dir) if (copy / "files").is_dir() else settings.files_dir.mkdir()
    click.echo(f"Restored to {target}. Now: flask --app wsgi audit verify, flask --app wsgi deadlines verify")


def restore_backup(copy: Path, target: Path, until: datetime | None) -> None:
    """From one backup, compared with what its list says."""
    told = json.loads((copy / MANIFEST).read_text(encoding="utf-8"))
    if until:
        raise click.ClickException("This is a backup of one instant; --until is for continuous copies.")
    if digest(copy / told["database"]) != told["sha256"]:
        raise click.ClickException(f"{copy / told['database']} is not what it was when the backup was made.")
    walcopy.copy_whole(copy / told["database"], target)


def restore_continuous(copy: Path, target: Path, until: datetime | None) -> None:
    """From a continuous copy: the newest generation that had begun at the instant."""
    for generation in reversed(walcopy.generations(copy)):
        if until is None or walcopy.pieces_until(generation, until):
            walcopy.restore(generation, target, until, open_plain)
            return
    raise click.ClickException("The copy does not reach back so far.")


def open_plain(path: Path) -> object:
    """A plain connection to a SQLite file."""
    connection = create_engine(f"sqlite:///{path}").raw_connection()
    plain = connection.driver_connection
    connection.detach()
    return plain
