"""How long a morning's 140 items take at the sorting desk, by keyboard, in a real browser.

    python bench/sorting_desk.py [--items 140] [--sheet FILE.xlsx] [--kinds FILE.csv]

Builds a small demo in a temporary folder, adds the items (invented ones, or the rows of a spreadsheet with 留言主题 and
留言详情), logs in as the operator and sorts all of them with keys. What a person needs is not slept but counted: see
Person. What the pages need is measured. FILE.csv (message_id, kind) says what the rows really are: where the suggestion
differs the scripted person corrects it; without it every tenth item is corrected.
"""

import argparse
import csv
import logging
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
from flask import Flask
from playwright.sync_api import ElementHandle, Page, sync_playwright
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from casemgr import create_app, db, schema  # noqa: E402
from casemgr.config import load_settings  # noqa: E402
from casemgr.demo import build, messages  # noqa: E402
from casemgr.demo.build import PASSWORD  # noqa: E402
from casemgr.demo.course import Course  # noqa: E402
from casemgr.policy import IMPORTER  # noqa: E402
from casemgr.services import incoming  # noqa: E402
from workflows.incoming import KINDS  # noqa: E402

MINUTES = 40
KINDS_BY_KEY = [choice.value for choice in KINDS]
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@dataclass
class Person:
    """What a person at the desk needs; stated, not tuned to the result.

    Reading: everything the page shows of an item, at SPEEDS characters a minute. Every third red one is opened and read
    whole. A decision: 1.35 s of thinking; a key: 0.28 s (keystroke-level model, Card, Moran and Newell 1980). One act in
    35 is undone and done again.
    """

    thinking: float = 1.35
    key: float = 0.28
    whole_every: int = 3
    slip_every: int = 35
    characters: int = 0
    decisions: int = 0
    red: int = 0
    keys: list[int] = field(default_factory=list)

    def read(self, words: str) -> None:
        """Read words, without counting what is between them."""
        self.characters += len("".join(words.split()))

    def seconds(self, per_minute: int) -> float:
        """How long all of it takes somebody who reads that fast."""
        return self.characters / per_minute * 60 + self.decisions * self.thinking + sum(self.keys) * self.key


SPEEDS = {
    500: "what the curriculum asks of the ninth year of school (compulsory-education Chinese, 2022)",
    390: "the average of silent reading (260 words a minute, M. Brysbaert 2019, at 1.5 characters a word)",
}


def main() -> None:
    """Build, sort, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=140)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--kinds", type=Path)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="sorting-desk-"))
    try:
        app = built(folder)
        kinds = fill(app, asked.items, asked.sheet, asked.kinds)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium(), args=ARGS)
            page = browser.new_page(locale="zh-CN", viewport={"width": 1440, "height": 900})
            log_in(page, f"http://127.0.0.1:{server.server_port}")
            tell(*sort_all(page, kinds))
            browser.close()
        server.shutdown()
    finally:
        shutil.rmtree(folder)


def built(folder: Path) -> Flask:
    """The application on a fresh small demo."""
    settings = load_settings(environment="demo", data_dir=folder, database_url=f"sqlite:///{folder / 'desk.sqlite3'}")
    app = create_app(settings)
    schema.upgrade(app.extensions["engine"])
    now = datetime.now(UTC)
    with app.extensions["sessions"]() as session, db.transaction(session):
        street = build.build(session, now=now, rules=app.extensions["passwords"], scale=0.01)
        app.config["COURSE"] = Course(session, street.street, street.people, now)
    return app


def fill(app: Flask, count: int, sheet: Path | None, kinds: Path | None) -> dict[str, str]:
    """Register the items; title -> its right kind, where it is known."""
    course: Course = app.config["COURSE"]
    post = messages.Post(course, random.Random(140), 5000)
    known: dict[str, str] = {}
    with app.extensions["sessions"]() as session, db.transaction(session):
        if sheet is None:
            found = [post.message(post.kind(), course.now) for _ in range(count)]
        else:
            right = {row["message_id"]: row["kind"] for row in csv.DictReader(kinds.open(encoding="utf-8-sig"))} if kinds else {}
            rows = sample(sheet, count, right)
            found = [post.addressed(title, text, course.street.streets[0].id, "", course.now) for _, title, text in rows]
            known = {title: right[number] for number, title, _ in rows if number in right}
        incoming.register(session, found, actor=IMPORTER, at=course.now)
    return known


def sample(sheet: Path, count: int, right: dict[str, str]) -> list[tuple[str, str, str]]:
    """(number, title, text) of rows of a spreadsheet: those whose kind is known first, then others, by fixed dice."""
    rows = openpyxl.load_workbook(sheet, read_only=True).worksheets[0].iter_rows(values_only=True)
    head = [str(cell or "").strip() for cell in next(rows)]
    number, title, text = (head.index(name) for name in ("留言编号", "留言主题", "留言详情"))
    found = [(str(row[number]), str(row[title] or "").strip()[:200], str(row[text] or "").strip()) for row in rows]
    random.Random(140).shuffle(found)
    return sorted(found, key=lambda row: row[0] not in right)[:count]


def chromium() -> str:
    """The browser of the system."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CASEMGR_CHROMIUM") or next(filter(None, map(shutil.which, names)))


def log_in(page: Page, address: str) -> None:
    """Through the page."""
    page.goto(f"{address}/login")
    page.fill("[name=login]", "operator")
    page.fill("[name=secret]", PASSWORD)
    page.press("[name=secret]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto(f"{address}/sorting")


def sort_all(page: Page, kinds: dict[str, str]) -> tuple[Person, int, float]:
    """Sort until nothing waits: the person, the items sorted, the seconds the pages took."""
    person, waited, total = Person(), 0.0, 0
    while current := page.query_selector("[data-item][aria-current]"):
        person.keys.append(0)
        title = current.query_selector(".sort-title").inner_text()
        person.read(title)
        look_at(page, person, current)
        others = current.query_selector_all(".sort-group label")
        for other in others:
            person.read(other.inner_text())
        key = "g" if others else right_key(current, kinds.get(title), len(person.keys), bool(kinds))
        total += 1 + len(others)
        waited += act(page, person, key)
        if len(person.keys) % person.slip_every == 0:
            waited += act(page, person, "u")
            waited += act(page, person, key)
    return person, total, waited


def look_at(page: Page, person: Person, current: ElementHandle) -> None:
    """Read what is shown of the text; every third red one whole."""
    person.red += (red := current.query_selector(".tier-red") is not None)
    if not red or person.red % person.whole_every:
        person.read(current.query_selector(".sort-text").inner_text())
        return
    person.keys[-1] += 1
    page.keyboard.press("w")
    person.read(current.query_selector(".sort-body .keep-lines").inner_text())


def right_key(current: ElementHandle, right: str | None, count: int, known: bool) -> str:
    """Enter where the suggestion is right, else the number of the right kind."""
    if right is None:
        return str(1 + count // 10 % len(KINDS_BY_KEY)) if not known and count % 10 == 0 else "Enter"
    suggested = current.query_selector(".tag").inner_text().strip()
    button = current.query_selector(f"button[value={right}]")
    return "Enter" if suggested in (button.text_content() or "") else str(KINDS_BY_KEY.index(right) + 1)


def act(page: Page, person: Person, key: str) -> float:
    """Decide, and press a key that sends something; the seconds until the desk is back."""
    person.decisions += 1
    person.keys[-1] += 1
    begun = time.perf_counter()
    with page.expect_navigation():
        page.keyboard.press(key)
    return time.perf_counter() - begun


def tell(person: Person, total: int, waited: float) -> None:
    """The numbers."""
    print(f"items {total}, of them {total - len(person.keys)} in a group with another; red {person.red}")
    print(f"keys: {sum(person.keys)}, {sum(person.keys) / total:.2f} an item, at most {max(person.keys)} for one")
    print(f"read: {person.characters} characters; pages: {waited:.0f} s, {waited / person.decisions:.2f} s an act")
    for per_minute, whence in SPEEDS.items():
        whole = person.seconds(per_minute) + waited
        print(f"at {per_minute} characters a minute, {whence}:")
        print(f"  {whole / total:.1f} s an item, {whole / 60:.1f} minutes in all; {'within' if whole <= MINUTES * 60 else 'OVER'} {MINUTES}")


if __name__ == "__main__":
    main()
