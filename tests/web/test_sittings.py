"""Pages round a planned session: its form with the rooms of the day, the calendar of rooms, rooms set up; typed text kept."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from casemgr import db
from casemgr.jobs import kept as kept_job
from casemgr.jobs.site import open_site
from casemgr.models import KeptText, Room
from casemgr.services.kept import keep_text
from tests.web.life import Life
from tests.world import token_of

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
TWO = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)  # Wednesday 14:00 in Shanghai


@pytest.fixture
def life(app, world) -> Life:
    return Life(app, world).in_mediation()


def plan(life: Life, **more):
    return life.step("book_session", "mediator_a", **{"starts_at": TWO, "lasts": "60", "room_id": life.world.rooms["community_a"].id} | more)


def form(life: Life, step: str, query: str = "", who: str = "mediator_a"):
    """A browser, the page of a step's form, and its address."""
    client = life.world.client(life.app, who)
    path = f"/cases/{life.id}/steps/{step}"
    return client, client.get(f"{path}?lang=en{query}"), path


def test_a_free_time_is_taken_from_the_rooms_of_the_day(life, app, world):
    other = Life(app, world).in_mediation()
    plan(other)
    client, page, path = form(life, "book_session", "&on=2026-03-04")
    assert "09:00–14:00" in page.text and "15:00–18:00" in page.text
    room = world.rooms["community_a"].id
    page = client.get(f"{path}?lang=en&at=2026-03-04T15:00&room={room}")
    assert 'value="2026-03-04T15:00"' in page.text and f'<option selected value="{room}">' in page.text
    data = {"csrf_token": token_of(page.text), "seen_version": "9", "starts_at": "2026-03-04T14:30", "lasts": "60", "room_id": room}
    refused = client.post(f"{path}?lang=en", data=data)
    assert refused.status_code == 422 and "The room is taken at that time." in refused.text
    assert 'value="2026-03-04T14:30"' in refused.text and "15:00–18:00" in refused.text
    assert client.post(path, data=data | {"starts_at": "2026-03-04T15:00"}).status_code == 302
    shown = life.page("mediator_a").text
    assert "Planned session" in shown and "槐荫社区调解室" in shown


def test_what_was_planned_stands_in_the_form_of_the_record(life):
    plan(life)
    life.step("inform_rights", "mediator_a", way="oral")
    with life.app.extensions["readings"]():
        life.clock.advance(TWO + timedelta(minutes=70) - life.clock.now())
    assert "Record a session" in life.page("mediator_a").text
    life.step("record_consent", "mediator_a", party=1, consent="given", evidence="signature", consented_on=date(2026, 3, 2))
    _, page, _ = form(life, "record_session")
    for words in ("2026-03-04T14:00", "2026-03-04T15:00", "槐荫社区调解室 一楼", "周某、佳和物业"):
        assert words in page.text, words


def test_the_calendar_shows_a_week_and_names_only_what_is_in_sight(life, world):
    plan(life)
    mine = world.client(life.app, "mediator_a").get("/rooms?lang=en&on=2026-03-05&view=week").text
    assert "三楼漏水" in mine and "14:00–15:00" in mine and "day off" in mine
    theirs = world.client(life.app, "street_mediator_a").get("/rooms?lang=en&on=2026-03-04").text
    assert "14:00–15:00" in theirs
    far = world.client(life.app, "head_c").get("/rooms?lang=en&on=2026-03-04").text
    assert "槐荫社区调解室" not in far


def test_a_room_is_set_up_and_changed(app, world):
    client = world.client(app, "system_admin")
    page = client.get("/structure/rooms/new?lang=en")
    given = {
        "csrf_token": token_of(page.text), "area": world.areas["community_b"].id, "name": "二楼调解室", "opens": "08:30",
        "closes": "21:00", "rest_days": "y",
    }  # fmt: skip
    assert "A room opens before it closes" in client.post("/structure/rooms/new?lang=en", data=given | {"closes": "08:30"}).text
    assert client.post("/structure/rooms/new", data=given).status_code == 302
    assert "daily 08:30–21:00" in client.get("/structure/rooms?lang=en").text
    with app.extensions["readings"]() as session:
        room = session.scalars(select(Room).where(Room.name == "二楼调解室")).one()
    assert client.post(f"/structure/rooms/{room.id}/change", data=given | {"name": "大调解室"}).status_code == 302
    assert "Out of use" in client.get("/structure/rooms?lang=en").text


# --- typed text


def keep(client, path: str, page, **typed):
    return client.post(f"{path}/kept", data={"csrf_token": token_of(page.text), **typed})


def test_typed_text_is_there_again_in_another_browser_and_gone_once_sent(life):
    client, page, path = form(life, "record_note")
    answer = keep(client, path, page, note="双方都愿意再谈,", file="x", strange="y")
    assert answer.json == {"kept_at": f"{life.clock.now() + timedelta(hours=8):%H:%M}"}
    again, page, _ = form(life, "record_note")
    assert "双方都愿意再谈," in page.text and "is here again" in page.text
    assert "双方都愿意再谈," not in form(life, "record_note", who="head_a")[1].text
    data = {"csrf_token": token_of(page.text), "note": "双方都愿意再谈,周五见。", "seen_version": "1"}
    assert again.post(path, data=data).status_code == 302
    assert life.rows(select(KeptText.form)) == []


def test_it_is_kept_sealed_and_begun_afresh(life, app):
    client, page, path = form(life, "add_party")
    keep(client, path, page, name="钱某", phone="13911112222")
    body = life.rows(select(KeptText.body))[0][0]
    assert b"13911112222" not in body and "钱某".encode() not in body
    client, page, _ = form(life, "add_party")
    assert "13911112222" in page.text
    assert client.post(f"{path}/afresh", data={"csrf_token": token_of(page.text)}).status_code == 302
    assert life.rows(select(KeptText.form)) == []


def test_too_much_is_not_kept_and_old_text_is_forgotten(life, app, settings):
    client, page, path = form(life, "record_note")
    assert keep(client, path, page, note="长" * 60_000).status_code == 422
    keep(client, path, page, note="短")
    site = open_site(settings, app.extensions["engine"])
    assert not kept_job.run(site, life.clock.now()).counts
    assert kept_job.run(site, life.clock.now() + timedelta(days=15)).counts == {"removed": 1}


def test_text_whose_key_is_gone_is_no_text(life, app, world):
    with app.extensions["sessions"]() as session, db.transaction(session):
        keep_text(session, world.accounts["mediator_a"].id, life.id, "record_note", {"note": ["旧"]}, at=life.clock.now())
        session.get(KeptText, (world.accounts["mediator_a"].id, life.id, "record_note")).body = b"\x01\x01x"
    _, page, _ = form(life, "record_note")
    assert page.status_code == 200 and "is here again" not in page.text
