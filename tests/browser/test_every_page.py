"""Every page there is, as one who may see it sees it: no fault of accessibility, nothing wider than the screen, one title,
at most one strong button. New routes join by themselves.

Each page is looked at in Chinese on a phone or in English on a desk, by turns; `--long` looks at every page in all four
of language and width. `--pictures FOLDER` keeps a picture of each.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from tests.browser.test_login import log_in
from tests.web.test_routes import NOBODY, Call, Things, calls, outcome, things  # noqa: F401  things is a fixture
from tests.world import PASSWORD, World

VIEWERS = (
    NOBODY, "street_operator_a", "head_a", "secretary_a", "worker_a1", "mediator_a", "supervisor",
    "street_petition_officer_a", "liaison_a", "system_admin", "security_admin", "audit_admin",
)  # fmt: skip
TURNS = (("zh_Hans", 390), ("en", 1440))
LOOKS = [
    pytest.param(TURNS, id="by turns"),
    *(pytest.param((look,), marks=pytest.mark.long) for look in (*TURNS, ("zh_Hans", 1440), ("en", 390))),
]


def pages_of(app: Flask, world: World, things: Things) -> Iterator[tuple[str, Call]]:  # noqa: F811
    """Every page with the first of VIEWERS that it is for; those alike but for the step once."""
    for call in calls(app, things, world):
        if call.method == "GET":
            who = next((who for who in VIEWERS if outcome(app, world, things, who, call) == "fine"), None)
            if who:
                yield who, call


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("looks", LOOKS)
@pytest.mark.timeout(900)
def test_every_page(
    page: Page, app: Flask, world: World, things: Things, axe: Callable[[Page], list[str]],  # noqa: F811
    looks: tuple[tuple[str, int], ...], pictures: Path | None,
) -> None:  # fmt: skip
    by_viewer = defaultdict(list)
    for who, call in pages_of(app, world, things):
        by_viewer[who].append(call)
    faults: list[str] = []
    turn = cycle(looks)
    for who, seen in by_viewer.items():
        page.context.clear_cookies()
        if who != NOBODY:
            page.goto("/login?lang=zh_Hans")
            log_in(page, who, PASSWORD)
            page.wait_for_url(lambda url: "/login" not in url)
        for call in seen:
            if is_page(page, call):
                language, width = next(turn)
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(f"{call.url}?lang={language}")
                faults += [f"{call.url} ({who}): {fault}" for fault in faults_of(page, axe)]
                if pictures:
                    name = "-".join((call.endpoint, *filter(None, [call.args.get("step")]), language, str(width)))
                    page.screenshot(path=pictures / f"{name}.png", full_page=True)
    assert not faults, "\n".join(faults)


def is_page(page: Page, call: Call) -> bool:
    """Whether the route gives a page now, not a file, another format or the way to another page."""
    answer = page.request.get(call.url, max_redirects=0)
    return answer.status == 200 and answer.headers.get("content-type", "").startswith("text/html")


def faults_of(page: Page, axe: Callable[[Page], list[str]]) -> list[str]:
    """What is wrong with how the page looks."""
    wide, screen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    titles, strong = page.locator("h1:visible").count(), page.locator(".btn-primary:visible").count()
    return [
        *axe(page),
        *([f"{wide} px wide on a screen of {screen} px"] if wide > screen else []),
        *([f"{titles} titles"] if titles != 1 else []),
        *([f"{strong} strong buttons"] if strong > 1 else []),
    ]
