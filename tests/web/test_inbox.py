"""The inbox: by matter, chosen by kind, read together; counted no further than a page shows."""

import re

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from casemgr import db
from casemgr.models import Notice
from tests.web.life import Life
from tests.world import World, token_of

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


def add_notices(app: Flask, world: World, who: str, *codes: str) -> None:
    """Notices about no matter."""
    row = {"account_id": world.accounts[who].id, "params": {"today": 1, "overdue": 2}, "urgent": False, "created_at": world.at}
    with app.extensions["sessions"]() as session, db.transaction(session):
        session.execute(insert(Notice), [{**row, "code": code} for code in codes])


def rows(page: str) -> list[str]:
    return [re.sub(r"<[^>]+>|\s+", " ", row) for row in page.split("<tbody")[1].split("</tbody")[0].split("<tr")[1:]]


def test_notices_of_a_matter_stand_together_and_are_read_together(app: Flask, world: World) -> None:
    first, second = Life(app, world), Life(app, world)
    first.step("accept", "head_a", category="0402")
    client = world.client(app, "head_a")
    page = client.get("/notices?lang=en").text
    mine = rows(page)
    assert len(mine) == 2, "two matters"
    unread = select(func.count()).select_from(Notice).where(Notice.account_id == world.accounts["head_a"].id, Notice.read_at.is_(None))
    before = first.rows(unread)[0][0]
    number = re.search(r'action="(/notices/\d+)"', page)
    assert number
    answer = client.post(number[1], data={"csrf_token": token_of(page)})
    assert answer.location.split("?")[0] in (f"/cases/{first.id}", f"/cases/{second.id}")
    assert first.rows(unread)[0][0] < before
    assert len(rows(client.get("/notices?lang=en&unread=1").text)) == 1


def test_kinds_are_told_apart(app: Flask, world: World) -> None:
    Life(app, world)  # waits to be accepted by the head
    add_notices(app, world, "head_a", "digest.morning", "dispute.closed", "digest.morning")
    client = world.client(app, "head_a")
    counts = {kind: len(rows(client.get(f"/notices?lang=en&kind={kind}").text)) for kind in ("act", "inform", "digest", "")}
    assert counts == {"act": 1, "inform": 1, "digest": 2, "": 4}
    assert "None of these" in world.client(app, "worker_c1").get("/notices?lang=en&kind=digest").text


def test_pages_keep_what_was_chosen_and_counting_ends_at_a_hundred(app: Flask, world: World) -> None:
    add_notices(app, world, "head_a", *["digest.morning"] * 130)
    client = world.client(app, "head_a")
    page = client.get("/notices?lang=en&kind=digest").text
    assert len(rows(page)) == 30 and "99+" in page and "more than 99 unread" in page
    older = re.search(r'href="([^"]*before=[^"]*)"', page)
    assert older and "kind=digest" in older[1]
    client.post("/notices/read", data={"csrf_token": token_of(page)})
    assert "99+" not in client.get("/notices?lang=en").text
