"""Agreements from building blocks: amounts in capitals, instalments, gaps, numbers; the packaged blocks themselves."""

from datetime import date
from decimal import Decimal

import pytest

from workflows.capitals import in_capitals
from workflows.clauses import (
    BadClauses, Block, Blank, fitting, instalments, last_day, numeral, packaged, read_block, whole_text, written,
)  # fmt: skip

NAMES = {"1": "周某", "2": "佳和物业"}
PAY = {"payer": "2", "payee": "1", "purpose": "装修损失", "amount": "28000", "date": "2026-04-01"}


@pytest.mark.parametrize(("amount", "words"), [
    ("0", "零元整"), ("1", "壹元整"), ("10", "壹拾元整"), ("105", "壹佰零伍元整"), ("1005", "壹仟零伍元整"),
    ("1050", "壹仟零伍拾元整"), ("28000", "贰万捌仟元整"), ("28001", "贰万捌仟零壹元整"), ("100000", "壹拾万元整"),
    ("100050", "壹拾万零伍拾元整"), ("1000000", "壹佰万元整"), ("20030000", "贰仟零叁万元整"), ("100000001", "壹亿零壹元整"),
    ("100010000", "壹亿零壹万元整"), ("120000000", "壹亿贰仟万元整"), ("999999999999", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元整"),
    ("0.5", "伍角整"), ("0.05", "伍分"), ("1004.5", "壹仟零肆元伍角整"), ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
    ("325.04", "叁佰贰拾伍元零肆分"), ("107000.53", "壹拾万柒仟元伍角叁分"),
])  # fmt: skip
def test_amounts_in_capitals(amount, words):
    assert in_capitals(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["-1", "0.001", "1000000000000"])
def test_what_is_no_amount(amount):
    with pytest.raises(ValueError, match="no amount"):
        in_capitals(Decimal(amount))


def test_a_clause_filled():
    clause = written([{"key": "pay_at_once", "values": PAY}], NAMES)[0]
    assert clause.text == "佳和物业于2026年4月1日前向周某一次性支付装修损失人民币28000元（大写：贰万捌仟元整）。"
    assert (clause.number, clause.missing, clause.faulty) == ("一", (), ())


def test_what_is_missing_or_cannot_be_read_is_a_gap_and_named():
    values = PAY | {"amount": "", "date": "4月", "payee": "99"}
    clause = written([{"key": "pay_at_once", "values": values}], NAMES)[0]
    assert (clause.missing, set(clause.faulty)) == (("amount",), {"date", "payee"})
    assert clause.text == "佳和物业于____前向____一次性支付装修损失人民币____元（大写：____）。"


def test_blocks_stand_in_their_order_and_are_numbered():
    clauses = written([{"key": "copies", "values": {"count": "3"}}, {"key": "gone"}, {"key": "respect"}, {"key": "pay_at_once", "values": PAY}], NAMES)
    assert [clause.key for clause in clauses] == ["pay_at_once", "respect", "copies"]
    assert whole_text(clauses).startswith("一、佳和物业于") and "\n三、本协议一式3份" in whole_text(clauses)
    assert [numeral(n) for n in (1, 10, 11, 20, 21, 99)] == ["一", "十", "十一", "二十", "二十一", "九十九"]


def test_instalments_month_by_month_with_the_rest_in_the_last():
    assert instalments(Decimal("10000"), 3, date(2026, 1, 31)) == [
        (date(2026, 1, 31), 3333), (date(2026, 2, 28), 3333), (date(2026, 3, 31), 3334)]  # fmt: skip
    assert [part for _, part in instalments(Decimal("100.01"), 2, date(2026, 1, 1))] == [Decimal("50.00"), Decimal("50.01")]
    assert sum(part for _, part in instalments(Decimal("2"), 3, date(2026, 1, 1))) == 2
    values = PAY | {"amount": "9000", "count": "3", "first_on": "2026-11-30"}
    text = written([{"key": "pay_instalments", "values": values}], NAMES)[0].text
    assert "分3期支付：第1期2026年11月30日前支付3000元；第2期2026年12月30日前支付3000元；第3期2027年1月30日前支付3000元。" in text
    assert last_day([{"key": "pay_instalments", "values": values}, {"key": "pay_at_once", "values": PAY}]) == date(2027, 1, 30)
    assert last_day([{"key": "respect"}]) is None


def test_blocks_made_for_the_kind_of_dispute_come_first_and_others_apart():
    first, others = fitting("0203")
    assert [block.key for block in first[:2]] == ["clear_away", "noise_hours"]
    assert {"wages", "monthly_support"} <= {block.key for block in others}
    assert {block.key for block in (*first, *others)} == packaged().keys()


@pytest.mark.parametrize("row", [
    {"key": "x", "label": "X", "order": 1, "text": "{who}"}, {"key": "x", "label": "X", "order": 1, "text": "", "blanks": [{"name": "who"}]},
    {"key": "x", "label": "X", "order": 1, "text": "{who}", "blanks": [{"name": "who", "kind": "colour", "label": "Who"}]}, {"key": "x"},
])  # fmt: skip
def test_a_bad_block_is_refused(row):
    with pytest.raises(BadClauses):
        read_block(row)


def test_every_packaged_block_can_be_filled():
    sample = {"party": "1", "money": "1200.50", "date": "2026-04-01", "text": "某事", "hour": "22:00"}
    for block in packaged().values():
        values = {blank.name: sample.get(blank.kind, str(max(blank.least, 1))) for blank in block.blanks}
        clause = written([{"key": block.key, "values": values}], NAMES)[0]
        assert (clause.missing, clause.faulty) == ((), ()), block.key
        assert "{" not in clause.text and "____" not in clause.text, clause.text
        assert isinstance(block, Block) and all(isinstance(blank, Blank) for blank in block.blanks)
