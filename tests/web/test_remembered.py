"""What pages keep drawn is shown to nobody for whom it is not so: rows by their line, day, language and mode, frames by person."""

import random
import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from casemgr import db
from casemgr.models import Account, Appointment, Area, Case, Notice
from casemgr.web import locales, words
from casemgr.web.links import address_of
from tests.world import World

ROW = re.compile(r'<tr role="row">.*?</tr>', re.DOTALL)
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def matter(session, world: World) -> int:
    with db.transaction(session):
        return world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水扰民", title="漏水一事").case_id


def row_of(client, address: str = "/matters?status=all") -> str:
    """The row of the only matter in a list."""
    page = client.get(address).text
    (row,) = (row for row in ROW.findall(page[page.find("<tbody") :]) if "漏水一事" in row)
    return row


def change(session, table, id: int, **values) -> None:
    with db.transaction(session):
        session.execute(update(table).where(table.id == id).values(**values))


def test_a_row_follows_its_matter_its_place_and_its_holder(app, session, world, matter):
    client = world.client(app, "head_a")
    holder = session.scalar(select(Account).where(Account.login == "head_a"))
    rows = [row_of(client)]
    assert row_of(client) == rows[0]
    for table, id, values in (
        (Case, matter, {"tier": "red", "tier_confirmed": False}), (Case, matter, {"tier_confirmed": True}),
        (Area, world.areas["grid_a1"].id, {"name": "改名网格"}), (Case, matter, {"holder_id": holder.id}),
        (Account, holder.id, {"name": "改名人"}), (Case, matter, {"version": 77}), (Case, matter, {"state": "assigned"}),
        (Case, matter, {"next_due_at": world.at - timedelta(minutes=3)}), (Case, matter, {"next_due_at": world.at + timedelta(days=5)}),
        (Case, matter, {"closed_at": world.at, "state": "closed"}),
    ):  # fmt: skip
        change(session, table, id, **values)
        rows.append(row_of(client))
        assert rows[-1] not in rows[:-1], values
    assert (
        "tier-hollow" in rows[1]
        and "tier-red" in rows[2]
        and "改名网格" in rows[3]
        and "改名人" in rows[5]
        and ":77" in rows[6]
    )


def test_a_row_passes_with_time(app, session, world, matter, clock):
    client = world.client(app, "head_a")
    change(session, Case, matter, next_due_at=world.at + timedelta(minutes=50))
    said = [row_of(client)]
    for later in (1, 25, 25, 20):
        clock.advance(timedelta(minutes=later))
        said.append(row_of(client))
    assert len(set(said)) == len(said)
    assert 'class="late"' in said[-1] and 'class="late"' not in said[0]


def test_a_row_speaks_each_language_and_says_no_colour_face_to_face(app, session, world, matter):
    change(session, Case, matter, tier="red", tier_confirmed=True)
    client = world.client(app, "head_a")
    zh, en = row_of(client), row_of(client, "/matters?status=all&lang=en")
    assert "红色" in zh and "Red" in en and "红色" not in en and row_of(client) == zh
    client.set_cookie("face_to_face", "on")
    assert "tier" not in row_of(client)
    client.delete_cookie("face_to_face")
    assert row_of(client) == zh


def test_a_row_is_for_those_who_see_the_matter_and_ticks_for_those_who_may_act(app, session, world, matter):
    head, worker = world.client(app, "head_a"), world.client(app, "worker_a1")
    assert 'name="line"' in row_of(head) and 'name="line"' not in row_of(worker)
    assert "漏水一事" not in world.client(app, "head_c").get("/matters?status=all").text
    change(
        session,
        Case,
        matter,
        confidential=True,
        registered_by=session.scalar(select(Account.id).where(Account.login == "head_c")),
    )
    assert "漏水一事" not in worker.get("/matters?status=all").text
    change(session, Case, matter, confidential=False)
    post = session.scalar(select(Account.id).where(Account.login == "head_a"))
    with db.transaction(session):
        session.execute(
            update(Appointment)
            .where(Appointment.account_id == post)
            .values(to_on=(world.at - timedelta(days=1)).date())
        )
    assert "漏水一事" not in head.get("/matters?status=all").text


def test_a_frame_is_its_persons_own(app, session, world, matter):
    first, other = world.client(app, "worker_a1"), world.client(app, "worker_a2")
    pages = [client.get("/account").text for client in (first, other, first)]
    tokens = [set(TOKEN.findall(page)) for page in pages]
    assert all(len(found) == 1 for found in tokens) and tokens[0] != tokens[1]
    name = session.scalar(select(Account.name).where(Account.login == "worker_a1"))
    assert name in pages[0] and name not in pages[1]


def test_a_frame_counts_notices_and_says_words_and_address_anew(app, session, world, matter):
    client = world.client(app, "worker_a1")
    account = session.scalar(select(Account.id).where(Account.login == "worker_a1"))
    before = client.get("/matters?q=一").text
    with db.transaction(session):
        session.add_all(
            Notice(account_id=account, case_id=matter, seq=n, code="case.registered", params={}, created_at=world.at)
            for n in range(3)
        )
    after = client.get("/matters?q=%22%3E%3Cscript%3E").text
    assert '<span class="count">' not in before and '<span class="count">3<' in after
    assert "<script>" not in after.replace("<script src", "") and 'value="&#34;&gt;&lt;script&gt;"' in after
    assert (
        'name="next" value="/matters?q=&#34;&gt;&lt;script&gt;' in after
        or 'value="/matters?q=%22%3E%3Cscript%3E' in after
    )


def test_a_frame_loses_a_lost_post_at_once(app, session, world):
    client = world.client(app, "head_a")
    assert 'href="/board"' in client.get("/account").text
    account = session.scalar(select(Account.id).where(Account.login == "head_a"))
    with db.transaction(session):
        session.execute(
            update(Appointment)
            .where(Appointment.account_id == account)
            .values(to_on=(world.at - timedelta(days=1)).date())
        )
    assert 'href="/board"' not in client.get("/account").text


def test_nothing_written_looks_like_a_hole(app, session, world):
    change(
        session,
        Account,
        session.scalar(select(Account.id).where(Account.login == "worker_a1")),
        name="(token)(here){{ 1 }}",
    )
    assert "(token)(here){{ 1 }}" in world.client(app, "worker_a1").get("/account").text


def test_what_anybody_may_write_is_not_remembered(app, world):
    client = world.client(app, "head_a")
    client.get("/matters?lang=en&state=agreed")
    sentences = locales.in_language.cache_info().currsize
    for number in range(3):
        assert f"{number}-nowhere" in client.get(f"/matters?lang=en&state={number}-nowhere").text
    assert locales.in_language.cache_info().currsize == sentences
    with app.test_request_context("/"):
        assert address_of("auth.login", next="/a") is address_of("auth.login", next="/a")
        assert address_of("auth.login", next="/a" * 2000) is not address_of("auth.login", next="/a" * 2000)


def test_what_a_due_time_is_said_by_decides_the_words(app, world):
    rng = random.Random(5)
    with app.test_request_context("/?lang=en"):
        app.preprocess_request()
        said: dict[tuple[object, ...], tuple[str, str]] = {}
        for _ in range(4000):
            now = world.at + timedelta(seconds=rng.randrange(0, 3 * 3600), milliseconds=rng.randrange(1000))
            due = world.at + timedelta(
                minutes=rng.choice((-4000, -1441, -1440, -61, -60, -1, 0, 1, 59, 60, 90, 1439, 1440, 4319, 4320, 9000))
            )
            key = (due, words.left_said(due, now), words.local_day(now))
            told = words.due_words(due, now), words.due_tone(due, now)
            assert said.setdefault(key, told) == told, (due, now)
    assert len(said) < 4000
