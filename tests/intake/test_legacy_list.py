"""An old list of legacy cases taken in: a case for each row, once, without rungs or notices, with all the list said."""

import pytest
from sqlalchemy import func, select

from casemgr.intake.load import Job, load_file, try_file
from casemgr.models import Case, DeadlineRow, LegacyCase, Notice, Party
from tests.conftest import MONDAY
from tests.intake.samples import make_sessions, make_street, message, write_csv


@pytest.fixture
def sessions(engine, tmp_path):
    return make_sessions(engine, tmp_path)


def test_each_row_becomes_a_case_once(sessions, tmp_path):
    street = make_street(sessions, MONDAY)
    path = write_csv(tmp_path / "a.csv", [
        message(1, 留言主题="第二期征地款", 留言用户="某甲", 联系电话="13800005678", 涉及人数="33人", 备注="原件在档案室", 留言时间="1998-05-01"),
        message(2, 留言主题="旧市场门面"), message(2, 留言主题="旧市场门面"), message(3, 留言主题="", 留言详情=""),
    ])  # fmt: skip
    job = Job(path, "petition", street[0], history=True, process="legacy")
    tally, lines = try_file(job, sessions, at=MONDAY)
    assert [line.outcome for line in lines] == ["would_create", "would_create", "existing", "refused"]
    first, again = (load_file(job, sessions, at=MONDAY) for _ in range(2))
    assert (first.created, first.existing, first.refused) == (2, 1, 1)
    assert (again.created, again.existing) == (0, 3)
    with sessions() as session:
        case, row = session.execute(select(Case, LegacyCase).join(LegacyCase).where(LegacyCase.key == "petition:1")).one()
        assert (case.process, case.state, case.history, case.tier, case.facts["people"]) == ("legacy", "proposed", True, "red", 33)
        assert case.number.startswith("遗") and row.since_year == 1998 and row.origin["more"] == {"备注": "原件在档案室"}
        assert session.scalar(select(func.count()).select_from(Party).where(Party.case_id == case.id)) == 1
        assert session.scalar(select(func.count()).select_from(Notice)) == 0
        assert session.scalars(select(DeadlineRow.next_rung_at)).all() == [None, None]
