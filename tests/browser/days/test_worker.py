"""The grid worker with the phone: register, settle on the spot, no network, a visit again, a screen a resident may see."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.days.before import LEAK, NOISE, PARKING, newest, step
from tests.browser.days.conftest import Day


def test_worker(day: Callable[..., Day]) -> None:
    today = day("worker", phone=True)
    today.log_in("worker")
    today.go("/desk")
    today.picture("desk")
    leak = register(today)
    on_the_spot(today)
    without_network(today)
    face_to_face(today, leak)
    today.log_out()


def register(today: Day) -> int:
    """Help is needed; a telephone without a name comes back, with all that was typed."""
    page = today.go("/cases/new")
    page.fill("[name=text]", LEAK)
    page.fill("[name=phone]", "13800005678")
    page.locator("label:has([value=help])").click()
    page.evaluate("scrollTo(0, 0)")
    today.picture("register")
    page.locator(".form-actions .btn-primary").click()
    expect(page.locator(".field:has([name=name]) .field-error")).to_be_visible()
    expect(page.locator("[name=text]")).to_have_value(LEAK)
    page.fill("[name=name]", "周某某")
    page.evaluate("scrollTo(0, 0)")
    today.picture("refused")
    page.locator(".form-actions .btn-primary").click()
    leak = newest(today)
    step(today, leak, "add_party", side="respondent", name="钱某某", phone="13900001234")
    step(today, leak, "record_note", note="上门看过，吊顶还在滴水，双方愿意调解。")
    today.picture("matter")
    return leak


def on_the_spot(today: Day) -> None:
    """Settled where it happened: closed at once, its one-page file ready; a week later one asks again."""
    page = today.go("/cases/new")
    today.send(text=PARKING, result="settled", settlement="当场划线，一家一天轮流停，双方握手。", name="吴某某")
    parking = newest(today)
    page = today.go(f"/cases/{parking}/papers")
    with page.expect_download() as got:
        page.locator("form:has([name=paper][value^=short]):has([name=medium][value=pdf]) button").click()
    assert got.value.path().stat().st_size > 5_000
    today.picture("short-file")
    step(today, parking, "revisit", way="phone", found_performed="all", satisfaction="satisfied")


def without_network(today: Day) -> None:
    """In the cellar: it waits on the phone and goes by itself, once."""
    page = today.go("/cases/new")
    page.evaluate("navigator.serviceWorker.ready")
    page.context.set_offline(True)
    page.fill("[name=text]", NOISE)
    page.locator("label:has([value=help])").click()
    page.locator(".form-actions .btn-primary").click()
    expect(page.locator("#outgoing [data-state=waiting]")).to_have_count(1)
    page.evaluate("scrollTo(0, 0)")
    today.picture("no-network")
    page.context.set_offline(False)
    expect(page.locator("#outgoing [data-state=sent]")).to_have_count(1, timeout=60_000)


def face_to_face(today: Day, leak: int) -> None:
    """Beside a resident: no colour on the screen."""
    page = today.go(f"/cases/{leak}")
    expect(page.locator(".page-head [class*=tier-]")).not_to_have_count(0)
    page.locator(".bar-bottom details.menu summary").click()
    today.follow(".bar-bottom form[action$='/modes/face_to_face'] button")
    expect(page.locator(".page-head [class*=tier-]")).to_have_count(0)
    today.picture("face-to-face")
    today.follow("main form[action$='/modes/face_to_face'] button")
    expect(page.locator(".page-head [class*=tier-]")).not_to_have_count(0)
