"""The pages of steps: forms made from the workflow, errors at their fields, nothing lost, a stale page that explains itself."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from casemgr.models import Attachment, Case, Event, Fact, Party, Request
from tests.web.life import Life
from tests.world import World, token_of
from workflows import WORKFLOWS

LINK = re.compile(r'href="(/cases/\d+/(?:steps|requests)/\w+)"')
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 50


@pytest.fixture
def life(app, world) -> Life:
    return Life(app, world)


class Browser:
    """Somebody logged in, with the page of one step of one case open."""

    def __init__(self, app, world: World, who: str, path: str) -> None:
        self.client, self.path = world.client(app, who), f"{path}?lang=en"
        self.opened = self.client.get(self.path)
        self.hidden = {name: self.value(name) for name in ("seen_version", "seen_seq") if f'name="{name}"' in self.opened.text}

    def value(self, name: str) -> str:
        tag = self.opened.text.split(f'name="{name}"')[1].split(">")[0]
        return tag.split('value="')[1].split('"')[0] if 'value="' in tag else ""

    def send(self, **data):
        return self.client.post(self.path, data={"csrf_token": token_of(self.opened.text), **self.hidden, **data})


def step(app, world, life: Life, who: str, name: str) -> Browser:
    return Browser(app, world, who, f"/cases/{life.id}/steps/{name}")


def state_of(life: Life) -> tuple[str, int]:
    return tuple(life.rows(select(Case.state, Case.trail_seq).where(Case.id == life.id))[0])


def test_a_step_is_taken_and_leads_back_to_the_case(app, world, life):
    page = step(app, world, life, "head_a", "accept")
    assert "The tier is confirmed; the deadlines for contact and settlement start." in page.opened.text
    sent = page.send(category="0402", people="6", media="no")
    assert (sent.status_code, sent.location) == (302, f"/cases/{life.id}")
    assert state_of(life)[0] == "accepted"
    facts = dict(life.rows(select(Fact.name, Fact.value).where(Fact.case_id == life.id)))
    assert facts["people"] == {"v": 6}
    assert facts["media"] == {"v": False}  # said to be so, not merely left open
    assert "injury" not in facts


def test_errors_stand_at_their_fields_and_nothing_typed_is_lost(app, world, life):
    before = state_of(life)
    sent = step(app, world, life, "head_a", "refuse").send(
        ground="court", path="court", told="请等待判决" + "。" * 2000, may_flare_up="maybe", explanation="说明"
    )
    assert sent.status_code == 422
    for words in (
        "What the party was told: Please write at most 2000 characters.", "May flare up at any moment: Please choose one",
        "请等待判决", "说明", 'value="court" checked',
    ):  # fmt: skip
        assert words in sent.text, words
    assert state_of(life) == before


def test_sentences_with_numbers_in_them_are_translated_whole(app, world, life):
    page = step(app, world, life, "head_a", "refuse")
    sent = page.client.post(
        page.path.replace("lang=en", "lang=zh_Hans"), data={"csrf_token": token_of(page.opened.text), "told": "。" * 2001}
    )
    assert "2000" in sent.text


def test_a_refusal_says_every_reason_and_keeps_the_form(app, world, life):
    life.in_mediation()
    before = state_of(life)
    page = step(app, world, life, "mediator_a", "record_session")
    assert page.opened.status_code == 422  # nobody has agreed yet: said before anything is typed
    assert "No party has agreed to mediation yet." in page.opened.text
    sent = page.client.post(page.path, data={
        "csrf_token": token_of(page.client.get(f"/cases/{life.id}/steps/record_note").text),
        "started_at": "2026-03-02T09:30", "place": "调解室", "attendees": "双方", "mode": "joint", "outcome": "failed",
    })  # fmt: skip
    assert sent.status_code == 422
    for words in ("No party has agreed", "Tell the parties their rights and duties first.", "attach a photo", 'value="调解室"'):
        assert words in sent.text, words
    assert state_of(life) == before


def test_a_stale_page_says_who_changed_what_and_when_and_keeps_the_input(app, world, life):
    life.pause = timedelta(minutes=1)
    life.step("accept", "head_a", category="0402")
    page = step(app, world, life, "head_a", "assign")
    life.step("assign", "head_a", handler_id=world.accounts["street_mediator_a"].id)
    chosen = str(world.accounts["mediator_a"].id)
    sent = page.send(handler_id=chosen)
    assert sent.status_code == 409
    for words in ("Changed in the meantime", "Assign", "测试", "09:02", f'<option selected value="{chosen}">'):
        assert words in sent.text, words
    assert life.rows(select(Case.handler_id).where(Case.id == life.id)) == [(world.accounts["street_mediator_a"].id,)]
    page.opened = sent
    page.hidden = {name: page.value(name) for name in ("seen_version", "seen_seq")}
    assert page.send(handler_id=chosen).status_code == 302  # sent again, now knowing
    assert life.rows(select(Case.handler_id).where(Case.id == life.id)) == [(int(chosen),)]


def test_an_uploaded_file_survives_an_error_in_another_field(app, world, life):
    page = step(app, world, life, "worker_a1", "settle_on_spot")
    sent = page.send(settlement="", photo=(io.BytesIO(PNG), "现场.png"))
    assert sent.status_code == 422
    assert "Already received: 现场.png" in sent.text
    page.opened = sent
    assert page.send(settlement="双方握手言和", photo_kept=page.value("photo_kept")).status_code == 302
    assert life.rows(select(Attachment.name, Attachment.size)) == [("现场.png", len(PNG))]


@pytest.mark.parametrize(("name", "content"), [("坏.exe", b"MZ"), ("假.png", b"<html>"), ("空.png", b"")])
def test_a_file_of_a_wrong_kind_is_refused_at_its_field(app, world, life, name, content):
    sent = step(app, world, life, "worker_a1", "settle_on_spot").send(settlement="好了", photo=(io.BytesIO(content), name))
    assert sent.status_code == 422
    assert "photo-error" in sent.text
    assert life.rows(select(func.count()).select_from(Attachment)) == [(0,)]
    assert state_of(life)[0] == "registered"


def test_a_stored_file_cannot_be_named_from_outside(app, world, life):
    for forged in ("../../etc/passwd|x.png", "0" * 32 + ".png|x.png"):
        sent = step(app, world, life, "worker_a1", "settle_on_spot").send(settlement="好了", photo_kept=forged)
        assert sent.status_code == 422
    assert state_of(life)[0] == "registered"


def test_only_what_was_offered_can_be_picked(app, world, life):
    life.step("accept", "head_a", category="0402")
    for stranger in ("mediator_c", "system_admin"):
        sent = step(app, world, life, "head_a", "assign").send(handler_id=str(world.accounts[stranger].id))
        assert sent.status_code == 422
        assert "Please choose one of the answers offered." in sent.text
    assert state_of(life)[0] == "accepted"


def test_who_may_not_take_it_gets_no_form(app, world, life):
    for who, status in (("worker_a1", 403), ("secretary_b", 404), ("inspector_a", 403), ("audit_admin", 403)):
        page = world.client(app, who).get(f"/cases/{life.id}/steps/accept")
        assert page.status_code == status, who
    head = world.client(app, "head_a")
    for name in ("no_such_step", "register"):
        assert head.get(f"/cases/{life.id}/steps/{name}").status_code == 404
    assert head.get(f"/cases/{life.id}/steps/remind").status_code == 403  # the system's own
    assert head.get(f"/cases/{life.id}/steps/suspend").status_code == 403  # by request only


def test_a_post_without_its_token_changes_nothing(app, world, life):
    before = state_of(life)
    assert world.client(app, "head_a").post(f"/cases/{life.id}/steps/accept", data={"category": "0402"}).status_code == 400
    assert state_of(life) == before


def test_asking_checks_now_and_the_decision_takes_the_step(app, world, life):
    life.in_mediation()
    path = f"/cases/{life.id}/requests/extend"
    asker = Browser(app, world, "mediator_a", path)
    assert asker.send(length="很久", reason="等鉴定").status_code == 422
    assert asker.send(length="3天", reason="等鉴定").status_code == 302
    assert Browser(app, world, "mediator_a", path).send(length="4天", reason="再等").status_code == 422  # one at a time
    request = life.rows(select(Request.case_id))[0][0]
    assert world.client(app, "mediator_a").get(f"/cases/{request}/steps/approve").status_code == 403
    decider = Browser(app, world, "grid_secretary_a1", f"/cases/{request}/steps/approve")
    sent = decider.send(note="同意")
    assert (sent.status_code, sent.location) == (302, f"/cases/{life.id}")
    kinds = life.rows(select(Event.kind).where(Event.stream == "case", Event.stream_id == life.id).order_by(Event.seq.desc()).limit(1))
    assert kinds == [("dispute.extended_by_request",)]


def test_what_cannot_be_asked_is_not_asked(app, world, life):
    life.in_mediation()
    client = world.client(app, "mediator_a")
    assert client.get(f"/cases/{life.id}/requests/agree_written").status_code == 404
    assert world.client(app, "worker_a1").get(f"/cases/{life.id}/requests/suspend").status_code == 403
    assert world.client(app, "mediator_b").get(f"/cases/{life.id}/requests/suspend").status_code == 404


def test_registration_takes_four_answers(app, world):
    page = Browser(app, world, "worker_a1", "/cases/new")
    sent = page.send(text="楼道堆放杂物,两家争吵。", area_id=str(world.areas["grid_a1"].id), name="周某", phone="13800005678", result="help")
    assert sent.status_code == 302
    with app.extensions["readings"]() as session:
        case = session.scalars(select(Case)).one()
        assert (case.state, case.area_id, case.title) == ("registered", world.areas["grid_a1"].id, "楼道堆放杂物,两家争吵")
        assert session.scalars(select(Party.side)).all() == ["applicant"]
    assert f' selected value="{world.areas["grid_a1"].id}">' in page.opened.text  # his own grid stands there already


def test_registration_settled_on_the_spot_is_one_act_or_none(app, world):
    page = Browser(app, world, "worker_a1", "/cases/new")
    data = {"text": "两家为晾衣争吵。", "area_id": str(world.areas["grid_a1"].id), "result": "settled"}
    sent = page.send(**data)
    assert sent.status_code == 422
    assert "两家为晾衣争吵。" in sent.text
    with app.extensions["readings"]() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0
    assert page.send(**data, settlement="换了晾衣架的位置").status_code == 302
    with app.extensions["readings"]() as session:
        assert session.scalars(select(Case.state)).all() == ["closed"]


@pytest.mark.parametrize("data", [{}, {"text": "有事"}, {"phone": "13800005678", "text": "有事", "result": "help"}, {"area_id": "999999"}])
def test_an_incomplete_registration_registers_nothing(app, world, data):
    page = Browser(app, world, "head_a", "/cases/new")
    assert page.send(**data).status_code == 422
    with app.extensions["readings"]() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_nobody_registers_outside_his_area(app, world):
    page = Browser(app, world, "worker_a1", "/cases/new")
    sent = page.send(text="别处的事", area_id=str(world.areas["grid_b1"].id), result="help")
    assert sent.status_code == 422
    assert world.client(app, "inspector_a").get("/cases/new").status_code == 403


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # a few hundred pages: one database is enough
def test_every_step_a_person_can_take_has_a_page(app, world, life):
    """In every state of a dispute, for everybody who works there: each link of the panel opens, and with one strong button."""
    life.pause = timedelta(minutes=1)
    clients = {who: world.client(app, who) for who in ("worker_a1", "mediator_a", "head_a", "grid_secretary_a1", "street_operator_a")}
    seen: set[tuple[str, str]] = set()
    for move in (None, *MOVES):
        if move:
            life.step(*move[:2], **move[2](life))
        for who, client in clients.items():
            for link in LINK.findall(client.get(f"/cases/{life.id}").text):
                if (who, link) not in seen:
                    answer = client.get(link)
                    assert (answer.status_code, answer.text.count("btn-primary")) == (200, 1), (who, link)
                    seen.add((who, link))
    people = {s.name for s in WORKFLOWS["dispute"].steps if {*s.by} - {"scheduler", "importer", "resident"}}
    assert people - {link.rsplit("/", 1)[1] for _, link in seen} <= UNSEEN


def party(life: Life, number: int = 0) -> int:
    return life.rows(select(Party.id).where(Party.case_id == life.id).order_by(Party.id))[number][0]


MEDIATOR = "mediator_a"
MOVES = [
    ("accept", "head_a", lambda life: {"category": "0402"}),
    ("assign", "head_a", lambda life: {"handler_id": life.world.accounts[MEDIATOR].id}),
    ("take", MEDIATOR, lambda life: {}),
    ("add_party", MEDIATOR, lambda life: {"side": "applicant", "name": "周某"}),
    ("add_party", MEDIATOR, lambda life: {"side": "respondent", "name": "佳和物业"}),
    ("record_consent", MEDIATOR, lambda life: consent(life, 0)),
    ("record_consent", MEDIATOR, lambda life: consent(life, 1)),
    ("inform_rights", MEDIATOR, lambda life: {"way": "oral"}),
    ("book_session", MEDIATOR, lambda life: {"starts_at": datetime(2026, 3, 10, 6, 0, tzinfo=UTC), "lasts": "60", "place": "办公室"}),
    ("fail", MEDIATOR, lambda life: {"why": "差距大", "routes": ["court"]}),
    ("try_again", MEDIATOR, lambda life: {"reason": "新方案"}),
    ("agree_oral", MEDIATOR, lambda life: {"issues": "漏水", "terms": "修好", "done_on_the_spot": True, "written_wanted": False}),
    ("follow_up", "head_a", lambda life: {"way": "phone", "found_performed": "all", "satisfaction": "satisfied"}),
    ("close", "head_a", lambda life: {}),
]
# Not met on this one walk: other endings and states, written agreements and red matters (tests/browser walks them).
UNSEEN = {
    "accept", "court_accepts", "court_confirms", "court_refuses", "apply_confirmation", "record_performance", "notify_and_close",
    "record_part_performance", "mediate_anew", "resume", "name_patron", "sign_off", "reopen_unaccepted", "take_back", "correct",
    "move_down", "relocate", "choose_mediator", "split_off",
}  # fmt: skip


def consent(life: Life, number: int) -> dict:
    return {"party": party(life, number), "consent": "given", "evidence": "witness", "consented_on": life.clock.now().date()}

