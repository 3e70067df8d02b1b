"""The sheets of a structure file: which sheet lists areas, departments, teams or people, and their rows as raw cells.

Sheets are told apart by their headers, Chinese or English, wherever the header row stands. Cells are read elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from casemgr.intake.columns import HEADER_ROWS, fold_header, texts
from casemgr.intake.problems import SheetError
from casemgr.intake.sheets import Table, open_book

KINDS = ("areas", "departments", "teams", "people")  # in the order in which they are taken in
MOST_ROWS = 50_000

# Kind of sheet -> column -> its headers. The first columns of a kind are those without which it is not that kind.
HEADERS: Mapping[str, Mapping[str, str]] = MappingProxyType({
    "areas": {
        "code": "区域编码 网格编码 区划代码 统计用区划代码 编码 代码 areacode gridcode code",
        "name": "区域名称 网格名称 社区名称 名称 areaname gridname name",
        "level": "级别 层级 区域级别 类型 level",
        "parent": "上级编码 上级区域编码 上级 所属编码 parentcode parent",
        "households": "户数 常住户数 实有户数 居住户数 households",
        "shops": "商铺数 商户数 门店数 沿街商铺 shops",
        "urban": "城乡 城乡类型 城乡分类 urban",
        "aliases": "别名 包含小区 小区 辖区范围 范围 aliases estates",
        "latitude": "纬度 中心纬度 latitude lat",
        "longitude": "经度 中心经度 longitude lng lon",
        "committee": "调委会 调委会名称 人民调解委员会 committee",
        "short_name": "调委会简称 文书简称 简称 shortname committeeshortname",
    },
    "departments": {
        "department": "部门编码 部门代码 单位编码 departmentcode department",
        "name": "部门名称 单位名称 部门 名称 departmentname name",
        "area": "所属区域 所属区域编码 区域编码 所属街道 所属街道编码 area areacode",
    },
    "teams": {
        "name": "队伍名称 调解队伍 队伍 teamname name",
        "categories": "受理类别 纠纷类别 类别代码 类别 categories",
        "team": "队伍代号 队伍编码 代号 teamkey team key",
        "area": "所属街道 所属街道编码 所属区域 所属区域编码 区域编码 area areacode",
    },
    "people": {
        "login": "账号 登录名 用户名 工号 login account username",
        "name": "姓名 人员姓名 name fullname",
        "email": "邮箱 电子邮箱 电子邮件 email mail",
        "role": "岗位 职务 角色 role",
        "area": "所属网格 所属区域 区域编码 网格编码 所属区域编码 岗位所在区域 区域 area areacode place",
        "team": "队伍 调解队伍 队伍代号 所属队伍 team teamkey",
        "department": "部门 所属部门 部门编码 部门代码 department departmentcode",
        "capacity": "承办上限 在办上限 最多承办件数 capacity",
        "post_name": "岗位名称 职务名称 posttitle postname",
        "from_on": "任职开始 任职日期 开始日期 起始日期 from fromon since",
        "to_on": "任职结束 结束日期 截止日期 to toon until",
    },
})  # fmt: skip
NEEDED = {"areas": {"code", "name"}, "departments": {"department", "name"}, "teams": {"name", "categories"}, "people": {"login", "name"}}
SHEET_NAMES = {
    "areas": "网格 区域 区划 areas grids",
    "departments": "部门 departments",
    "teams": "队伍 调解队伍 teams",
    "people": "人员 岗位 账号 人员岗位 people accounts posts",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a sheet: its line as spreadsheets count, and its cells by column, as they were read."""

    kind: str
    sheet: str
    line: int
    cells: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Head:
    """What a sheet is: its kind, where its header ends (1-based), and the position of each column."""

    kind: str
    line: int
    places: Mapping[str, int]


def read_rows(path: Path) -> tuple[list[Row], list[str]]:
    """All rows of the known sheets in the order of KINDS, and the names of sheets that are none. Raises SheetError."""
    found: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    others = []
    with open_book(path) as book:
        for table in book.tables:
            head = find_head(list(islice(table.rows(), HEADER_ROWS)), table.name)
            if head is None:
                others.append(table.name)
                continue
            found[head.kind] += rows_of(table, head, path)
            if not table.name:  # a CSV file comes once for each delimiter: the first that fits is the file
                others = []
                break
    rows = [row for kind in KINDS for row in found[kind]]
    if not rows and len(others) >= len(book.tables):
        raise SheetError("structure_missing", name=path.name)
    return rows, [name for name in others if name]


def rows_of(table: Table, head: Head, path: Path) -> Iterator[Row]:
    """The rows below the header that hold anything; what cells merged downwards hold stands in each of their rows."""
    below = Merged([span for span in table.merged() if span[1] > head.line])
    for line, cells in enumerate(table.rows(), 1):
        if line > MOST_ROWS:
            raise SheetError("structure_too_long", name=path.name, limit=str(MOST_ROWS))
        if line > head.line:
            said, row = picked(cells, head), picked(below.fill(line, cells), head)
            if any(str(cell).strip() for cell in said.values()):
                yield Row(head.kind, table.name, line, row)


def picked(cells: Sequence[object], head: Head) -> dict[str, object]:
    """Column -> its cell, for those that are there."""
    return {column: cells[i] for column, i in head.places.items() if i < len(cells) and cells[i] is not None}


class Merged:
    """Cells merged downwards, filled as the rows go by."""

    def __init__(self, spans: list[tuple[int, int, int]]) -> None:
        self.begins: dict[int, list[tuple[int, int]]] = {}
        for position, first, last in spans:
            self.begins.setdefault(first, []).append((position, last))
        self.held: dict[int, tuple[int, object]] = {}

    def fill(self, line: int, cells: Sequence[object]) -> Sequence[object]:
        """The row with what stands above it in merged cells."""
        for position, last in self.begins.get(line, ()):
            self.held[position] = (last, cells[position] if position < len(cells) else None)
        self.held = {position: held for position, held in self.held.items() if held[0] >= line}
        if not self.held:
            return cells
        filled = [*cells, *[None] * (max(self.held) + 1 - len(cells))]
        for position, (_, value) in self.held.items():
            filled[position] = value
        return filled


def find_head(rows: Sequence[Sequence[object]], name: str) -> Head | None:
    """The header among the first rows of a sheet, of the kind whose columns it has most of; the sheet's name decides a tie."""
    best, most = None, 0.0
    for line, row in enumerate(rows, 1):
        headers = [fold_header(text) for text in texts(row)]
        for kind in KINDS:
            places = places_in(headers, kind)
            score = len(places) + (0.5 if fold_header(name) in SHEET_NAMES[kind].split() else 0)
            if NEEDED[kind] <= places.keys() and score > most:
                best, most = Head(kind, line, places), score
    return best


def places_in(headers: Sequence[str], kind: str) -> dict[str, int]:
    """Column -> its position, for the columns of a kind that these headers have."""
    known, found = known_headers(kind), dict[str, int]()
    for position, header in enumerate(headers):
        if header in known:
            found.setdefault(known[header], position)
    return found


@cache
def known_headers(kind: str) -> Mapping[str, str]:
    """Header as compared -> column."""
    return {fold_header(word): column for column, words in HEADERS[kind].items() for word in words.split()}
