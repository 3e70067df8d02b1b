"""Real Chromium against the live application; a page that complains on its console fails its test."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page

from tests.browser.walks import SHOTS, Walk
from tests.world import World

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
# A page that is left before it was all there leaves a file of the server to the garbage collector.
LEFT_HALF_SENT = "ignore:Exception ignored in.*static:pytest.PytestUnraisableExceptionWarning"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.filterwarnings(LEFT_HALF_SENT))


@pytest.fixture(scope="session")
def base_url() -> None:
    """There is no one address: every test has its own server (see `context`)."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    found = os.environ.get("CASEMGR_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.fail("No Chromium found: run `make test`, or name one with CASEMGR_CHROMIUM.", pytrace=False)
    return {**browser_type_launch_args, "executable_path": found, "args": ARGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: script errors, console errors, refused styles and scripts, failed requests.
    A test that expects one takes it out of the list."""
    return []


@pytest.fixture
def context(
    new_context: Callable[..., BrowserContext], live_server: Any, complaints: list[str]
) -> Iterator[BrowserContext]:
    """Pages open with paths: page.goto("/login")."""
    context = new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
    context.on("console", lambda message: note(message, complaints))
    context.on("weberror", lambda fault: complaints.append(f"script: {fault.error}"))
    yield context
    assert not complaints, "the browser complained:\n" + "\n".join(complaints)


def note(message: ConsoleMessage, complaints: list[str]) -> None:
    """Keep what is an error. A refused form (422) and the like are answers, not faults."""
    if message.type == "error" and "status of 4" not in message.text:
        complaints.append(f"console: {message.text}")


@pytest.fixture
def phone(page: Page) -> Page:
    """The page as on a phone, 390 px wide."""
    page.set_viewport_size({"width": 390, "height": 844})
    return page


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """Run axe-core on a page: one line for every fault of accessibility, [] when it found none."""

    def faults(page: Page) -> list[str]:
        page.evaluate(AXE.read_text(encoding="utf-8"))
        result = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", AXE_RULES)
        return [
            f"{fault['impact']} {fault['id']}: {fault['help']} at {', '.join(str(n['target'][0]) for n in fault['nodes'][:5])}"
            for fault in result["violations"]
        ]

    return faults


@pytest.fixture
def no_sideways(page: Page) -> Callable[[], None]:
    """Assert that nothing sticks out of the screen's width."""

    def check() -> None:
        try:
            width, screen = page.evaluate(
                "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            )
        except Error as fault:  # a page that is just leaving has no width
            raise AssertionError("the page went away while it was measured") from fault
        assert width <= screen, f"{page.url} is {width} px wide on a screen of {screen} px"

    return check


@pytest.fixture
def walk(
    browser: Browser, new_context: Callable[..., BrowserContext], live_server, world: World, complaints: list[str]
) -> Iterator[Walk]:
    def open_page(who: str) -> Page:
        context = new_context(base_url=live_server.url, viewport={"width": 1440, "height": 900})
        context.on("weberror", lambda fault: complaints.append(f"{who}: {fault.error}"))
        page = context.new_page()
        page.set_default_timeout(10_000)
        return page

    shots = Path(SHOTS) if SHOTS else None
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
    yield Walk(open_page, world, live_server.app.extensions["clock"], shots)
    assert not complaints


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "记录.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 200)
    return path
