"""A person's data at his request: found within scope, listed, handed out, on record; requests taken and answered."""

import json

import pytest
from sqlalchemy import select

from casemgr.models import Event, Person, PersonRequest, Reading
from tests.web.life import Life
from tests.world import token_of


@pytest.fixture
def life(app, world) -> Life:
    return Life(app, world).in_mediation()


def person_of(life: Life) -> int:
    return life.rows(select(Person.id).where(Person.name == "周某"))[0][0]


def kinds(life: Life) -> list[str]:
    return [kind for (kind,) in life.rows(select(Event.kind).where(Event.kind.like("settings.person%")).order_by(Event.seq))]


def test_found_listed_and_handed_out_and_each_on_record(life, app, world):
    client = world.client(app, "street_operator_a")
    token = token_of(client.get("/persons?lang=en").text)
    for words in ("周某", "13800005678"):
        page = client.post("/persons", data={"csrf_token": token, "words": words}).text
        assert "138****5678" in page and "13800005678" not in page.replace(f'value="{words}"', "")
    assert "/persons/" not in client.post("/persons", data={"csrf_token": token, "words": "周"}).text, "whole names only"
    url = f"/persons/{person_of(life)}"
    shown = client.get(url).text
    assert "13800005678" in shown and "修好屋顶" in shown and shown.count("btn-primary") == 1
    data = client.post(f"{url}/file", data={"csrf_token": token, "medium": "json"}).json
    assert data["person"]["phone"] == "13800005678" and data["matters"][0]["claim"] == "修好屋顶" and data["matters_elsewhere"] == 0
    page = client.post(f"{url}/file", data={"csrf_token": token, "medium": "html"})
    assert "13800005678" in page.text and page.headers["Content-Disposition"].startswith("attachment")
    assert kinds(life) == ["settings.person_searched"] * 3 + ["settings.person_listed"] * 3
    assert life.rows(select(Reading.what, Reading.about)) == [("person", f"person {person_of(life)}")] * 3
    assert "周某" not in str(life.rows(select(Event.data).where(Event.stream == "settings"))), "codes only"


def test_out_of_scope_there_is_no_such_person(life, app, world):
    url = f"/persons/{person_of(life)}"
    for who, status in (("street_operator_b", 404), ("head_a", 403), ("audit_admin", 403), ("security_admin", 403)):
        client = world.client(app, who)
        assert client.get(url).status_code == status, who
    client = world.client(app, "street_operator_b")
    token = token_of(client.get("/persons").text)
    assert "/persons/" not in client.post("/persons", data={"csrf_token": token, "words": "13800005678"}).text
    assert life.rows(select(Reading.what)) == []


def test_requests_are_taken_and_answered_with_a_reason(life, app, world):
    client, url = world.client(app, "street_operator_a"), f"/persons/{person_of(life)}"
    token = token_of(client.get(url).text)
    client.post(f"{url}/requests", data={"csrf_token": token, "kind": "delete", "note": ""})
    assert life.rows(select(PersonRequest.id)) == []
    client.post(f"{url}/requests", data={"csrf_token": token, "kind": "delete", "note": "请删除我的电话"})
    ((id, note),) = life.rows(select(PersonRequest.id, PersonRequest.note))
    assert "电话".encode() not in note, "sealed"
    for answer in ("", "依法须保存至期满,届时清除"):
        client.post(f"/persons/requests/{id}", data={"csrf_token": token, "state": "refused", "answer": answer})
    assert life.rows(select(PersonRequest.state)) == [("refused",)]
    assert "依法须保存至期满" in client.get(url).text
    assert client.post(f"/persons/requests/{id}", data={"csrf_token": token, "state": "granted", "answer": "x"}).status_code == 404
    assert kinds(life).count("settings.person_asked") == kinds(life).count("settings.person_answered") == 1


def test_one_s_own_account_and_the_commands(life, app, world):
    client = world.client(app, "head_a")
    mine = client.post("/persons/me", data={"csrf_token": token_of(client.get("/account").text)}).json
    assert mine["account"]["login"] == "head_a" and mine["posts"][0]["role"] == "head" and "password_hash" not in json.dumps(mine)
    run = app.test_cli_runner().invoke
    assert run(args=["person", "find", "周某", "--as", "street_operator_a"]).output.split("\t")[1] == "周某"
    told = run(args=["person", "list", str(person_of(life)), "--as", "street_operator_a"])
    assert json.loads(told.output)["person"]["phone"] == "13800005678"
    assert run(args=["person", "list", str(person_of(life)), "--as", "head_a"]).exit_code == 1
    assert json.loads(run(args=["person", "account", "head_a"]).output)["account"]["name"]
