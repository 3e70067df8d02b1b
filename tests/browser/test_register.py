"""Registering on a phone: how many taps it takes, and what a dead network, a killed page and a lost answer leave behind.

`.venv/bin/python -m pytest tests/browser/test_register.py -k taps` says the count that stands in docs/register.md.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from casemgr import db
from casemgr.models import Area, Attachment, Case, SentOnce
from casemgr.web.work import register
from tests.browser.test_login import log_in
from tests.web.life import Life
from tests.world import PASSWORD, World

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
MOST_TAPS = 12
COUNT = """
    window.counted = {taps: 0, typed: new Set()};
    addEventListener('pointerdown', () => window.counted.taps++, true);
    addEventListener('input', (e) => { if (e.target.matches('textarea, [type=text]')) window.counted.typed.add(e.target.name); }, true);
"""


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext], live_server, world: World) -> Page:
    """A phone in the hand of the worker of grid a1, on the page for registering, its worker at work."""
    context = new_context(
        base_url=live_server.url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )  # fmt: skip
    page = context.new_page()
    enter(page, "worker_a1")
    page.evaluate("navigator.serviceWorker.ready")
    wait_for(page, lambda: kept_for(page))
    page.goto("/cases/new")
    return page


def enter(page: Page, who: str) -> None:
    page.goto("/login")
    log_in(page, who, PASSWORD)
    page.wait_for_url(lambda url: "/login" not in url)


def kept_for(page: Page) -> str | None:
    """Whose page for registering the device keeps."""
    return page.evaluate(  # type: ignore[no-any-return]
        "caches.open('kept-page').then(c => c.match('/cases/new', {ignoreVary: true})).then(a => a && a.headers.get('X-Account'))"
    )


def write(page: Page, name: str, words: str) -> None:
    """Tap into a field and type, as a thumb would."""
    page.locator(f"[name={name}]").tap()
    page.keyboard.insert_text(words)


def rows(app: Flask, query) -> list:
    with app.extensions["readings"]() as session:
        return session.execute(query).all()


@pytest.fixture
def photo(page: Page, tmp_path: Path) -> Path:
    """A photo larger than what is kept of it."""
    made = tmp_path / "现场.png"
    page.set_viewport_size({"width": 2400, "height": 1800})
    made.write_bytes(page.screenshot())
    return made


def test_a_plain_case_takes_few_taps(phone: Page, app: Flask, world: World, photo: Path, capsys) -> None:
    life = Life(app, world)
    life.pause = timedelta(minutes=1)  # nobody is logged out meanwhile
    life.step("add_party", "worker_a1", side="applicant", name="周某某", phone="13800005678")
    phone.goto("/cases/new?lang=en")
    phone.evaluate(COUNT)
    write(phone, "text", "三楼漏水到二楼,物业说过了保修期,不修。")
    expect(phone.locator("#similar a")).to_have_attribute("href", f"/cases/{life.id}")
    phone.locator("label[for=photo-camera]").dispatch_event("pointerdown")  # the camera itself is not ours to tap
    phone.set_input_files("#photo-camera", photo)
    expect(phone.locator(".photos img")).to_have_count(1)
    write(phone, "name", "周")
    phone.locator("[data-person]", has_text="138****5678").tap()
    phone.locator("label:has([value=help])").tap()
    taps, typed = send_counted(phone)
    assert taps <= MOST_TAPS
    assert typed == ["text", "name"]
    number = rows(app, sa.select(Case.number).order_by(Case.id.desc()).limit(1))[0][0]
    expect(phone.locator("#outgoing")).to_contain_text(number)
    phone.goto("/cases/new?lang=en")
    phone.evaluate(COUNT)
    write(phone, "text", "楼道灯不亮,两家争吵。")
    phone.locator("label:has([value=help])").tap()
    plain, typed = send_counted(phone)
    assert (plain, typed) == (3, ["text"])
    with capsys.disabled():
        print(f"\nplain case: {plain} taps; with a photo and a known person: {taps} taps")


def send_counted(phone: Page) -> tuple[int, list[str]]:
    """Register; the taps it took in all, and the fields typed into."""
    taps, typed = phone.evaluate("[counted.taps, [...counted.typed]]")
    phone.locator(".form-actions .btn-primary").tap()
    phone.wait_for_url(lambda url: "/cases/new" not in url)
    return taps + 1, typed


def test_a_dead_network_a_killed_page_and_a_lost_answer_leave_one_case(
    phone: Page, app: Flask, world: World, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.context.set_offline(True)
    phone.reload()  # the page comes from the phone itself
    write(phone, "text", "楼道堆放杂物,两家争吵。")
    phone.set_input_files("#photo-choose", photo)
    expect(phone.locator(".photos img")).to_have_count(1)
    expect(phone.locator("[data-draft-state]")).not_to_be_empty()
    phone.reload()  # killed while writing: text and photo are there again
    expect(phone.locator("[name=text]")).to_have_value("楼道堆放杂物,两家争吵。")
    expect(phone.locator(".photos img")).to_have_count(1)
    phone.locator("label:has([value=help])").tap()
    phone.locator(".form-actions .btn-primary").tap()
    expect(phone.locator("#outgoing [data-state=waiting]")).to_contain_text("楼道堆放杂物")
    assert rows(app, sa.select(Case.id)) == []
    phone.reload()
    expect(phone.locator("#outgoing [data-state=waiting]")).to_contain_text("楼道堆放杂物")
    lost = []
    answer = register.jsonify

    def lose_the_first(**words):
        if "number" in words and not lost:
            lost.append(words["number"])
            raise ConnectionResetError("the answer was lost on its way")
        return answer(**words)

    monkeypatch.setattr(register, "jsonify", lose_the_first)
    phone.context.set_offline(False)
    wait_for(phone, lambda: lost)
    phone.reload()
    expect(phone.locator("#outgoing [data-state=sent]")).to_contain_text(lost[0], timeout=20_000)
    assert rows(app, sa.select(Case.number)) == [(lost[0],)]
    assert rows(app, sa.select(sa.func.count()).select_from(SentOnce)) == [(1,)]
    (name, size), = rows(app, sa.select(Attachment.name, Attachment.size))
    assert name == "现场.jpg"
    assert size < photo.stat().st_size + 200_000


def write_offline(page: Page, **words: str) -> None:
    """Write a matter without a network; it waits."""
    page.context.set_offline(True)
    page.goto("/cases/new")
    for name, said in words.items():
        write(page, name, said)
    page.locator("label:has([value=help])").tap()
    page.locator(".form-actions .btn-primary").tap()
    expect(page.locator("#outgoing [data-state=waiting]")).to_have_count(1)


def test_what_waits_belongs_to_whoever_wrote_it(phone: Page, app: Flask, world: World) -> None:
    write_offline(phone, text="只有甲看得到的一件事。")
    phone.context.clear_cookies()  # the log-in ended meanwhile
    phone.context.set_offline(False)
    expect(phone.locator("#outgoing a[href^='/login']")).to_be_visible()
    enter(phone, "worker_a2")
    phone.goto("/cases/new")
    expect(phone.locator("[data-places] .chip")).to_have_text(world.areas["grid_a2"].name)
    assert "只有甲" not in phone.content()
    wait_for(phone, lambda: kept_for(phone) == str(world.accounts["worker_a2"].id))
    assert rows(app, sa.select(Case.id)) == []
    phone.context.clear_cookies()
    enter(phone, "worker_a1")
    expect(phone.locator("#outgoing [data-state=sent]")).to_contain_text("只有甲")
    assert rows(app, sa.select(Case.registered_by)) == [(world.accounts["worker_a1"].id,)]


def test_what_came_back_is_put_right_and_leaving_says_what_stays(phone: Page, app: Flask) -> None:
    write_offline(phone, text="车位之争。", phone="13800005678")  # whose number is it? the server will ask
    phone.context.set_offline(False)
    expect(phone.locator("#outgoing [data-state=refused]")).to_contain_text("车位之争")
    said: list[str] = []
    phone.once("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    phone.evaluate("document.querySelector('form[data-forget-drafts]').requestSubmit()")
    wait_for(phone, lambda: said)
    assert "1" in said[0]
    phone.locator("#outgoing [data-state=refused] a").tap()
    expect(phone.locator("[name=text]")).to_have_value("车位之争。")
    expect(phone.locator("[name=phone]")).to_have_value("13800005678")
    expect(phone.locator("#outgoing")).to_be_empty()
    expect(phone.locator(".field:has([name=name]) .field-error")).to_be_visible()
    assert rows(app, sa.select(Case.id)) == []
    write(phone, "name", "周某")
    phone.locator(".form-actions .btn-primary").tap()
    phone.wait_for_url(lambda url: "/cases/new" not in url)
    assert len(rows(app, sa.select(Case.id))) == 1
    phone.evaluate("document.querySelector('form[data-forget-drafts]').requestSubmit()")
    phone.wait_for_url("**/login")
    assert phone.evaluate("caches.has('kept-page')") is False


def test_the_place_follows_from_where_one_stands_or_from_what_is_written(phone: Page, app: Flask, world: World) -> None:
    with app.extensions["sessions"]() as session, db.transaction(session):
        for grid, latitude, longitude, places in (("grid_a1", 30.0, 100.0, "锦江苑"), ("grid_a2", 30.01, 100.0, "望江名邸")):
            row = session.get_one(Area, world.areas[grid].id)
            row.latitude, row.longitude, row.aliases = latitude, longitude, places
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"latitude": 30.0099, "longitude": 100.0})
    phone.context.clear_cookies()
    enter(phone, "head_a")
    phone.goto("/cases/new")
    chosen = phone.locator("[data-places] .chip:has(:checked)")
    expect(chosen).to_have_text(world.areas["grid_a2"].name)  # no tap at all
    write(phone, "text", "锦江苑3栋有人争吵")
    expect(chosen).to_have_text(world.areas["grid_a1"].name)  # what is written counts more
    assert phone.locator("[name=area_id]").input_value() == str(world.areas["grid_a1"].id)
    phone.locator("[data-places] .chip", has_text=world.areas["grid_a2"].name).tap()
    write(phone, "place", "锦江")
    expect(chosen).to_have_text(world.areas["grid_a2"].name)  # what a person chose stands
    phone.get_by_role("button", name="锦江苑").tap()
    expect(chosen).to_have_text(world.areas["grid_a1"].name)
    expect(phone.locator("[name=place]")).to_have_value("锦江苑")
    expect(phone.locator("[data-draft-state]")).not_to_be_empty()
    chosen_area = f'["area_id","{world.areas["grid_a1"].id}"]'
    wait_for(phone, lambda: chosen_area in phone.evaluate("Outgoing.of(Number(document.getElementById('register').dataset.account)).then(JSON.stringify)"))
    phone.goto("/cases/new")
    expect(phone.locator("[name=area_id]")).to_have_value(str(world.areas["grid_a1"].id))  # the draft is there again


def wait_for(page: Page, done: Callable[[], object]) -> None:
    for _ in range(200):
        if done():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not happen")
