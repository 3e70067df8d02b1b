"""The database itself refuses to edit what is recorded, and finds Chinese words of two characters."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSERT_ONLY = ("events", "anchors", "case_facts", "deadline_facts", "rungs_fired", "holdings", "readings")

REFUSE = """
CREATE FUNCTION casemgr_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'rows of % are recorded for good', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in INSERT_ONLY:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are recorded for good'); END"
                )
        op.execute("CREATE VIRTUAL TABLE case_search USING fts5(grams, content='', tokenize='unicode61')")
        op.execute("CREATE TABLE case_grams (case_id INTEGER PRIMARY KEY, grams TEXT NOT NULL)")
        return
    op.execute(REFUSE)
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_recorded BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION casemgr_refuse()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION casemgr_refuse()"
        )
    op.execute("CREATE TABLE case_search (case_id INTEGER PRIMARY KEY REFERENCES cases (id), grams TEXT[] NOT NULL)")
    op.execute("CREATE INDEX ix_case_search_grams ON case_search USING gin (grams)")


def downgrade() -> None:
    op.execute("DROP TABLE case_search")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE case_grams")
        for table in INSERT_ONLY:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")
        return
    for table in INSERT_ONLY:
        op.execute(f"DROP TRIGGER {table}_recorded ON {table}")
        op.execute(f"DROP TRIGGER {table}_kept ON {table}")
    op.execute("DROP FUNCTION casemgr_refuse()")
