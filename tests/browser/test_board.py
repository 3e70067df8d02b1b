"""The board in Chromium: whole at both widths and in both languages, drilled from a number, seen, printed on one sheet."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from casemgr.clock import FixedClock
from tests.boards import fill
from tests.world import PASSWORD, World

LONGEST_BAR = """() => {
    const boxes = [...document.querySelectorAll("#chart-classes svg path[fill^='#']")].map((path) => path.getBoundingClientRect());
    const bar = boxes.filter((box) => box.height > 8 && box.height < 40).sort((a, b) => b.width - a.width)[0];
    return [bar.x + bar.width / 2, bar.y + bar.height / 2];
}"""


@pytest.fixture
def board(page: Page, app: Flask, world: World, clock: FixedClock) -> Page:
    """The street secretary in front of a full board."""
    with app.extensions["sessions"]() as session:
        fill(world, session, clock)
    page.goto("/login")
    page.fill("[name=login]", "street_secretary_a")
    page.fill("[name=secret]", PASSWORD)
    page.click("main button[type=submit]")
    page.goto("/board")
    return page


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_it_is_whole_and_open_to_everybody(
    board: Page, axe: Callable[[Page], list[str]], no_sideways: Callable[[], None], width: int, language: str
) -> None:
    board.set_viewport_size({"width": width, "height": 900})
    board.goto(f"/board?lang={language}")
    expect(board.locator("html")).to_have_attribute("lang", language.replace("_", "-"))
    for part in ("#decisions", "#red", "#places", "#ages", "#stages", "#chart-weeks svg", "#chart-classes svg"):
        expect(board.locator(part)).to_be_visible()
    expect(board.locator(".btn-primary:visible")).to_have_count(1)
    for shown in board.locator(".tier:visible").all():  # colour, shape and word, always all three
        assert shown.locator("svg").count() == 1
        assert shown.inner_text().strip()
    no_sideways()
    assert axe(board) == []


def test_a_number_opens_its_list_and_a_name_the_board_below(board: Page, world: World) -> None:
    number = board.locator("#places .num-link").first
    many = int(number.inner_text())
    number.click()
    expect(board).to_have_url(re.compile(r"/matters\?"))
    expect(board.locator("tbody tr")).to_have_count(many)
    board.go_back()
    board.get_by_role("link", name=world.areas["community_a"].name, exact=True).click()
    expect(board.locator("main")).to_contain_text(world.areas["grid_a1"].name)
    board.locator(".crumbs a").click()
    expect(board).to_have_url(re.compile("/board$"))


def test_two_taps_on_a_phone_approve_a_request_and_a_bar_opens_its_list(board: Page, phone: Page) -> None:
    request = board.locator(".decisions > li").filter(has=board.locator("details"))
    request.locator("summary").click()
    expect(request.locator(".decision-open")).to_contain_text("已签协议")
    approve = request.locator("button[value=approve]")
    assert (approve.bounding_box() or {})["height"] >= 44
    approve.click()
    expect(board.locator(".flashes .message-done")).to_be_visible()
    expect(request).to_have_count(0)
    board.locator("#chart-classes svg").scroll_into_view_if_needed()
    at = board.evaluate(LONGEST_BAR)
    board.mouse.click(*at)
    expect(board).to_have_url(re.compile("/matters.*category=02.*"))
    expect(board.locator("tbody tr")).not_to_have_count(0)


def test_what_was_seen_is_no_longer_new(board: Page) -> None:
    board.locator("form[action='/board/seen'] button").click()
    expect(board.locator(".flashes .message-done")).to_be_visible()
    expect(board.locator("form[action='/board/seen']")).to_have_count(0)


def test_on_paper_it_is_one_sheet_without_buttons(board: Page) -> None:
    expect(board.locator("[data-print]")).to_be_visible()
    sheet = board.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", sheet)) == 1
    board.emulate_media(media="print")
    expect(board.locator("#decisions .btn").first).to_be_hidden()
    expect(board.locator("header")).to_be_hidden()
    expect(board.locator("#red")).to_be_visible()


def test_menus_close_by_themselves(board: Page) -> None:
    menu = board.locator(".bar-end details.menu")
    menu.locator("summary").click()
    expect(menu.locator("form")).not_to_have_count(0)
    board.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    menu.locator("summary").click()
    board.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")
