"""The pages of a legacy case: its plan with ways to act, policies side by side, the years before and a list of them taken over,
and its numbers on the board."""

import io
import re
from datetime import date, timedelta

import pytest
from openpyxl import Workbook

from casemgr import db
from casemgr.services.opening import open_matter
from casemgr.services.requests import ask, decide
from tests.documents.test_forms import text_of
from tests.services.test_legacy import PATRON, Years
from tests.world import token_of

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def years(app, world):
    """The case, worked on by services; pages read it from the same database."""
    with app.extensions["sessions"]() as session:
        yield Years(session, world)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def a_list(*rows) -> io.BytesIO:
    book, file = Workbook(), io.BytesIO()
    for row in (("日期", "事项", "经办", "备注"), *rows):
        book.active.append(row)
    book.save(file)
    return io.BytesIO(file.getvalue())


def test_plan_policies_and_ways_to_act(app, world, years):
    years.planned(30, 60)
    years.step("record_policy", "liaison_a", era="then", name="旧办法", number="〔1996〕22号", issued_on=date(1996, 5, 1), wording="付给村集体")
    years.step("record_policy", "liaison_a", era="now", name="新办法", wording="直接到户")
    years.step("compare_policies", PATRON, difference="按新办法直接到户")
    years.asked("replanning", "move_milestone", PATRON, "street_secretary_a", milestone=1, due_on=years.today(40), reason="地未腾出")
    app.extensions["clock"].advance(years.at - world.at)
    page = world.client(app, "liaison_a").get(f"/cases/{years.id}?lang=en").text
    text = words(page)
    assert "Policy at the time 1 旧办法 〔1996〕22号" in text and "Policy now 2 新办法" in text and "按新办法直接到户" in text
    assert f"/cases/{years.id}/steps/reach_milestone?milestone=1" in page
    assert "before: Apr 1" in text and "To be reached" in text
    form = world.client(app, "liaison_a").get(f"/cases/{years.id}/steps/reach_milestone?milestone=2").text
    assert re.search(r'name="milestone"[^>]*value="2"', form)
    seen = world.client(app, "worker_a1").get(f"/cases/{years.id}?lang=en").text
    assert "Milestones" in seen and "reach_milestone" not in seen and "strike_policy" not in seen


def test_a_list_of_the_years_is_taken_over_and_bad_rows_are_named(app, world, years):
    client = world.client(app, "street_petition_officer_a")
    address = f"/cases/{years.id}/years?lang=en"
    token = token_of(client.get(address).text)
    rows = [(1998, "征地公告", "村委会", "原件在"), ("1999年5月", "付到一半", None, None), ("不详", "有人上访", None, None)]
    answer = client.post(address, data={"csrf_token": token, "file": (a_list(*rows), "旧账.xlsx")})
    text = words(answer.text)
    assert answer.status_code == 200 and "2 entries taken over; 0 were there already." in text
    assert "4 日期: 不详 is no date, month or year. 不详 · 有人上访" in text and "备注:原件在" in text
    assert text.index("Year 1998") < text.index("May 1999")
    again = client.post(address, data={"csrf_token": token, "file": (a_list(*rows[:2]), "旧账.xlsx")}, follow_redirects=True)
    assert "0 entries taken over; 2 were there already." in words(again.text)
    case = words(client.get(f"/cases/{years.id}?lang=en").text)
    assert "The years before 2" in case and "旧账.xlsx" in case
    assert "Record what happened earlier" not in case.split("What has happened so far")[1], "old years do not crowd the present"


def test_a_file_that_is_no_list_is_refused_in_words(app, world, years):
    client = world.client(app, "street_petition_officer_a")
    address = f"/cases/{years.id}/years?lang=en"
    token = token_of(client.get(address).text)
    for data, said in (({}, "Please choose a file."), ({"file": (io.BytesIO(b"hello"), "a.csv")}, "No sheet of a.csv has a header")):
        answer = client.post(address, data={"csrf_token": token, **data})
        assert answer.status_code == 422 and said in words(answer.text)
    assert world.client(app, "worker_a1").post(address, data={"csrf_token": token}).status_code in (400, 403)
    assert "Take over a list" not in world.client(app, "worker_a1").get(address).text


def test_numbers_on_the_board_lead_to_their_lists(app, world, years):
    years.planned(10, 60)
    with db.transaction(years.session):
        other = open_matter(
            years.session, "legacy", {"text": "旧市场门面", "area_id": world.areas["grid_b1"].id}, actor=years.actor("street_operator_a"), at=years.at)
        later = open_matter(
            years.session, "legacy", {"text": "老厂区欠薪", "area_id": world.areas["grid_b2"].id}, actor=years.actor("street_operator_a"), at=years.at)
    years.id = later.case_id
    years.step("list", "street_secretary_a", grounds="积案")
    app.extensions["clock"].advance(years.at + timedelta(days=12) - world.at)
    client = world.client(app, "street_secretary_a")
    page = client.get("/board?lang=en").text
    card = words(page[page.index('id="legacy"'):][:3000])
    assert "Open 3" in card and "Proposed for the list 1" in card and "No patron yet 1" in card and "Milestone overdue 1" in card
    behind = words(client.get("/matters?process=legacy&late=milestone&lang=en").text)
    assert "征地补偿款" in behind and "旧市场" not in behind and "Overdue: Next milestone" in behind
    assert other.case_id and "老厂区" in words(client.get("/matters?process=legacy&state=listed&patron=none&lang=en").text)


def test_the_approval_of_striking_off_is_filled_in(app, world, years):
    years.planned(10)
    years.step("reach_milestone", "liaison_a", milestone=1, reached_on=years.today(), came_of_it="付清")
    years.step("confirm_milestone", PATRON)
    years.step("ask_acceptance", PATRON, result="两期付清", told="逐户送达")
    app.extensions["clock"].advance(years.at - world.at)
    client = world.client(app, "street_secretary_a")
    page = client.get(f"/cases/{years.id}/papers?lang=en").text
    assert "Approval of striking off" in page
    paper = re.search(r'name="paper"[^>]*value="(leg_strike:\d+)"', page) or re.search(r'value="(leg_strike:\d+)"', page)
    assert paper, "it can be made"
    answer = client.post(f"/cases/{years.id}/papers", data={"csrf_token": token_of(page), "paper": paper[1], "medium": "word"})
    assert answer.status_code == 200, answer.text
    said = text_of(answer.data)
    for words_ in ("第10天前付款", "两期付清", "逐户送达", "房管所", "1998年"):
        assert words_ in said, words_


def test_who_is_asked_reads_until_when(app, world, years):
    years.planned(30)
    with db.transaction(years.session):
        asked = ask(years.session, years.id, "shelving", "shelve", {"ground": "policy", "review_on": years.today(60)}, "等文件",
                    actor=years.actor(PATRON), at=years.at)
    app.extensions["clock"].advance(years.at - world.at)
    page = words(world.client(app, "street_secretary_a").get("/board?lang=en").text)
    assert "Shelving" in page and "until May 1" in page
    with db.transaction(years.session):
        decide(years.session, asked.case_id, "approve", "可以", actor=years.actor("street_secretary_a"), at=years.at)
    assert "Shelved" in words(world.client(app, PATRON).get(f"/cases/{years.id}?lang=en").text)
