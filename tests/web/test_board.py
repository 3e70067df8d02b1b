"""The board as a page: who sees whose, every number opens a list of exactly as many, nobody is named, few queries."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from casemgr.clock import FixedClock
from casemgr.models import Account, Case
from casemgr.web.overview.parts import ROWS, kept
from tests.boards import PARTY, PHONE, accepted, fill
from tests.world import World, token_of

NUMBER = re.compile(r'<a class="(?:num-link|shape-count)" href="([^"]+)">(?:<svg.*?</svg>)?(?:<span.*?</span>)?(\d+)</a>')
TILE = re.compile(r'<a class="tile" href="([^"]+)">.*?<span class="tile-number[^"]*">(\d+)</span>')
ROW = 'scope="row"'


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.extensions["sessions"]() as session:
        yield session


@pytest.fixture
def busy(world: World, session: Session, clock: FixedClock) -> World:
    """The street with something of everything on its boards."""
    fill(world, session, clock)
    return world


def numbers_on(page: str) -> list[tuple[str, int]]:
    """Every number of a board that opens a list: its address, and what it says."""
    found = NUMBER.findall(page) + TILE.findall(page.replace("\n", " "))
    return [(unescape(address), int(number)) for address, number in found]


@pytest.mark.parametrize(
    ("who", "least"),
    [("street_secretary_a", 22), ("secretary_a", 16), ("grid_secretary_a1", 10), ("supervisor", 20), ("street_operator_a", 22)],
)
def test_every_number_opens_a_list_of_as_many(app: Flask, busy: World, who: str, least: int) -> None:
    client = busy.client(app, who)
    page = client.get("/board")
    assert page.status_code == 200
    found = numbers_on(page.text)
    assert len(found) >= least
    for address, number in found:
        listed = client.get(address)
        assert listed.status_code == 200, address
        assert listed.text.count(ROW) == number, address


def test_boards_below_open_from_the_names_of_places(app: Flask, busy: World) -> None:
    client = busy.client(app, "street_secretary_a")
    community = busy.areas["community_a"]
    assert f'href="/board?area={community.id}"' in client.get("/board").text
    below = client.get(f"/board?area={community.id}").text
    assert busy.areas["grid_a1"].name in below
    assert f"/board?area={busy.areas['grid_a1'].id}" in below


def test_nobody_sees_a_board_beyond_their_area(app: Flask, world: World) -> None:
    for who, area, status in (
        ("mediator_a", "community_a", 403), ("worker_a1", "grid_a1", 403), ("system_admin", "street_a", 403),
        ("secretary_a", "street_a", 404), ("secretary_a", "community_b", 404), ("street_secretary_a", "street_b", 404),
        ("street_secretary_a", "grid_b2", 200), ("secretary_a", "grid_a1", 200), ("supervisor", "street_b", 200),
    ):  # fmt: skip
        answer = world.client(app, who).get(f"/board?area={world.areas[area].id}")
        assert answer.status_code == status, (who, area)


def test_nobody_is_named(app: Flask, busy: World) -> None:
    page = busy.client(app, "street_secretary_a").get("/board").text
    others = {a.name for login, a in busy.accounts.items() if login != "street_secretary_a"}
    assert not [name for name in (PARTY, PHONE, *others) if re.search(rf"{name}(?!\d)", page)]


def test_what_waits_for_a_decision_is_offered(app: Flask, busy: World) -> None:
    page = busy.client(app, "street_secretary_a").get("/board").text
    decisions = page.split('id="decisions"')[1].split("</section>")[0]
    assert len(re.findall('value="approve"', decisions)) == len(re.findall('value="refuse"', decisions)) == 1
    assert len(re.findall('value="patron"', decisions)) == len(re.findall(r"/steps/name_patron", decisions)) == 3
    assert decisions.count("btn-primary") == 1
    assert "已签协议" in decisions  # why it is asked
    other = busy.client(app, "street_secretary_b").get("/board").text
    assert "/steps/" not in other
    assert "/board/decide" not in other


def lines_of(page: str, verdict: str) -> list[dict[str, str]]:
    """The hidden fields of every form that offers a verdict."""
    forms = [form for form in re.findall(r'action="/board/decide".*?</form>', page, re.S) if f'value="{verdict}"' in form]
    return [dict(re.findall(r'name="(csrf_token|case|version|area)" value="([^"]*)"', form)) for form in forms]


def test_a_request_is_decided_on_the_board(app: Flask, busy: World, session: Session) -> None:
    client = busy.client(app, "street_secretary_a")
    line = lines_of(client.get("/board").text, "approve")[0]
    refused = client.post("/board/decide", data={**line, "verdict": "refuse", "words": " "})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert session.get(Case, int(line["case"])).state == "asked"
    session.rollback()
    stale = client.post("/board/decide", data={**line, "verdict": "refuse", "words": "还不到时候", "version": "99"})
    assert stale.status_code == 409
    assert "还不到时候" in stale.text
    for other, status in (("street_secretary_b", 404), ("mediator_a", 403), ("secretary_a", 404)):
        stranger = busy.client(app, other)
        token = token_of(stranger.get("/account").text)
        sent = {**line, "verdict": "approve", "csrf_token": token}
        assert stranger.post("/board/decide", data=sent).status_code == status, other
    session.expire_all()
    assert session.get(Case, int(line["case"])).state == "asked"
    session.rollback()
    assert client.post("/board/decide", data={**line, "verdict": "approve"}).location.startswith("/board")
    session.expire_all()
    request = session.get(Case, int(line["case"]))
    assert (request.state, session.get(Case, request.parent_id).tier) == ("approved", "orange")


def test_words_that_came_back_are_not_kept(app: Flask, busy: World) -> None:
    client = busy.client(app, "street_secretary_a")
    line = lines_of(client.get("/board").text, "approve")[0]
    for number in range(3):
        typed = f"还不到时候{number}" * 1000
        assert typed in client.post("/board/decide", data={**line, "verdict": "refuse", "words": typed, "version": "99"}).text
    with app.app_context():
        assert not any("还不到时候" in f"{key}{drawn}" for key, drawn in kept(ROWS).kept.items())
    assert "还不到时候" not in client.get("/board").text


def test_the_lead_becomes_patron_with_one_touch(app: Flask, busy: World, session: Session) -> None:
    client = busy.client(app, "street_secretary_a")
    line = lines_of(client.get("/board").text, "patron")[0]
    assert client.post("/board/decide", data={**line, "verdict": "patron"}).status_code == 302
    assert session.get(Case, int(line["case"])).patron_id == busy.accounts["street_secretary_a"].id
    session.rollback()
    assert len(lines_of(client.get("/board").text, "patron")) == 2
    assert client.post("/board/decide", data={**line, "verdict": "burn"}).status_code == 422


def test_charts_say_what_the_tables_say_and_open_the_same_lists(app: Flask, busy: World) -> None:
    client = busy.client(app, "street_secretary_a")
    page = client.get("/board").text
    charts = json.loads(re.search(r'id="chart-data">(.*?)</script>', page, re.S)[1])
    pieces = [p for chart in charts.values() for one in chart["series"] for p in one["data"] if p.get("url") and p["value"]]
    assert len(pieces) >= 4
    shown = set(numbers_on(page))
    assert {(p["url"], p["value"]) for p in pieces} <= shown
    assert not re.search(r"<script(?![^>]*(?:src=|application/json))|style=|onclick=", page)


def test_newly_red_until_it_was_seen(app: Flask, busy: World, session: Session, clock: FixedClock) -> None:
    client = busy.client(app, "street_secretary_a")
    mine = busy.accounts["street_secretary_a"].id

    def newly_red() -> dict[str, int]:
        return {a: n for a, n in numbers_on(client.get("/board").text) if "red_since" in a}

    assert list(newly_red().values()) == [2]  # the third became red more than a week ago
    page = client.get("/board").text
    seen_at = re.search(r'name="seen_at" value="([^"]+)"', page)
    assert seen_at
    sent = {"csrf_token": token_of(page), "seen_at": seen_at[1]}
    assert client.post("/board/seen", data=sent | {"csrf_token": ""}).status_code == 400
    assert session.get(Account, mine).board_seen_at is None
    clock.advance(timedelta(minutes=5))
    accepted(busy, session, clock, "b2", people=90)
    assert client.post("/board/seen", data=sent).status_code == 302
    assert list(newly_red().values()) == [1]  # what came after the page was made is still new
    for odd in ("2999-01-01T00:00:00+08:00", "soon"):
        client.post("/board/seen", data=sent | {"seen_at": odd})
    session.expire_all()
    assert session.get(Account, mine).board_seen_at == clock.now()
    assert newly_red() == {}


def test_as_many_queries_however_many_matters(app: Flask, busy: World, session: Session, clock: FixedClock) -> None:
    client = busy.client(app, "street_secretary_a")
    counted: list[str] = []
    event.listen(app.extensions["engine"], "before_cursor_execute", lambda *args: counted.append(args[2]))

    def look() -> int:
        counted.clear()
        assert client.get("/board").status_code == 200
        return len(counted)

    look()
    before, drawn = look(), []
    for _ in range(2):
        for _ in range(3):
            accepted(busy, session, clock, "b1", people=50)
        drawn.append(look())
    assert drawn[0] == drawn[1] <= 16, "numbers that changed are drawn anew"
    assert look() == before <= 12, "the same numbers are not"


def test_it_speaks_both_languages_and_an_empty_street_has_a_board(app: Flask, world: World) -> None:
    client = world.client(app, "street_secretary_b")
    english = client.get("/board?lang=en")
    assert "Nothing waits for your decision" in english.text
    assert "Escalation check: none yet" in english.text
    assert client.get("/board?lang=zh_Hans").status_code == 200
