"""Results of orders in the hotline's own template: its heads in the first row, its words, callers masked."""

from datetime import UTC, date, datetime

import openpyxl

from casemgr.documents.list_book import Mark
from casemgr.documents.order_book import KINDS, SATISFIED, SOLVED, STATES, write_orders
from casemgr.intake.columns import find_layout
from casemgr.models import Case, Order
from casemgr.queries.order_lines import OrderLine
from workflows import order_asks
from workflows.order import ORDER

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def line(**changed) -> OrderLine:
    case = Case(
        number="单〔2026〕1", title="路灯不亮 13800001234", text="=路灯不亮", state="closed", registered_at=AT, closed_at=AT,
        confidential=changed.pop("confidential", False))
    order = Order(
        external_number="GD1", kind="help", place="3号楼", urgency="urgent", outcome="solved", answer="已修好", solved="partly",
        satisfaction="unrated", city_due_on=date(2026, 3, 6), sent_at=None)
    return OrderLine(case, order, "东风社区", "房管所", ["供电所"], "周*")


def test_every_word_of_the_process_has_one_outside():
    assert STATES.keys() == {state.name for state in ORDER.states}
    assert [KINDS.keys(), SOLVED.keys(), SATISFIED.keys()] == [
        {choice.value for choice in found} for found in (order_asks.KINDS, order_asks.SOLVED, order_asks.SATISFIED)]


def test_the_file_reads_back_as_a_hotline_list(tmp_path):
    path = tmp_path / "out.xlsx"
    write_orders(path, [line(), line(confidential=True)], Mark("张某", AT, 2), str)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    heads, first, second = [[cell.value or "" for cell in row] for row in sheet.iter_rows()]
    said, kept = dict(zip(heads, first, strict=True)), dict(zip(heads, second, strict=True))
    assert (said["工单编号"], said["工单类型"], said["是否解决"], said["是否满意"]) == ("GD1", "求助", "部分解决", "未评价")
    assert said["标题"] == "路灯不亮 138****1234" and said["主要内容"] == "=路灯不亮" and said["来电人"] == "周*"
    assert (said["市交办办结期限"], said["主办单位"], said["协办单位"]) == ("2026-03-06", "房管所", "供电所")
    assert {kept[name] for name in ("标题", "主要内容", "来电人", "回复内容")} == {"保密"}
    layout = find_layout([heads])
    assert layout is not None and {"number", "kind", "title", "text", "dispatched_at", "due_at", "rating"} <= layout.places.keys()
