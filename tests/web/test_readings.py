"""Reads are on record: confidential matters by page and by program, workbooks fetched; the audit administrator finds them."""

from datetime import timedelta

from sqlalchemy import insert, select, text

from casemgr import db
from casemgr.models import Reading
from casemgr.queries.trail import ReadingsWanted
from casemgr.services.tokens import create_token
from tests.web.life import Life

ROWS = 3000


def test_a_look_by_a_program_is_told_apart(app, world):
    secret = Life(app, world, confidential=True)
    with app.extensions["sessions"]() as session, db.transaction(session):
        actor = world.actor(session, "grid_secretary_a1")
        _, told = create_token(
            session, "表格", actor.posts[0].post_id, may_write=False, expires_on=world.today + timedelta(days=30), actor=actor, at=world.at
        )
    answer = app.test_client().get(f"/api/v1/cases/{secret.id}", headers={"Authorization": f"Bearer {told}"})
    assert answer.status_code == 200, answer.text
    assert secret.page("grid_secretary_a1").status_code == 200
    assert secret.rows(select(Reading.what, Reading.about).order_by(Reading.id)) == [("case", "api"), ("case", "")]
    page = world.client(app, "audit_admin").get("/trail/readings?lang=en&what=case").text
    assert "· API" in page and page.count("<time ") == 2
    assert world.client(app, "audit_admin").get("/trail/readings?what=export").text.count("<time ") == 0


def test_the_page_of_readings_stays_cheap(session, world):
    """Each filter the page has goes by an index, whatever the number of rows."""
    account, day = world.accounts["head_a"].id, timedelta(days=1)
    rows = [
        {"account_id": account if n % 50 == 0 else account + 1, "case_id": n, "what": "case", "reason": "", "about": "",
         "at": world.at - n * day / 100}
        for n in range(1, ROWS)
    ]  # fmt: skip
    with db.transaction(session):
        session.execute(insert(Reading), rows)
    if not db.is_sqlite(session):
        session.execute(text("ANALYZE readings"))
        session.execute(text("SET LOCAL enable_seqscan = off"))
    for wanted, index in (
        (ReadingsWanted(actor_id=account), "ix_readings_account"), (ReadingsWanted(case_id=7), "ix_readings_case"),
        (ReadingsWanted(since=world.at - day / 2), ("ix_readings_at", "pk_readings")),
    ):  # fmt: skip
        query = select(Reading.id).where(*wanted.conditions()).order_by(Reading.id.desc()).limit(51)
        compiled = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = str(session.execute(text(f"EXPLAIN {'QUERY PLAN ' if db.is_sqlite(session) else ''}{compiled}")).all())
        assert any(name in plan for name in ([index] if isinstance(index, str) else [*index, "SCAN readings"])), plan
