"""flask joint find as a person types it: a file in, groups out, nothing stored."""

import json

from sqlalchemy import func, select

from casemgr.models import Case
from tests.intake.samples import message, write_csv

NOISE = "云栖雅苑楼下烧烤店半夜噪音扰民"
ROWS = [
    message(1, 留言主题=NOISE, 留言详情="烧烤店半夜还在营业,噪音油烟大,孩子睡不着。"),
    message(2, 留言主题="恒跃机械厂拖欠工资四个月", 留言详情="恒跃机械厂拖欠工资,社保停缴。"),
    message(3, 留言主题="投诉云栖雅苑烧烤店油烟噪音", 留言详情="云栖雅苑烧烤店半夜营业,噪音扰民,孩子睡不着。"),
]


def test_it_prints_the_groups_by_the_numbers_of_the_file_and_stores_nothing(app, tmp_path):
    path = write_csv(tmp_path / "来件.csv", ROWS)
    run = app.test_cli_runner()
    done = run.invoke(args=["joint", "find", str(path), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"groups": [["1", "3"]]}
    table = run.invoke(args=["joint", "find", str(path)]).stdout
    assert NOISE in table and "恒跃" not in table
    with app.extensions["sessions"]() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_a_file_without_alike_messages_and_no_file_are_one_sentence(app, tmp_path):
    path = write_csv(tmp_path / "来件.csv", ROWS[:2])
    run = app.test_cli_runner()
    assert len(run.invoke(args=["joint", "find", str(path)]).stdout.splitlines()) == 1
    missing = run.invoke(args=["joint", "find", str(tmp_path / "none.xlsx"), "--json"])
    assert missing.exit_code == 1 and "Traceback" not in missing.output
