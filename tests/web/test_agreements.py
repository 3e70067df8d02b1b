"""An agreement written from building blocks: kept with its gaps, read by who sees the matter, put into the step that records it."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from casemgr.models import Agreement, Party
from casemgr.queries.agreements import agreement_of
from tests.web.life import Life
from tests.world import token_of

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


@pytest.fixture
def life(app, world) -> Life:
    return Life(app, world).in_mediation()


class Writer:
    """The mediator at the page of the agreement."""

    def __init__(self, life: Life, who: str = "mediator_a") -> None:
        self.client, self.path = life.world.client(life.app, who), f"/cases/{life.id}/agreement"
        self.sides = [row[0] for row in life.rows(select(Party.id).where(Party.case_id == life.id).order_by(Party.id))]

    def page(self) -> str:
        return self.client.get(f"{self.path}?lang=en").text

    def fields(self) -> dict[str, str]:
        """The clauses that the form holds now."""
        page = self.page()
        return {"csrf_token": token_of(page), **dict(re.findall(r'name="(c\d+)" value="(\w+)"', page))}

    def send(self, **more: str):
        return self.client.post(self.path, data=self.fields() | more)


def pay(writer: Writer, number: int = 0, **more: str) -> dict[str, str]:
    given = {"payer": str(writer.sides[1]), "payee": str(writer.sides[0]), "purpose": "装修损失", "amount": "28000", "date": "2026-04-01"}
    return {f"c{number}-{name}": value for name, value in (given | more).items()}


def test_blocks_are_added_filled_taken_out_and_read(life):
    writer = Writer(life)
    assert writer.send(add="pay_at_once").status_code == 302
    page = writer.page()
    assert page.index("Payment at once") < page.index("Copies and entry into force")  # in the order of an agreement
    assert "____" in page and "identity numbers. Still missing: 周某、佳和物业" in page
    assert f'<option value="{writer.sides[1]}" selected>佳和物业' in page  # the only party on the other side pays
    writer.send(issues="三楼漏水", perform_how="转账", **pay(writer), **{"c2-count": "3"})
    page = writer.page()
    assert "一、佳和物业于2026年4月1日前向周某一次性支付装修损失人民币28000元（大写：贰万捌仟元整）。" in page
    assert "Nothing is missing" in page and 'value="2026-04-01"' in page
    writer.send(remove="1", issues="三楼漏水", perform_how="转账", **pay(writer), **{"c2-count": "3"})
    assert "督促履行" not in writer.page()


def test_what_cannot_be_read_is_kept_and_marked(life):
    writer = Writer(life)
    writer.send(add="pay_at_once")
    writer.send(**pay(writer, amount="两万八"))
    page = writer.page()
    assert 'value="两万八"' in page and "Enter an amount such as 1200" in page
    refused = writer.send(issues="长" * 2001, **pay(writer))
    assert refused.status_code == 422 and "长" * 2001 in refused.text and "2000" in refused.text


def test_it_goes_into_the_step_that_records_it_signed(life):
    life.pause = timedelta(minutes=1)
    writer = Writer(life)
    writer.send(add="pay_at_once")
    life.step("inform_rights", "mediator_a", way="oral")
    sent = writer.send(issues="三楼漏水", perform_how="转账", sign="1", **pay(writer))
    assert sent.location.endswith("/steps/agree_written")
    for party in writer.sides:
        life.step("record_consent", "mediator_a", party=party, consent="given", evidence="signature", consented_on="2026-03-02")
    page = writer.client.get(sent.location).text
    assert "贰万捌仟元整" in page and 'value="2026-04-01"' in page and "三楼漏水" in page
    assert "/agreement" in life.page("mediator_a").text


def test_only_the_mediator_writes_it_others_read(life, app):
    Writer(life).send(add="respect", issues="三楼漏水")
    head = Writer(life, "head_a")
    page = head.page()
    assert "互相尊重" in page and 'name="add"' not in page
    assert head.client.post(head.path, data={"csrf_token": token_of(head.client.get("/account").text)}).status_code == 403
    with app.extensions["readings"]() as session:
        assert [c.key for c in agreement_of(session, life.id).clauses] == ["respect", "remedy", "copies"]


def test_it_is_kept_on_the_way(life):
    writer = Writer(life)
    answer = writer.client.post(f"{writer.path}/kept", data={"csrf_token": token_of(writer.page()), "issues": "写到一半"})
    assert answer.status_code == 200 and answer.json["kept_at"]
    assert life.rows(select(Agreement.issues)) == [("写到一半",)]
    assert "写到一半" in writer.page()
