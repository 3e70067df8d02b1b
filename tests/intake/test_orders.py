"""Hotline lists of the layouts known, taken in as orders: kinds, both legs with their due dates, joined by number."""

import csv
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from casemgr.intake.load import Job, load_file, try_file
from casemgr.models import Case, DeadlineRow, ImportRow, IncomingItem, Order
from tests.intake.samples import make_sessions, make_street

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
B = ["工单编号", "工单标题", "诉求内容", "诉求类型", "求助人员", "求助号码", "事件发生地", "市交办时间", "区交办时间",
     "市交办办结期限", "区交办办结期限", "紧急程度"]  # fmt: skip
C = ["热线单号", "诉求内容", "联系人姓名", "事发区域名称", "受理时间", "办结时间"]


@pytest.fixture
def sessions(engine, tmp_path):
    return make_sessions(engine, tmp_path)


@pytest.fixture
def street(sessions):
    return make_street(sessions, AT)


def write(path, headers, *rows):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([headers, *rows])
    return path


def row(number, kind="投诉", city="2026-03-06", district="2026-03-05 18:00", urgent="一般"):
    return [number, "路灯不亮", "幸福里3号楼前路灯不亮", kind, "周某", "", "东风社区", "2026-02-27 09:00", "2026-02-27 15:00" if district else "",
            city, district, urgent]  # fmt: skip


def load(sessions, path, street, **more):
    return load_file(Job(path, "hotline", street[0], process="order", **more), sessions, at=AT)


def test_both_legs_of_a_row_become_clocks_of_one_order(sessions, street, tmp_path):
    rows = (row("GD1"), row("GD2", "咨询", urgent="紧急"), row("", "投诉"), row("GD3", "求助", district=""))
    path = write(tmp_path / "b.csv", B, *rows)
    tally, lines = try_file(Job(path, "hotline", street[0], process="order"), sessions, at=AT)
    list(lines)
    assert (tally.created, tally.refused) == (3, 1)
    tally = load(sessions, path, street)
    assert (tally.created, tally.existing, tally.refused) == (3, 0, 1)
    with sessions() as session:
        found = {order.external_number: (order, session.get_one(Case, order.case_id)) for order in session.scalars(select(Order))}
        assert {number: (order.kind, order.urgency, case.area_id) for number, (order, case) in found.items()} == {
            "GD1": ("complaint", "normal", street[1]), "GD2": ("consultation", "urgent", street[1]), "GD3": ("help", "normal", street[1])}
        order, case = found["GD1"]
        assert (order.city_due_on, order.district_due_on) == (date(2026, 3, 6), date(2026, 3, 5))
        assert order.city_dispatched_at == datetime(2026, 2, 27, 1, tzinfo=UTC) and order.district_dispatched_at == datetime(2026, 2, 27, 7, tzinfo=UTC)
        clocks = {c.key: c.due_on for c in session.scalars(select(DeadlineRow).where(DeadlineRow.case_id == case.id)) if c.due_on}
        assert clocks == {"city_leg": date(2026, 3, 6), "district_leg": date(2026, 3, 5)}
        assert found["GD3"][0].district_due_on is None and session.scalars(select(IncomingItem)).all() == []
        [problem] = session.scalars(select(ImportRow.problems).where(ImportRow.outcome == "refused")).one()
        assert problem[0] == "order_unnumbered"


def test_the_second_leg_of_another_file_joins_the_order(sessions, street, tmp_path):
    load(sessions, write(tmp_path / "city.csv", B, row("GD1", district="")), street)
    tally = load(sessions, write(tmp_path / "district.csv", B, row("GD1", city="")), street)
    assert (tally.created, tally.existing) == (0, 1)
    with sessions() as session:
        order = session.scalars(select(Order)).one()
        assert (order.city_due_on, order.district_due_on) == (date(2026, 3, 6), date(2026, 3, 5))


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_what_is_over_outside_is_no_order(sessions, street, tmp_path):
    path = write(tmp_path / "c.csv", C, ["R1", "路灯不亮", "周某", "西苑社区", "2026-02-27", ""], ["R2", "井盖破了", "", "西苑社区", "2026-02-20", "2026-02-25"])
    tally = load(sessions, path, street)
    assert (tally.created, tally.refused) == (1, 1)
    assert load(sessions, path, street).existing == 1
