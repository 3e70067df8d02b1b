"""A person walks a matter through a process in a real browser: each step by its own page, as those whose duty it is."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.world import PASSWORD, World

PAUSE = timedelta(minutes=2)  # between two acts: nobody is logged out for being idle
SHOTS = os.environ.get("CASEMGR_TEST_SHOTS", "")  # a folder to leave screenshots in, for whoever wants to look

LONG = pytest.mark.long  # the lesser branches of a process: `tools/test --long tests/browser`
SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)  # one database is enough for the lesser walks


class Walk:
    """One dispute and the people who work on it, each with a browser of their own."""

    def __init__(self, open_page: Callable[[str], Page], world: World, clock, shots: Path | None) -> None:
        self.open_page, self.world, self.clock, self.shots = open_page, world, clock, shots
        self.pages: dict[str, Page] = {}
        self.id = 0

    def visit(self, who: str, path: str) -> Page:
        """That page in the browser of that person, who logs in when asked to."""
        page = self.pages.get(who) or self.pages.setdefault(who, self.open_page(who))
        page.goto(path)
        if "/login" in page.url:
            page.fill("[name=login]", who)
            page.fill("[name=secret]", PASSWORD)
            with page.expect_navigation():
                page.click("main form button[type=submit]")
            page.goto(path)
        return page

    def follow(self, who: str, link: str) -> Page:
        """The page behind a link of the case page, whether or not it is folded away."""
        page = self.visit(who, f"/cases/{self.id}")
        return self.visit(who, str(page.locator(f"a[href$='{link}']").first.get_attribute("href")))

    def register(self, who: str = "worker_a1", text: str = "三楼漏水到二楼,物业说过了保修期。", **answers: str) -> "Walk":
        """Register a dispute on the page for it; afterwards the walk is about that one."""
        page = self.visit(who, "/cases/new")
        fill(page, {"text": text, "result": "help", **answers})
        self.send(page)
        self.id = int(page.url.split("/cases/")[1].split("?")[0])
        return self

    def step(self, step: str, who: str, /, **answers: object) -> "Walk":
        """Take a step from the case page: its link, its form, back on the case."""
        self.clock.advance(PAUSE)
        page = self.follow(who, f"/cases/{self.id}/steps/{step}")
        fill(page, answers)
        self.send(page)
        expect(page).to_have_url(self.case_url(page))
        return self

    def ask(self, step: str, who: str, /, **answers: object) -> "Walk":
        """Ask for a step that needs an approval."""
        self.clock.advance(PAUSE)
        page = self.follow(who, f"/cases/{self.id}/requests/{step}")
        fill(page, answers)
        self.send(page)
        expect(page).to_have_url(self.case_url(page))
        return self

    def decide(self, verdict: str, who: str, **answers: object) -> "Walk":
        """Decide the one open request, from the case page."""
        self.clock.advance(PAUSE)
        page = self.visit(who, f"/cases/{self.id}")
        page.click("[data-request]")
        self.visit(who, str(page.locator(f"a[href$='/steps/{verdict}']").first.get_attribute("href")))
        fill(page, answers)
        self.send(page)
        expect(page).to_have_url(self.case_url(page))
        return self

    def account(self, login: str) -> str:
        """The value of a person in a picker."""
        return str(self.world.accounts[login].id)

    def send(self, page: Page) -> None:
        """Press the one strong button and wait for the next page."""
        with page.expect_navigation():
            page.click(".form-actions .btn-primary")

    def case_url(self, page: Page) -> str:
        """The address of the case."""
        return page.url.split("/cases/")[0] + f"/cases/{self.id}"

    def state(self, who: str, label: str) -> "Walk":
        """The rail of the case page stands at that state."""
        page = self.visit(who, f"/cases/{self.id}?lang=en")
        expect(page.locator(".rail [aria-current=step]")).to_contain_text(label)
        return self

    def shot(self, name: str, who: str, path: str = "") -> None:
        """Pictures of a page for a person to look at: wide and on a phone, in both languages."""
        if self.shots is None:
            return
        for lang in ("zh_Hans", "en"):
            page = self.visit(who, f"{path or f'/cases/{self.id}'}?lang={lang}")
            for width in (1440, 390):
                page.set_viewport_size({"width": width, "height": 900})
                page.screenshot(path=self.shots / f"{name}-{width}-{lang[:2]}.png", full_page=True)
            page.set_viewport_size({"width": 1440, "height": 900})


def unfold(page: Page) -> None:
    """Open whatever is folded away on the page."""
    page.evaluate("document.querySelectorAll('main details').forEach(fold => fold.open = true)")


def fill(page: Page, answers: dict[str, object]) -> None:
    """Answer the questions of a form by their names, whatever kind of control they are."""
    unfold(page)
    for name, value in answers.items():
        controls = page.locator(f"main form [name='{name}']")
        control = controls.first
        kind = str(control.get_attribute("type"))
        if kind in ("radio", "checkbox"):
            for one in value if isinstance(value, list) else [value]:
                page.locator(f"main form label:has([name='{name}'][value='{one}'])").click()
        elif kind == "file":
            control.set_input_files(str(value))
        elif control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(str(value))
        else:
            control.fill(str(value))
