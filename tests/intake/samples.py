"""A small street and made-up messages for the tests of loading."""

import csv

from sqlalchemy.orm import Session, sessionmaker

from casemgr import db
from casemgr.keys import Keyring
from casemgr.policy import SETUP
from casemgr.services.structure import add_area

HEADERS = ["留言编号", "留言用户", "联系电话", "留言主题", "留言时间", "留言详情", "涉及人数", "备注"]
TOPICS = (
    "楼上邻居漏水，多次协商不成，要求赔偿。", "物业公司乱收停车费，全体业主反对。", "工地夜间施工噪音扰民，请处理。",
    "公司拖欠12名工人工资，至今未发。", "请问社区老年食堂几点开门？", "建议在路口增设红绿灯。",
)  # fmt: skip


def message(number, **cells):
    row = {
        "留言编号": number, "留言用户": f"网友{number}", "联系电话": "", "留言主题": f"反映第{number}件事",
        "留言时间": "2026/2/27 9:00:00", "留言详情": TOPICS[number % len(TOPICS)] if isinstance(number, int) else "路灯不亮。",
        "涉及人数": "", "备注": "",
    }  # fmt: skip
    return [{**row, **cells}[header] for header in HEADERS]


def write_csv(path, rows):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADERS, *rows])
    return path


def make_sessions(engine, folder) -> sessionmaker[Session]:
    sessions = db.make_session(engine)
    sessions.configure(info={"keys": Keyring({"1": b"k" * 32}, b"i" * 32), "files": folder})
    return sessions


def make_street(sessions, at):
    """A street of two communities; the ids of street, east, west."""
    with sessions() as session, db.transaction(session):
        street = add_area(session, "110199001", "和畅街道", "street", None, actor=SETUP, at=at)
        east = add_area(
            session, "110199001001", "东风社区", "community", street, actor=SETUP, at=at, aliases="幸福里\n东风新村"
        )
        west = add_area(session, "110199001002", "西苑社区", "community", street, actor=SETUP, at=at, aliases="锦绣园")
        return street.id, east.id, west.id
