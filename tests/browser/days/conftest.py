"""A day of each role on the demo street, from log-in to log-out, in a real browser and in both languages.

`tools/test --long tests/browser/days --pictures docs/guide/pictures` plays them and takes the pictures of the guides.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.walks import fill

ROOT = Path(__file__).parents[3]
PASSWORD = "Sunny-Street-9"  # of every login the demo prints
SCALE = "0.1"
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
COLOURS = 96
PATIENCE = 300  # seconds for the street to be built, to answer, and to come to its end, on a busy machine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/days/" in item.path.as_posix():
            item.add_marker(pytest.mark.long)
            item.add_marker(pytest.mark.timeout(900))


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def demo_command(*options: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", "demo", "--scale", SCALE, *options]


def demo_settings(folder: Path, port: int) -> dict[str, str]:
    ours = {"ENVIRONMENT": "demo", "DATA_DIR": folder, "PORT": port}
    return {**os.environ, **{f"CASEMGR_{name}": str(value) for name, value in ours.items()}}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo street of this morning, built once; its folder."""
    folder = tmp_path_factory.mktemp("built")
    subprocess.run(demo_command("--build-only"), cwd=ROOT, env=demo_settings(folder, free_port()), check=True)
    return folder


@pytest.fixture
def street(built: Path, tmp_path: Path) -> Iterator[str]:
    """A street of one's own as it was built, pages and scheduler running, as `make demo` starts it; its address."""
    folder, port = tmp_path / "street", free_port()
    shutil.copytree(built, folder)
    log = (tmp_path / "demo.log").open("w")
    demo = subprocess.Popen(demo_command(), cwd=ROOT, env=demo_settings(folder, port), stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, demo, tmp_path / "demo.log")
        yield address
    finally:
        demo.terminate()
        demo.wait(PATIENCE)
        log.close()


def wait_for(address: str, demo: subprocess.Popen[bytes], log: Path) -> None:
    """Until the pages answer."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and demo.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=5)
        except OSError:
            time.sleep(0.3)
        else:
            return
    pytest.fail(f"the demo did not start:\n{log.read_text()}")


class Day:
    """One person's day: pages by path, forms by the names of their fields, pictures for the guide."""

    def __init__(self, page: Page, role: str, language: str, pictures: Path | None) -> None:
        self.page, self.role, self.language, self.pictures, self.count = page, role, language, pictures, 0

    def log_in(self, login: str) -> None:
        """Log in on the page, and choose the language there as people do."""
        page = self.page
        page.goto(f"/login?lang={self.language}")
        page.fill("[name=login]", login)
        page.fill("[name=secret]", PASSWORD)
        with page.expect_navigation():
            page.press("[name=secret]", "Enter")
        expect(page.locator("nav").first).to_be_attached()
        if page.locator("html").get_attribute("lang") != self.language.replace("_", "-"):
            fold = page.locator("details.menu:has([name=language]):visible").last
            fold.locator("summary").click()
            with page.expect_navigation():
                fold.locator(f"button[name=language][value={self.language}]").click()
        expect(page.locator("html")).to_have_attribute("lang", self.language.replace("_", "-"))

    def go(self, path: str) -> Page:
        """A page by its path; it must be there."""
        answer = self.page.goto(path)
        assert answer is not None and answer.ok, f"{path}: {answer and answer.status}"
        return self.page

    def follow(self, link: str) -> Page:
        """Click the first visible link or button whose address fits a CSS selector; wait for the page behind."""
        with self.page.expect_navigation():
            self.page.locator(f"{link}:visible").first.click()
        return self.page

    def send(self, **answers: object) -> Page:
        """Fill the form of the page by the names of its fields, and press its one strong button."""
        fill(self.page, answers)
        with self.page.expect_navigation():
            self.page.locator("main .btn-primary:visible").first.click()
        expect(self.page.locator("[aria-invalid=true], .message-error")).to_have_count(0)
        return self.page

    def picture(self, name: str, whole: bool = False) -> None:
        """A picture of the page as it is, in few colours: docs/guide/pictures/<role>-<n>-<name>-<language>.png."""
        self.count += 1
        if self.pictures is None:
            return
        path = self.pictures / f"{self.role}-{self.count}-{name}-{self.language[:2]}.png"
        self.page.screenshot(path=path, full_page=whole, animations="disabled")
        with Image.open(path) as taken:
            taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)

    def log_out(self) -> None:
        """Log out by the button of the menu."""
        fold = self.page.locator("details.menu:has([data-forget-drafts]):visible").last
        fold.locator("summary").click()
        with self.page.expect_navigation():
            fold.locator("[data-forget-drafts] button").click()
        expect(self.page).to_have_url(re.compile("/login"))


@pytest.fixture(params=["zh_Hans", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def day(
    new_context: Callable[..., BrowserContext], street: str, language: str, pictures: Path | None, complaints: list[str]
) -> Iterator[Callable[..., Day]]:
    """Make a day: `day("secretary")`, `day("worker", phone=True)`. A page that complains on its console fails it."""

    def make(role: str, *, phone: bool = False) -> Day:
        context = new_context(base_url=street, viewport=PHONE if phone else WIDE, has_touch=phone)
        context.on("weberror", lambda fault: complaints.append(f"{role}: {fault.error}"))
        page = context.new_page()
        page.set_default_timeout(15_000)
        return Day(page, role, language, pictures)

    yield make
    assert not complaints, "\n".join(complaints)
