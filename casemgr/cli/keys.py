"""`flask keys`: what is sealed under which key, moving it to another one while pages run, the key that signs files."""

from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from casemgr import db
from casemgr.clock import Clock
from casemgr.config import Settings, new_secrets
from casemgr.errors import CasemgrError
from casemgr.keys import public_of, signing_key
from casemgr.services import rekeying

keys = AppGroup("keys", help="Keys: list them, move what is sealed to the first one, retire an old one.")


@keys.command("new")
def new() -> None:
    """Print fresh keys, one a line, with the setting each is for. Writes nothing."""
    settings: Settings = current_app.extensions["settings"]
    fresh = new_secrets()
    taken = set(settings.sealing_keys)
    name = next(letter for letter in "123456789abcdefghijklmnopqrstuvwxyz" if letter not in taken)
    click.echo(f"CASEMGR_DATA_KEYS: {name}:{fresh['data_keys'].partition(':')[2]}")
    click.echo(f"CASEMGR_BLIND_INDEX_KEY: {fresh['blind_index_key']}")
    click.echo(f"CASEMGR_SECRET_KEY: {fresh['secret_key']}")


@keys.command("list")
def list_all() -> None:
    """Every key by its fingerprint: since when it is known, and how much is still under it."""
    with current_app.extensions["sessions"]() as session, db.transaction(session):
        rekeying.note_keys(session, at=now())
        for key in rekeying.list_keys(session, at=now()):
            state = "in force" if key.current else "retired" if key.retired_at else "earlier"
            since = f"{key.since_at:%Y-%m-%d}" if key.since_at else ""
            click.echo(f"{key.kind:6} {key.name or '-':2} {key.fingerprint} {state:9} since {since}  {key.left} rows")


@keys.command("rotate")
@click.option("--batch", type=click.IntRange(1, 10_000), default=rekeying.BATCH, show_default=True, help="Rows in one transaction.")
@click.option("--most", type=click.IntRange(min=1), help="Stop after about so many rows; run again to go on.")
def rotate(batch: int, most: int | None) -> None:
    """Move everything sealed to the first key and every digest to the present index key. Pages run on meanwhile."""
    counts: dict[str, int] = {}
    with current_app.extensions["sessions"]() as session, db.transaction(session):
        rekeying.note_keys(session, at=now())
    for name, moved in batches(batch):
        counts[name] = counts.get(name, 0) + moved
        if most is not None and sum(counts.values()) >= most:
            break
    counts = {name: count for name, count in counts.items() if count}
    if counts:
        with current_app.extensions["sessions"]() as session, db.transaction(session):
            rekeying.record_rotation(session, counts, at=now())
    click.echo(", ".join(f"{name} {count}" for name, count in counts.items()) or "nothing to move")


def batches(batch: int) -> Any:
    """(what, rows) of every transaction, until nothing is left."""
    sessions = current_app.extensions["sessions"]
    for place in rekeying.PLACES:
        after: Any = ()
        while after is not None:
            with sessions() as session, db.transaction(session):
                moved, after = rekeying.rotate_some(session, place, after or None, batch)
            yield place.table.name, moved
    with sessions() as session:
        done = rekeying.begins_alone(session) or rekeying.is_walked(session)
    while not done:
        with sessions() as session, db.transaction(session):
            moved = rekeying.reindex_some(session, at=now(), most=batch)
        done = moved == 0
        yield "digests", moved


@keys.command("retire")
@click.argument("key")
@click.option("--give-up-codes", is_flag=True, help="Even where codes of the door or recovery codes still need this index key.")
def retire(key: str, give_up_codes: bool) -> None:
    """Mark an earlier key (its fingerprint, or the id of a sealing key) as no longer needed; then take it out of the settings."""
    try:
        with current_app.extensions["sessions"]() as session, db.transaction(session):
            found = rekeying.retire(session, key, force=give_up_codes, at=now())
    except CasemgrError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{found.kind} {found.name} {found.fingerprint} is retired: take it out of the settings, keep it with the old backups")


@keys.command("public")
def public() -> None:
    """Print the public key that the signatures of sealed files are checked with."""
    settings: Settings = current_app.extensions["settings"]
    click.echo(public_of(signing_key(settings.data_dir)).hex())


def now() -> Any:
    """The present instant."""
    clock: Clock = current_app.extensions["clock"]
    return clock.now()
