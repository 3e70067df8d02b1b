"""The page of one case: what it shows and to whom, in a bounded number of queries; why then, who when, files, contacts."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from casemgr import db
from casemgr.models import Attachment, Case, Event, EventValue, Party, Reading
from casemgr.services import incoming
from casemgr.services.cases import take_step
from casemgr.services.incoming import Message
from tests.web.life import Life
from tests.world import token_of

MOST_QUERIES = 24


@pytest.fixture
def life(app, world) -> Life:
    return Life(app, world)


@pytest.fixture
def queries(app):
    """Counts the statements that are sent to the database."""
    counted: list[str] = []
    listener = lambda *args: counted.append(args[2])  # noqa: E731
    event.listen(app.extensions["engine"], "before_cursor_execute", listener)
    yield counted
    event.remove(app.extensions["engine"], "before_cursor_execute", listener)


def test_the_page_says_what_it_is_what_can_be_done_and_who_is_responsible(life):
    page = life.in_mediation(people=6).page("mediator_a")
    assert page.status_code == 200
    for words in (
        "三楼漏水", "调〔2026〕199001-000001", "Orange", "6 people are involved (5 or more).", "In mediation",
        "138****5678", "佳和物业", "修好屋顶", "Record a contact", "Tell rights and duties", "Settlement", "days left",
        "槐荫社区 Secretary", "Ask for: Suspend mediation",
    ):  # fmt: skip
        assert words in page.text, words
    assert "13800005678" not in page.text
    assert page.text.count('class="btn btn-primary"') == 1
    assert 1 <= page.text.count('class="step"') <= 3


def test_what_cannot_be_done_stands_there_with_its_reason(life):
    text = life.in_mediation().page("mediator_a").text
    refused = text[text.index("What cannot be done now, and why") :]
    assert "Agree in writing" in refused
    assert "Not every party has agreed to mediation yet (2 missing)." in refused


def test_the_timeline_can_be_read_by_a_judge(life):
    life.in_mediation(people=6)
    life.step("record_contact", "mediator_a", way="phone", said="双方愿意谈")
    life.step("record_fact", "mediator_a", people=60)
    text = life.page("head_a").text
    for words in (
        "Record a contact", "How: By telephone", "What was said: 双方愿意谈", "Mediator)", "Assigned, to be taken → In mediation",
        "The tier was raised by a risk", "From Orange to Red: Number of people",
    ):  # fmt: skip
        assert words in text, words


def test_erased_words_are_shown_as_erased(life, app):
    life.in_mediation().step("record_note", "mediator_a", note="要忘记的话")
    with app.extensions["sessions"]() as session, db.transaction(session):
        row = session.scalars(select(EventValue).where(EventValue.name == "note", EventValue.stream_id == life.id)).one()
        row.value, row.erased_at = None, life.clock.now()
    text = life.page("mediator_a").text
    assert "要忘记的话" not in text
    assert "Note: (erased)" in text


def test_the_number_of_queries_is_bounded_and_does_not_grow(life, world, app, queries):
    life.in_mediation()
    counts = []
    for notes in (0, 20):
        for number in range(notes):
            life.step("record_note", "mediator_a", note=f"第{number}次")
        client = world.client(app, "mediator_a")
        queries.clear()
        assert client.get(f"/cases/{life.id}").status_code == 200
        counts.append(len(queries))
    assert counts[1] <= counts[0] <= MOST_QUERIES, "\n".join(queries)


def test_the_timeline_turns_its_pages_at_fifty(life, app, world):
    life.in_mediation()
    with app.extensions["sessions"]() as session, db.transaction(session):
        actor = world.actor(session, "mediator_a")
        for number in range(60):
            data = {"note": f"第{number}次记录"}
            take_step(session, life.id, "record_note", actor=actor, at=life.clock.advance(timedelta(seconds=1)), data=data)
    client = world.client(app, "mediator_a")
    first = client.get(f"/cases/{life.id}?lang=en").text
    assert first.count("第") == first.count("次记录") == 50
    older = first.split("before=")[1].split('"')[0].split("#")[0]
    second = client.get(f"/cases/{life.id}?lang=en&before={older}").text
    assert second.count("次记录") == 10
    assert "Older entries" not in second
    assert "Newest entries" in second


@pytest.mark.parametrize("who", ["mediator_b", "worker_a2", "head_b", "street_secretary_b"])
@pytest.mark.parametrize("path", ["", "/deadlines", "/holders"])
def test_out_of_sight_is_not_there(life, who, path):
    assert life.page(who, path).status_code == 404


def test_who_may_see_may_not_do_more_than_his_duties(life):
    text = life.in_mediation().page("inspector_a").text
    assert "There is nothing for you to do here now." in text
    assert "Look at the full contact" not in text
    assert life.page("system_admin").status_code == 403
    assert life.page("former_inspector").status_code == 403


def test_why_it_is_due_then(life):
    life.in_mediation(people=6)
    text = life.page("mediator_a", "/deadlines").text
    for words in (
        "Settlement", "Started with a length of 15 days", "Counted from 2026-03-02 10:00.", "15 days counted: the last is 2026-03-17.",
        "In time until 24:00 of 2026-03-17", "half way", "four fifths of the way", "People&#39;s Mediation Law, article 21",
        "done in time",
    ):  # fmt: skip
        assert words in text, words


def test_a_lowered_and_an_extended_deadline_tell_what_happened(life):
    life.in_mediation()
    life.step("extend_yellow", "mediator_a", length="3 days", reason="等鉴定")
    text = life.page("mediator_a", "/deadlines").text
    assert "Extended by 3 days" in text
    assert "Extended by 3 days, counted from 2026-03-09: to 2026-03-12." in text
    life.step("record_fact", "mediator_a", people=60)
    assert "Another length with the tier Red: 30 days" in life.page("mediator_a", "/deadlines").text


def test_who_held_it_when_covers_every_second(life):
    life.in_mediation()
    life.clock.advance(timedelta(days=20))
    text = life.page("head_a", "/holders").text
    assert "槐荫社区 Head of the mediation committee" in text
    assert "(Mediator)" in text
    assert "overdue" in text
    assert "20 d" in text


def test_the_full_contact_is_shown_once_with_a_reason_on_record(life, world, app):
    life.in_mediation()
    party = life.rows(select(Party.id).order_by(Party.id))[0][0]
    client, path = world.client(app, "mediator_a"), f"/cases/{life.id}/parties/{party}/contact?lang=en"
    token = token_of(client.get(path).text)
    assert client.post(path, data={"csrf_token": token, "reason": ""}).status_code == 422
    assert life.rows(select(func.count()).select_from(Reading)) == [(0,)]
    shown = client.post(path, data={"csrf_token": token, "reason": "约双方见面"})
    assert "13800005678" in shown.text
    assert life.rows(select(Reading.what, Reading.reason)) == [("contact", "约双方见面")]
    kinds = life.rows(select(Event.kind, Event.data).where(Event.stream_id == life.id, Event.stream == "case").order_by(Event.seq.desc()))
    assert kinds[0][0] == "case.unmasked"
    assert "约双方见面" not in str(kinds[0][1])  # words stay out of the chain
    assert "约双方见面" in client.get(f"/cases/{life.id}").text


@pytest.mark.parametrize(("who", "status"), [("inspector_a", 403), ("secretary_b", 404), ("supervisor", 403)])
def test_who_has_no_duty_sees_no_full_contact(life, world, app, who, status):
    life.in_mediation()
    party = life.rows(select(Party.id).order_by(Party.id))[0][0]
    client, path = world.client(app, who), f"/cases/{life.id}/parties/{party}/contact"
    assert client.get(path).status_code == status
    token = token_of(client.get("/desk").text)
    assert client.post(path, data={"csrf_token": token, "reason": "好奇"}).status_code == status
    assert life.rows(select(func.count()).select_from(Reading)) == [(0,)]


def test_reading_a_confidential_matter_is_on_record(app, world):
    secret = Life(app, world, confidential=True)
    assert secret.page("mediator_a").status_code == 404  # not in his hands
    assert secret.page("grid_secretary_a1").status_code == 200  # the lead
    account = world.accounts["grid_secretary_a1"].id
    assert secret.rows(select(Reading.account_id, Reading.case_id, Reading.what)) == [(account, secret.id, "case")]


def test_acting_on_a_confidential_matter_works_and_each_look_is_one_line(app, world):
    secret = Life(app, world, confidential=True)
    client, path = world.client(app, "grid_secretary_a1"), f"/cases/{secret.id}/steps/record_note"
    token = token_of(client.get(path).text)
    assert client.post(path, data={"csrf_token": token, "note": "已电话核实"}).status_code == 302
    assert secret.rows(select(func.count()).select_from(Reading)) == [(1,)]  # the page; the sending is in the trail itself


def test_an_incoming_item_has_its_page_and_leads_to_the_sorting_desk(app, world):
    with app.extensions["sessions"]() as session, db.transaction(session):
        message = Message("mailbox:1", world.areas["grid_a1"].id, "mailbox", "楼上漏水", "三楼漏水到二楼", external_number="1")
        item = incoming.register(session, [message], actor=world.actor(session, "street_operator_a"), at=world.at)[0].case_id
    page = world.client(app, "street_operator_a").get(f"/cases/{item}?lang=en")
    assert page.status_code == 200
    for words in ("楼上漏水", "三楼漏水到二楼", "To be sorted", "To the sorting desk"):
        assert words in page.text, words
    assert world.client(app, "street_operator_b").get(f"/cases/{item}").status_code == 404


def test_a_file_goes_out_as_a_download_to_those_who_see_the_case(life, world, app):
    client = world.client(app, "worker_a1")
    path = f"/cases/{life.id}/steps/attach"
    token = token_of(client.get(path).text)
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 50
    sent = client.post(path, data={"csrf_token": token, "file": (io.BytesIO(png), "门口<b>.png"), "kind": "photo"})
    assert sent.status_code == 302, sent.text
    file_id = life.rows(select(Attachment.id))[0][0]
    got = client.get(f"/cases/{life.id}/files/{file_id}")
    assert (got.status_code, got.data, got.mimetype) == (200, png, "image/png")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    got.close()
    assert world.client(app, "worker_a2").get(f"/cases/{life.id}/files/{file_id}").status_code == 404
    other = Life(app, world)
    assert client.get(f"/cases/{other.id}/files/{file_id}").status_code == 404  # not a file of that case


def test_the_request_has_a_page_that_says_what_is_asked_and_who_decides(life, world, app):
    life.in_mediation()
    client, path = world.client(app, "mediator_a"), f"/cases/{life.id}/requests/suspend"
    token = token_of(client.get(path).text)
    data = {"csrf_token": token, "ground": "appraisal", "until_on": "2026-03-20", "reason": "等渗漏鉴定"}
    assert client.post(path, data=data).status_code == 302
    assert "Such a request waits for a decision already." in life.page("mediator_a").text
    request = life.rows(select(Case.id).where(Case.process == "request"))[0][0]
    page = world.client(app, "grid_secretary_a1").get(f"/cases/{request}?lang=en").text
    for words in ("Request: Suspension", "Appraisal or survey under way", "Mar 20", "等渗漏鉴定", "Approve", "三楼漏水"):
        assert words in page, words
    assert "steps/approve" not in client.get(f"/cases/{request}").text  # never the asker
