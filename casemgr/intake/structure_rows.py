"""One row of a structure file to one clean entry, or to all that is wrong with it. No database, no files here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from casemgr.errors import Invalid, Sentence
from casemgr.intake.cells import CellProblem, digits_lost, is_formula, known, one_line, read_count, read_moment, shown, squeeze
from casemgr.intake.structure_sheets import Row
from workflows.area_codes import fault_of, level_of, parent_of, trimmed
from workflows.categories import DISPUTE_CATEGORIES

LONGEST = {"name": 100, "committee": 100, "short_name": 40, "aliases": 4000, "email": 254, "post_name": 100}
LONGEST_OTHER = 64
LEVEL_WORDS = {
    "city": "市 city 州",
    "district": "区 县 区县 区/县 市辖区 县级市 district county",
    "street": "街道 镇 乡 乡镇 街道/乡镇 镇街 street town township",
    "community": "社区 村 村居 社区/村 村/社区 居委会 村委会 community village",
    "grid": "网格 基础网格 专属网格 grid",
    "microgrid": "微网格 微网 microgrid micro-grid",
}
ROLE_WORDS = {
    "grid_worker": "网格员 专职网格员 网格长 gridworker",
    "mediator": "调解员 人民调解员 专职调解员 专职人民调解员 mediator",
    "head": "调委会主任 调解委员会主任 人民调解委员会主任 headofthemediationcommittee head",
    "secretary": "书记 网格书记 网格党支部书记 支部书记 党支部书记 社区书记 社区党委书记 社区党总支书记 村书记 街道书记 党工委书记 secretary",
    "operator": "指挥中心坐席 指挥中心 坐席 坐席员 指挥中心值班员 值班员 command-centreoperator operator",
    "liaison": "部门联络员 联络员 departmentliaison liaison",
    "supervisor": "区督导员 督导员 区级督导员 districtsupervisor supervisor",
    "inspector": "督查员 caseinspector inspector",
    "system_admin": "系统管理员 systemadministrator system_admin systemadmin",
    "security_admin": "安全管理员 安全保密管理员 securityadministrator security_admin securityadmin",
    "audit_admin": "审计管理员 安全审计员 auditadministrator audit_admin auditadmin",
}
TEAM_WORDS = {  # key of the rules -> what the name of such a team holds
    "marriage_family": "婚姻 家庭 marriage family",
    "land_expropriation": "征地 拆迁 征收 land expropriation",
    "production_accident/injury": "生产事故 人身损害 工伤 accident injury",
    "neighbour": "邻里 相邻 neighbour neighbor",
    "property_management": "物业 propertymanagement",
    "labour": "劳动 劳资 欠薪 labour labor",
    "consumer_contract": "消费 合同 consumer contract",
    "environment": "环境 噪声 噪音 environment noise",
    "general": "综合 通用 general",
}
URBAN_WORDS = {True: "城 城市 城区 城镇 urban 是 yes true 1", False: "乡 农村 乡村 村 涉农 rural 否 no false 0"}
SEPARATORS = re.compile(r"[\n,，;；、|]+")
KEY = re.compile(r"[a-z0-9_/]{2,40}")
PLACE_ROLES = ("grid_worker", "head", "secretary", "operator", "supervisor", "system_admin", "security_admin", "audit_admin")

MISSING = "This is missing."
TOO_LONG = "More than %(limit)s characters."
FORMULA = "A formula stands here: paste its value instead."
DIGITS_LOST = "Excel has rounded the long number %(value)s: format the column as text and enter the code again."
NO_LEVEL = "%(value)s is no level: district, street, community, grid or micro-grid."
NO_COUNT = "%(value)s is no number."
NO_DATE = "%(value)s is no date."
NO_SIDE = "%(value)s is neither urban nor rural."
NO_KEY = "The team needs a key of small letters, digits and underscores, such as labour."
NO_CATEGORY = "%(value)s is no category of disputes: give codes of two or four digits."
NO_ROLE = "%(value)s is no post: grid worker, mediator, head, secretary, operator, liaison, supervisor or an administrator."
INSPECTOR = "A case inspector gets a dated mandate with a written basis from the security administrator, not a post."
NO_PLACE = "Say where the post is: the code of the area."
NO_DEPARTMENT = "Say which department: its code."


@dataclass(frozen=True, slots=True)
class AreaEntry:
    """An area, with its committee if one is named. None: the file does not say."""

    code: str
    name: str
    level: str
    parent: str
    urban: bool | None
    households: int | None
    shops: int | None
    aliases: str | None
    committee: str
    short_name: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class DepartmentEntry:
    """A department of the government of an area."""

    code: str
    name: str
    area: str


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """A team of a street. No categories: those of the rules for its key, none for the general team."""

    key: str
    name: str
    area: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """An account, with a post and a place on a team if the row names them."""

    login: str
    name: str
    email: str
    role: str
    area: str
    team: str
    department: str
    post_name: str
    capacity: int | None
    from_on: date | None
    to_on: date | None


Entry = AreaEntry | DepartmentEntry | TeamEntry | PersonEntry


class Cells:
    """The cells of a row, read one by one; what is wrong is gathered in `faults`."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.faults: dict[str, list[Sentence]] = {}

    def fault(self, column: str, msgid: str, **params: str) -> None:
        """Note a fault of a column."""
        self.faults.setdefault(column, []).append(Sentence(msgid, **params))

    def text(self, column: str, *, needed: bool = False) -> str:
        """The cell on one line; '' where it says nothing."""
        cell = self.row.cells.get(column)
        if is_formula(cell):
            self.fault(column, FORMULA)
            return ""
        text = known(cell)
        limit = LONGEST.get(column, LONGEST_OTHER)
        if len(text) > limit:
            self.fault(column, TOO_LONG, limit=str(limit))
            return ""
        if needed and not text:
            self.fault(column, MISSING)
        return text

    def code(self, column: str, *, needed: bool = False) -> str:
        """A code, with no digit lost in a spreadsheet number."""
        cell = self.row.cells.get(column)
        if digits_lost(cell):
            self.fault(column, DIGITS_LOST, value=shown(cell))
            return ""
        return trimmed(self.text(column, needed=needed).replace(" ", ""))

    def count(self, column: str) -> int | None:
        """A whole number."""
        try:
            return read_count(self.row.cells.get(column))
        except CellProblem:
            self.fault(column, NO_COUNT, value=shown(self.row.cells.get(column)))
            return None

    def degrees(self, column: str) -> float | None:
        """A latitude or longitude; None for an empty cell."""
        text = self.text(column)
        try:
            return float(text) if text else None
        except ValueError:
            self.fault(column, NO_COUNT, value=shown(self.row.cells.get(column)))
            return None

    def day(self, column: str) -> date | None:
        """A date."""
        cell = self.row.cells.get(column)
        try:
            moment = read_moment(cell)
        except CellProblem:
            moment = None
            self.fault(column, NO_DATE, value=shown(cell))
        return moment.day if moment else None

    def word(self, column: str, words: Mapping[str, str], msgid: str) -> str:
        """The key whose words the cell is one of; '' for an empty cell."""
        text = squeeze(self.text(column))
        found = next((key for key, names in words.items() if text == key or text in names.split()), "") if text else ""
        if text and not found:
            self.fault(column, msgid, value=shown(self.row.cells.get(column)))
        return found

    def settle(self) -> None:
        """Raise Invalid with all that is wrong, if anything is."""
        if self.faults:
            raise Invalid(self.faults)


def read_entry(row: Row) -> Entry:
    """The entry of a row. Raises Invalid."""
    cells = Cells(row)
    entry: Entry
    if row.kind == "areas":
        entry = read_area(cells)
    elif row.kind == "departments":
        entry = DepartmentEntry(
            cells.text("department", needed=True), cells.text("name", needed=True), cells.code("area", needed=True)
        )
    elif row.kind == "teams":
        entry = read_team(cells)
    else:
        entry = read_person(cells)
    cells.settle()
    return entry


def read_area(cells: Cells) -> AreaEntry:
    """An area; level and parent follow from the code where the row does not say them."""
    code = cells.code("code", needed=True)
    level = cells.word("level", LEVEL_WORDS, NO_LEVEL) or level_of(code)
    parent = cells.code("parent") or parent_of(code)
    if code and (fault := fault_of(code, level, parent)):
        cells.fault("code", fault)
    return AreaEntry(
        code, cells.text("name", needed=True), level, parent, read_urban(cells), cells.count("households"),
        cells.count("shops"), read_aliases(cells), cells.text("committee"), cells.text("short_name"),
        cells.degrees("latitude"), cells.degrees("longitude"),
    )  # fmt: skip


def read_urban(cells: Cells) -> bool | None:
    """Urban or rural, None where the row does not say."""
    found = cells.word("urban", {str(side): words for side, words in URBAN_WORDS.items()}, NO_SIDE)
    return found == "True" if found else None


def read_aliases(cells: Cells) -> str | None:
    """Estates, roads and villages, one a line."""
    cell = cells.row.cells.get("aliases")
    if not one_line(cell):
        return None
    if is_formula(cell):
        cells.fault("aliases", FORMULA)
        return None
    names = [one_line(part) for part in SEPARATORS.split(str(cell))]
    aliases = "\n".join(dict.fromkeys(name for name in names if name))
    if len(aliases) > LONGEST["aliases"]:
        cells.fault("aliases", TOO_LONG, limit=str(LONGEST["aliases"]))
    return aliases


def read_team(cells: Cells) -> TeamEntry:
    """A team; its key follows from its name where the row does not give one."""
    name, key = cells.text("name", needed=True), squeeze(cells.text("team"))
    if not key:
        key = next((key for key, words in TEAM_WORDS.items() if any(word in squeeze(name) for word in words.split())), "")
    if not KEY.fullmatch(key):
        cells.fault("team", NO_KEY)
    return TeamEntry(key, name, cells.code("area", needed=True), read_categories(cells))


def read_categories(cells: Cells) -> tuple[str, ...]:
    """Codes of dispute categories; a zero that a spreadsheet dropped is put back."""
    found = []
    for part in re.split(r"[\s,，;；、|]+", cells.text("categories")):
        code = part.zfill(len(part) + len(part) % 2)
        if part and code not in DISPUTE_CATEGORIES:
            cells.fault("categories", NO_CATEGORY, value=shown(part))
        elif part:
            found.append(code)
    return tuple(sorted(set(found)))


def read_person(cells: Cells) -> PersonEntry:
    """A person; a post needs its place."""
    entry = PersonEntry(
        cells.text("login", needed=True), cells.text("name", needed=True), cells.text("email"),
        cells.word("role", ROLE_WORDS, NO_ROLE), cells.code("area"), cells.text("team"), cells.text("department"),
        cells.text("post_name"), cells.count("capacity"), cells.day("from_on"), cells.day("to_on"),
    )  # fmt: skip
    if entry.role == "inspector":
        cells.fault("role", INSPECTOR)
    if entry.role in PLACE_ROLES and not entry.area or entry.role == "mediator" and not (entry.area or entry.team):
        cells.fault("area", NO_PLACE)
    if entry.role == "liaison" and not entry.department:
        cells.fault("department", NO_DEPARTMENT)
    return entry
