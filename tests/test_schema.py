"""The migrations: from nothing to the newest and back, the same tables as the models say, all or nothing."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from casemgr import db, schema
from casemgr.models import Base
from tests import databases


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path):
    """An engine on a database without any table."""
    if request.param == "sqlite":
        engine = db.make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}", durable=False)
        yield engine
        engine.dispose()
    else:
        with databases.postgres_database("template0") as url:
            engine = db.make_engine(url, durable=False)
            yield engine
            engine.dispose()


def names(engine: Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}


def test_up_down_and_up_again(empty: Engine) -> None:
    schema.upgrade(empty)
    first = names(empty)
    schema.downgrade(empty, "base")
    assert names(empty) == set()
    schema.upgrade(empty)
    assert names(empty) == first >= {"cases", "events"}


def test_the_tables_are_those_of_the_models(engine: Engine) -> None:
    with engine.connect() as connection:
        command.check(schema.alembic_config(connection))


def test_at_head_tells(empty: Engine) -> None:
    with empty.connect() as connection:
        assert not schema.at_head(connection)
    schema.upgrade(empty)
    with empty.connect() as connection:
        assert schema.at_head(connection)


def test_upgrading_twice_does_nothing(empty: Engine) -> None:
    schema.upgrade(empty)
    before = names(empty)
    schema.upgrade(empty)
    assert names(empty) == before


def test_a_failing_migration_leaves_nothing(empty: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def upgrade_then_fail(config: object, revision: str) -> None:
        real(config, revision)
        raise RuntimeError("the power went")

    real = command.upgrade
    monkeypatch.setattr(command, "upgrade", upgrade_then_fail)
    with pytest.raises(RuntimeError, match="the power went"):
        schema.upgrade(empty)
    assert names(empty) == set()


def test_foreign_keys_hold_after_an_upgrade(empty: Engine) -> None:
    schema.upgrade(empty)
    with empty.connect() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(
            sa.insert(Base.metadata.tables["area_paths"]).values(ancestor_id=1, descendant_id=2, depth=1)
        )
        connection.commit()


def test_there_is_one_history() -> None:
    scripts = ScriptDirectory.from_config(schema.alembic_config())
    assert len(scripts.get_heads()) == 1
    assert [s.revision for s in scripts.walk_revisions()][::-1] == sorted(s.revision for s in scripts.walk_revisions())


@pytest.mark.parametrize(("text", "id"), [("7", 7), ("٧", 7), ("²", None), ("0", None), ("-1", None), ("", None), ("2147483648", None), ("9" * 40, None)])
def test_an_id_in_a_form_is_one_that_a_row_may_have(text, id):
    assert db.as_id(text) == id
