"""The case page of a mediator: evidence with its numbers and hashes, legal acts apart, corrections while they are free, ties."""

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from casemgr.models import Attachment, Party, Relation
from casemgr.queries.evidence import evidence_of
from tests.web.life import Life
from tests.world import token_of
from workflows import WORKFLOWS

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


class Quick(Life):
    pause = timedelta(minutes=1)


@pytest.fixture
def life(app, world) -> Life:
    return Quick(app, world).in_mediation()


def party(life: Life) -> int:
    return life.rows(select(Party.id).where(Party.case_id == life.id).order_by(Party.id))[0][0]


def test_evidence_is_numbered_with_its_file_and_its_hash(life, app):
    client = life.world.client(app, "mediator_a")
    path = f"/cases/{life.id}/steps/add_evidence"
    for name in ("维修发票", "天花板照片"):
        given = {
            "csrf_token": token_of(client.get(path).text), "name": name, "source": "party", "party": str(party(life)),
            "handed_on": "2026-03-02", "pages": "2", "compared": "same", "file": (io.BytesIO(PNG), "证据.png"),
        }  # fmt: skip
        assert client.post(path, data=given, content_type="multipart/form-data").status_code == 302
    page = life.page("head_a").text
    for words in ("维修发票", "天花板照片", "Handed in by a party", "Compared: the same", "周某"):
        assert words in page, words
    sums = [row[0] for row in life.rows(select(Attachment.sha256))]
    assert all(one in page for one in sums)
    with app.extensions["readings"]() as session:
        found = evidence_of(session, life.id)
    assert [(one.number, one.name, one.pages, one.handed_on) for one in found] == [
        (1, "维修发票", 2, date(2026, 3, 2)), (2, "天花板照片", 2, date(2026, 3, 2))]  # fmt: skip


def test_legal_acts_are_told_apart_with_their_basis(life):
    life.step("record_note", "mediator_a", note="顺路看了一眼")
    life.step("inform_rights", "mediator_a", way="oral")
    everything, acts = life.page("mediator_a").text, life.world.client(life.app, "mediator_a").get(f"/cases/{life.id}?lang=en&show=acts").text
    assert "顺路看了一眼" in everything
    timeline = acts[acts.index('id="timeline"') :]
    assert "顺路看了一眼" not in timeline and "Ministry of Justice order 75, article 30" in timeline
    record = life.page("head_a", "/record").text
    assert record.index("Register") < record.index("Tell rights and duties")  # from the first entry on
    assert "顺路看了一眼" in record and "Applicant 周某" in record


def test_until_when_a_slip_is_corrected_without_asking(life):
    life.step("record_fact", "mediator_a", people=60)
    assert f"until {life.clock.now() + timedelta(hours=8, minutes=10):%H:%M}" in life.page("mediator_a").text
    assert "without asking anybody" not in life.page("head_a").text
    life.clock.advance(timedelta(minutes=11))
    late = life.page("mediator_a").text
    assert "without asking anybody" not in late and "Ask for: Correct by request" in late


def test_no_identity_number_is_asked_for_before_an_agreement(life):
    asked = {spec.name for spec in WORKFLOWS["dispute"].step("add_party").asks}
    assert "id_number" not in asked and "phone" in asked
    assert "Identity or registration number" in life.page("mediator_a", "/steps/complete_party").text


def test_a_tie_is_declared_where_the_party_is_and_taken_back(life, world):
    client = world.client(life.app, "mediator_a")
    path = f"/cases/{life.id}/tie"
    page = client.get(f"{path}?lang=en").text
    assert "周某" in page and "Relative" in page
    given = {"csrf_token": token_of(page), "account": world.accounts["mediator_a"].id, "party": party(life)}
    assert client.post(path, data=given).status_code == 422
    assert client.post(path, data=given | {"kind": "relative"}).location.endswith(f"/cases/{life.id}")
    person = life.rows(select(Relation.person_id))[0][0]
    shown = client.get("/ties?lang=en").text
    assert "周某" in shown and "Relative" in shown
    end = f"/ties/{world.accounts['mediator_a'].id}/{person}/end"
    other = world.client(life.app, "mediator_b")
    other.post(end, data={"csrf_token": token_of(other.get("/account").text)})
    assert life.rows(select(Relation.person_id)) == [(person,)]  # not his to take back
    assert client.post(end, data={"csrf_token": token_of(shown)}).status_code == 302
    assert life.rows(select(Relation.person_id)) == []


def test_a_head_declares_for_mediators_of_the_committee_and_no_others(life, world):
    page = world.client(life.app, "head_a").get(f"/cases/{life.id}/tie?lang=en").text
    names = {who: world.accounts[who].name for who in ("mediator_a", "mediator_b", "head_a")}
    options = page[page.index("<select") : page.index("</select>")]
    assert names["mediator_a"] in options and names["head_a"] in options
    assert f">{names['mediator_b']}<" not in options
