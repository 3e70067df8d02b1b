"""Which column of a spreadsheet is which: the canonical columns, the headers known for each, named mappings, and
the finding of the header among title rows and merged cells. Headers only; the cells below are read elsewhere."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

import workflows
from casemgr.intake.problems import SheetError

MAPPINGS = Path(workflows.__file__).parent / "rules" / "mappings"
HEADER_ROWS = 30  # how far down a header is looked for
HEADER_DEPTH = 3  # merged headers of up to three rows
IGNORE = "ignore"

# Canonical column -> its headers, the more telling first. Sources: export layouts seen in public code (A … G of
# sources 6) and common wording. A running number (序号) is no number of a matter and is left out on purpose.
HEADERS: Mapping[str, str] = MappingProxyType({
    "number": "工单编号 热线单号 平台单号 信访件编号 信访事项编号 infoid 留言编号 受理编号 诉求编号 案件编号 事件编号 "
    "工单号 信访编号 来件编号 登记编号 投诉编号 单号 流水号 编号",
    "title": "标题 工单标题 title 留言主题 主题 诉求标题 信访标题 事件名称 纠纷名称 事项名称 留言标题 概述",
    "text": "主要内容 诉求内容 反映内容 来访诉求 反映内容/来访诉求 content 留言详情 留言内容 事件描述 问题描述 来电内容 "
    "反映问题 信访内容 来信内容 诉求描述 事件简述 纠纷简要情况 简要情况 内容",
    "kind": "工单类型 诉求类型 信访目的 aim 诉求性质 事项类别",
    "category": "问题分类 诉求归口 诉求类型名称 questiontype 大类名称 大类 小类名称 小类 问题类型 问题类别 "
    "一级分类 二级分类 三级分类 四级分类 一级标签 二级标签 三级标签 内容分类 归口类型",
    "category_code": "诉求类型编码 大类编码 小类编码 分类编码",
    "source": "诉求渠道 热线来源 来信来访方式 way source 问题来源 受理渠道 来电渠道 信访形式 诉求来源 来源渠道 来源",
    "person": "来电人 求助人员 联系人 来访人 来信人 诉求人 反映人 信访人 投诉人 求助人 申请人 上访人 市民 群众 "
    "姓名 名称 姓名(名称) 姓名/名称 visitorname 留言用户 留言人",
    "phone": "来电人电话/账号 来电人电话 求助号码 联系电话 mobilephone telphone telephone 来电号码 联系方式 手机号 "
    "手机号码 手机 电话号码 电话",
    "id_no": "身份证号 idcard 证件号码 身份证号码 身份证 公民身份号码",
    "sex": "性别",
    "people": "人数 sjrs visitornum 信访人数 涉及人数 来访人数 上访人数 涉事人数",
    "place": "被反映区 被反映街乡镇 村/社区/小区点位 村/社区 小区点位 事件发生地 诉求详细地址 事发区域名称 questionarea "
    "所属街道 街道 所属社区 社区 所属网格 小区名称 小区 事发地址 事发地点 发生地点 诉求地址 问题属地 地点 "
    "详细地址 address 地址",
    "place_code": "事发区域编码",
    "home": "住址 家庭住址 居住地址 现住址 住所地 联系地址 户籍地址 户籍所在地",
    "against": "企业名称 涉事单位 涉事主体 被投诉单位 被反映单位 被反映对象 涉及单位 被投诉人 被反映人",
    "received_at": "留言时间 来电时间 来访时间 来信时间 信访时间 诉求时间 反映时间 visittime 登记时间 受理时间 创建时间 "
    "上报时间 提交时间 addtime 来访日期 来信日期 信访日期 登记日期 受理日期 上报日期 登记/受理时间",
    "dispatched_at": "市交办时间 区交办时间 派单时间 转办时间 交办时间 派遣时间",
    "due_at": "市交办办结期限 区交办办结期限 市/区交办办结期限 限办时间 limittime 办理时限 截止时间 应办结时间 规定日期 "
    "办结期限 办理期限",
    "due_days": "limitdays 办理天数",
    "unit": "市交办主办单位 市交办协办单位 区交办主办单位 区交办协办单位 主办单位 协办单位 受理部门名称 责任部门 "
    "承办单位 责任单位 办理部门 承办部门 登记单位 addorg",
    "unit_code": "受理部门编码",
    "helping": "工单性质 主办/协办/转办 是否协办",
    "urgency": "紧急程度 是否疑难 是否加急 是否重点",
    "status": "工单状态 处置状态 同步状态 信访件状态 办结状态 isend 当前阶段 办理状态 处理状态 状态",
    "result": "办理结果 回复内容 处置结果 result 办理情况 答复意见 答复内容 反馈内容 处理结果 处理情况 回复意见",
    "closed_at": "办结时间 endtime 结案时间 答复时间 回复时间 办结日期 结案日期 答复日期",
    "rating": "是否解决 是否满意 nrmydpj 满意度 回访结果 不满意原因",
    "tags": "标签 isrepeat islongcase istermination 是否重复 重复件 积案",
    "open": "isopen 是否公开",
    "secret": "要求保密 是否保密",
    "likes": "点赞数 支持数",
    "dislikes": "反对数",
})  # fmt: skip

# A caller's own columns: every word for the person, with every word for what is asked of him.
_PERSON_WORDS = (
    "来电人 求助人员 求助人 联系人 来访人 来信人 诉求人 反映人 信访人 投诉人 申请人 上访人 市民 群众 留言人 诉求人员"
)
_PERSON_PARTS = {
    "person": "姓名 名称",
    "phone": "电话 联系电话 电话号码 手机 手机号 手机号码 联系方式 号码",
    "id_no": "身份证号 身份证号码 身份证 证件号码",
    "sex": "性别",
    "home": "住址 地址 联系地址 家庭住址",
}

_DROPPED = re.compile(r"[\s*:：?？!！。\"'“”‘’]")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】|〔[^〔〕]*〕|《[^《》]*》|<[^<>]*>|\{[^{}]*\}")
_BRACKETS = re.compile(r"[()\[\]【】〔〕《》<>{}]")
_MAPPING_NAME = re.compile(r"[a-z0-9_]{1,40}")


@dataclass(frozen=True)
class NamedMapping:
    """A layout somebody wrote down: header -> canonical column, or position (0-based) -> canonical column."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    positions: Mapping[int, str] = field(default_factory=dict)
    skip_rows: int = 0  # rows above the data, for positions only
    only: bool = False  # headers not named are not guessed


@dataclass(frozen=True)
class Layout:
    """Where the columns of one table are. `places`: canonical column -> its positions, the more telling first."""

    places: Mapping[str, tuple[int, ...]]
    headers: tuple[str, ...]  # header by position; a letter where there is none
    header_line: int  # the last header row, 1-based; 0 where there is none
    score: float

    @property
    def width(self) -> int:
        """How many positions have a header."""
        return len(self.headers)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Headers that are no canonical column: their cells are kept under the header's own name."""
        placed = {position for positions in self.places.values() for position in positions}
        return tuple(h for i, h in enumerate(self.headers) if h and i not in placed)


def fold_header(text: str) -> str:
    """A header as compared: half width, lower case, without spaces, stars, colons and brackets (their content stays)."""
    return _BRACKETS.sub("", _DROPPED.sub("", unicodedata.normalize("NFKC", text).lower()))


def canonical_column(header: str, mapping: NamedMapping | None = None) -> tuple[str, int] | None:
    """The canonical column of a header and its rank within it (0 = most telling), None if unknown.
    A remark in brackets, as in 联系电话(必填), is dropped where the header as a whole is unknown."""
    whole = fold_header(header)
    bare = fold_header(_BRACKETED.sub("", unicodedata.normalize("NFKC", header)))
    for word in (whole, bare):
        if mapping and word in mapping.headers:
            return mapping.headers[word], 0
    if mapping and mapping.only:
        return None
    return _known_headers().get(whole) or _known_headers().get(bare)


def find_layout(rows: Sequence[Sequence[str]], mapping: NamedMapping | None = None) -> Layout | None:
    """The best header among the first rows of a table, None if there is none with a title or a text.
    Rows are cell texts; merged cells are blank but for their first."""
    if mapping and mapping.positions:
        return _positional(rows, mapping)
    best: Layout | None = None
    for depth in range(1, HEADER_DEPTH + 1):
        for first in range(min(len(rows), HEADER_ROWS) - depth + 1):
            found = _layout(rows[first : first + depth], first + depth, mapping)
            if found and (best is None or found.score > best.score):
                best = found
    return best


def load_mapping(name: str) -> NamedMapping:
    """The mapping workflows/rules/mappings/NAME.toml. Raises SheetError mapping_missing, mapping_bad."""
    path = MAPPINGS / f"{name}.toml"
    if not _MAPPING_NAME.fullmatch(name) or not path.is_file():
        raise SheetError("mapping_missing", mapping=name, known=", ".join(mapping_names()))
    try:
        return _checked_mapping(name, tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, TypeError, ValueError, UnicodeDecodeError) as error:
        raise SheetError("mapping_bad", mapping=name, detail=str(error)) from error


def mapping_names() -> list[str]:
    """The names of all mappings there are."""
    return sorted(path.stem for path in MAPPINGS.glob("*.toml"))


def _checked_mapping(name: str, data: dict[str, object]) -> NamedMapping:
    headers, positions = data.get("headers", {}), data.get("positions", {})
    if not isinstance(headers, dict) or not isinstance(positions, dict) or bool(headers) == bool(positions):
        raise ValueError("either [headers] or [positions] is needed")
    for column in (*headers.values(), *positions.values()):
        if column not in HEADERS and column != IGNORE:
            raise ValueError(f"unknown column {column!r}")
    return NamedMapping(
        name,
        {fold_header(str(header)): str(column) for header, column in headers.items()},
        {int(position): str(column) for position, column in positions.items()},
        skip_rows=int(str(data.get("skip_rows", 0))),
        only=data.get("only") is True,
    )


@cache
def _known_headers() -> Mapping[str, tuple[str, int]]:
    """Folded header -> (canonical column, rank). A header in two columns would be a mistake of this file."""
    known: dict[str, tuple[str, int]] = {}
    for column, words in HEADERS.items():
        for rank, word in enumerate(words.split()):
            if known.setdefault(fold_header(word), (column, rank))[0] != column:
                raise ValueError(f"{word} stands in two columns")
    for column, parts in _PERSON_PARTS.items():
        for rank, part in enumerate(parts.split()):
            for person in _PERSON_WORDS.split():
                known.setdefault(fold_header(person + part), (column, rank))
    return known


def _layout(rows: Sequence[Sequence[str]], header_line: int, mapping: NamedMapping | None) -> Layout | None:
    """The layout if these rows, one under the other, are the header."""
    stacks = _stacks(rows)
    ranked: dict[str, list[tuple[int, int]]] = {}
    headers: list[str] = []
    for position, stack in enumerate(stacks):
        header, found = _read_stack(stack, mapping)
        headers.append(header)
        if found and found[0] != IGNORE:
            ranked.setdefault(found[0], []).append((found[1], position))
    if not {"title", "text"} & ranked.keys():
        return None
    while headers and not headers[-1]:
        headers.pop()
    filled = sum(1 for header in headers if header)
    score = len(ranked) + 0.01 * sum(map(len, ranked.values())) - 0.1 * (len(rows) - 1) - 0.001 * filled
    places = {column: tuple(position for _, position in sorted(found)) for column, found in ranked.items()}
    return Layout(places, tuple(headers), header_line, score)


def _stacks(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The header cells of each position from top to bottom; an upper cell reaches over the blanks to its right."""
    width = max((len(row) for row in rows), default=0)
    full = [[*row, *[""] * (width - len(row))] for row in rows]
    for depth, upper in enumerate(full[:-1]):
        reach = ""
        for position, cell in enumerate(upper):
            reach = cell or reach
            below = any(row[position] for row in full[depth + 1 :])
            upper[position] = cell or (reach if below else "")
    return [[row[position] for row in full if row[position]] for position in range(width)]


def _read_stack(stack: Sequence[str], mapping: NamedMapping | None) -> tuple[str, tuple[str, int] | None]:
    """The header told by a stack of cells, and what it is: all of it together, the lowest alone, else the upper ones."""
    if not stack:
        return "", None
    for words in ("".join(stack), "".join(stack[-2:]), stack[-1]):
        found = canonical_column(words, mapping)
        if found:
            return words, found
    return stack[-1], None


def _positional(rows: Sequence[Sequence[str]], mapping: NamedMapping) -> Layout | None:
    if not any(any(row) for row in rows):
        return None
    width = max(max(len(row) for row in rows), max(mapping.positions) + 1)
    places: dict[str, list[int]] = {}
    for position, column in sorted(mapping.positions.items()):
        places.setdefault(column, []).append(position)
    headers = rows[mapping.skip_rows - 1] if 0 < mapping.skip_rows <= len(rows) else ()
    named = tuple((headers[i] if i < len(headers) else "") or column_letter(i) for i in range(width))
    return Layout({c: tuple(p) for c, p in places.items() if c != IGNORE}, named, mapping.skip_rows, len(places))


def column_letter(position: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA: what spreadsheets write above a column."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def texts(row: Iterable[object]) -> list[str]:
    """A row's cells as header texts: one line each."""
    return [" ".join(str(cell).split()) if cell is not None else "" for cell in row]
