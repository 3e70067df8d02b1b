"""Whistles walked through every branch: blown on a matter and by itself, approved, objected to, given away, late, verified."""

from playwright.sync_api import expect

from tests.browser.walks import LONG, SQLITE, Walk, fill

OBJECTION = {"basis": "list", "reason": "职责清单列在住建局"}
BLOWN = {
    "text": "楼道堆满杂物堵了消防通道,请到场认定并清理。", "title": "楼道堵了消防通道", "place": "一单元楼道", "ground": "enforcement", "subject": "fire",
    "answered_when": "all",
}  # fmt: skip


def blow(walk: Walk, who: str, *, on: int = 0, helper: bool = True, kind: str = "ordinary") -> int:
    """Blow a whistle on its page; its id. Afterwards the walk is about it."""
    page = walk.visit(who, f"/cases/new/whistle?on={on}" if on else "/cases/new/whistle")
    units = walk.world.departments
    answers = BLOWN | {"kind": kind, "lead_department_id": units["housing"].id}
    if not on:
        answers["area_id"] = walk.world.areas["grid_a1"].id
    fill(page, answers | ({"helpers": [units["works"].id]} if helper else {}))
    walk.send(page)
    walk.id = int(page.url.split("/cases/")[1].split("?")[0])
    return walk.id


def call(walk: Walk, whistle: int, unit: str, who: str = "street_operator_a") -> int:
    """Go on with the call on a department, found on the page of the whistle."""
    page = walk.visit(who, f"/cases/{whistle}")
    link = page.locator("#calls a", has_text=walk.world.departments[unit].name).first
    walk.id = int(str(link.get_attribute("href")).rsplit("/", 1)[1])
    return walk.id


def come(walk: Walk, who: str) -> None:
    """A department signs, contacts the street, reports in."""
    walk.step("sign", who, contact_person="值班员").step("contact", who, way="phone").step("report_in", who, note="已到现场。")


def done(walk: Walk, who: str) -> None:
    """It comes and is done."""
    come(walk, who)
    walk.step("finish", who, result="solved", note="通道已清空。")


@SQLITE
def test_from_a_matter_through_objection_and_arbitration_to_verification(walk: Walk) -> None:
    matter = int(walk.register().id)
    whistle = blow(walk, "secretary_a", on=matter)
    walk.shot("out", "secretary_a")
    walk.shot("blow-form", "secretary_a", f"/cases/new/whistle?on={matter}")
    helper = call(walk, whistle, "works")
    walk.step("object", "liaison_works", competent_id=walk.world.departments["bureau"].id, **OBJECTION)
    walk.shot("objected", "street_operator_a")
    walk.shot("ruling-form", "street_operator_a", f"/cases/{helper}/steps/keep")
    walk.step("drop_objection", "liaison_works").step("object", "liaison_works", competent_id=walk.world.departments["bureau"].id, **OBJECTION)
    walk.step("keep", "street_operator_a", reason="清理归你所")
    walk.step("object_again", "liaison_works", competent_id=walk.world.departments["bureau"].id, **OBJECTION)
    walk.step("arbitrate_give", "street_secretary_a", given_to_id=walk.world.departments["bureau"].id, reason="归住建局")
    walk.state("street_operator_a", "Returned by consent")
    call(walk, whistle, "housing")
    walk.shot("call", "liaison_a")
    done(walk, "liaison_a")
    walk.step("appraise_unit", "secretary_a", speed=5, outcome=4).step("appraise_whistle", "liaison_a", rightly="yes")
    walk.state("liaison_a", "Closed")
    call(walk, whistle, "bureau")
    come(walk, "liaison_bureau")
    walk.step("report_interim", "liaison_bureau", note="等两户搬家。").step("finish", "liaison_bureau", result="partly", note="清了一半。")
    walk.id = whistle
    walk.state("secretary_a", "to be verified").shot("answered", "secretary_a")
    walk.step("not_solved", "secretary_a", department_id=walk.world.departments["bureau"].id, reason="还剩一半")
    call(walk, whistle, "bureau")
    walk.step("finish", "liaison_bureau", result="solved", note="清完了。")
    walk.id = whistle
    walk.step("close", "secretary_a", verified="visit", note="现场看过,已清空。").state("secretary_a", "Closed")
    walk.shot("closed", "secretary_a")
    walk.shot("matter", "secretary_a", f"/cases/{matter}")
    expect(walk.visit("secretary_a", f"/cases/{matter}").locator("#belonging")).to_contain_text("哨")


@LONG
@SQLITE
def test_approved_upgraded_given_released_taken_back_and_void(walk: Walk) -> None:
    blow(walk, "grid_secretary_a1", helper=False)
    walk.state("street_secretary_a", "To be sent out").shot("to-approve", "street_secretary_a")
    walk.step("decline", "street_secretary_a", reason="社区可以自己清")
    blow(walk, "grid_secretary_a1")
    walk.step("approve", "street_secretary_a").step("upgrade", "street_operator_a", reason="无人到场")
    whistle = walk.id
    walk.step("add_unit", "street_operator_a", department_id=walk.world.departments["bureau"].id, reason="需区里支持")
    call(walk, whistle, "works")
    walk.step("object", "liaison_works", competent_id=walk.world.departments["bureau"].id, **OBJECTION).step("release", "street_operator_a", reason="不需要")
    call(walk, whistle, "housing")
    walk.step("object", "liaison_a", competent_id=walk.world.departments["bureau"].id, **OBJECTION)
    walk.step("give", "street_operator_a", given_to_id=walk.world.departments["works"].id, reason="归城管")
    walk.shot("board", "street_operator_a", "/whistles")
    walk.shot("own", "liaison_works", "/whistles")
    walk.shot("desk", "liaison_works", "/desk")
    walk.shot("fixed", "street_operator_a", "/whistles/fixed")
    walk.id = whistle
    walk.step("withdraw", "street_secretary_a", reason="已自行解决").state("street_secretary_a", "Taken back")
    blow(walk, "secretary_a", helper=False)
    walk.step("void", "street_operator_a", reason="社区自己能办").state("street_operator_a", "Void")
