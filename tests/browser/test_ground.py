"""The browser fixtures themselves: pages open by path, and a page that breaks the content policy is noticed."""

from playwright.sync_api import Page


def test_pages_open_by_path(page: Page) -> None:
    answer = page.goto("/healthz")
    assert answer is not None
    assert answer.status == 200
    assert answer.json() == {"status": "ok"}


def test_a_broken_policy_is_noticed(page: Page, complaints: list[str]) -> None:
    page.goto("/healthz")
    page.evaluate("document.body.appendChild(Object.assign(document.createElement('script'), {textContent: '1'}))")
    page.wait_for_function("true")
    assert any("Content Security Policy" in complaint for complaint in complaints)
    complaints.clear()
