"""Connections to PostgreSQL keep what they prepared over a rollback, as reading ends; behind a pooler they prepare nothing."""

import pytest
from sqlalchemy import text

from casemgr import db

POSTGRES = pytest.mark.parametrize("db_url", ["postgresql"], indirect=True)
KEPT = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%login = %'")


@POSTGRES
@pytest.mark.parametrize(("pooler", "kept"), [(False, 1), (True, 0)])
def test_what_is_prepared_outlives_a_rollback(db_url, pooler, kept):
    engine = db.make_engine(db_url, pooler=pooler)
    for n in range(8):
        with engine.connect() as connection:  # given back with a rollback
            connection.execute(text("SELECT id FROM accounts WHERE login = :login"), {"login": str(n)})
    with engine.connect() as connection:
        assert connection.execute(KEPT).scalar() == kept
    engine.dispose()
