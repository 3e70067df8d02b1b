"""Cells: dates in every usual writing, masked phones, ID numbers, counts, class paths, dirty text."""

import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemgr.intake import cells
from casemgr.intake.problems import SENTENCES, CellProblem

TODAY = dt.date(2026, 11, 22)


def utc(*parts):
    return dt.datetime(*parts, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("cell", "instant"),
    [
        ("2025/3/7", utc(2025, 3, 6, 16)),
        ("2025-03-07 09:00:00", utc(2025, 3, 7, 1)),
        ("2025-03-07T09:00:00", utc(2025, 3, 7, 1)),
        ("2025-03-07T09:00:00.123456", utc(2025, 3, 7, 1)),
        ("2025-03-07T09:00:00Z", utc(2025, 3, 7, 9)),
        ("2025-03-07T09:00:00+08:00", utc(2025, 3, 7, 1)),
        ("2025-03-07T09:00:00+0900", utc(2025, 3, 7, 0)),
        ("2025/3/7 9:05", utc(2025, 3, 7, 1, 5)),
        ("2025.3.7", utc(2025, 3, 6, 16)),
        ("2025年3月7日", utc(2025, 3, 6, 16)),
        ("2025年3月7日 9时5分", utc(2025, 3, 7, 1, 5)),
        ("2025年03月07日09时05分30秒", utc(2025, 3, 7, 1, 5, 30)),
        ("2025年3月7日 星期五", utc(2025, 3, 6, 16)),
        ("2025/3/7 (周五) 9:05", utc(2025, 3, 7, 1, 5)),
        ("2025年3月7日下午2点30分", utc(2025, 3, 7, 6, 30)),
        ("2025/3/7 2:30:00 PM", utc(2025, 3, 7, 6, 30)),
        ("2025/3/7 凌晨12:30", utc(2025, 3, 6, 16, 30)),
        ("２０２５／３／７　９：０５", utc(2025, 3, 7, 1, 5)),
        ("2025-03-07 24:00", utc(2025, 3, 7, 16)),
        ("20250307", utc(2025, 3, 6, 16)),
        ("20250307090530", utc(2025, 3, 7, 1, 5, 30)),
        (45723, utc(2025, 3, 6, 16)),
        (45723.375, utc(2025, 3, 7, 1)),
        ("45723.375", utc(2025, 3, 7, 1)),
        (dt.datetime(2025, 3, 7, 9, 0), utc(2025, 3, 7, 1)),
        (dt.date(2025, 3, 7), utc(2025, 3, 6, 16)),
        ("1986-07-01 12:00", utc(1986, 7, 1, 3)),  # summer time was in force
        ("2024-02-29", utc(2024, 2, 28, 16)),
        ("2026-11-22 23:59", utc(2026, 11, 22, 15, 59)),  # later today is not the future
    ],
)
def test_dates_as_people_write_them(cell, instant):
    assert cells.read_instant(cell, today=TODAY) == instant


@pytest.mark.parametrize(
    "cell",
    [None, "", "  ", "不详", "保密", "-", "0001-01-01", "0001-01-01T00:00:00", "0001/1/1 0:00:00", "0000-00-00 00:00:00",
     "1899-12-30", "1899/12/31 00:00", 0, "0", dt.datetime(1, 1, 1), dt.datetime(1899, 12, 30)],
)  # fmt: skip
def test_placeholders_are_no_dates(cell):
    assert cells.read_instant(cell, today=TODAY) is None


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2025-02-30", "date_impossible"),
        ("2025/2/29", "date_impossible"),
        ("2025年13月1日", "date_impossible"),
        ("20250431", "date_impossible"),
        ("2025-03-07 25:00", "date_impossible"),
        ("2025-03-07 09:61", "date_impossible"),
        ("2027-01-01", "date_in_future"),
        ("2026-11-23", "date_in_future"),
        ("1979-12-31", "date_too_old"),
        (dt.datetime(1900, 1, 1), "date_too_old"),
        ("上周三", "date_unreadable"),
        ("3月7日", "date_unreadable"),
        ("2025-03-07 上午某时", "date_unreadable"),
        ("12:30", "date_unreadable"),
        ("99999999999", "date_unreadable"),
        (True, "date_unreadable"),
        ("#VALUE!", "date_unreadable"),
    ],
)
def test_dates_that_cannot_be(cell, code):
    with pytest.raises(CellProblem) as problem:
        cells.read_instant(cell, today=TODAY)
    assert problem.value.code == code
    assert SENTENCES[code] % ({"header": "h"} | problem.value.params)


def test_without_today_a_due_date_may_lie_ahead():
    assert cells.read_instant("2031-01-01") == utc(2030, 12, 31, 16)


@pytest.mark.parametrize(
    ("cell", "first", "masked", "others"),
    [
        (13800005678, "13800005678", False, ()),
        (13800005678.0, "13800005678", False, ()),
        ("138 0000 5678", "13800005678", False, ()),
        ("138-0000-5678", "13800005678", False, ()),
        ("+86 13800005678", "13800005678", False, ()),
        ("8613800005678", "13800005678", False, ()),
        ("１３８００００５６７８", "13800005678", False, ()),
        ("0531-80001234", "053180001234", False, ()),
        ("(0531)80001234", "053180001234", False, ()),
        ("80001234", "80001234", False, ()),
        ("138****5678", "138****5678", True, ()),
        ("138××××5678", "138****5678", True, ()),
        ("138××××", "138****", True, ()),
        ("138xxxx5678", "138****5678", True, ()),
        ("13800005678;13900005678", "13800005678", False, ("13900005678",)),
        ("138****5678、13900005678", "13900005678", False, ("138****5678",)),
        ("手机：13800005678", "13800005678", False, ()),
        ("保密", "", False, ()),
        ("不详", "", False, ()),
        (None, "", False, ()),
        ("", "", False, ()),
    ],
)
def test_phones(cell, first, masked, others):
    assert cells.read_phones(cell) == cells.Phones(first, masked, others)


@pytest.mark.parametrize("cell", ["打不通", "A00012345", "12", "***", "138000056789012"])
def test_what_is_no_phone_is_said(cell):
    with pytest.raises(CellProblem) as problem:
        cells.read_phones(cell)
    assert problem.value.code == "phone_unreadable"


def test_id_numbers_by_their_check_character():
    assert cells.read_id_no(" 11010519491231002x ") == "11010519491231002X"  # the example of GB 11643
    assert cells.read_id_no("不详") == ""


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("110105194912310021", "id_wrong"),
        ("abc", "id_wrong"),
        ("110105********002X", "id_masked"),
        (1.1010519491231e17, "digits_lost"),
    ],
)
def test_id_numbers_that_cannot_be(cell, code):
    with pytest.raises(CellProblem) as problem:
        cells.read_id_no(cell)
    assert problem.value.code == code


@pytest.mark.parametrize(
    ("cell", "count"),
    [(3, 3), (3.0, 3), ("3人", 3), ("约30余人", 30), ("5-10人", 10), ("5～10", 10), ("三十二", 32), ("十五户", 15), ("百余人", 100),
     ("一百零五人", 105), ("2千", 2000), ("三千余", 3000), ("", None), (None, None), ("不详", None), ("０", 0)],
)  # fmt: skip
def test_counts(cell, count):
    assert cells.read_count(cell) == count


@pytest.mark.parametrize("cell", ["全体业主", "数十人", "几百人", "-3", "1.5", "99999999"])
def test_counts_that_say_nothing_sure(cell):
    with pytest.raises(CellProblem):
        cells.read_count(cell)


@pytest.mark.parametrize("cell", ["城乡建设->物业->收费", "城乡建设_物业_收费", "城乡建设/物业/收费", "城乡建设-物业-收费",
                                  "城乡建设 ＞ 物业 → 收费", "城乡建设_物业_收费_"])  # fmt: skip
def test_class_paths(cell):
    assert cells.read_path(cell) == ("城乡建设", "物业", "收费")


def test_text_is_kept_whole_and_cleaned():
    dirty = "\n\t\t\n\t 第一行\x00\x07　有空格 \r\n\r\n\r\n第二行_x000D_\u202e反\ufeff\n"
    assert cells.clean_text(dirty) == "第一行 有空格\n第二行\n反"
    assert len(cells.clean_text("长" * 100_000)) == 100_000


def test_lone_surrogates_do_not_survive():
    cells.clean_text("坏\ud800字").encode()


@pytest.mark.parametrize(
    ("cell", "text"), [('="00123"', "00123"), ("'00123", "00123"), ("\t00123", "00123"), (12.0, "12"), (12, "12")]
)
def test_numbers_forced_to_text(cell, text):
    assert cells.one_line(cell) == text


@pytest.mark.parametrize(
    ("cell", "is_one"),
    [
        ("=1+1", True),
        ('=HYPERLINK("x")', True),
        ("=", False),
        ("== 标题 ==", False),
        ('="007"', False),
        ("普通", False),
    ],
)
def test_formulas_are_known(cell, is_one):
    assert cells.is_formula(cell) is is_one


ANY_CELL = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=60), st.datetimes(), st.dates(), st.times(),
    st.timedeltas(), st.text(alphabet=string.digits + "-/:.年月日 时T+*×人千", max_size=25),
    st.datetimes(timezones=st.just(dt.UTC)),
)  # fmt: skip


@given(cell=ANY_CELL)
def test_no_cell_breaks_a_reader(cell):
    for read in (cells.read_moment, cells.read_phones, cells.read_id_no, cells.read_count, cells.read_instant,
                 lambda c: cells.read_instant(c, today=TODAY)):  # fmt: skip
        try:
            read(cell)
        except CellProblem as problem:
            assert SENTENCES[problem.code] % ({"header": "h", "limit": "", "length": ""} | problem.params)
    for read in (
        cells.clean_text,
        cells.one_line,
        cells.known,
        cells.is_secret,
        cells.is_formula,
        cells.digits_lost,
        cells.read_path,
        cells.shown,
    ):
        read(cell)


@given(text=st.text())
def test_cleaning_twice_changes_nothing(text):
    once = cells.clean_text(text)
    assert cells.clean_text(once) == once or "_x" in once
