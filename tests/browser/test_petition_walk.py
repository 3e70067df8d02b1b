"""Petitions walked through every branch on their pages: three steps and the end, returns, simple handling, extension,
suspension, hearing, agreement, accusations."""

from tests.browser.walks import LONG, SQLITE, Walk, fill

OFFICE, ABOVE, HEAD, UNIT = "street_petition_officer_a", "district_petition_officer", "street_secretary_a", "liaison_a"
TODAY = "2026-03-02"
TEXT = "楼上漏水到我家，物业一年不修，请求责令修复并赔偿。"
OPINION = {"claims": "修复", "facts_and_reasons": "属实", "opinion": "限期修复", "legal_basis": "民法典", "outcome": "support"}
SECOND = {"second_outcome": "upheld", "opinion": "维持", "legal_basis": "信访工作条例第三十五条"}
DELIVERED = {"delivered_on": TODAY, "delivery": "handed"}
ASKED = {"asked_on": TODAY, "statement": "不服"}
TOLD = {"notified_on": TODAY, "delivery": "handed"}


def receive(walk: Walk, **answers: object) -> Walk:
    """Register a petition on its page; afterwards the walk is about it."""
    page = walk.visit(OFFICE, "/cases/new/petition")
    given = {"text": TEXT, "area_id": walk.world.areas["grid_a1"].id, "kind": "claim", "name": "周某", "phone": "13800005678"}
    fill(page, given | answers)
    walk.send(page)
    walk.id = int(page.url.split("/cases/")[1].split("?")[0])
    return walk


def sent(walk: Walk, kind: str = "claim", unit: str = "housing") -> Walk:
    """Transferred to a department."""
    return walk.step("transfer", OFFICE, kind=kind, department_id=walk.world.departments[unit].id)


@SQLITE
def test_three_steps_the_end_and_the_lock(walk: Walk) -> None:
    walk.shot("new", OFFICE, "/cases/new/petition")
    receive(walk).shot("received", OFFICE)
    sent(walk).step("object", UNIT, reason="不属于本部门职权范围，应由城管部门办理").state(OFFICE, "Return asked for")
    walk.step("refuse_return", OFFICE, reason="职责清单列明").shot("with-organ", UNIT)
    walk.step("notify", UNIT, **TOLD).step("accept", UNIT, kind="claim", people=6).state(UNIT, "In handling")
    walk.shot("handling", UNIT)
    walk.ask("extend", UNIT, length="30 days", told_on=TODAY, reason="案情复杂").decide("approve", HEAD)
    walk.ask("suspend", UNIT, ground="appraisal", until_on="2026-03-20", reason="等待鉴定").decide("approve", HEAD).state(UNIT, "Handling suspended")
    walk.step("resume", UNIT, note="鉴定完成").step("give_opinion", UNIT, **OPINION).step("deliver", UNIT, **DELIVERED)
    walk.shot("papers", OFFICE, f"/cases/{walk.id}/papers")
    walk.step("ask_recheck", OFFICE, **ASKED).step("give_recheck", ABOVE, **SECOND).step("deliver_recheck", ABOVE, **DELIVERED)
    walk.step("ask_review", OFFICE, **ASKED).step("hold_hearing", ABOVE, until_on="2026-03-06").state(ABOVE, "Hearing in the review")
    walk.step("end_hearing", ABOVE, note="听证结束").step("give_review", ABOVE, **SECOND).step("deliver_review", OFFICE, **DELIVERED)
    walk.state(OFFICE, "Ended after three steps").step("record_care", OFFICE, way="visit", what="上门看望")
    walk.step("rate", OFFICE, satisfaction="dissatisfied").shot("ended", OFFICE)
    receive(walk, text=TEXT + "请再次处理。").shot("again", OFFICE)
    sent(walk)
    page = walk.follow(UNIT, f"/cases/{walk.id}/steps/accept")
    fill(page, {"kind": "claim"})
    walk.send(page)
    assert "三级终结" in page.content() or "ended after" in page.content()
    walk.step("refuse", UNIT, ground="ended", told="三级终结，不再受理", **TOLD).state(OFFICE, "Not accepted")
    walk.step("reopen", OFFICE, reason="有新的鉴定").step("give_new_facts", OFFICE, new_facts="新的鉴定报告", reason="原来没有")
    sent(walk).step("accept", UNIT, kind="claim").state(UNIT, "In handling")


@LONG
@SQLITE
def test_the_shorter_ways(walk: Walk) -> None:
    receive(walk, text="路灯坏了三个月，请求维修。", visitors=2)
    sent(walk).step("choose_simple", OFFICE, reason="事实清楚").step("accept_simple", UNIT, kind="claim").state(UNIT, "In simple handling")
    walk.step("make_ordinary", UNIT, reason="需要鉴定").step("add_party", UNIT, side="respondent", name="佳和物业", person_kind="organisation")
    walk.step("open_dispute", UNIT, area_id=walk.world.areas["grid_a1"].id, both_agree="yes")
    for number in (0, 1):
        walk.step("record_consent", UNIT, party=party_of(walk, UNIT, "record_consent", number), consent="given", evidence="signature", consented_on=TODAY)
    walk.step("settle", UNIT, agreement_kind="mediation", terms="十日内修好", in_force_on=TODAY).state(OFFICE, "Settled by agreement")
    receive(walk, text="建议增设公交站点。", kind="advice", name="")
    sent(walk, "advice").step("object", UNIT, reason="不属于本部门职权范围，应由交通部门办理").step("agree_return", OFFICE)
    walk.step("add_party", OFFICE, side="applicant", name="吴某").step("keep", OFFICE, kind="advice")
    walk.step("accept_study", OFFICE, kind="advice").step("reply", OFFICE, reply="已采纳", adopted="yes", **TOLD).state(OFFICE, "Answered")
    receive(walk, text="要求改变法院判决。").step("refer", OFFICE, path="judicial", body="人民法院", told="可以申请再审", notified_on=TODAY)
    walk.state(OFFICE, "Referred")
    receive(walk, text="拖欠十四人工资。", visitors=14).step("flag_urgent", OFFICE, what="十四人聚集")
    walk.step("report_urgent", OFFICE, told_to=["street", "joint"], what="已上报")
    walk.step("decide_several", OFFICE, way="joint", decided_by="联席会议", reason="涉及多个部门", department_id=walk.world.departments["works"].id)
    walk.step("withdraw", OFFICE, party=party_of(walk, OFFICE, "withdraw"), statement="已拿到工资，撤回", evidence="signature").state(OFFICE, "Withdrawn by the petitioner")
    receive(walk, text="希望上级协调跨区道路。").step("report_up", OFFICE, to_whom="试验区信访部门", reason="跨区").state(OFFICE, "Reported up")


def party_of(walk: Walk, who: str, step: str, number: int = 0) -> str:
    """A party in the picker of a step."""
    page = walk.follow(who, f"/cases/{walk.id}/steps/{step}")
    return str(page.locator("main form [name=party] option:not([value=''])").nth(number).get_attribute("value"))


@SQLITE
def test_an_accusation_from_the_desk_to_the_body_in_charge(walk: Walk) -> None:
    receive(walk, text="举报社区书记收受礼金。", name="", kind="accusation", accused=[walk.account("secretary_a")]).shot("accusation", OFFICE)
    assert walk.visit("secretary_a", f"/cases/{walk.id}").title() == walk.visit("secretary_a", "/cases/987654").title()
    assert walk.visit(HEAD, f"/cases/{walk.id}").locator(".case-head").count() == 1
    walk.step("isolate", OFFICE, accused_department_id=walk.world.departments["housing"].id).shot("apart", OFFICE)
    walk.step("refer_accusation", OFFICE, body="区纪委监委", receipt_number="收〔2026〕1号").state(OFFICE, "Referred")
