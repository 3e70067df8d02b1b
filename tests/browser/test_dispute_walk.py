"""Disputes walked through every branch."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.walks import LONG, SQLITE, Walk, unfold


def in_mediation(walk: Walk) -> Walk:
    """A dispute that a mediator has taken, both sides known and willing, rights told."""
    walk.register(name="周某", phone="13800005678")
    walk.shot("new", "worker_a1", "/cases/new")
    walk.shot("registered", "head_a")
    walk.shot("accept-form", "head_a", f"/cases/{walk.id}/steps/accept")
    walk.step("accept", "head_a", category="0402", people=6)
    walk.step("assign", "head_a", handler_id=walk.account("mediator_a"))
    walk.step("take", "mediator_a")
    walk.step("record_contact", "mediator_a", way="phone", said="双方愿意谈")
    walk.step("add_party", "mediator_a", side="respondent", name="佳和物业", person_kind="organisation")
    for number in (0, 1):
        chosen = party_values(walk, "mediator_a", "record_consent")[number]
        walk.step("record_consent", "mediator_a", party=chosen, consent="given", evidence="signature", consented_on="2026-03-02")
    return walk.step("inform_rights", "mediator_a", way="oral")


@SQLITE
def test_from_registration_to_close_by_a_written_agreement(walk: Walk, photo: Path) -> None:
    in_mediation(walk)
    walk.step("record_session", "mediator_a", started_at="2026-03-02T09:01", place="社区调解室", attendees="双方到场",
              mode="joint", record="双方同意先做渗漏鉴定,费用各半。", photo=photo, outcome="agreed")  # fmt: skip
    walk.shot("in-mediation", "mediator_a")
    walk.shot("deadlines", "mediator_a", f"/cases/{walk.id}/deadlines")
    walk.shot("holders", "mediator_a", f"/cases/{walk.id}/holders")
    walk.step("agree_written", "mediator_a", issues="屋顶漏水", terms="物业修好屋顶并赔偿装修损失", perform_how="分两次在社区办公室付清",
              perform_on="2026-03-20", in_force_on="2026-03-02", signed=photo).state("mediator_a", "Agreed")  # fmt: skip
    walk.step("apply_confirmation", "mediator_a", applied_on="2026-03-02", both_jointly="yes", subject="duties", court="试验区人民法院")
    walk.step("court_accepts", "mediator_a", decided_on="2026-03-02")
    walk.step("court_confirms", "head_a", decided_on="2026-03-02", paper="试司确1号")
    walk.step("record_part_performance", "mediator_a", done_on="2026-03-02", what="屋顶已修")
    walk.step("record_performance", "worker_a1", done_on="2026-03-02").state("head_a", "Performed")
    walk.step("follow_up", "worker_a1", way="phone", found_performed="all", satisfaction="satisfied")
    walk.step("close", "head_a", summary="屋顶修好,赔款付清。").state("head_a", "Closed")
    walk.shot("closed", "head_a")


@LONG
@SQLITE
def test_refused_settled_at_once_and_taken_up_again_by_objection(walk: Walk) -> None:
    walk.register(text="邻居占用楼道堆放杂物。").step(
        "refuse", "head_a", ground="court", path="other", told="法院已经受理,请等待判决。", explanation="法院", may_flare_up="no"
    ).state("head_a", "Not accepted")
    walk.step("reopen_unaccepted", "head_a", objection="法院没有受理。", evidence="message").state("head_a", "To be accepted")
    walk.register(text="两家为停车位争吵。", result="settled", settlement="当场划分车位,双方握手。").state("worker_a1", "Closed")
    walk.step("revisit", "head_a", way="phone", found_performed="all", satisfaction="unrated")


@LONG
@SQLITE
def test_declined_once_then_settled_orally(walk: Walk) -> None:
    walk.register(text="楼上小孩跑跳噪声。", name="吴某").step("accept", "head_a", category="0203")
    walk.step("assign", "head_a", handler_id=walk.account("mediator_a"))
    walk.step("decline", "mediator_a", ground="load").state("head_a", "Accepted")
    walk.step("assign", "head_a", handler_id=walk.account("street_mediator_a")).step("take", "street_mediator_a")
    willing(walk, "street_mediator_a")
    walk.step("book_session", "street_mediator_a", starts_at="2026-03-04T10:00", lasts="60", place="调解室")
    walk.step("agree_oral", "street_mediator_a", issues="噪声", terms="晚九点后铺地垫", done_on_the_spot="yes", written_wanted="no")
    walk.state("head_a", "Performed").step("follow_up", "head_a", way="visit", found_performed="all", satisfaction="fairly")
    walk.step("close", "head_a").state("head_a", "Closed")
    walk.step("reopen", "head_a", objection="又开始吵了。", evidence="witness", handler_id=walk.account("mediator_a"))
    walk.state("mediator_a", "In mediation")


@SQLITE
def test_what_needs_an_approval(walk: Walk) -> None:
    in_mediation(walk)
    walk.ask("suspend", "mediator_a", ground="appraisal", until_on="2026-03-16", reason="等渗漏鉴定")
    walk.shot("asked", "mediator_a")
    walk.shot("request", "secretary_a", f"/cases/{walk.id + 1}")
    walk.shot("ask-form", "mediator_a", f"/cases/{walk.id}/requests/extend")
    walk.shot("session-form", "mediator_a", f"/cases/{walk.id}/steps/record_session")
    walk.decide("approve", "secretary_a").state("mediator_a", "Mediation suspended")
    walk.shot("suspended", "mediator_a")
    walk.step("resume", "mediator_a", note="鉴定完成").state("mediator_a", "In mediation")
    walk.ask("extend", "mediator_a", length="7天", reason="鉴定结果要补充").decide("refuse", "secretary_a", reason="一周内可以谈完")
    walk.ask("extend", "mediator_a", length="3天", reason="物业经理出差").decide("approve", "secretary_a")
    walk.ask("lower_tier", "mediator_a", tier="yellow", acknowledged=["people_involved"], reason="六户都已安抚")
    walk.decide("approve", "secretary_a", note="同意")
    expect(walk.visit("mediator_a", f"/cases/{walk.id}").locator(".page-head .tier-yellow")).to_be_visible()
    walk.ask("move_up", "mediator_a", reason="物业在街道一级").decide("approve", "street_secretary_a").state("street_head_a", "Accepted")
    walk.ask("hand_over", "street_head_a", area_id=walk.world.areas["grid_b1"].id, reason="纠纷地在梧桐社区")
    walk.decide("approve", "grid_secretary_b1").state("head_b", "Accepted")
    walk.shot("handed-over", "head_b")


@SQLITE
def test_facts_colour_and_slips(walk: Walk) -> None:
    walk.register().step("accept", "head_a", category="0402").step("assign", "head_a", handler_id=walk.account("mediator_a"))
    walk.step("take", "mediator_a").step("record_fact", "mediator_a", people=60)
    expect(walk.visit("mediator_a", f"/cases/{walk.id}").locator(".page-head .tier-red")).to_be_visible()
    walk.step("correct", "mediator_a", people=6, reason="多打了一个零")
    expect(walk.visit("mediator_a", f"/cases/{walk.id}").locator(".page-head .tier-orange")).to_be_visible()
    walk.ask("correct_late", "worker_a1", title="三栋漏水", reason="题目写错").decide("approve", "head_a")
    expect(walk.visit("mediator_a", f"/cases/{walk.id}").locator("h1")).to_have_text("三栋漏水")
    walk.step("raise_tier", "secretary_a", tier="red", reason="业主要集体上访")
    walk.step("name_patron", "street_secretary_a", patron_id=walk.account("street_secretary_a"), plan="三天内见面")
    walk.step("instruct", "street_secretary_a", instruction="先安抚,后修缮。")
    walk.step("report_to_police", "mediator_a", body="police", what="有人扬言堵门")
    walk.shot("red", "street_secretary_a")


@LONG
@SQLITE
def test_no_agreement_and_the_ways_out(walk: Walk) -> None:
    in_mediation(walk)
    walk.step("fail", "mediator_a", why="双方差距太大", routes=["court"]).state("mediator_a", "No agreement")
    walk.step("try_again", "mediator_a", reason="物业提出新方案").state("mediator_a", "In mediation")
    walk.step("fail", "mediator_a", why="仍谈不拢", routes=["court", "arbitration"])
    walk.step("refer_and_close", "mediator_a", path="court", receipt_number="立案通知12号").state("mediator_a", "Closed")
    walk.register(text="装修工钱纠纷。", name="郑某").step("accept", "head_a", category="0703")
    walk.step("terminate", "head_a", ground="elsewhere").state("head_a", "Terminated")
    walk.step("notify_and_close", "head_a", notified_on="2026-03-02", way="phone").state("head_a", "Closed")
    walk.register(text="楼道灯不亮引起争吵。", name="冯某").step("accept", "head_a", category="0402")
    walk.step("withdraw", "head_a", party=first_party(walk, "head_a", "withdraw"), statement="自己解决了", evidence="message")
    walk.state("head_a", "Withdrawn")


@LONG
@SQLITE
def test_a_broken_agreement(walk: Walk, photo: Path) -> None:
    in_mediation(walk)
    terms = {"issues": "屋顶漏水", "terms": "物业修好屋顶", "perform_how": "上门维修", "in_force_on": "2026-03-02", "signed": photo}
    walk.step("agree_partial", "mediator_a", terms="先修屋顶", open_points="赔偿数额", in_force_on="2026-03-02", signed=photo)
    walk.step("agree_written", "mediator_a", perform_on="2026-03-05", **terms)
    walk.step("record_breach", "mediator_a", party=first_party(walk, "mediator_a", "record_breach"), what="没有来修")
    walk.state("mediator_a", "Breached").step("mediate_anew", "mediator_a", reason="换维修队").state("mediator_a", "In mediation")
    walk.step("agree_written", "mediator_a", perform_on="2026-03-09", **terms).step("record_performance", "head_a", done_on="2026-03-02")
    walk.state("head_a", "Performed")


def willing(walk: Walk, mediator: str) -> None:
    """A respondent, both sides' consent, their rights told."""
    walk.step("add_party", mediator, side="respondent", name="楼上住户").step("record_contact", mediator, way="visit", said="愿意谈")
    for number in (0, 1):
        chosen = party_values(walk, mediator, "record_consent")[number]
        walk.step("record_consent", mediator, party=chosen, consent="given", evidence="witness", consented_on="2026-03-02")
    walk.step("inform_rights", mediator, way="oral")


def party_values(walk: Walk, who: str, step: str) -> list[str]:
    """What the picker of parties offers on the page of a step."""
    page = walk.visit(who, f"/cases/{walk.id}/steps/{step}")
    return [str(o.get_attribute("value")) for o in page.locator("[name=party] option:not([value=''])").all()]


def first_party(walk: Walk, who: str, step: str) -> str:
    """The first party offered."""
    return party_values(walk, who, step)[0]



@SQLITE
def test_pages_are_accessible_and_fit_the_phone(walk: Walk, axe) -> None:
    walk.register(name="周某", phone="13800005678").step("accept", "head_a", category="0402", people=6)
    walk.step("add_party", "head_a", side="respondent", name="佳和物业")
    paths = ["", "/deadlines", "/holders", "/steps/record_fact", "/steps/assign", "/requests/hand_over"]
    for path in ["/cases/new", *(f"/cases/{walk.id}{path}" for path in paths)]:
        page = walk.visit("head_a", path)
        page.set_viewport_size({"width": 390, "height": 844})
        unfold(page)
        assert axe(page) == [], path
        wide, screen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= screen, path
