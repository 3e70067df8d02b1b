"""The yearly arrangement taken in: read from the announcement, previewed, put in force; only by the system administrator."""

import io
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select

from casemgr import audit
from casemgr.clock import FixedClock
from casemgr.config import Settings
from casemgr.models import CalendarVersion, DeadlineRow, Event
from casemgr.services.recount import verify_deadlines
from tests.web.life import Life
from tests.world import World, token_of
from workflows.calendar import load_calendar
from workflows.holiday_notice import NoticeError, arranged, read_arrangement

PAGE = "/settings/calendar/new"
RULES = Path(__file__).parents[2] / "workflows" / "rules" / "holidays.toml"
NOTICE_2026 = """关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。"""
NEXT = "2027-01-01\t2027-01-03\t休\t元旦\n2027-02-06\t2027-02-12\t休\t春节\n2027-02-13\t班\n2027-02-20\t班"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Passwords that do not age: the year goes on here."""
    return settings.model_copy(update={"password_max_days": 0})


@pytest.fixture
def admin(app: Flask, world: World) -> FlaskClient:
    return world.client(app, "system_admin")


def send(client: FlaskClient, url: str, **data: Any) -> Any:
    return client.post(url, data={**data, "csrf_token": token_of(client.get(PAGE).text)})


def test_the_announcement_is_read_as_it_was_published() -> None:
    found, known = read_arrangement(NOTICE_2026), load_calendar()
    assert found.year == 2026
    assert {day for run in found.rest for day in run.days()} == {day for day in known.rest if day.year == 2026}
    assert set(found.work) == {day for day in known.work if day.year == 2026}
    again = arranged(known, found)
    assert (again.rest, again.work, again.last_year) == (known.rest, known.work, known.last_year)
    assert {again.rest_name(day) for day in again.rest} == {known.rest_name(day) for day in known.rest}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no_year"), ("关于2026年的通知", "nothing_found"), ("2026年\n元旦：1月1日（周五）放假，共1天。", "wrong_weekday"),
        ("2026年\n元旦：1月1日至3日放假，共4天。", "wrong_count"), ("2026年\n元旦：2月30日放假。", "no_date"),
        ("2026年\n元旦：1月3日至1日放假。", "reversed"), ("2026-01-01 元旦", "no_kind"), ("2026-01-01 休\n2027-01-01 休", "several_years"),
        ("2028-01-01 休", "gap"), ("2027-01-01 休\n2027-01-04 班", "not_weekend"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused(text: str, code: str) -> None:
    with pytest.raises(NoticeError) as error:
        arranged(load_calendar(), read_arrangement(text))
    assert error.value.code == code


def test_what_would_move_is_shown_and_then_moves(app: Flask, world: World, clock: FixedClock) -> None:
    clock.instant = datetime.fromisoformat("2026-12-30T01:00:00+00:00")
    life = Life(app, world)
    life.step("accept", "head_a", category="0402")
    before = dict(life.rows(select(DeadlineRow.key, DeadlineRow.due_at).where(DeadlineRow.case_id == life.id)))
    admin = world.client(app, "system_admin")
    assert re.search(r"[1-9] running deadlines? fall", admin.get("/settings/calendar?lang=en").text)
    shown = send(admin, PAGE + "?lang=en", text=NEXT)
    assert shown.status_code == 200
    assert "2027" in shown.text
    assert re.search(r"\d+ due times? move", shown.text)
    with app.extensions["readings"]() as session:
        assert session.scalar(select(func.count()).select_from(CalendarVersion)) == 0, "only shown"
    answer = send(admin, f"{PAGE}/load", text=NEXT)
    assert answer.location == "/settings/calendar"
    after = dict(life.rows(select(DeadlineRow.key, DeadlineRow.due_at).where(DeadlineRow.case_id == life.id)))
    assert any(after[key] > due for key, due in before.items() if due), "New Year's Day is off"
    with app.extensions["sessions"]() as session:
        assert session.scalars(select(Event.kind).where(Event.kind == "case.recalculated")).all()
        assert verify_deadlines(session)[1] == []
        assert audit.verify(session)[1] == []
    page = admin.get("/settings/calendar?lang=en").text
    assert "Spring Festival" in page
    assert "2028" in page
    send(admin, f"{PAGE}/load", text=NEXT)
    with app.extensions["readings"]() as session:
        assert session.scalar(select(func.count()).select_from(CalendarVersion)) == 1, "nothing twice"


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_a_workbook_and_a_slip(world: World, admin: FlaskClient) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet
    sheet.append(["日期", "类型", "名称"])
    for n in range(3):
        sheet.append([date(2027, 1, 1) + timedelta(days=n), "休", "元旦"])
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    shown = send(admin, PAGE + "?lang=en", text="", file=(file, "节假日.xlsx"))
    assert "Nothing is in force yet" in shown.text
    slip = send(admin, PAGE, text=NOTICE_2026.replace("共9天", "共8天"))
    assert slip.status_code == 422
    assert "共8天" in slip.text
    assert send(admin, PAGE, text="").status_code == 422


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_names_of_holidays_are_words_and_no_markup(app: Flask, world: World, admin: FlaskClient) -> None:
    table = RULES.read_text(encoding="utf-8").replace('"Labour Day"', '"<b>100%</b> off"').replace('"cn-', '"own-')
    assert send(admin, f"{PAGE}/load", text=table).location == "/settings/calendar"
    for client, address in (
        (world.client(app, "head_a"), "/rooms?view=week&on=2026-05-01"),
        (admin, f"/structure/teams/{world.teams['general_a'].id}/roster?month=2026-05"), (admin, "/settings/calendar"),
    ):  # fmt: skip
        page = client.get(address)
        assert page.status_code == 200 and "&lt;b&gt;100%&lt;/b&gt; off" in page.text and "<b>100%" not in page.text, address
