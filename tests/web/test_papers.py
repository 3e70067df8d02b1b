"""The papers page: what is ready, Word and PDF on request, numbers, records, signed sheets, who may and who may not."""

import hashlib
import io
from datetime import date
from urllib.parse import unquote

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from casemgr import db
from casemgr.documents.casefile import load_casefile
from casemgr.documents.entries import READERS
from casemgr.documents.filling import NAMED
from casemgr.documents.forms import BOXES, FORMS
from casemgr.documents.shelf import items_of
from casemgr.documents.drawing import NO_FONT
from casemgr.models import Attachment, Event, MadePaper, PaperNumber, Party, Reading, SignedSheet
from casemgr.queries.case_page import EventRow
from casemgr.queries.papers import papers_of
from casemgr.services.agreements import Content, keep_agreement
from casemgr.services.drafts import load_drafts
from casemgr.services.files import store
from casemgr.web.matters import papers as pages
from tests.documents.test_forms import bare, text_of
from tests.web.life import Life
from tests.world import token_of

ON_SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def life(app, world) -> Life:
    return Life(app, world).in_mediation()


class Desk:
    """Somebody at the papers page of a case."""

    def __init__(self, life: Life, who: str) -> None:
        self.life, self.client = life, life.world.client(life.app, who)

    def get(self, path: str = "", query: str = ""):
        return self.client.get(f"/cases/{self.life.id}/papers{path}?lang=en&{query}")

    def make(self, paper: str, medium: str, copies: object = 1):
        data = {"paper": paper, "medium": medium, "copies": copies, "csrf_token": token_of(self.get().text)}
        return self.client.post(f"/cases/{self.life.id}/papers", data=data)

    def bring_back(self, paper: str, name: str, content: bytes):
        data = {"csrf_token": token_of(self.get("/signed").text), "paper": paper, "sheet": (io.BytesIO(content), name)}
        return self.client.post(f"/cases/{self.life.id}/papers/signed", data=data)


def photo(colour: str = "white") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 90), colour).save(out, "JPEG")
    return out.getvalue()


def scan(pages_: int) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for _ in range(pages_):
        writer.add_blank_page(595, 842)
    writer.write(out)
    return out.getvalue()


def put(life: Life, content: bytes, name: str) -> str:
    return store(life.app.extensions["settings"].files_dir, io.BytesIO(content), name, limit=10**6)


def agree(life: Life, signed: bytes) -> None:
    """The matter goes on to a written agreement."""
    for party in life.rows(select(Party.id).where(Party.case_id == life.id)):
        life.step("record_consent", "mediator_a", party=party.id, consent="given", evidence="signature", consented_on=date(2026, 3, 2))
    life.step("inform_rights", "mediator_a", way="oral")
    life.step(
        "agree_written", "mediator_a", issues="三楼渗水到二楼。", terms="物业修好屋顶 <b>&。", perform_how="当面", perform_on=date(2026, 4, 1),
        in_force_on=date(2026, 3, 2), signed=put(life, signed, "协议.jpg"),
    )  # fmt: skip


@ON_SQLITE
def test_the_page_says_what_is_wanted_ready_and_missing(life):
    text = Desk(life, "mediator_a").get().text
    wanted, rest = text.split('id="filled"')
    assert "Mediation agreement" in wanted
    assert "Record of a session" in wanted
    assert "Acceptance form" in rest
    waiting = rest[rest.index('id="waiting"') :]
    assert "needs an oral agreement" in waiting
    assert "13800005678" not in text
    assert text.count("btn-primary") == 1
    assert f"/cases/{life.id}/papers" in life.page("mediator_a").text


@ON_SQLITE
def test_word_holds_the_particulars_and_the_making_is_on_record(life):
    answer = Desk(life, "mediator_a").make("agreement:0", "word", copies=3)
    assert answer.status_code == 200, answer.text
    said = text_of(answer.data)
    for words in ("人民调解协议书", "槐荫民调字〔2026〕第1号", "周某", "13800005678", "佳和物业", "一式三份", "槐荫社区人民调解委员会（章）"):
        assert words in said, words
    assert "协议书" in unquote(answer.headers["Content-Disposition"])
    assert "周某" not in unquote(answer.headers["Content-Disposition"])
    made = life.rows(select(MadePaper.form, MadePaper.medium, MadePaper.copies, MadePaper.sha256, MadePaper.number))
    assert made == [("agreement", "word", 3, hashlib.sha256(answer.data).hexdigest(), "槐荫民调字〔2026〕第1号")]
    event = life.rows(select(Event.data).where(Event.kind == "case.paper_made"))[0].data
    assert (event["form"], len(event["contacts"])) == ("agreement", 1)
    assert life.rows(select(Reading.what, Reading.reason)) == [("contact", "人民调解协议书")]
    assert "测试" in Desk(life, "mediator_a").get().text


def test_numbers_are_given_once_gapless_and_by_committee(life):
    other = Life(life.app, life.world).in_mediation()
    desk, others = Desk(life, "mediator_a"), Desk(other, "mediator_a")
    assert desk.make("application:0", "word").status_code == 200  # bears no number
    for who in (desk, others, desk, others):
        assert who.make("agreement:0", "word").status_code == 200
    given = life.rows(select(PaperNumber.case_id, PaperNumber.number).order_by(PaperNumber.case_id))
    assert given == [(life.id, "槐荫民调字〔2026〕第1号"), (other.id, "槐荫民调字〔2026〕第2号")]


def test_what_is_recorded_of_papers_stays(life):
    Desk(life, "mediator_a").make("agreement:0", "word")
    Desk(life, "mediator_a").bring_back("agreement:0", "签.jpg", photo())
    for table in (MadePaper, PaperNumber, SignedSheet):
        for change in (update(table).values(given_at=life.clock.now()) if table is PaperNumber else update(table).values(sha256="x"), delete(table)):
            with life.app.extensions["sessions"]() as session, pytest.raises(DatabaseError, match="recorded for good"):
                session.execute(change)


@ON_SQLITE
def test_who_may_and_who_may_not(life):
    assert Desk(life, "supervisor").client.get(f"/cases/{life.id}/papers").status_code == 403
    assert Desk(life, "worker_c1").client.get(f"/cases/{life.id}/papers").status_code == 404
    with life.app.extensions["sessions"]() as session, db.transaction(session):
        registered = life.world.open_dispute(session, "street_mediator_a", "grid_a1", "楼道堆物").case_id
    life.id = registered
    life.step("add_party", "worker_a1", side="applicant", name="周某", phone="13800005678")
    life.step("add_party", "worker_a1", side="respondent", name="李某")
    desk = Desk(life, "street_mediator_a")  # registered it, and has no other duty on it: papers, but masked contacts
    said = text_of(desk.make("application:0", "word").data)
    assert "138****5678" in said
    assert "13800005678" not in said
    assert life.rows(select(Reading)) == []


@ON_SQLITE
def test_a_hidden_contact_stands_on_no_paper(life):
    life.step("record_fact", "mediator_a", safety_concern=True, bodies_told=["police"])
    said = text_of(Desk(life, "mediator_a").make("agreement:0", "word").data)
    assert "13800005678" not in said
    assert "另存" in said


@ON_SQLITE
def test_an_agreement_is_printed_as_it_is_being_written(life):
    with life.app.extensions["sessions"]() as session, db.transaction(session):
        view = load_drafts(session, [life.id]).get(life.id).view()
        clauses = [{"key": "copies", "values": {"count": "5"}}]
        content = Content("三楼渗水。", clauses, "当面", date(2026, 4, 1))
        keep_agreement(session, view, content, actor=life.world.actor(session, "mediator_a"), at=life.clock.now())
    said = text_of(Desk(life, "mediator_a").make("agreement:0", "word").data)
    assert said.count("本协议一式") == 1
    for words in ("三楼渗水。", "一、本协议一式5份", "2026年4月1日前履行完毕"):
        assert words in said, words


@ON_SQLITE
def test_wrong_requests_are_answered_on_the_page(life):
    desk = Desk(life, "mediator_a")
    for paper, medium, copies in (("oral:0", "word", 1), ("x", "word", 1), ("agreement:0", "rtf", 1), ("agreement:0", "word", 99)):
        answer = desk.make(paper, medium, copies)
        assert answer.status_code == 422, (paper, medium, copies)
    assert life.rows(select(MadePaper)) == []
    assert life.rows(select(PaperNumber)) == []


@ON_SQLITE
def test_where_no_pdf_can_be_made_the_page_says_what_to_install(life, monkeypatch):
    monkeypatch.setattr(pages, "why_no_pdf", lambda: NO_FONT)
    desk = Desk(life, "mediator_a")
    assert "fonts-noto-cjk" in desk.get().text
    answer = desk.make("agreement:0", "pdf")
    assert answer.status_code == 422
    assert "fonts-noto-cjk" in answer.text
    assert desk.make("agreement:0", "word").status_code == 200


@ON_SQLITE
def test_a_signed_sheet_comes_back_with_its_digest(life):
    desk, content = Desk(life, "mediator_a"), photo()
    desk.make("rights:0", "word")
    assert desk.bring_back("rights:0", "告知书.jpg", content).status_code == 302
    row = life.rows(select(SignedSheet.form, SignedSheet.sha256, SignedSheet.paper_id, Attachment.sha256, Attachment.stored).join(Attachment))[0]
    digest = hashlib.sha256(content).hexdigest()
    assert (row[0], row[1], row[3]) == ("rights", digest, digest)
    assert row[2] == life.rows(select(MadePaper.id))[0].id
    assert (life.app.extensions["settings"].files_dir / row.stored).read_bytes() == content
    assert digest[:8] in desk.get().text
    assert life.rows(select(Event.data).where(Event.kind == "case.paper_signed"))[0].data["sha256"] == digest
    for paper, name, given in (("rights:0", "x.exe", b"MZ"), ("rights:0", "x.docx", b"PK\x03\x04x"), ("rights:0", "x.jpg", b"no"), ("?", "x.jpg", content)):
        assert desk.bring_back(paper, name, given).status_code == 422
    assert len(life.rows(select(SignedSheet))) == 1


@ON_SQLITE
def test_pdf_in_several_copies(life):
    answer = Desk(life, "mediator_a").make("acceptance:0", "pdf", copies=2)
    reader = PdfReader(io.BytesIO(answer.data))
    assert len(reader.pages) == 2
    assert all("槐荫民调字" not in page.extract_text() and "周某" in page.extract_text() for page in reader.pages)
    assert life.rows(select(MadePaper.pages, MadePaper.copies)) == [(2, 2)]


@ON_SQLITE
def test_the_whole_file(life):
    agree(life, photo("red"))
    life.step("attach", "mediator_a", file=put(life, scan(3), "票据.pdf"), kind="evidence", caption="维修票据")
    life.step("attach", "mediator_a", file=put(life, b"%PDF-1.4 broken", "坏.pdf"), kind="evidence", caption="坏的扫描")
    life.step("attach", "mediator_a", file=put(life, b"\xff\xd8\xff broken", "坏.jpg"), kind="photo")
    desk = Desk(life, "mediator_a")
    assert "Record of a session" in desk.get().text.split('id="empty"')[1]
    desk.bring_back("rights:0", "告知书.pdf", scan(2))
    answer = desk.make("whole", "pdf")
    assert answer.status_code == 200, answer.text
    reader = PdfReader(io.BytesIO(answer.data))
    said = [bare(page.extract_text()) for page in reader.pages]
    contents = said[1]
    assert "卷内目录" in contents
    for words in ("人民调解受理登记表", "证据1：维修票据", "人民调解协议书槐荫民调字〔2026〕第1号", "另存", "签字件"):
        assert words in contents, words
    assert not any("经调解，双方当事人自愿达成如下协议" in page for page in said)  # the signed sheet stands in its place
    numbered = said[2:-1]
    assert [page for number, page in enumerate(numbered, 1) if not page.startswith(str(number)) and not page.endswith(str(number))] == []
    assert life.rows(select(MadePaper.form, MadePaper.pages)) == [("whole", len(reader.pages))]


@ON_SQLITE
def test_settled_on_the_spot_makes_its_own_short_file(app, world):
    life = Life(app, world)
    life.step("add_party", "worker_a1", side="applicant", name="周某")
    life.step("settle_on_spot", "worker_a1", settlement="双方当场握手言和。", photo=put(life, photo(), "现场.jpg"))
    desk = Desk(life, "worker_a1")
    assert "Short file on one page" in desk.get().text.split('id="filled"')[0]
    key = next(item.key for item in shelf(life) if item.form.key == "short")
    reader = PdfReader(io.BytesIO(desk.make(key, "pdf").data))
    assert len(reader.pages) == 1
    said = bare(reader.pages[0].extract_text())
    for words in ("双方当场握手言和。", "三楼漏水", "周某", "现场.jpg", "槐荫民调字〔2026〕第1号"):
        assert words in said, words


def shelf(life: Life):
    with life.app.extensions["readings"]() as session:
        return items_of(session, load_casefile(session, life.id, open_contacts=False), papers_of(session, life.id))


@ON_SQLITE
def test_every_name_in_the_forms_is_a_value_of_the_case(life):
    with life.app.extensions["readings"]() as session:
        file = load_casefile(session, life.id, open_contacts=False)
        known = {name for item in items_of(session, file, papers_of(session, life.id)) for name in item.values} | {"copies_words"}
    event = EventRow(9, "x", life.clock.now(), "account", None, None, {}, {})
    known |= {name for read in READERS.values() for name in read(file, event, {})}
    asked = {name for form in FORMS.values() for boxed, name, _ in NAMED.findall(repr(form.blocks)) if not boxed}
    asked |= {boxes.of for boxes in BOXES.values()} | {name for form in FORMS.values() for name in form.needs}
    assert asked <= known, sorted(asked - known)
    assert {name for form in FORMS.values() for boxed, name, _ in NAMED.findall(repr(form.blocks)) if boxed} <= BOXES.keys()
