"""The papers of a petition: ready when their entry is there, numbered in the street's series, Word and PDF, on record."""

import io
from urllib.parse import unquote

import pytest
from docx import Document
from sqlalchemy import select

from casemgr import db
from casemgr.models import MadePaper
from casemgr.services.steps import take
from tests.services.test_petitions import ABOVE, OFFICE, OPINION, SECOND, UNIT
from tests.world import token_of

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


class Paper:
    """A petition opened on the page and taken to the end through the door."""

    def __init__(self, app, world) -> None:
        self.app, self.world = app, world
        client = self.client = world.client(app, OFFICE)
        page = client.get("/cases/new/petition?lang=en")
        assert page.status_code == 200
        sent = {
            "csrf_token": token_of(page.text), "text": "楼上漏水，物业不修。", "area_id": str(world.areas["grid_a1"].id), "kind": "claim",
            "name": "周某", "phone": "13800005678", "address": "槐荫社区3栋301",
        }  # fmt: skip
        answer = client.post("/cases/new/petition?lang=en", data=sent)
        assert answer.status_code == 302, answer.text
        self.id = int(answer.location.rsplit("/", 1)[1].partition("?")[0])

    def step(self, step: str, who: str = OFFICE, /, **data) -> "Paper":
        at = self.app.extensions["clock"].now()
        with self.app.extensions["sessions"]() as session, db.transaction(session):
            take(session, self.id, step, data, actor=self.world.actor(session, who), at=at)
        return self

    def page(self, lang: str = "en") -> str:
        answer = self.client.get(f"/cases/{self.id}/papers?lang={lang}")
        assert answer.status_code == 200
        return answer.text

    def make(self, form: str, medium: str = "word"):
        keys = [part.partition('"')[0] for part in self.page().split('name="paper" value="')[1:]]
        key = next(key for key in keys if key.startswith(f"{form}:"))
        data = {"csrf_token": token_of(self.page()), "paper": key, "medium": medium, "copies": "1"}
        return self.client.post(f"/cases/{self.id}/papers", data=data)

    def words(self, form: str) -> str:
        answer = self.make(form)
        assert answer.status_code == 200, answer.text
        document = Document(io.BytesIO(answer.data))
        cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
        return "\n".join([*(p.text for p in document.paragraphs), *cells])


def test_every_paper_from_the_page_that_opens_it_to_the_review(app, world):
    paper = Paper(app, world)
    assert "Not ready yet" in paper.page() and "The whole file" not in paper.page()
    paper.step("assign", kind="claim", department_id=world.departments["housing"].id, report_by="2026-03-20", order="查明漏水原因")
    said = paper.words("pet_letter")
    for words in ("房管所：", "青石信访转字〔2026〕第1号", "周某", "■\N{NO-BREAK SPACE}交办", "2026年3月20日", "查明漏水原因"):
        assert words in said, words
    paper.step("accept", UNIT, kind="claim")
    said = paper.words("pet_accept")
    for words in ("房管所", "普通程序办理", "2026年5月1日", "青石信访受字〔2026〕第1号"):
        assert words in said, words
    paper.step("give_opinion", UNIT, **OPINION)
    said = paper.words("pet_opinion")
    for words in ("一、投诉请求", "属实", "限期修复", "民法典", "■\N{NO-BREAK SPACE}请求事实清楚", "三十日内", "本机关的上一级机关书面请求复查"):
        assert words in said, words
    paper.step("deliver", delivered_on="2026-03-02", delivery="handed")
    assert "信访事项处理意见书" in paper.words("pet_service")
    paper.step("ask_recheck", asked_on="2026-03-02", statement="不服").step("give_recheck", ABOVE, **SECOND)
    said = paper.words("pet_second")
    assert "■\N{NO-BREAK SPACE}维持" in said and "■\N{NO-BREAK SPACE}复查" in said
    answer = paper.make("pet_opinion", "pdf")
    assert answer.status_code == 200 and answer.data.startswith(b"%PDF")
    assert "信访事项处理意见书" in unquote(answer.headers["Content-Disposition"])
    with app.extensions["readings"]() as session:
        made = session.scalars(select(MadePaper.form).where(MadePaper.case_id == paper.id).order_by(MadePaper.id)).all()
    assert made == ["pet_letter", "pet_accept", "pet_opinion", "pet_service", "pet_second", "pet_opinion"]


def test_the_notice_of_non_acceptance_names_the_ground(app, world):
    paper = Paper(app, world).step(
        "refuse", ground="ended", told="三级终结，不再受理；可以申请临时救助", notified_on="2026-03-02", delivery="handed")
    said = paper.words("pet_refuse")
    assert "■\N{NO-BREAK SPACE}已经处理、复查、复核三级办理" in said and "临时救助" in said
    with pytest.raises(StopIteration):
        paper.make("pet_accept")


def test_a_dispute_has_no_papers_of_a_petition(app, world):
    with app.extensions["sessions"]() as session, db.transaction(session):
        id = world.open_dispute(session, "worker_a1", "grid_a1", "三楼漏水").case_id
    page = world.client(app, "head_a").get(f"/cases/{id}/papers?lang=en").text
    assert "pet_" not in page and "The whole file" in page
