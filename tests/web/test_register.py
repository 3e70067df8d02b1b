"""The page for registering and what a phone asks beside it: once for a key, known people and matters within sight, who told
and who typed, no colour face to face."""

import io
import re
import threading
import time

import pytest
from flask import Flask
from sqlalchemy import func, select

from casemgr import db
from casemgr.models import Attachment, Case, Dispute, EventValue, Fact, Party, Person
from casemgr.services import once
from casemgr.web.overview import parts
from tests.web.life import Life
from tests.web.test_steps import PNG
from tests.world import World, token_of

SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
LEAK = "三楼漏水到二楼,物业说过了保修期,不修。"


class Phone:
    """Somebody logged in who sends what waits, as static/js/outgoing.js does."""

    def __init__(self, app: Flask, world: World, who: str) -> None:
        self.app, self.world, self.who = app, world, who
        self.client = world.client(app, who)
        self.ready = self.client.get("/cases/new/ready").json

    def send(self, *, photo: bytes | None = None, grid: str = "grid_a1", **said: str):
        area = str(self.world.areas[grid].id)
        data = {"account": str(self.ready["account"]), "text": LEAK, "area_id": area, "result": "help", **said}
        if photo:
            data["photo"] = (io.BytesIO(photo), "现场.png")
        headers = {"Accept": "application/json", "X-CSRFToken": self.ready["token"]}
        return self.client.post(self.ready["send"], data=data, headers=headers)

    def ask(self, path: str, **said: str) -> str:
        return self.client.post(f"/cases/new/{path}?lang=en", data={"csrf_token": self.ready["token"], **said}).text

    def count(self, table) -> int:
        with self.app.extensions["readings"]() as session:
            return session.scalar(select(func.count()).select_from(table))


def test_the_same_key_registers_once_whatever_became_of_the_answer(app, world):
    phone = Phone(app, world, "worker_a1")
    first = phone.send(key="k1", photo=PNG)
    again = phone.send(key="k1", photo=PNG)
    assert first.status_code == again.status_code == 200
    assert first.json == again.json
    assert first.json["number"]
    assert (phone.count(Case), phone.count(Attachment)) == (1, 1)
    assert phone.send(key="k2", photo=PNG).json != first.json  # the same words under another key are another matter


@SQLITE
def test_another_content_under_a_key_already_used_comes_back(app, world):
    phone = Phone(app, world, "worker_a1")
    phone.send(key="k1")
    changed = phone.send(key="k1", text="完全不同的一件事。")
    assert (changed.status_code, changed.json["code"]) == (422, "key_used")
    assert phone.count(Case) == 1


@SQLITE
def test_what_is_refused_comes_back_with_its_faults_and_leaves_nothing(app, world):
    phone = Phone(app, world, "worker_a1")
    sent = phone.send(key="k1", result="settled", photo=PNG)
    assert sent.status_code == 422
    assert list(sent.json["fields"]) == ["settlement"]
    assert phone.send(key="k1", photo=b"<html>").json["fields"].keys() == {"photo"}
    assert phone.count(Case) == 0
    assert phone.send(key="k1", result="settled", settlement="当场握手", photo=PNG).status_code == 200


@SQLITE
def test_nobody_sends_what_another_wrote(app, world):
    phone = Phone(app, world, "worker_a1")
    assert phone.send(key="k1", account=str(world.accounts["worker_a2"].id)).status_code == 403
    assert phone.count(Case) == 0


@SQLITE
def test_a_browser_without_scripts_sends_once_too(app, world):
    client = world.client(app, "worker_a1")
    page = client.get("/cases/new?lang=en").text
    key = re.search(r'name="key"[^>]*value="([^"]+)"', page)[1]
    data = {"csrf_token": token_of(page), "key": key, "text": LEAK, "area_id": str(world.areas["grid_a1"].id), "result": "help"}
    first, again = (client.post("/cases/new", data=data) for _ in range(2))
    assert first.location == again.location
    changed = client.post("/cases/new?lang=en", data={**data, "text": "另一件事情。"})
    assert changed.status_code == 422
    assert f'value="{key}"' not in changed.text  # a new key stands there: pressing again registers the other matter
    assert "另一件事情。" in changed.text


@SQLITE
def test_photos_stay_while_the_rest_is_corrected(app, world):
    client = world.client(app, "worker_a1")
    data = {"csrf_token": token_of(client.get("/cases/new").text), "text": LEAK, "area_id": str(world.areas["grid_a1"].id), "result": "settled"}
    back = client.post("/cases/new?lang=en", data={**data, "photo": [(io.BytesIO(PNG), "一.png"), (io.BytesIO(PNG), "二.png")]})
    assert back.status_code == 422
    kept = re.search(r'name="photo_kept"[^>]*value="([^"]+)"', back.text)[1]
    assert "一.png" in kept
    assert client.post("/cases/new", data={**data, "photo_kept": kept, "settlement": "握手"}).status_code == 302
    with app.extensions["readings"]() as session:
        assert session.scalars(select(Attachment.name).order_by(Attachment.id)).all() == ["一.png", "二.png"]


@SQLITE
def test_what_nobody_answered_is_read_from_the_words_and_stays_a_suggestion(app, world):
    phone = Phone(app, world, "worker_a1")
    case_id = int(phone.send(key="k1", text="物业不修屋顶,三十二户业主都漏水,要集体上访。", channel="grid").json["url"].split("/")[-1])
    with app.extensions["readings"]() as session:
        case = session.get_one(Case, case_id)
        facts = dict(session.execute(select(Fact.name, Fact.value).where(Fact.case_id == case_id)).all())
        assert session.get_one(Dispute, case_id).found_by == "inspection"
    assert (case.tier, case.tier_confirmed) == ("red", False)
    assert case.category
    assert facts["people"] == {"v": 32}
    chosen = phone.send(key="k2", text="物业不修屋顶。", category="0203").json["url"].split("/")[-1]
    with app.extensions["readings"]() as session:
        assert session.get_one(Case, int(chosen)).category == "0203"  # what a person says stands


def test_known_people_are_offered_to_those_who_may_know_them(app, world):
    life = Life(app, world)
    life.step("add_party", "worker_a1", side="applicant", name="周某某", phone="13800005678")
    offered = Phone(app, world, "worker_a1").ask("people", name="周")
    assert "周某某" in offered
    assert "138****5678" in offered
    assert "13800005678" not in offered
    for who in ("worker_a2", "head_b", "street_operator_b"):
        assert "周某某" not in Phone(app, world, who).ask("people", name="周"), who
    for name in ("", " ", "%", "_", "某"):
        assert "周某某" not in Phone(app, world, "worker_a1").ask("people", name=name), name


@SQLITE
def test_a_known_person_that_is_picked_is_the_same_person(app, world):
    life = Life(app, world)
    life.step("add_party", "worker_a1", side="applicant", name="周某某", phone="13800005678")
    with app.extensions["readings"]() as session:
        known = session.scalars(select(Person.id)).one()
    phone = Phone(app, world, "worker_a1")
    phone.send(key="k1", name="周某某", person=str(known))
    phone.send(key="k2", name="周某某")  # not picked: two of one name stay two
    phone.send(key="k3", name="周大", person=str(known))  # the name was changed after picking
    stranger = Phone(app, world, "worker_a2")
    stranger.send(key="k4", name="周某某", person=str(known), grid="grid_a2")  # may not know that person
    with app.extensions["readings"]() as session:
        persons = session.scalars(select(Party.person_id).order_by(Party.id)).all()
    assert persons[:2] == [known, known]
    assert known not in persons[2:]


def test_open_matters_that_are_alike_are_shown_within_sight(app, world):
    life = Life(app, world)
    shown = Phone(app, world, "head_a").ask("hints", text="三楼漏水漏到二楼,物业说过保修期了")
    assert f'href="/cases/{life.id}"' in shown
    assert "similar" not in Phone(app, world, "head_a").ask("hints", text="邻居在楼道里堆放杂物和电动车")
    assert "similar" not in Phone(app, world, "head_b").ask("hints", text=LEAK)
    near = {"text": LEAK, "area_id": str(world.areas["grid_b1"].id)}
    assert "similar" not in Phone(app, world, "street_operator_a").ask("hints", **near)  # another community
    assert "similar" in Phone(app, world, "street_operator_a").ask("hints", **{**near, "area_id": str(world.areas["grid_a2"].id)})
    life.step("refuse", "head_a", ground="court", path="other", told="法院已经受理", explanation="法院", may_flare_up="no")
    assert "similar" not in Phone(app, world, "head_a").ask("hints", text=LEAK)


@SQLITE
@pytest.mark.parametrize("text", ["", "水", "!!!???,,,", '"漏水" OR NEAR(1) * ^ -', "a" * 5000, "漏" * 9])
def test_hints_bear_any_text(app, world, text):
    phone = Phone(app, world, "head_a")
    answer = phone.client.post("/cases/new/hints", data={"csrf_token": phone.ready["token"], "text": text, "area_id": "9x"})
    assert answer.status_code == 200


@SQLITE
def test_who_told_and_who_typed_stand_in_the_trail_and_on_the_page(app, world):
    phone = Phone(app, world, "worker_a1")
    url = phone.send(key="k1", told_by="楼长吴某").json["url"]
    page = phone.client.get(f"{url}?lang=en").text
    typed = world.accounts["worker_a1"].name
    assert re.search(rf"Told by</dt><dd>楼长吴某</dd>.*Typed by</dt><dd>{typed}", page, re.S)
    assert "Told by: 楼长吴某" in page.split('id="timeline"')[1]
    with app.extensions["sessions"]() as session, db.transaction(session):
        row = session.scalars(select(EventValue).where(EventValue.name == "told_by")).one()
        row.value = None
    app.extensions.pop(parts.NAME)  # a person's words go with an entry of the trail: here without one, so nothing is remembered
    assert "Told by</dt><dd>(erased)" in phone.client.get(f"{url}?lang=en").text


@SQLITE
def test_face_to_face_no_page_says_a_colour(app, world):
    life = Life(app, world)
    life.step("accept", "head_a", category="0402", people=40)
    client = world.client(app, "head_a")
    pages = ("/cases/new", f"/cases/{life.id}", "/matters?status=open")
    words = re.compile(r'class="tier|Why this tier|tier was raised|name="tier"|>Tier<|>Red<')
    assert [bool(words.search(client.get(f"{path}&lang=en" if "?" in path else f"{path}?lang=en").text)) for path in pages] == [False, True, True]
    sent = client.post("/modes/face_to_face", data={"csrf_token": token_of(client.get("/account").text), "to": "on", "next": pages[1]})
    assert sent.location == pages[1]
    for path in pages:
        page = client.get(f"{path}&lang=en" if "?" in path else f"{path}?lang=en").text
        head = page.split('id="now"')[0]
        assert not words.search(head), path
        assert "End face-to-face mode" in page
    token = token_of(client.get("/account").text)
    hints = client.post("/cases/new/hints?lang=en", data={"csrf_token": token, "text": "四十户业主要集体上访,物业不修屋顶"}).text
    assert "to be confirmed" in hints
    assert "tier" not in hints
    client.post("/modes/face_to_face", data={"csrf_token": token, "to": "off", "next": "//elsewhere.example"})
    assert words.search(client.get(f"/cases/{life.id}?lang=en").text)


@SQLITE
def test_face_to_face_belongs_to_the_device_and_leads_nowhere_else(app, world):
    client = world.client(app, "head_a")
    sent = client.post("/modes/face_to_face", data={"csrf_token": token_of(client.get("/account").text), "to": "on", "next": "//elsewhere.example"})
    assert sent.location == "/"
    assert "face_to_face=on" in sent.headers["Set-Cookie"]
    assert "HttpOnly" in sent.headers["Set-Cookie"]


@SQLITE
def test_the_application_can_stand_on_a_home_screen(app, client):
    manifest = client.get("/manifest.webmanifest?lang=en")
    assert manifest.mimetype == "application/manifest+json"
    assert (manifest.json["scope"], manifest.json["display"]) == ("/", "standalone")
    for icon in manifest.json["icons"]:
        with client.get(icon["src"]) as answer:
            assert answer.status_code == 200
    worker = client.get("/service-worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert "default-src 'self'" in worker.headers["Content-Security-Policy"]
    with client.get(re.search(r'"outgoing": "([^"]+)"', worker.text)[1]) as answer:
        assert answer.status_code == 200


def test_two_sendings_at_once_register_one(app, world, monkeypatch):
    """The second waits for the first, which has the key, and answers with what that made; no number is lost."""
    phones = [Phone(app, world, "worker_a1") for _ in range(2)]
    keep, first_is_there, found = once.keep_answer, threading.Event(), []

    def slowly(*about):
        first_is_there.set()
        time.sleep(0.3)
        keep(*about)

    monkeypatch.setattr(once, "keep_answer", slowly)
    second = threading.Thread(target=lambda: first_is_there.wait(10) and found.append(phones[1].send(key="k1", photo=PNG).json))
    second.start()
    first = phones[0].send(key="k1", photo=PNG).json
    second.join()
    assert found == [first]
    assert (phones[0].count(Case), phones[0].count(Attachment)) == (1, 1)
    assert phones[0].send(key="k2").json["number"].endswith("-000002")


def test_larger_type_is_for_everybody_and_stays(app, world):
    client = app.test_client()
    assert 'class="type-large"' not in client.get("/login").text
    token = token_of(client.get("/login").text)
    sent = client.post("/modes/large_type", data={"csrf_token": token, "to": "on", "next": "/login"})
    assert (sent.status_code, sent.location) == (302, "/login")
    assert 'class="type-large"' in client.get("/login").text
    client.post("/modes/large_type", data={"csrf_token": token, "to": "off"})
    assert 'class="type-large"' not in client.get("/login").text
    assert client.post("/modes/other", data={"csrf_token": token}).status_code == 404
