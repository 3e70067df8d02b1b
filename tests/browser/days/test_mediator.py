"""The mediator: a matter taken and prepared, a session in a room, its record, the agreement from blocks, the papers, leave."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect

from tests.browser.days.before import LEAK, given, own_name, registered, step
from tests.browser.days.conftest import Day
from workflows.guards import ZONE


def test_mediator(day: Callable[..., Day], tmp_path: Path) -> None:
    (leak,) = registered(day, LEAK)
    today = day("mediator")
    today.log_in("mediator")
    given(day, own_name(today), leak)
    page = today.go("/desk")
    expect(page.locator(f"main a[href*='/cases/{leak}/']")).to_have_count(1)
    today.picture("desk")
    prepare(today, leak)
    meet(today, leak)
    agree(today, leak, tmp_path)
    papers(today, leak)
    go_on_leave(today)
    today.log_out()


def prepare(today: Day, leak: int) -> None:
    """Take the matter, speak to both sides, tell them their rights."""
    today.follow(f"main a[href$='/cases/{leak}/steps/take']")
    today.send()
    today.picture("matter")
    step(today, leak, "record_contact", way="phone", said="双方愿意坐下来谈，申请方想先修好水管。")
    step(today, leak, "add_party", side="respondent", name="钱某某", phone="13900001234")
    for number in (1, 2):
        page = today.go(f"/cases/{leak}/steps/record_consent")
        party = page.locator("[name=party] option").nth(number).get_attribute("value")
        today.send(party=party, consent="given", evidence="signature")
    step(today, leak, "inform_rights", way="oral")


def meet(today: Day, leak: int) -> None:
    """Plan a session in a free room; both sides come at once, so it is recorded today."""
    page = today.go(f"/cases/{leak}/steps/book_session")
    with page.expect_navigation():
        page.locator("#rooms .is-free a").first.click()
    today.picture("room")
    today.send()
    expect(page.locator("#session")).to_be_visible()
    page = today.go(f"/cases/{leak}/steps/record_session")
    begun = (datetime.now(ZONE) - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    with page.expect_response(lambda answer: answer.url.endswith("/kept") and answer.ok):
        page.fill("[name=record]", "申请方要求修好水管、赔吊顶。被申请方愿意修，请物业查明漏点。双方同意费用由被申请方承担。")
    page.fill("[name=started_at]", begun)
    page.evaluate("scrollTo(0, 0)")
    today.picture("record")
    today.send(started_at=begun, place="社区调解室", mode="joint", outcome="agreed")


def agree(today: Day, leak: int, folder: Path) -> None:
    """The agreement from building blocks, then signed."""
    page = today.go(f"/cases/{leak}/agreement")
    page.fill("[name=issues]", "502室水管老化漏水，402室客厅吊顶受损，双方对修理费没有谈拢。")
    with page.expect_navigation():
        page.click("[name=add][value=pay_at_once]")
    due = (datetime.now(ZONE) + timedelta(days=10)).date().isoformat()
    for name, value in {"c0-purpose": "吊顶修理费", "c0-amount": "1800", "c0-date": due, "perform_how": "转账到申请人账户"}.items():
        page.fill(f"[name={name}]", value)
    with page.expect_navigation():
        page.click(".form-actions .btn-primary")
    expect(page.locator("#text")).to_contain_text("壹仟捌佰元整")
    today.picture("agreement")
    with page.expect_navigation():
        page.click("[name=sign]")
    signed = folder / "协议.png"
    Image.new("RGB", (1240, 1754), "white").save(signed)
    today.send(in_force_on=datetime.now(ZONE).date().isoformat(), signed=signed)


def papers(today: Day, leak: int) -> None:
    """The agreement as Word and as PDF."""
    page = today.go(f"/cases/{leak}/papers")
    today.picture("papers")
    for medium in ("word", "pdf"):
        with page.expect_download() as got:
            page.locator(f"form:has([name=paper][value^=agreement]):has([name=medium][value={medium}]) button").first.click()
        assert got.value.path().stat().st_size > 5_000


def go_on_leave(today: Day) -> None:
    """Away for two days, somebody stands in; back again at once."""
    page = today.go("/desk/absences")
    first = datetime.now(ZONE).date() + timedelta(days=3)
    deputy = page.locator("[name=deputy_id] option:not([value=''])").first.get_attribute("value")
    page.fill("[name=from_on]", first.isoformat())
    today.send(from_on=first.isoformat(), to_on=(first + timedelta(days=1)).isoformat(), deputy_id=deputy)
    expect(page.locator("#now tbody tr")).to_have_count(1)
    today.picture("leave")
    today.follow("#now form button")
    expect(page.locator("#now")).to_have_count(0)
