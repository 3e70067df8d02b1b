"""Files to canonical rows: every encoding and header trick, and every row accounted for."""

import csv
import datetime as dt
import io
import tracemalloc
import zipfile

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casemgr.intake.columns import HEADERS, canonical_column, column_letter, find_layout, load_mapping, mapping_names
from casemgr.intake.problems import SheetError, describe
from casemgr.intake.rows import canonical_rows, open_source

AT = dt.datetime(2026, 11, 22, 4, 0, tzinfo=dt.UTC)
MAILBOX = ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "反对数", "点赞数"]
MESSAGE = [1001, "U0001", "楼上漏水", "2025/3/7 9:00:00", "楼上漏水三个月，没有人管。", 0, 5]


def read(path, mapping=None, channel="mailbox"):
    return list(canonical_rows(path, channel, mapping, at=AT))


def csv_file(tmp_path, rows, encoding="utf-8", delimiter=",", name="a.csv"):
    path = tmp_path / name
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def xlsx_file(tmp_path, rows, name="a.xlsx", **sheets):
    book = openpyxl.Workbook()
    for title, content in {"Sheet1": rows, **sheets}.items():
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(row)
    book.remove(book.worksheets[0])
    book.save(tmp_path / name)
    return tmp_path / name


def codes(row):
    return [problem.code for problem in row.problems]


# --- encodings, delimiters, kinds of file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_in_every_usual_encoding(tmp_path, encoding, delimiter):
    rows = read(csv_file(tmp_path, [MAILBOX, MESSAGE], encoding, delimiter))
    assert len(rows) == 1
    row = rows[0]
    assert (row.line, row.key, row.title, row.person) == (2, "mailbox:1001", "楼上漏水", "U0001")
    assert row.received_at == dt.datetime(2025, 3, 7, 1, tzinfo=dt.UTC)
    assert row.facts == {"likes": "5", "dislikes": "0"}
    assert row.problems == ()


def test_cells_with_line_breaks_count_as_one_row(tmp_path):
    rows = read(csv_file(tmp_path, [MAILBOX, MESSAGE[:4] + ["一\n二\n三", 0, 0], [1002, *MESSAGE[1:]]]))
    assert [row.line for row in rows] == [2, 3]
    assert rows[0].text == "一\n二\n三"


def test_the_file_is_what_its_first_bytes_say(tmp_path):
    path = xlsx_file(tmp_path, [MAILBOX, MESSAGE])
    misnamed = tmp_path / "a.csv"
    path.rename(misnamed)
    assert len(read(misnamed)) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "file_old_excel"),
        (b"", "file_empty"),
        (b"  \r\n", "file_empty"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "file_web_page"),
        (b'<?xml version="1.0"?><Workbook/>', "file_web_page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0", "file_kind"),
        (b"\xff\xff\x81\x20,\x80\n", "file_encoding"),
        (b"PK\x03\x04 not a zip", "file_damaged"),
        ("序号,备注\n1,2\n".encode(), "header_missing"),
        (('留言主题,留言详情\n甲,"' + "长" * 1_000_001).encode(), "file_open_quote"),
    ],
)
def test_files_that_cannot_be_read_say_why(tmp_path, content, code):
    path = tmp_path / "上报.xls"
    path.write_bytes(content)
    with pytest.raises(SheetError) as error:
        read(path)
    assert error.value.code == code
    assert "上报.xls" in str(error.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(SheetError) as error:
        read(tmp_path / "no.xlsx")
    assert error.value.code == "file_missing"


def test_a_zip_that_is_no_workbook(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(SheetError) as error:
        read(tmp_path / "a.xlsx")
    assert error.value.code == "file_kind"


def test_a_workbook_cut_in_the_middle_gives_no_half_truth(tmp_path):
    path = xlsx_file(tmp_path, [MAILBOX] + [[i, *MESSAGE[1:]] for i in range(600)])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = sheet[: len(sheet) // 2]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with pytest.raises(SheetError) as error:
        read(path)
    assert error.value.code == "file_damaged"


# --- headers


def test_title_rows_above_the_header(tmp_path):
    rows = [["街道2025年3月留言明细表"], [], ["制表人", "张某"], MAILBOX, MESSAGE]
    assert [(row.line, row.number) for row in read(xlsx_file(tmp_path, rows))] == [(5, "1001")]


def test_merged_headers_over_two_rows(tmp_path):
    path = tmp_path / "merged.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:H1", "热线工单")
        for span, text in (("A2:A3", "工单编号"), ("B2:C2", "来电人"), ("D2:E2", "市交办"), ("F2:F3", "诉求内容")):
            sheet.merge_range(span, text)
        sheet.write_row("B3", ["姓名", "电话"])
        sheet.write_row("D3", ["时间", "办结期限"])
        sheet.write_row("A4", ["B-1", "某甲", "138****5678", "2025-03-07 10:00", "2025-03-12", "路灯不亮。"])
    (row,) = read(path, channel="hotline")
    assert (row.number, row.person, row.phone, row.masked, row.text) == (
        "B-1",
        "某甲",
        "138****5678",
        True,
        "路灯不亮。",
    )
    assert row.dispatched_at == (dt.datetime(2025, 3, 7, 2, tzinfo=dt.UTC),)
    assert row.due_at == (dt.datetime(2025, 3, 11, 16, tzinfo=dt.UTC),)


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("工单编号", "number"), (" 工 单 编 号 ", "number"), ("工单\n编号", "number"), ("*工单编号：", "number"),
        ("【工单编号】", "number"), ("工单编号（必填）", "number"), ("工单编号(12345)", "number"), ("ＩＮＦＯＩＤ", "number"),
        ("InfoId", "number"), ("来电人电话/账号", "phone"), ("反映人联系电话", "phone"), ("反映人姓名", "person"),
        ("村/社区/小区点位", "place"), ("答复意见", "result"), ("被投诉人", "against"),
        ("序号", None), ("被投诉人电话", None), ("备注", None), ("", None),
    ],
)  # fmt: skip
def test_headers_are_matched_tolerantly_but_never_guessed(header, column):
    found = canonical_column(header)
    assert (found and found[0]) == column


def test_no_header_means_two_things():
    for column, words in HEADERS.items():
        for word in words.split():
            assert canonical_column(word)[0] == column


def test_the_sheet_with_the_best_header_is_read_and_the_others_are_named(tmp_path):
    path = xlsx_file(
        tmp_path, [["说明"], ["本表每月上报"]], 明细=[MAILBOX, MESSAGE], 汇总=[["标题", "数量"], ["物业", 3]]
    )
    with open_source(path) as source:
        assert source.table.name == "明细"
        assert source.other_sheets == ("汇总",)
        assert source.row_estimate() == 1


def test_hidden_sheets_are_left_alone(tmp_path):
    path = xlsx_file(tmp_path, [["标题", "内容"], ["看得见", "一"]], 旧=[MAILBOX, MESSAGE])
    book = openpyxl.load_workbook(path)
    book["旧"].sheet_state = "hidden"
    book.save(path)
    assert [row.title for row in read(path)] == ["看得见"]


def test_blank_rows_and_repeated_headers_are_no_rows(tmp_path):
    rows = [MAILBOX, MESSAGE, [], [None, " "], MAILBOX, [1002, *MESSAGE[1:]], [None] * 7]
    assert [row.line for row in read(xlsx_file(tmp_path, rows))] == [2, 6]


def test_wrong_dimensions_in_the_file_hide_nothing(tmp_path):
    path = xlsx_file(tmp_path, [MAILBOX, MESSAGE, [1002, *MESSAGE[1:]]])
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b'ref="A1:G3"', b'ref="A1"')
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert len(read(path)) == 2


def test_unknown_columns_are_kept_under_their_header(tmp_path):
    (row,) = read(csv_file(tmp_path, [["标题", "内容", "网格员意见"], ["甲", "乙", "已到现场"]]))
    assert row.more == {"网格员意见": "已到现场"}


# --- mappings


def test_every_mapping_loads():
    assert {"mailbox", "hotline_a", "hotline_b", "petition_d", "petition_e", "petition_hefei"} <= set(mapping_names())
    for name in mapping_names():
        mapping = load_mapping(name)
        assert mapping.headers or mapping.positions


@pytest.mark.parametrize("name", ["nothing", "../default", "Mail Box", ""])
def test_an_unknown_mapping_lists_the_known_ones(tmp_path, name):
    with pytest.raises(SheetError) as error:
        load_mapping(name)
    assert error.value.code == "mapping_missing"
    assert "mailbox" in str(error.value)


@pytest.mark.parametrize(
    "text", ["[headers]\n'a' = 'nonsense'", "[headers]", "headers = 3", "x = ", "[positions]\nx = 'text'"]
)
def test_a_bad_mapping_is_refused(tmp_path, monkeypatch, text):
    monkeypatch.setattr("casemgr.intake.columns.MAPPINGS", tmp_path)
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(SheetError) as error:
        load_mapping("own")
    assert error.value.code == "mapping_bad"


def test_a_mapping_that_names_all_takes_no_other_column(tmp_path):
    path = csv_file(tmp_path, [[*MAILBOX, "标题"], [*MESSAGE, "别的"]])
    (row,) = read(path, "mailbox")
    assert row.title == "楼上漏水"
    assert row.more == {"标题": "别的"}


def test_columns_known_by_position_only(tmp_path):
    row = [""] * 19
    row[3], row[5], row[6], row[7] = "P2025001", "138××××", "110105********002X", "幸福里1号楼"
    row[9], row[12], row[14], row[18] = (
        "已办结",
        "城乡建设_集体土地上房屋拆迁与补偿_安置补偿",
        "某乙",
        "安置房迟迟不交。",
    )
    path = xlsx_file(tmp_path, [[f"列{i}" for i in range(19)], row])
    (found,) = read(path, "petition_hefei", "petition")
    assert (found.number, found.phone, found.home, found.status) == ("P2025001", "138****", "幸福里1号楼", "已办结")
    assert found.category == ("城乡建设", "集体土地上房屋拆迁与补偿", "安置补偿")
    assert (found.person, found.text, found.id_no) == ("某乙", "安置房迟迟不交。", "")
    assert codes(found) == ["id_masked"]
    assert found.line == 2


def test_a_beijing_like_order(tmp_path):
    headers = ["工单编号", "工单类型", "标题", "主要内容", "问题分类", "来电人", "来电人电话/账号", "被反映区", "被反映街乡镇",
               "村/社区/小区点位", "企业名称", "来电时间", "工单状态", "办理结果", "办结时间", "是否满意"]  # fmt: skip
    values = ["G0001", "投诉", "停车收费", "小区停车收费过高。", "物业管理->停车->收费", "保密", "保密", "某区", "某街道", "幸福里",
              "某物业公司", 45723.375, "办理中", "", "0001-01-01", "未评价"]  # fmt: skip
    (row,) = read(xlsx_file(tmp_path, [headers, values]), "hotline_a", "hotline")
    assert row.key == "hotline:g0001"
    assert (row.person, row.phone, row.secret) == ("", "", True)
    assert row.place == ("某区", "某街道", "幸福里")
    assert row.category == ("物业管理", "停车", "收费")
    assert row.received_at == dt.datetime(2025, 3, 7, 1, tzinfo=dt.UTC)
    assert row.closed_at is None
    assert row.facts == {"kind": "投诉", "rating": "未评价"}


def test_a_date_and_its_time_in_two_columns(tmp_path):
    headers = ["信访事项编号", "登记日期", "登记时间", "主要内容"]
    path = xlsx_file(
        tmp_path, [headers, ["E1", dt.date(2025, 3, 7), dt.time(9, 30), "甲"], ["E2", "2025/3/7", "0:15", "乙"]]
    )
    first, second = read(path, "petition_e", "petition")
    assert first.received_at == dt.datetime(2025, 3, 7, 1, 30, tzinfo=dt.UTC)
    assert second.received_at == dt.datetime(2025, 3, 6, 16, 15, tzinfo=dt.UTC)


# --- nasty cells


def test_an_impossible_date_refuses_the_row_and_names_it(tmp_path):
    bad = [[1, "U", "题", date, "文", 0, 0] for date in ("2025-02-30", "2099-01-01", "1975-01-01")]
    rows = read(csv_file(tmp_path, [MAILBOX, *bad]))
    assert [codes(row) for row in rows] == [["date_impossible"], ["date_in_future"], ["date_too_old"]]
    assert all(row.refused for row in rows)
    assert describe(rows[0].problems[0], str) == "留言时间: 2025-02-30 is not in the calendar."


def test_an_unreadable_or_empty_date_does_not(tmp_path):
    rows = read(csv_file(tmp_path, [MAILBOX, [1, "U", "题", "上周三", "文"], [2, "U", "题", "", "文"]]))
    assert [codes(row) for row in rows] == [["date_unreadable"], []]
    assert not any(row.refused for row in rows)


def test_formulas_stay_text(tmp_path):
    (row,) = read(
        xlsx_file(tmp_path, [MAILBOX, [1, "=1+1", '=HYPERLINK("http://x","y")', "2025/3/7", "=cmd|' /C calc'!A0"]])
    )
    assert row.title == '=HYPERLINK("http://x","y")'
    assert row.text == "=cmd|' /C calc'!A0"
    assert row.person == "=1+1"
    assert codes(row) == ["formula_kept"]


def test_a_long_text_is_kept_whole_and_one_beyond_measure_is_refused(tmp_path):
    rows = read(csv_file(tmp_path, [MAILBOX, [1, "U", "题", "", "长" * 100_000], [2, "U", "题", "", "长" * 100_001]]))
    assert len(rows[0].text) == 100_000
    assert not rows[0].refused
    assert codes(rows[1]) == ["cell_too_long"]
    assert rows[1].refused


def test_control_characters_are_dropped(tmp_path):
    (row,) = read(csv_file(tmp_path, [MAILBOX, [1, "U\x07", "题\x00目", "2025/3/7", "文\x0b字_x0007_"]]))
    assert (row.person, row.title, row.text) == ("U", "题目", "文字")


def test_a_row_that_says_nothing_is_refused_and_a_title_is_taken_from_the_text(tmp_path):
    rows = read(csv_file(tmp_path, [MAILBOX, [1, "U", "", "", "不详"], [2, "U", "", "", "楼道堆物。多次反映无果"]]))
    assert codes(rows[0]) == ["nothing_said"]
    assert rows[1].title == "楼道堆物"


def test_numbers_that_lost_their_digits_are_no_keys(tmp_path):
    rows = read(
        xlsx_file(tmp_path, [MAILBOX, [202503070000000017, *MESSAGE[1:]], ["0012", *MESSAGE[1:]], ["无", *MESSAGE[1:]]])
    )
    assert codes(rows[0]) == ["digits_lost"]
    assert rows[0].key.startswith("mailbox:#")
    assert rows[1].key == "mailbox:0012"
    assert rows[2].key.startswith("mailbox:#")


def test_the_key_is_the_same_for_the_same_row_however_it_is_written(tmp_path):
    headers = MAILBOX[1:]
    one = read(csv_file(tmp_path, [headers, MESSAGE[1:]]))[0]
    two = read(
        xlsx_file(
            tmp_path,
            [["标题行"], headers, ["U0001 ", "楼上 漏水", "2025/3/7 9:00:00", "楼上漏水三个月，没有人管。\r\n", 0, 9]],
        )
    )[0]
    other_day = read(csv_file(tmp_path, [headers, [*MESSAGE[1:3], "2025/3/8 9:00:00", *MESSAGE[4:]]]))[0]
    assert one.key == two.key != other_day.key


def test_broken_second_columns_only_leave_a_remark(tmp_path):
    headers = ["工单编号", "标题", "联系电话", "办理时限", "涉及人数", "身份证号"]
    (row,) = read(csv_file(tmp_path, [headers, ["1", "甲", "打不通", "5个工作日", "全体业主", "123"]]))
    assert codes(row) == ["id_wrong", "count_unreadable", "phone_unreadable", "date_ignored"] or set(codes(row)) == {
        "id_wrong", "count_unreadable", "phone_unreadable", "date_ignored"}  # fmt: skip
    assert not row.refused
    assert row.more == {"联系电话": "打不通"}


def test_memory_stays_bounded(tmp_path):
    path = tmp_path / "large.csv"
    line = ",".join(str(cell) for cell in MESSAGE[1:4]) + "," + "长" * 400 + ",0,0\n"
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(MAILBOX) + "\n")
        file.writelines(f"{i},{line}" for i in range(5_000))
    tracemalloc.start()
    assert sum(1 for _ in canonical_rows(path, "mailbox", at=AT)) == 5_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert path.stat().st_size > 6_000_000
    assert peak < 3_000_000


CELLS = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.floats().map(str),
    st.just("=1+1"),
    st.just("2025-02-30"),
    st.just("保密"),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=9), max_size=6))
def test_no_file_breaks_the_reader(tmp_path, rows):
    headers = ["编号", "姓名", "标题", "登记时间", "内容", "电话", "人数", "身份证号", "办结时间"]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([headers, *rows])
    path = tmp_path / "fuzz.csv"
    path.write_bytes(text.getvalue().encode("utf-8", "replace"))
    for row in read(path):
        assert row.key
        for problem in row.problems:
            assert describe(problem, str)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.lists(st.sampled_from(["", "标题", "内容", "来电人", "姓名", "甲", "电话"]), max_size=6), max_size=6
    )
)
def test_no_header_block_breaks_the_search(rows):
    layout = find_layout(rows)
    if layout:
        assert {"title", "text"} & layout.places.keys()
        assert all(position < layout.width for places in layout.places.values() for position in places)


def test_column_letters():
    assert [column_letter(i) for i in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
