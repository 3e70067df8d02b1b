"""Bodies that no page sends: JSON, files under the names of words, words under the names of files. Each is answered, none breaks."""

import io

import pytest
from flask import url_for
from gunicorn.http.errors import InvalidChunkSize
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError
from werkzeug.test import EnvironBuilder, run_wsgi_app

from casemgr import db
from casemgr.models import Account
from tests.world import token_of

SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
ASKED_BY_ID = (
    ("board.show", "area"), ("rates.show", "area"), ("absences.show", "who"), ("notices.show", "before"), ("joint.show", "at"), ("sorting.show", "at"),
)  # fmt: skip
SENT_BY_ID = (("board.decide", "case"), ("board.seen", "area"), ("lists.remove", "view"), ("register.hints", "area_id"), ("joint.answer", "next"))
DOOR = ("/door/report", "/door/follow", "/door/matter/withdraw")


@SQLITE
@pytest.mark.parametrize("body", ['"aaaa"', "[[]]", '[1, "1", null]', "true", '{"csrf_token": 1}'])
def test_json_is_no_form(app, body):
    client = app.test_client()
    for path in DOOR:
        assert client.post(path, data=body, content_type="application/json").status_code < 500


@SQLITE
@pytest.mark.parametrize(
    ("who", "page", "path", "names"),
    [
        ("head_a", "/desk/absences", "/desk/absences", ("from_on", "to_on", "deputy_id")),
        ("secretary_a", "/desk/hand-over", "/desk/hand-over", ("account", "reason")),
        ("street_operator_a", "/sorting", "/sorting/notes", ("text",)),
        ("worker_a1", "/cases/new", "/cases/new", ("text", "area_id")),
    ],
)
def test_a_file_is_no_word(app, world, who, page, path, names):
    client = world.client(app, who)
    token = token_of(client.get(page).text)
    files = {name: (io.BytesIO(b"PK\x03\x04"), "a.png") for name in names}
    answer = client.post(path, data={"csrf_token": token, **files}, content_type="multipart/form-data")
    assert answer.status_code < 500
    alone = client.post(path, data={"csrf_token": (io.BytesIO(b"x"), "a.png")}, content_type="multipart/form-data")
    assert alone.status_code == 400


@SQLITE
def test_a_word_is_no_file(app, world):
    client = world.client(app, "worker_a1")
    answers = {"csrf_token": token_of(client.get("/cases/new").text), "area_id": str(world.areas["grid_a1"].id), "photo": "x"}
    assert client.post("/cases/new", data={**answers, "text": "三楼漏水漏到二楼", "result": "help"}).status_code < 500


@SQLITE
def test_a_body_that_breaks_off_is_the_senders_fault(app):
    class Broken(io.RawIOBase):
        def readinto(self, into):
            raise InvalidChunkSize(b"zz")

    chunked = {"Transfer-Encoding": "chunked", "Content-Type": "multipart/form-data; boundary=x"}
    environ = EnvironBuilder("/login", method="POST", headers=chunked).get_environ()
    environ |= {"wsgi.input": Broken(), "wsgi.input_terminated": True}
    assert run_wsgi_app(app, environ)[1].startswith("400")


@SQLITE
@pytest.mark.parametrize("large", ["2147483648", "9223372036854775808", "9" * 400])
def test_a_number_no_row_can_have_is_nobodys(app, world, large):
    client = world.client(app, "secretary_a")
    token = token_of(client.get("/desk/hand-over").text)
    assert client.post("/desk/hand-over", data={"csrf_token": token, "account": large}).status_code == 404
    with app.test_request_context():
        pages = [url_for(page, **{name: large}) for page, name in ASKED_BY_ID]
        forms = [(url_for(form), name) for form, name in SENT_BY_ID]
    for address in pages:
        assert client.get(address).status_code in (200, 403), address
    for address, name in forms:
        assert client.post(address, data={"csrf_token": token, name: large, "text": "漏水"}).status_code in (200, 302, 403, 422), address


@SQLITE
@pytest.mark.parametrize("odd", ["漏水", "-1", "1.5", "9" * 5000])
def test_a_department_that_is_no_number_is_said_to_be_missing(app, world, odd):
    client = world.client(app, "street_operator_a")
    token = token_of(client.get("/whistles/fixed").text)
    assert client.post("/whistles/fixed", data={"csrf_token": token, "subject": "fire", "department_id": odd}).status_code == 422


def test_a_character_that_postgresql_does_not_keep_is_left_out(app, world):
    client = world.client(app, "head_a")
    token = token_of(client.get("/account").text)
    assert client.post("/matters/views", data={"csrf_token": token, "name": "漏\0水", "query": "tier=red&q=%00"}).status_code == 302
    page = client.get("/matters?q=%00&area=%00&form=%00").text
    assert "漏水" in page and "\0" not in page
    for path, fields in (("/login", ("login", "password")), ("/desk/absences", ("reason",)), ("/sorting/notes", ("text",))):
        answer = client.post(path, data={"csrf_token": token, **dict.fromkeys(fields, "漏\0水")})
        assert answer.status_code in (200, 302, 401, 403, 422), path


@SQLITE
def test_who_only_reads_cannot_write(app):
    """On SQLite such a one could write at times and could not while somebody else does: a page that does either is found at once."""
    with app.extensions["readings"]() as session, pytest.raises(OperationalError, match="readonly"):
        session.execute(delete(Account))
    with app.extensions["sessions"]() as session, db.transaction(session):
        session.execute(delete(Account).where(Account.id == 0))
