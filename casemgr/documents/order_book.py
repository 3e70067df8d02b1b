"""Results of hotline orders in the hotline's own template (sources 6, layouts A and B): its heads and words, whatever
language the house speaks; streamed, marked and masked like every list."""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any


from casemgr.documents.list_book import OPTIONS, SHEET_ROWS, Mark, Translate, looks_of, masked, put
from casemgr.later import Later
from casemgr.queries.order_lines import OrderLine

if TYPE_CHECKING:
    import xlsxwriter
else:
    xlsxwriter = Later("xlsxwriter")

KINDS = {"consultation": "咨询", "help": "求助", "complaint": "投诉", "suggestion": "建议"}
SOLVED = {"solved": "解决", "partly": "部分解决", "unsolved": "未解决", "unrated": "未评价"}
SATISFIED = {"satisfied": "满意", "fairly": "基本满意", "dissatisfied": "不满意", "unrated": "未评价"}
STATES = {
    "registered": "待派单", "at_unit": "办理中", "at_place": "办理中", "objected": "申请退单", "shelved": "挂账", "answered": "待回访",
    "closed": "已办结", "not_accepted": "不予受理", "duplicate": "重复工单", "taken_back": "已撤销", "joined": "已并案",
}  # fmt: skip
HIDDEN = "保密"
COLUMNS: dict[str, tuple[int, Callable[[OrderLine], Any]]] = {  # head -> width, and what stands in the cell
    "工单编号": (20, lambda r: r.order.external_number or r.case.number),
    "工单类型": (10, lambda r: KINDS.get(r.order.kind, "")),
    "标题": (34, lambda r: HIDDEN if r.case.confidential else masked(r.case.title)),
    "主要内容": (60, lambda r: HIDDEN if r.case.confidential else masked(r.case.text)),
    "来电人": (10, lambda r: HIDDEN if r.case.confidential else r.caller),
    "事件发生地": (24, lambda r: " ".join(filter(None, (r.place, r.order.place)))),
    "来电时间": (17, lambda r: r.order.sent_at or r.case.registered_at),
    "市交办时间": (17, lambda r: r.order.city_dispatched_at),
    "市交办办结期限": (14, lambda r: day(r.order.city_due_on)),
    "区交办时间": (17, lambda r: r.order.district_dispatched_at),
    "区交办办结期限": (14, lambda r: day(r.order.district_due_on)),
    "主办单位": (20, lambda r: r.unit),
    "协办单位": (20, lambda r: "、".join(r.helpers)),
    "紧急程度": (10, lambda r: "紧急" if r.order.urgency == "urgent" else "一般"),
    "工单状态": (10, lambda r: STATES[r.case.state]),
    "办理结果": (10, lambda r: SOLVED.get(r.order.outcome, "")),
    "回复内容": (60, lambda r: HIDDEN if r.case.confidential else masked(r.order.answer)),
    "办结时间": (17, lambda r: r.case.closed_at),
    "是否解决": (10, lambda r: SOLVED.get(r.order.solved, "")),
    "是否满意": (10, lambda r: SATISFIED.get(r.order.satisfaction, "")),
}
SHEET = "工单办理结果"


def day(due_on: date | None) -> str:
    """A due date as the hotline writes it."""
    return due_on.isoformat() if due_on else ""


def write_orders(path: Path, lines: Iterable[OrderLine], mark: Mark, say: Translate) -> None:
    """Write the orders, heads in the first row so that the hotline can read the file in; the mark stands in the page's
    footer and on a sheet of its own. Overwrites `path`."""
    with xlsxwriter.Workbook(str(path), OPTIONS) as book:
        looks = looks_of(book)
        sheet, row = begun(book, mark, say, looks, SHEET), 1
        for line in lines:
            if row > SHEET_ROWS:
                sheet, row = begun(book, mark, say, looks, f"{SHEET} {len(book.worksheets()) + 1}"), 1
            for column, (_, cell) in enumerate(COLUMNS.values()):
                put(sheet, row, column, cell(line), looks)
            row += 1
        book.add_worksheet("说明").write_string(0, 0, mark.said(say), looks["mark"])


def begun(book: Any, mark: Mark, say: Translate, looks: dict[str, Any], name: str) -> Any:
    """A sheet with its heads and page furniture."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&KAAAAAA" + mark.said(say).replace("&", "&&")[:200] + "&R&P / &N")
    sheet.freeze_panes(1, 0)
    for column, (head, (width, _)) in enumerate(COLUMNS.items()):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, head, looks["head"])
    return sheet

