"""The residents' door: a report, its receipt, following with the code, and what nobody without the code learns."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.models import Attachment, Case, DoorCode, DoorWord, Event, IncomingItem, Notice, Party
from casemgr.services.cases import take_step
from casemgr.services.door_codes import ONCE, give_to_party, let_through
from casemgr.services.steps import take
from tests.web.resident import Resident, code_in, photo, token_in
from tests.world import World, token_of

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def resident(app: Flask, world: World) -> Resident:
    return Resident(app, world)


@contextmanager
def changing(app: Flask) -> Iterator[Session]:
    with app.extensions["sessions"]() as session, db.transaction(session):
        yield session


def one(app: Flask, query: sa.Select) -> object:
    with app.extensions["readings"]() as session:
        return session.execute(query).scalars().one()


def item(app: Flask) -> Case:
    return one(app, sa.select(Case).where(Case.process == "incoming"))  # type: ignore[return-value]


def sort(app: Flask, world: World) -> int:
    """Sort the one report as a dispute, accepted and with a mediator; its id."""
    with changing(app) as session:
        by = {"at": app.extensions["clock"].now()}
        data = {"becomes": "dispute", "category": "0201"}
        take(session, item(app).id, "sort_matter", data, actor=world.actor(session, "street_operator_a"), **by)
        head = world.actor(session, "head_a")
        id = session.scalars(sa.select(IncomingItem.became_id)).one()
        take_step(session, id, "accept", actor=head, data={"category": "0201"}, **by)
        take_step(session, id, "assign", actor=head, data={"handler_id": world.accounts["mediator_a"].id}, **by)
        return id


# --- a report


def test_a_report_without_a_script(app: Flask, resident: Resident) -> None:
    """Without the moment of work the form waits some seconds; nothing typed is lost, and it goes through once."""
    form = resident.form(work="", photo=[photo(), photo("二.png")], name="周某", phone="138 0000 5678", place="3 栋")
    early = resident.send({**form, "photo": []})
    assert early.status_code == 422
    assert "楼上一直漏水" in early.text and 'value="周某"' in early.text
    resident.later(seconds=20)
    answer = resident.send(form)
    assert answer.status_code == 200
    code = code_in(answer.text)
    assert len(code) == 20
    assert code_in(resident.send({**form, "photo": []}).text) == code  # pressed twice: the same receipt, one matter
    case = item(app)
    assert (case.channel, case.state, case.text) == ("door", "registered", "楼上一直漏水,说了几次没人管")
    with app.extensions["readings"]() as session:
        party = session.execute(sa.select(Party)).scalars().one()
        assert (party.side, party.contact_hidden) == ("reporter", True)
        assert session.scalar(sa.select(sa.func.count(Attachment.id)).where(Attachment.case_id == case.id)) == 2
        kept = session.execute(sa.select(DoorCode)).scalars().one()
        assert code not in repr({name: str(value) for name, value in vars(kept).items()})
        assert session.scalar(sa.select(Event.actor).where(Event.stream == "case", Event.seq == 1)) == "resident"
        reading = session.scalar(sa.select(IncomingItem.reading).where(IncomingItem.case_id == case.id))
        assert reading["kind"] == "dispute"


def test_only_who_says_so_is_named_to_the_other_side(app: Flask, resident: Resident) -> None:
    resident.report(name="周某", open_name="yes")
    assert one(app, sa.select(Party)).contact_hidden is False  # type: ignore[attr-defined]


WRONG = (
    ({"text": ""}, "text"), ({"area_id": ""}, "area_id"), ({"area_id": "999999"}, "area_id"), ({"phone": "我的电话"}, "phone"),
    ({"text": "长" * 2001}, "text"), ({"website": "http://x"}, None), ({"form_token": "forged"}, None),
)  # fmt: skip


def test_what_cannot_be_used_is_said_and_kept(app: Flask, resident: Resident) -> None:
    for wrong, field in WRONG:
        answer = resident.send(resident.form(**{"name": "周某", **wrong}))
        assert answer.status_code == 422 and 'value="周某"' in answer.text
        assert (f'id="{field}-error"' in answer.text) == bool(field), wrong
    with app.extensions["readings"]() as session:
        assert session.scalar(sa.select(sa.func.count(Case.id))) == 0


def test_photos_only_and_not_too_many(app: Flask, resident: Resident) -> None:
    for photos in ([photo("a.pdf")], [photo(f"{n}.png") for n in range(10)], [(photo()[0], "belied.jpg")]):
        answer = resident.send(resident.form(photo=photos))
        assert answer.status_code == 422 and 'id="photo-error"' in answer.text
    assert not [p for p in app.extensions["settings"].files_dir.glob("*") if p.is_file()]


def test_a_poster_names_the_community(resident: Resident, world: World) -> None:
    area = world.areas["community_b"]
    page = resident.client.get(f"/door/report?community={area.code}").text
    assert re.search(rf'<option[^>]*selected[^>]*value="{area.id}"', page)
    assert resident.client.get("/door/report?community=nonsense").status_code == 200


def test_many_reports_from_one_address_wait_a_little(app: Flask, resident: Resident) -> None:
    with changing(app) as session:
        waits = [let_through(session, "reports", "10.0.0.1", at=app.extensions["clock"].now()) for _ in range(19)]
    assert not any(waits)
    resident.report()
    form = resident.form()
    answer = resident.send(form)
    assert answer.status_code == 429 and "楼上一直漏水" in answer.text
    resident.later(seconds=3)
    assert resident.send(form).status_code == 200
    assert resident.send(resident.form(), address="10.9.9.9").status_code == 200


# --- follow


def test_following_shows_stage_office_and_own_words_alone(app: Flask, world: World, resident: Resident) -> None:
    code = resident.report(name="周某")
    page = resident.follow(f"{code[:4]}-{code[4:10]} {code[10:]}")
    assert "楼上一直漏水" in page and world.areas["street_a"].name in page
    id = sort(app, world)
    with changing(app) as session:
        take_step(session, id, "record_note", actor=world.actor(session, "head_a"), at=world.at, data={"note": "内部的话"})
    page = resident.page()
    assert "槐荫社区人民调解委员会" in page and "内部的话" not in page
    for account in world.accounts.values():
        assert account.name not in page
    assert resident.do("add", words="昨晚又漏了", photo=[photo(f"{n}.png") for n in range(4)]).status_code == 302
    assert "昨晚又漏了" in resident.page()
    with app.extensions["readings"]() as session:
        words = session.execute(sa.select(DoorWord.case_id).where(DoorWord.case_id == id)).all()
        assert len(words) == 2  # three photos an entry
        told = session.scalars(sa.select(Notice.code).where(Notice.case_id == id, Notice.account_id == world.accounts["mediator_a"].id))
        assert "dispute.resident_adds" in list(told)
    staff = world.client(app, "mediator_a").get(f"/cases/{id}").text
    assert "昨晚又漏了" in staff


def test_answered_rated_not_solved_opened_again(app: Flask, world: World, resident: Resident) -> None:
    code = resident.report()
    with changing(app) as session:
        by = {"actor": world.actor(session, "street_operator_a"), "at": app.extensions["clock"].now()}
        take_step(session, item(app).id, "answer", data={"kind": "consultation", "answer": "请向物业报修。"}, **by)
    assert "请向物业报修。" in resident.follow(code)
    assert resident.do("rate", rating="dissatisfied", words="没人来").location == "/door/matter?done=rates"
    assert item(app).facts["resident_rating"] == "dissatisfied"
    assert resident.do("object", words="").status_code == 422
    assert resident.do("object", words="还在漏").location == "/door/matter?done=reopens"
    assert item(app).state == "registered" and "还在漏" in resident.page()


def test_after_a_month_people_decide(app: Flask, world: World, resident: Resident) -> None:
    code = resident.report()
    with changing(app) as session:
        by = {"actor": world.actor(session, "street_operator_a"), "at": app.extensions["clock"].now()}
        take_step(session, item(app).id, "answer", data={"answer": "已答复。"}, **by)
    resident.later(days=31)
    resident.follow(code)
    assert resident.do("object", words="还在漏").location == "/door/matter?done=objects"
    assert item(app).state == "answered"


def test_taken_back(app: Flask, resident: Resident) -> None:
    resident.follow(resident.report())
    assert resident.do("withdraw", words="自己解决了").location == "/door/matter?done=withdrawn"
    assert item(app).state == "withdrawn"


def test_who_only_reported_does_not_end_a_dispute(app: Flask, world: World, resident: Resident) -> None:
    code = resident.report(name="周某", phone="13800005678")
    id = sort(app, world)
    resident.follow(code)
    assert resident.do("withdraw", words="不想管了").location == "/door/matter?done=withdraws"
    with changing(app) as session:
        assert session.get_one(Case, id).state == "assigned"
        data = {"side": "applicant", "name": "周某", "phone": "13800005678"}
        take_step(session, id, "add_party", actor=world.actor(session, "head_a"), at=world.at, data=data)
    assert resident.do("withdraw", words="不想管了").location == "/door/matter?done=withdrawn"
    with changing(app) as session:
        assert session.get_one(Case, id).state == "withdrawn"


def test_a_form_is_taken_once_and_only_from_its_own_visit(app: Flask, world: World, resident: Resident) -> None:
    resident.follow(resident.report())
    token = token_in(resident.page())
    data = {"form_token": token, "words": "一次", "website": ""}
    assert [resident.client.post("/door/matter/add", data=data).status_code for _ in range(2)] == [302, 302]
    assert resident.page().count(">一次<") == 1
    other = Resident(app, world)
    other.follow(other.report(text="别的事情,门口停车"))
    assert other.client.post("/door/matter/add", data={**data, "words": "冒名"}).status_code == 422
    assert "冒名" not in resident.page()


def test_a_visit_ends(resident: Resident) -> None:
    code = resident.report()
    resident.follow(code)
    resident.later(minutes=31)
    assert resident.client.get("/door/matter").location == "/door/follow"
    resident.follow(code)
    assert resident.client.post("/door/matter/leave").status_code == 302
    assert resident.client.get("/door/matter").location == "/door/follow"


# --- who has no code


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    said: list[str] = []

    def note(conn: object, cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    sa.event.listen(app.extensions["engine"], "before_cursor_execute", note)
    yield said
    sa.event.remove(app.extensions["engine"], "before_cursor_execute", note)


def test_nobody_learns_from_a_code_whether_a_matter_exists(app: Flask, world: World, resident: Resident) -> None:
    """Unknown, run out, used up: the same words, the same status, the same work."""
    report = resident.report()
    id = sort(app, world)
    with changing(app) as session:
        data = {"side": "applicant", "name": "吴某"}
        take_step(session, id, "add_party", actor=world.actor(session, "head_a"), at=world.at, data=data)
        party = session.scalars(sa.select(Party.id).where(Party.case_id == id, Party.side == "applicant")).one()
        used = give_to_party(session, id, party, ONCE, actor=world.actor(session, "head_a"), at=world.at)
    assert resident.try_code(used).status_code == 302
    with changing(app) as session:
        session.execute(sa.update(DoorCode).where(DoorCode.kind == "report").values(until_at=world.at))
    resident.try_code("0000 0000 0000 0000 0001", client=app.test_client())  # the counter of the address is there
    answers, work = [], []
    for n, code in enumerate(("1234 5678 9012 3456 7890", report, used, "12", "")):
        client = app.test_client()
        with statements(app) as said:
            answer = resident.try_code(code, client=client)
        work.append([re.sub(r"\s+", " ", one) for one in said])
        answers.append((answer.status_code, re.sub(r'(form_token" value|value)="[^"]*"', "", answer.text), answer.headers.getlist("Set-Cookie")[0][:5]))
        assert n == 0 or work[n] == work[0], code
    assert len(set(answers)) == 1 and answers[0][0] == 422


def test_who_guesses_waits_and_nobody_else_does(resident: Resident) -> None:
    code = resident.report()
    for n in range(20):
        assert resident.try_code(f"{n:08}{n:012}").status_code == 422
    assert resident.try_code(code).status_code == 429
    assert resident.try_code(code, address="10.0.0.2").status_code == 302
    resident.later(seconds=3)
    assert resident.try_code(code).status_code == 302
    for n in range(5):
        assert resident.try_code(f"77777777{n:012}", address=f"10.1.1.{n}").status_code == 422
    assert resident.try_code(f"77777777{9:012}", address="10.1.1.9").status_code == 429


def test_without_a_visit_every_page_leads_to_the_form_for_a_code(resident: Resident, world: World, app: Flask) -> None:
    staff = world.client(app, "head_a")
    for client in (app.test_client(), staff):
        assert client.get("/door/matter").location == "/door/follow"
        for act in ("add", "rate", "object", "withdraw", "consent", "leave"):
            answer = client.post(f"/door/matter/{act}", data={"words": "x"})
            assert (answer.status_code, answer.location) == (302, "/door" if act == "leave" else "/door/follow")
        page = client.get("/door").text
        assert world.accounts["head_a"].name not in page and "/login" not in page
    assert staff.get("/desk").status_code == 200


# --- a code for a party


def test_a_party_answers_once_and_sees_the_agreement(app: Flask, world: World, resident: Resident) -> None:
    resident.report()
    id = sort(app, world)
    head = world.client(app, "head_a")
    with changing(app) as session:
        for side, name in (("applicant", "吴某"), ("respondent", "郑某")):
            take_step(session, id, "add_party", actor=world.actor(session, "head_a"), at=world.at, data={"side": side, "name": name})
        party = session.scalars(sa.select(Party.id).where(Party.case_id == id, Party.side == "respondent")).one()
    address = f"/cases/{id}/parties/{party}/code"
    answer = head.post(address, data={"kind": "once", "csrf_token": token_of(head.get(address).text)})
    code = code_in(answer.text)
    page = resident.follow(code)
    assert "吴某" not in page and "楼上一直漏水" not in page  # another's words
    assert page.count('name="consent"') == 2
    assert resident.do("consent", consent="refused").location == "/door/matter?done=consents"
    with app.extensions["readings"]() as session:
        found = session.get_one(Party, party)
        assert (found.consent, found.consent_evidence) == ("refused", "code")
    resident.do("consent", consent="given")
    assert resident.do("consent", consent="withdrawn").status_code == 302
    assert resident.try_code(code).status_code == 422  # one use
    assert world.client(app, "worker_a1").get(address).status_code == 403
    assert head.get(f"/cases/{id}").status_code == 200


def test_a_code_for_one_use_runs_out(app: Flask, world: World, resident: Resident) -> None:
    resident.report()
    id = sort(app, world)
    with changing(app) as session:
        head = world.actor(session, "head_a")
        take_step(session, id, "add_party", actor=head, at=world.at, data={"side": "applicant", "name": "吴某"})
        party = session.scalars(sa.select(Party.id).where(Party.case_id == id, Party.side == "applicant")).one()
        first, second = (give_to_party(session, id, party, ONCE, actor=head, at=app.extensions["clock"].now()) for _ in range(2))
    assert resident.try_code(first).status_code == 422  # the later one replaces it
    resident.later(hours=72)
    assert resident.try_code(second).status_code == 422


def test_posters(app: Flask, world: World) -> None:
    worker = world.client(app, "worker_a1")
    own, other = world.areas["community_a"], world.areas["community_b"]
    assert own.name in worker.get("/posters").text
    assert "data:image/svg+xml" in worker.get(f"/posters/{own.id}").text
    assert worker.get(f"/posters/{other.id}").status_code == 404


def test_its_own_host_answers_for_the_door_alone(app: Flask, world: World) -> None:
    settings = app.extensions["settings"]
    app.extensions["settings"] = settings.model_copy(update={"door_url": "https://shuoshi.example"})
    client = app.test_client()
    door = {"base_url": "https://shuoshi.example"}
    assert client.get("/", **door).location == "/door"
    assert client.get("/door", **door).status_code == 200
    for page in ("/login", "/desk", "/api/v1/cases", "/healthz"):
        answer = client.get(page, **door)
        assert answer.status_code == 404 and "/login" not in answer.text
    assert client.get("/door").status_code == 404
    assert client.get("/login").status_code == 200
    app.extensions["settings"] = settings.model_copy(update={"door_enabled": False})
    assert client.get("/door").status_code == 404
