"""Legacy cases walked through every branch: listed, planned, moved, shelved, checked, accepted, put back; and one not listed."""

from datetime import timedelta
from pathlib import Path

from openpyxl import Workbook
from playwright.sync_api import Locator, expect

from tests.browser.walks import SQLITE, Walk, fill

LEAD, PATRON, UNIT, OFFICE = "street_secretary_a", "secretary_a", "liaison_a", "street_petition_officer_a"


def day(walk: Walk, days: int) -> str:
    """A date so many days from the first one, as a date field takes it."""
    return (walk.world.today + timedelta(days=days)).isoformat()


def propose(walk: Walk, title: str, on: int = 0) -> None:
    """Propose a case on its page; afterwards the walk is about it."""
    page = walk.visit(OFFICE, f"/cases/new/legacy?on={on}" if on else "/cases/new/legacy")
    answers = {"text": f"{title}多年未决。", "title": title, "since_year": 1998, "department_id": walk.world.departments["housing"].id}
    fill(page, answers if on else {**answers, "area_id": walk.world.areas["grid_a1"].id})
    walk.send(page)
    walk.id = int(page.url.split("/cases/")[1].split("?")[0])


def take_years(walk: Walk, folder: Path) -> None:
    """A list of the years, one row of which cannot be read."""
    book = Workbook()
    for row in (("日期", "事项", "经办"), (1998, "征地公告", "村委会"), ("1999年5月", "付到一半", None), ("不详", "有人上访", None)):
        book.active.append(row)
    book.save(folder / "years.xlsx")
    page = walk.visit(OFFICE, f"/cases/{walk.id}/years")
    fill(page, {"file": folder / "years.xlsx"})
    walk.send(page)
    expect(page.locator("#bad tbody tr")).to_have_count(1)
    expect(page.locator("#years li")).to_have_count(2)
    walk.shot("years", OFFICE, f"/cases/{walk.id}/years")


def reach(walk: Walk, number: int, verdict: str, **answers: str) -> None:
    """A milestone reported by the department from its line in the plan, and judged by the patron."""
    page = walk.visit(UNIT, f"/cases/{walk.id}")
    walk.visit(UNIT, str(page.locator(f"#plan a[href$='reach_milestone?milestone={number}']").get_attribute("href")))
    fill(page, {"reached_on": day(walk, 0), "came_of_it": "已办妥。"})
    walk.send(page)
    walk.step(verdict, PATRON, **answers)


def page_of_plan(walk: Walk) -> Locator:
    """The plan on the case page of the department."""
    return walk.visit(UNIT, f"/cases/{walk.id}").locator("#plan")


@SQLITE
def test_every_branch(walk: Walk, tmp_path: Path) -> None:
    matter = int(walk.register().id)
    propose(walk, "公摊面积退款", on=matter)
    walk.step("reject", LEAD, reason="按纠纷办理").step("propose_again", OFFICE, reason="找到原件")
    walk.shot("proposed", LEAD)
    propose(walk, "第二期征地补偿款")
    walk.shot("propose-form", OFFICE, "/cases/new/legacy")
    take_years(walk, tmp_path)
    walk.step("list", LEAD, grounds="信访积案").state(LEAD, "to be planned").shot("listed", LEAD)
    walk.step("name_patron", LEAD, patron_id=walk.account(PATRON))
    walk.step("record_policy", UNIT, era="then", name="旧办法", wording="付给村集体")
    walk.step("record_policy", UNIT, era="then", name="抄错了", wording="无").step("strike_policy", UNIT, policy=2, reason="重复")
    walk.step("record_policy", UNIT, era="now", name="新办法", wording="直接到户").step("compare_policies", PATRON, difference="按新办法到户")
    for what, due in (("核对面积", 30), ("议定金额", 60), ("写错了", 61)):
        walk.step("draft_milestone", UNIT, what=what, who="房管所", due_on=day(walk, due))
    walk.step("drop_draft", UNIT, milestone=3).step("submit_plan", PATRON, plan="先核后付。")
    walk.step("return_plan", LEAD, reason="写明金额").step("submit_plan", PATRON, plan="先核后付,共两期。")
    walk.shot("to-approve", LEAD)
    walk.step("approve_plan", LEAD).state(LEAD, "Planned").step("begin", UNIT)
    walk.ask("add_milestone", PATRON, what="到户付款", who="房管所", due_on=day(walk, 90), reason="补一步").decide("approve", LEAD)
    walk.ask("move_milestone", PATRON, milestone=2, due_on=day(walk, 70), reason="资金未到").decide("approve", LEAD)
    walk.ask("drop_milestone", UNIT, milestone=4, reason="并入第二步").decide("approve", LEAD)
    walk.shot("move-form", PATRON, f"/cases/{walk.id}/requests/move_milestone?milestone=2")
    walk.ask("shelve", PATRON, ground="policy", review_on=day(walk, 60), reason="等文件").decide("approve", LEAD)
    walk.state(LEAD, "Shelved").shot("shelved", LEAD)
    walk.step("take_up", LEAD, note="文件到了")
    reach(walk, 1, "return_milestone", reason="缺两户")
    reach(walk, 1, "confirm_milestone")
    walk.step("report_progress", UNIT, done="核对完。", next="付款。").step("replace_patron", LEAD, patron_id=walk.account(LEAD), reason="调整")
    walk.shot("under-way", UNIT)
    walk.shot("patron-desk", LEAD, "/desk")
    walk.step("replace_patron", LEAD, patron_id=walk.account(PATRON), reason="调回")
    reach(walk, 2, "confirm_milestone")
    walk.step("ask_acceptance", PATRON, result="两期付清。", told="逐户告知。").step("return_result", LEAD, reason="缺回执")
    walk.step("ask_acceptance", PATRON, result="两期付清。", told="逐户告知,有回执。").state(LEAD, "to be accepted")
    walk.shot("acceptance-form", LEAD, f"/cases/{walk.id}/steps/strike_off")
    walk.step("strike_off", LEAD, findings="属实", concerned="agree").state(LEAD, "Struck off").shot("struck-off", LEAD)
    walk.step("reopen", OFFICE, statement="又欠一户", reason="承诺落空").state(LEAD, "to be planned")
    walk.shot("board", LEAD, "/board")
    expect(page_of_plan(walk)).not_to_contain_text("写错了")
    expect(walk.visit(LEAD, "/board").locator("#legacy .tile-number").first).to_have_text("2")
