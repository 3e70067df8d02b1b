"""Messages that no page showed yet: the newest stay, the cookie stays short."""

import pytest
from flask import session

from casemgr.web.messages import FLASHED, MOST
from tests.web.test_register import LEAK
from tests.world import token_of

SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@SQLITE
def test_whoever_looks_at_no_page_carries_the_newest_messages_only(app, world):
    client = world.client(app, "worker_a1")
    said = {"csrf_token": token_of(client.get("/cases/new").text), "area_id": str(world.areas["grid_a1"].id), "result": "help"}
    numbers = []
    with client:
        for n in range(MOST + 2):
            assert client.post("/cases/new", data={**said, "text": f"{LEAK}{n}"}).status_code == 302
            numbers.append(session[FLASHED][-1][1])
        assert [message for _, message in session[FLASHED]] == numbers[-MOST:]
    page = client.get("/cases/new").text
    assert numbers[-1] in page
    assert numbers[0] not in page
