"""flask structure import: sheets told apart, rows whole or not at all, nothing twice, passwords in the report only."""

import json
import stat
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.errors import Invalid
from casemgr.intake import structure
from casemgr.intake.problems import SheetError
from casemgr.intake.structure_rows import PersonEntry, read_entry
from casemgr.intake.structure_sheets import Row, find_head, read_rows
from casemgr.models import Account, Appointment, Area, AreaPath, Committee, Department, Event, Post, Team, TeamCategory, TeamMember
from tests.conftest import MONDAY
from tests.world import log_in

AREAS = [
    ["某街道网格一览表"],
    ["区划代码", "名称", "级别", "上级编码", "常住户数", "商铺数", "城乡", "包含小区", "调委会名称", "调委会简称"],
    ["500199001001001", "和风1网格", "网格", None, 658, 77, "城", "幸福里、东风新村", None, None],  # before what is above it
    ["500199001000", "和畅街道", "街道", None, None, None, None, None, "和畅街道人民调解委员会", "和畅"],
    ["500199001001", "和风社区", None, None, None, None, "城", None, "和风社区人民调解委员会", "和风"],
    ["50019900100100101", "和风1-1微网格", "微网格", "500199001001001", None, None, None, None, None, None],
    [None, None],
    ["500199001009001", "孤零网格", "网格", None, None, None, None, None, None, None],
    ["500199001001002", "写错网格", "网格", "500199001003", None, None, None, None, None, None],
    ["500199001001003", "负数网格", "网格", None, "不少户", None, None, None, None, None],
]
DEPARTMENTS = [["部门编码", "部门名称", "所属区域编码"], ["FGS", "某房管所", "500199001"], ["HJ", "某环境所", "500199002"]]
TEAMS = [
    ["队伍代号", "队伍名称", "类别代码", "所属街道"],
    ["labour", "劳动纠纷调解队", None, "500199001"],
    [None, "邻里纠纷调解队", 302, "500199001"],
    ["general", "综合调解队", None, "500199001"],
    ["odd", "奇怪队", "0777", "500199001"],
]
PEOPLE = [
    ["账号", "姓名", "岗位", "所属网格", "队伍", "部门", "承办上限", "任职开始", "邮箱"],
    ["wang", "王某甲", "网格员", "500199001001001", None, None, None, "2026-03-01", "wang@example.org"],
    ["wang", "王某甲", "书记", "500199001001001", None, None, None, None, None],
    ["li", "李某乙", "调解员", "500199001", "labour", None, 9, None, None],
    ["zhao", "赵某丙", "联络员", None, None, "FGS", None, None, None],
    ["sun", "孙某丁", "书记", "500199001888", None, None, None, None, None],
    ["qian", "钱某戊", "系统管理员", "500199001", None, None, None, None, None],
    ["qian", "钱某戊", "网格员", "500199001001001", None, None, None, None, None],
    ["zhou", "周某己", "督查员", "500199001", None, None, None, None, None],
    ["=1+1", "吴某庚", "网格员", "500199001001001", None, None, None, None, None],
]


def write(path: Path, **sheets: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "结构.xlsx", 人员=PEOPLE, 队伍=TEAMS, 说明=[["填表说明"], ["请勿改动表头"]], 部门=DEPARTMENTS, 网格=AREAS)


@pytest.fixture
def flask(app: Flask) -> Any:
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["structure", "import", *map(str, words)])


def counts(session: Session) -> dict[str, int]:
    tables = (Area, AreaPath, Committee, Department, Team, TeamCategory, TeamMember, Account, Post, Appointment, Event)
    return {t.__tablename__: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


def report_of(path: Path) -> dict[tuple[str, int], dict[str, str]]:
    rows = list(openpyxl.load_workbook(path).active.values)
    return {(row[0], int(row[1])): dict(zip(("key", "name", "outcome", "reason", "password"), row[2:], strict=True)) for row in rows[1:]}


def test_a_whole_street_comes_in(app: Flask, flask: Any, file: Path, tmp_path: Path) -> None:
    done = flask(file, "--report", tmp_path / "r.xlsx", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told.pop("seconds") >= 0
    assert told == {"rows": 22, "created": 12, "changed": 1, "existing": 0, "refused": 9, "accounts": 4}
    with app.extensions["readings"]() as session:
        areas = {area.code: area for area in session.scalars(select(Area))}
        assert sorted(areas) == ["500199001", "500199001001", "500199001001001", "50019900100100101"]
        grid = areas["500199001001001"]
        assert (grid.level, grid.households, grid.shops, grid.aliases) == ("grid", 658, 77, "幸福里\n东风新村")
        assert grid.parent_id == areas["500199001001"].id
        assert session.scalar(select(func.count()).select_from(AreaPath)) == 1 + 2 + 3 + 4
        assert set(session.scalars(select(Committee.short_name))) == {"和畅", "和风"}
        teams = {team.key: team for team in session.scalars(select(Team))}
        assert {key: team.general for key, team in teams.items()} == {"labour": False, "neighbour": False, "general": True}
        taken = session.execute(select(Team.key, TeamCategory.category).join(TeamCategory, TeamCategory.team_id == Team.id))
        assert {tuple(row) for row in taken} == {("labour", "07"), ("neighbour", "0302")}
        held = session.execute(select(Account.login, Post.role).join(Appointment, Appointment.account_id == Account.id).join(Post))
        assert {tuple(row) for row in held} == {
            ("wang", "grid_worker"), ("wang", "secretary"), ("li", "mediator"), ("zhao", "liaison"), ("qian", "system_admin"),
        }  # fmt: skip
        assert session.execute(select(TeamMember.capacity, TeamMember.from_on)).all() == [(9, MONDAY.date())]
        assert all(session.scalars(select(Account.must_change)))
        assert audit.verify(session)[1] == []


def test_the_report_says_why_and_holds_the_passwords(app: Flask, flask: Any, file: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.xlsx"
    done = flask(file, "--report", report)
    lines = report_of(report)
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert len(lines) == 22
    assert list(lines)[:2] == [("网格", 3), ("网格", 4)]
    refused = {key: line["reason"] for key, line in lines.items() if line["reason"]}
    assert list(refused) == [
        ("网格", 8), ("网格", 9), ("网格", 10), ("部门", 3), ("队伍", 5), ("人员", 6), ("人员", 8), ("人员", 9), ("人员", 10),
    ]  # fmt: skip
    assert "500199001009" in refused["网格", 8] and "不少户" in refused["网格", 10]
    assert "500199001888" in refused["人员", 6] and "0777" in refused["队伍", 5]
    passwords = {line["key"]: line["password"] for line in lines.values() if line["password"]}
    assert sorted(passwords) == ["li", "qian", "wang", "zhao"]
    assert not any(password in done.output for password in passwords.values())
    assert log_in(app.test_client(), "wang", passwords["wang"]).status_code == 302
    assert log_in(app.test_client(), "wang", passwords["li"]).status_code != 302


def test_a_second_run_changes_nothing_and_a_correction_only_itself(app: Flask, flask: Any, file: Path, tmp_path: Path) -> None:
    flask(file, "--report", tmp_path / "r.xlsx")
    with app.extensions["readings"]() as session:
        before = counts(session)
    again = json.loads(flask(file, "--report", tmp_path / "r2.xlsx", "--json").stdout)
    assert (again["created"], again["changed"], again["existing"], again["refused"], again["accounts"]) == (0, 0, 13, 9, 0)
    with app.extensions["readings"]() as session:
        assert counts(session) == before
    areas = [row[:] for row in AREAS]
    areas[2][4] = 700
    people = [row[:] for row in PEOPLE]
    people[3][6] = 15
    people[1][1] = "别人"
    fixed = write(tmp_path / "b.xlsx", 网格=areas, 人员=people)
    told = json.loads(flask(fixed, "--report", tmp_path / "r3.xlsx", "--json").stdout)
    assert told["changed"] == 2 and told["created"] == 0
    assert report_of(tmp_path / "r3.xlsx")["人员", 2]["reason"]
    with app.extensions["readings"]() as session:
        assert session.scalar(select(Area.households).where(Area.code == "500199001001001")) == 700
        assert list(session.scalars(select(TeamMember.capacity))) == [15]
        assert audit.verify(session)[1] == []


def test_a_dry_run_says_the_same_and_writes_nothing(app: Flask, flask: Any, file: Path, tmp_path: Path) -> None:
    with app.extensions["readings"]() as session:
        before = counts(session)
    tried = json.loads(flask(file, "--dry-run", "--report", tmp_path / "r.xlsx", "--json").stdout)
    with app.extensions["readings"]() as session:
        assert counts(session) == before
    assert all(not line["password"] for line in report_of(tmp_path / "r.xlsx").values())
    done = json.loads(flask(file, "--report", tmp_path / "r2.xlsx", "--json").stdout)
    names = ("rows", "created", "changed", "existing", "refused")
    assert [tried[name] for name in names] == [done[name] for name in names]


def test_a_row_that_fails_half_way_leaves_nothing(app: Flask, flask: Any, tmp_path: Path) -> None:
    """The account would be made before the post is refused: it must not stay."""
    people = [PEOPLE[0], ["he", "何某", "网格员", "500199001", None, None, None, "2026-03-09", None]]
    people[1].append("2026-03-01")
    people = [[*people[0], "任职结束"], people[1], ["he2", "何某乙", "书记", "500199001", None, None, None, None, None, None]]
    path = write(tmp_path / "a.xlsx", 网格=AREAS[1:2] + AREAS[3:4], 人员=people)
    told = json.loads(flask(path, "--report", tmp_path / "r.xlsx", "--json").stdout)
    assert (told["created"], told["refused"], told["accounts"]) == (2, 1, 1)
    with app.extensions["readings"]() as session:
        assert list(session.scalars(select(Account.login))) == ["he2"]
        assert list(session.scalars(select(Post.role))) == ["secretary"]
        assert audit.verify(session)[1] == []


def test_new_accounts_need_a_report(app: Flask, flask: Any, file: Path, tmp_path: Path) -> None:
    done = flask(file)
    assert done.exit_code == 2
    missing = flask(file, "--report", tmp_path / "no" / "r.xlsx")
    assert missing.exit_code == 1
    with app.extensions["readings"]() as session:
        assert counts(session)["accounts"] == counts(session)["areas"] == 0


def test_a_failing_commit_takes_the_report_back(app: Flask, flask: Any, file: Path, tmp_path: Path, monkeypatch: Any) -> None:
    def fail(self: Session) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(Session, "commit", fail)
    done = flask(file, "--report", tmp_path / "r.xlsx")
    assert done.exit_code == 1 and not (tmp_path / "r.xlsx").exists()


def test_a_csv_of_one_sheet_in_gbk(app: Flask, flask: Any, tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_bytes("编码;名称;户数\n500199001;和畅街道;\n500199001001;和风社区;1316\n".encode("gbk"))
    told = json.loads(flask(path, "--json").stdout)
    assert (told["created"], told["refused"]) == (2, 0)
    with app.extensions["readings"]() as session:
        assert session.scalar(select(Area.households).where(Area.code == "500199001001")) == 1316


def test_english_headers(app: Flask, flask: Any, tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.xlsx",
        areas=[["Code", "Name", "Level", "Households"], ["500199001", "Street", "street", None], ["500199001001", "East", "community", 900]],
        people=[["Login", "Name", "Role", "Area", "From"], ["amy", "Amy", "Secretary", "500199001001", "2026-03-02"]],
    )  # fmt: skip
    told = json.loads(flask(path, "--report", tmp_path / "r.xlsx", "--json").stdout)
    assert (told["created"], told["refused"], told["accounts"]) == (3, 0, 1)


def test_a_file_of_something_else_is_refused(flask: Any, tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", Sheet1=[["留言主题", "留言详情"], ["甲", "乙"]])
    done = flask(path)
    assert done.exit_code == 1 and "a.xlsx" in done.output
    with pytest.raises(SheetError):
        read_rows(tmp_path / "nothing.xlsx")


def test_sheets_are_told_apart_by_their_headers() -> None:
    assert find_head([["编码", "名称", "户数"]], "Sheet1").kind == "areas"
    assert find_head([["", ""], ["部门编码", "名称"]], "Sheet1").kind == "departments"
    assert find_head([["账号", "姓名", "岗位"]], "网格").kind == "people"
    assert find_head([["标题", "内容"]], "网格") is None


def entry(kind: str, **cells: object) -> Any:
    return read_entry(Row(kind, "s", 2, cells))


def test_cells_of_a_row() -> None:
    assert entry("areas", code=500199001001001, name="甲").code == "500199001001001"
    assert entry("areas", code="500199001001001", name="甲", urban="农村").urban is False
    person = entry("people", login="wang", name="王某", role="专职网格员", area="500199001001001", from_on="2026年3月1日")
    assert isinstance(person, PersonEntry) and person.role == "grid_worker" and person.from_on.isoformat() == "2026-03-01"


@pytest.mark.parametrize(
    "kind, cells, column",
    [
        ("areas", {"code": 5.0019900100100101e16, "name": "甲"}, "code"),
        ("areas", {"code": "50019900100100101X", "name": "甲"}, "code"),
        ("areas", {"code": "500199001001", "name": "甲", "level": "网格"}, "code"),
        ("areas", {"code": "500199001001", "name": "甲" * 101}, "name"),
        ("areas", {"code": "500199001001", "name": "=HYPERLINK(1)"}, "name"),
        ("areas", {"code": "500199001001", "name": "甲", "urban": "半城半乡"}, "urban"),
        ("areas", {"code": "500199001001", "name": "甲", "level": "片区"}, "level"),
        ("teams", {"name": "某某队", "area": "500199001"}, "team"),
        ("people", {"login": "w", "name": "王", "role": "网格员"}, "area"),
        ("people", {"login": "w", "name": "王", "role": "皇帝"}, "role"),
        ("people", {"login": "w", "name": "王", "from_on": "2026-02-30"}, "from_on"),
        ("people", {"login": "w", "name": "王", "capacity": "很多"}, "capacity"),
        ("departments", {"department": "X", "name": "某所"}, "area"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(kind: str, cells: dict[str, object], column: str) -> None:
    with pytest.raises(Invalid) as caught:
        entry(kind, **cells)
    assert column in caught.value.fields


def test_the_kinds_are_taken_in_order() -> None:
    assert tuple(structure.TAKERS) == ("areas", "departments", "teams", "people")


def test_cells_merged_downwards_hold_for_each_of_their_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet
    sheet.title = "人员"
    for row in (["人员一览", None, None, None], ["账号", "姓名", "岗位", "所属网格"], ["wang", "王某甲", "网格员", "5001"],
                [None, None, "书记", None], [None, None, None, None], ["li", "李某乙", "调解员", None], ["sun", None, "书记", "5002"]):  # fmt: skip
        sheet.append(row)
    for span in ("A1:D1", "A3:A5", "B3:B5", "D3:D6"):
        sheet.merge_cells(span)
    book.save(tmp_path / "merged.xlsx")
    rows, _ = read_rows(tmp_path / "merged.xlsx")
    assert [(row.line, dict(row.cells)) for row in rows] == [
        (3, {"login": "wang", "name": "王某甲", "role": "网格员", "area": "5001"}),
        (4, {"login": "wang", "name": "王某甲", "role": "书记", "area": "5001"}),
        (6, {"login": "li", "name": "李某乙", "role": "调解员", "area": "5001"}),
        (7, {"login": "sun", "role": "书记", "area": "5002"}),
    ]
