"""A resident with a telephone, 390 px: report with a photo, keep the receipt, follow, add, rate, say that it is not solved."""

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect

from casemgr import db
from casemgr.models import Attachment, Case
from casemgr.services.cases import take_step
from tests.world import World

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def look(phone: Page, axe: Callable[[Page], list[str]], no_sideways: Callable[[], None], pictures: Path | None) -> Callable[[str], None]:
    """Each page is looked at: nothing sticks out, nothing keeps a person with weak eyes or hands away."""

    def judge(name: str) -> None:
        no_sideways()
        assert axe(phone) == [], name
        low = phone.evaluate(
            "[...document.querySelectorAll('button, .btn, summary, select, input:not([type=hidden]):not([name=website])')]"
            ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80))"
        )
        assert low == [], name
        if pictures:
            phone.screenshot(path=pictures / f"{name}.png", full_page=True)

    return judge


def item(app: Flask) -> Case:
    with app.extensions["readings"]() as session:
        return session.scalars(sa.select(Case).where(Case.process == "incoming")).one()


def answer(app: Flask, world: World) -> None:
    """The command centre answers the report."""
    with app.extensions["sessions"]() as session, db.transaction(session):
        by = {"actor": world.actor(session, "street_operator_a"), "at": app.extensions["clock"].now()}
        take_step(session, item(app).id, "answer", data={"kind": "consultation", "answer": "物业明天上门查看。"}, **by)


def test_report_follow_add_rate_and_not_solved(phone: Page, look: Callable[[str], None], app: Flask, world: World, photo: Path) -> None:
    phone.goto("/door")
    look("door-1-front")
    phone.locator("a.btn-primary").click()
    phone.locator("[name=text]").fill("楼上夜里一直敲地板,去说过两次没人开门")
    phone.locator("[name=area_id]").select_option(str(world.areas["grid_a1"].id))
    phone.locator("#photo-choose").set_input_files(photo)
    expect(phone.locator(".photos li")).to_have_count(1)
    look("door-2-report")
    phone.wait_for_function("document.querySelector('[name=work]').value")
    phone.locator("form#report button[type=submit]").click()
    code = phone.locator(".code").inner_text()
    look("door-3-receipt")
    with app.extensions["readings"]() as session:
        assert session.scalar(sa.select(sa.func.count(Attachment.id))) == 1
    phone.goto(f"/door/follow#{''.join(code.split())}")  # what the square on the receipt holds
    expect(phone.locator("#code")).to_have_value(" ".join(code.split()))
    assert "#" not in phone.url
    look("door-4-code")
    phone.locator("form#follow button").click()
    expect(phone.locator("#own")).to_contain_text("楼上夜里一直敲地板")
    look("door-5-matter")
    phone.locator("#add-words").fill("昨晚又敲了")
    phone.locator("#add button").click()
    expect(phone.locator("#own")).to_contain_text("昨晚又敲了")
    answer(app, world)
    phone.reload()
    expect(phone.locator("main")).to_contain_text("物业明天上门查看。")
    look("door-6-answered")
    phone.locator("#rate label.chip").last.click()
    phone.locator("#rate button").click()
    phone.wait_for_url("**done=rates")
    phone.locator("#object-words").fill("没有人来")
    phone.locator("#object button").click()
    phone.wait_for_url("**done=reopens")
    look("door-7-opened-again")
    assert item(app).state == "registered"
    phone.locator("form.leave button").click()
    phone.goto("/door/matter")
    assert phone.url.endswith("/door/follow")
