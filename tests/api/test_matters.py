"""Matters through the API: what was sent once is done once, versions, cursors, files, contacts, items, the board."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from flask import Flask
from sqlalchemy import func, select

from casemgr.models import Case, Event, Reading, SentOnce
from casemgr.queries import scope, standing
from tests.api.programs import program
from tests.web.life import Life
from tests.world import World

SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


def count(app: Flask, table: Any) -> int:
    with app.extensions["readings"]() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_what_was_sent_once_is_done_once(app: Flask, world: World) -> None:
    worker = program(app, world, "worker_a1")
    body = {"text": "楼上漏水到楼下", "area_id": world.areas["grid_a1"].id, "name": "周某", "phone": "13800005678"}
    first, again = (worker.post("/cases", body, Idempotency_Key="a-1") for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert (first.text, first.headers["ETag"]) == (again.text, again.headers["ETag"])
    assert again.headers["Idempotent-Replayed"] == "true"
    other = worker.post("/cases", {**body, "text": "别的事"}, Idempotency_Key="a-1")
    assert (other.status_code, other.json["code"]) == (409, "key_used")
    assert count(app, Case) == 1
    assert program(app, world, "worker_a1").post("/cases", body, Idempotency_Key="a-1").json["case_id"] != first.json["case_id"]
    assert count(app, SentOnce) == 2


def test_two_sendings_at_one_moment_make_one_matter(app: Flask, world: World) -> None:
    worker = program(app, world, "worker_a1")
    body = {"text": "楼上漏水到楼下", "area_id": world.areas["grid_a1"].id}
    start = Barrier(4)

    def send(_: int) -> str:
        start.wait()
        return worker.post("/cases", body, Idempotency_Key="same").text

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(4)))) == 1
    assert count(app, Case) == 1


def test_one_item_from_two_senders_at_one_moment_is_one(app: Flask, world: World) -> None:
    hotline = program(app, world, "street_operator_a")
    items = [{"external_number": f"RX-{n}", "channel": "hotline", "text": "路灯不亮"} for n in range(5)]
    start = Barrier(3)

    def send(_: int) -> list[bool]:
        start.wait()
        return [item["new"] for item in hotline.post("/incoming", {"items": items}).json["items"]]

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(send, range(3))) == [[False] * 5, [False] * 5, [True] * 5]
    assert count(app, Case) == 5


@SQLITE
def test_a_refused_sending_keeps_no_answer(app: Flask, world: World) -> None:
    worker, grid = program(app, world, "worker_a1"), world.areas["grid_c1"].id
    for _ in range(2):
        answer = worker.post("/cases", {"text": "噪声", "area_id": grid}, Idempotency_Key="b-1")
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/area_id")
    assert count(app, SentOnce) == count(app, Case) == 0


@SQLITE
def test_a_step_needs_the_version_it_was_decided_on(app: Flask, world: World) -> None:
    life, head = Life(app, world), program(app, world, "head_a")
    path, body = f"/cases/{life.id}/steps/accept", {"category": "0402"}
    tag = head.get(f"/cases/{life.id}").headers["ETag"]
    assert head.get(f"/cases/{life.id}", **{"If-None-Match": tag}).status_code == 304
    assert head.post(path, body).status_code == 428
    assert head.post(path, body, If_Match='"7.1"').json["code"] == "stale"
    before = count(app, Event)
    assert head.post(path, body, If_Match='"7.1"').status_code == 412
    assert count(app, Event) == before
    taken = head.post(path, body, If_Match=tag)
    assert (taken.status_code, taken.json["state"]) == (200, "accepted")
    assert head.get(f"/cases/{life.id}", **{"If-None-Match": tag}).status_code == 200
    assert head.get(f"/cases/{life.id}").headers["ETag"] == taken.headers["ETag"]
    again = head.post(path, body, If_Match="*")
    assert (again.status_code, again.json["reasons"][0]["code"]) == (409, "wrong_state")


@SQLITE
def test_the_steps_shown_are_those_that_can_be_taken(app: Flask, world: World) -> None:
    life, head = Life(app, world), program(app, world, "head_a")
    life.step("accept", "head_a", category="0402")
    steps = {step["name"]: step for step in head.get(f"/cases/{life.id}/steps").json["items"]}
    fields = {field["name"]: field for field in steps["assign"]["fields"]}
    offered = [choice["value"] for choice in fields["handler_id"]["choices"]]
    assert world.accounts["mediator_a"].id in offered and world.accounts["mediator_c"].id not in offered
    path, tag = steps["assign"]["take"].removeprefix("/api/v1"), head.get(f"/cases/{life.id}").headers["ETag"]
    wrong = head.post(path, {"handler_id": world.accounts["mediator_c"].id}, If_Match=tag)
    assert (wrong.status_code, wrong.json["errors"][0]["pointer"]) == (422, "/handler_id")
    assert head.post(path, {"handler_id": world.accounts["mediator_a"].id}, If_Match=tag).status_code == 200


@SQLITE
def test_a_request_is_asked_for_and_decided_with_what_it_asks(app: Flask, world: World) -> None:
    life = Life(app, world).in_mediation(people=8)
    head = program(app, world, "head_a")
    shown = {step["name"]: step for step in head.get(f"/cases/{life.id}/steps").json["items"]}
    assert shown["lower_tier"]["by_request"] and shown["lower_tier"]["take"].endswith("/requests/lower_tier")
    asked = head.post(f"/cases/{life.id}/requests/lower_tier", {"tier": "yellow", "acknowledged": ["people_involved"], "reason": "已散去"})
    assert asked.status_code == 201, asked.text
    request = asked.json["case_id"]
    lead = next(
        program(app, world, who) for who in ("secretary_a", "street_secretary_a")
        if program(app, world, who).get(f"/cases/{request}/steps").json.get("items")
    )  # fmt: skip
    assert head.post(f"/cases/{request}/steps/approve", {}, If_Match="*").status_code == 403
    assert lead.post(f"/cases/{request}/steps/approve", {}, If_Match="*").json["state"] == "approved"
    assert lead.get(f"/cases/{life.id}").json["tier"] == "yellow"


@SQLITE
def test_a_cursor_goes_through_the_list_and_fits_no_other(app: Flask, world: World) -> None:
    for _ in range(28):
        Life(app, world)
    asking = program(app, world, "head_a")
    first = asking.get("/cases?order=new").json
    second = asking.get(f"/cases?order=new&cursor={first['next']}").json
    ids = [line["id"] for page in (first, second) for line in page["items"]]
    assert ids == sorted(ids, reverse=True) and len(set(ids)) == 28
    assert second["next"] is None
    assert asking.get(f"/cases?order=new&cursor={second['previous']}").json["items"] == first["items"]
    for query in (f"order=old&cursor={first['next']}", "cursor=x", f"order=new&cursor={first['next'][:-2]}"):
        answer = asking.get(f"/cases?{query}")
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/cursor")


@SQLITE
def test_what_does_not_follow_the_document_is_told_place_by_place(app: Flask, world: World) -> None:
    asking = program(app, world, "worker_a1")
    answer = asking.post("/cases", {"text": 5, "surprise": True})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    told = {fault["pointer"]: (fault["code"], fault["detail"]) for fault in answer.json["errors"]}
    assert told["/surprise"] == ("extra_forbidden", "This field is not asked here.")
    assert told["/area_id"] == ("missing", "Please fill this in.")
    assert set(told) == {"/text", "/surprise", "/area_id"}
    for name in ("since", "red_since"):
        assert asking.get(f"/cases?{name}=86400").json["errors"][0]["code"] == "date_parsing"
    assert asking.get("/cases?tier=green").json["errors"][0]["pointer"] == "/query/tier"
    assert asking.get("/cases?tier=red&tier=red").json["errors"][0]["code"] == "twice"
    assert asking.app.test_client().post("/api/v1/cases", data="{", headers=asking.headers).status_code == 415


@SQLITE
def test_sentences_come_in_the_language_asked_for(app: Flask, world: World) -> None:
    asking = program(app, world, "head_a")
    for wanted, language, words in (
        ("zh-CN,zh;q=0.9", "zh-Hans", "没有"), ("en", "en", "There is nothing"), ("fr", "zh-Hans", "没有"), ("", "zh-Hans", "没有"),
    ):  # fmt: skip
        for path in ("/cases/999", "/nowhere"):
            answer = asking.get(path, **{"Accept-Language": wanted})
            assert (answer.headers["Content-Language"], answer.json["code"]) == (language, "not_found")
            assert words in answer.json["detail"]


@SQLITE
def test_every_error_is_a_problem(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = program(app, world, "head_a")
    client = app.test_client()
    assert client.delete("/api/v1/cases").headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    big = client.post("/api/v1/files", data=b"0" * (21 * 1024 * 1024), headers=asking.headers | {"Content-Type": "application/json"})
    monkeypatch.setattr("casemgr.api.own.areas_in_scope", lambda *args: 1 / 0)
    broken = asking.get("/areas")
    answers = {
        404: asking.get("/nowhere"), 405: client.delete("/api/v1/cases"), 415: big, 500: broken,
        413: client.post("/api/v1/cases", data=b"0" * (21 * 1024 * 1024), headers=asking.headers | {"Content-Type": "application/json"}),
    }  # fmt: skip
    for status, answer in answers.items():
        assert (answer.status_code, answer.mimetype, answer.json["status"]) == (status, "application/problem+json", status)
    assert "division" not in broken.text


@SQLITE
def test_contacts_are_masked_and_a_full_one_is_on_record(app: Flask, world: World) -> None:
    life = Life(app, world).in_mediation()
    head = program(app, world, "head_a")
    party = head.get(f"/cases/{life.id}/parties").json["items"][0]
    assert party["phone"] == "138****5678"
    looked = head.post(f"/cases/{life.id}/parties/{party['id']}/unmask", {"reason": "约见面"})
    assert looked.json["phone"] == "13800005678"
    assert count(app, Reading) == 1
    assert head.get(f"/cases/{life.id}/trail").json["items"][0]["kind"] == "case.unmasked"
    assert head.post(f"/cases/{life.id}/parties/{party['id']}/unmask", {"reason": ""}).status_code == 400
    kept = [head.get(f"/cases/{life.id}{part}").text for part in ("", "/parties", "/trail", "/facts", "/steps")]
    assert not any("13800005678" in page for page in kept)


@SQLITE
def test_a_file_comes_back_with_its_digest(app: Flask, world: World) -> None:
    life, worker = Life(app, world), program(app, world, "worker_a1")
    first, again = (worker.upload(f"/cases/{life.id}/files", "门口.png", PNG, key="f1", kind="photo") for _ in range(2))
    assert first.status_code == 201 and first.text == again.text
    file = worker.get(f"/cases/{life.id}/files").json["items"]
    assert [(one["name"], one["sha256"]) for one in file] == [("门口.png", hashlib.sha256(PNG).hexdigest())]
    with worker.get(f"/cases/{life.id}/files/{file[0]['id']}") as fetched:
        assert fetched.data == PNG
    assert fetched.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(hashlib.sha256(PNG).digest()).decode()}:"
    handed = worker.upload("/files", "回执.png", PNG).json["file"]
    noted = worker.post(f"/cases/{life.id}/steps/attach", {"file": handed, "kind": "photo"})
    assert noted.status_code == 200
    assert worker.upload("/files", "run.exe", b"MZ").status_code == 422


@SQLITE
def test_an_item_from_outside_is_taken_in_once(app: Flask, world: World) -> None:
    hotline = program(app, world, "street_operator_a")
    items = [{"external_number": f"RX-{n}", "channel": "hotline", "text": "楼下烧烤油烟扰民，连着三天"} for n in (1, 2)]
    items[0]["reporter"] = {"name": "李某", "phone": "13900001111"}
    first = hotline.post("/incoming", {"items": items}).json["items"]
    assert [(item["new"], item["state"]) for item in first] == [(True, "registered")] * 2
    again = hotline.post("/incoming", {"items": [*items, {**items[0], "external_number": "rx-1"}]}).json["items"]
    assert [item["new"] for item in again] == [False] * 3
    assert [item["id"] for item in again] == [first[0]["id"], first[1]["id"], first[0]["id"]]
    assert hotline.get("/incoming/hotline/RX-1").json["id"] == first[0]["id"]
    elsewhere = program(app, world, "street_operator_b")
    assert elsewhere.get("/incoming/hotline/RX-1").status_code == 404
    told = elsewhere.post("/incoming", {"items": [items[0]]}).json["items"][0]
    assert (told["id"], told["number"], told["new"]) == (None, "", False)
    assert count(app, Case) == 2
    sorted_ = hotline.post(f"/cases/{first[0]['id']}/steps/sort_matter", {"becomes": "dispute", "category": "0203"}, If_Match="*")
    assert hotline.get("/incoming/hotline/RX-1").json["became"] == sorted_.json["case_id"]


@SQLITE
def test_deadlines_and_ledger_tell_the_same_as_the_pages(app: Flask, world: World) -> None:
    life = Life(app, world).in_mediation()
    head = program(app, world, "head_a")
    deadlines = {d["key"]: d for d in head.get(f"/cases/{life.id}/deadlines").json["items"]}
    assert deadlines["settle"]["status"] == "running" and deadlines["settle"]["why"]
    assert head.get(f"/cases/{life.id}").json["next_due"]["due_at"] == min(
        d["due_at"] for d in deadlines.values() if d["status"] == "running" and d["due_at"]
    )
    ledger = head.get(f"/cases/{life.id}/ledger").json
    ends = [(span["from_at"], span["to_at"]) for span in ledger["spans"]]
    assert all(before[1] == after[0] for before, after in zip(ends, ends[1:], strict=False))
    seconds = sum(sum(total["seconds"].values()) for total in ledger["totals"])
    assert timedelta(seconds=seconds) == life.clock.now() - world.at


@SQLITE
def test_each_number_of_the_board_lists_what_it_counts(app: Flask, world: World) -> None:
    for people in (2, 8, 40):
        Life(app, world).step("accept", "head_a", category="0402", people=people)
    asking = program(app, world, "street_secretary_a")
    shown = asking.get("/board").json
    numbers = [*shown["tiles"].values(), *(n for place in shown["places"] for n in (*place["open"].values(), *place["raised"].values()))]
    assert shown["total"] == {"yellow": 1, "orange": 1, "red": 1} and numbers
    for one in numbers:
        listed = app.test_client().get("/api/v1/cases", query_string=one["filter"], headers=asking.headers).json
        assert len(listed["items"]) == one["number"], one
    assert asking.get(f"/board?area={world.areas['street_b'].id}").status_code == 404


def test_places_come_page_by_page(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = program(app, world, "street_secretary_a")
    whole = asking.get("/areas").json
    assert whole["next"] is None and {(place["level"], place["depth"]) for place in whole["items"]} == {("street", 0), ("community", 1), ("grid", 2)}
    monkeypatch.setattr(scope, "MOST", 2)
    monkeypatch.setattr(standing, "KEPT", WeakKeyDictionary())
    found, cursor = [], ""
    while cursor is not None:
        page = asking.get(f"/areas{cursor and f'?cursor={cursor}'}").json
        assert 0 < len(page["items"]) <= 2
        found, cursor = [*found, *page["items"]], page["next"]
    assert found == whole["items"]
    assert asking.get("/areas?cursor=no").status_code == program(app, world, "head_a").get(f"/areas?cursor={first_cursor(asking)}").status_code == 422


def first_cursor(asking: Any) -> str:
    return str(asking.get("/areas").json["next"])
