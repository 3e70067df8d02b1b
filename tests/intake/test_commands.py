"""flask intake, triage and sort as a person types them."""

import json

import openpyxl
import pytest
from sqlalchemy import func, select, update

from casemgr import db
from casemgr.models import Account, Appointment, Case, IncomingItem, Party, Post
from tests.conftest import MONDAY
from tests.intake.samples import make_street, message, write_csv


@pytest.fixture
def sessions(app):
    return app.extensions["sessions"]


@pytest.fixture
def street(sessions):
    return make_street(sessions, MONDAY)


@pytest.fixture
def flask(app, street):
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=[str(word) for word in words])


def operator(sessions, area_id, login="op"):
    with sessions() as session, db.transaction(session):
        account = Account(
            login=login, name="某操作员", password_hash="x", password_changed_at=MONDAY, created_at=MONDAY
        )
        post = Post(role="operator", area_id=area_id)
        session.add_all([account, post])
        session.flush()
        session.add(Appointment(account_id=account.id, post_id=post.id, from_on=MONDAY.date()))
        return account.id


def test_intake_prints_json_and_writes_the_report(flask, tmp_path):
    path = write_csv(tmp_path / "来件.csv", [message(1), message(2, 留言时间="2025-02-30"), message(3)])
    done = flask("intake", path, "--channel", "mailbox", "--report", tmp_path / "r.xlsx", "--json")
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)
    assert {k: printed[k] for k in ("rows", "created", "existing", "refused")} == {
        "rows": 3,
        "created": 2,
        "existing": 0,
        "refused": 1,
    }
    assert printed["seconds"] >= 0
    assert set(printed) == {"rows", "created", "existing", "refused", "seconds"}
    rows = list(openpyxl.load_workbook(tmp_path / "r.xlsx").active.iter_rows(values_only=True))
    assert len(rows) == 4
    assert "2025-02-30" in rows[2][4]
    again = json.loads(flask("intake", path, "--channel", "mailbox", "--json").stdout)
    assert (again["created"], again["existing"], again["refused"]) == (0, 2, 1)


def test_dry_run_then_real_run(flask, sessions, tmp_path):
    path = write_csv(tmp_path / "a.csv", [message(1), message(2)])
    tried = flask("intake", path, "--channel", "grid", "--dry-run", "--json", "--report", tmp_path / "r.xlsx")
    assert json.loads(tried.stdout)["created"] == 2
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0
    assert flask("intake", path, "--channel", "grid", "--area", "110199001002").exit_code == 0
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 2


@pytest.mark.parametrize(
    "words",
    [("missing.csv",), ("old.xls",), ("a.csv", "--mapping", "nothing"), ("a.csv", "--area", "999"), ("plain.txt",)],
)
def test_what_cannot_be_done_is_one_sentence(flask, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "a.csv", [message(1)])
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    (tmp_path / "plain.txt").write_text("只有一行字")
    done = flask("intake", *words, "--channel", "mailbox")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_a_report_that_cannot_be_written_stops_it_before_anything_happens(flask, sessions, tmp_path):
    path = write_csv(tmp_path / "a.csv", [message(1)])
    done = flask("intake", path, "--channel", "mailbox", "--report", tmp_path / "nowhere" / "r.xlsx")
    assert done.exit_code == 2
    assert "nowhere" in done.stderr
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_triage_says_what_each_message_is_and_why(flask, tmp_path):
    path = write_csv(tmp_path / "a.csv", [message(1), message(4)])
    found = json.loads(flask("triage", path, "--json").stdout)
    assert set(found) == {"1", "4"}
    assert set(found["1"]) == {"kind", "team", "tier", "category", "why"}
    assert found["4"]["kind"] == "consultation"
    assert all(isinstance(line, str) for lines in found["1"]["why"].values() for line in lines)
    assert "1\t" in flask("triage", path).stdout


def test_sort_accepts_what_is_suggested_in_the_operators_name(flask, sessions, street, tmp_path):
    flask(
        "intake",
        write_csv(tmp_path / "a.csv", [message(n, 联系电话="保密") for n in range(12)]),
        "--channel",
        "mailbox",
    )
    assert flask("sort", "--accept-suggested").exit_code == 2  # nobody to answer for it
    account_id = operator(sessions, street[0])
    first = json.loads(flask("sort", "--accept-suggested", "--limit", 5, "--json").stdout)
    assert (first["sorted"], first["refused"], first["left"]) == (5, 0, 7)
    rest = json.loads(flask("sort", "--accept-suggested", "--as", "op", "--json").stdout)
    assert (rest["sorted"], rest["refused"], rest["left"]) == (7, 0, 0)
    with sessions() as session:
        items = session.execute(
            select(Case.state, IncomingItem.became_id).join(IncomingItem, IncomingItem.case_id == Case.id)
        ).all()
        made = [became for state, became in items if state == "sorted"]
        assert len(items) == 12
        assert {state for state, _ in items} == {"sorted"}
        matters = session.scalars(select(Case).where(Case.process.in_(("dispute", "order", "petition")))).all()
        assert sorted(m.id for m in matters) == sorted(made) and {m.process for m in matters} > {"dispute"}
        assert {m.registered_by for m in matters} == {account_id}
        assert not any(m.tier_confirmed for m in matters)
        hidden = session.scalars(select(Party.contact_hidden).where(Party.case_id.in_(made))).all()
        assert hidden == [True] * len(made)
    assert json.loads(flask("sort", "--accept-suggested", "--json").stdout)["sorted"] == 0


def test_sort_one_that_cannot_be_sorted_does_not_stop_the_rest(flask, sessions, street, tmp_path):
    flask("intake", write_csv(tmp_path / "a.csv", [message(n) for n in range(6)]), "--channel", "mailbox")
    operator(sessions, street[0])
    with sessions() as session, db.transaction(session):
        bad = session.scalar(select(IncomingItem.case_id).order_by(IncomingItem.case_id).limit(1))
        reading = {"kind": "dispute", "dispute_category": "no such thing"}
        session.execute(update(IncomingItem).where(IncomingItem.case_id == bad).values(reading=reading))
    done = json.loads(flask("sort", "--accept-suggested", "--json").stdout)
    assert (done["sorted"], done["refused"], done["left"]) == (5, 1, 1)


def test_nobody_sorts_what_he_does_not_see(flask, sessions, street, tmp_path):
    path = write_csv(tmp_path / "a.csv", [message(1, 留言主题="幸福里漏水"), message(2, 留言主题="锦绣园漏水")])
    flask("intake", path, "--channel", "mailbox")
    operator(sessions, street[2])
    done = json.loads(flask("sort", "--accept-suggested", "--json").stdout)
    assert (done["sorted"], done["left"]) == (1, 1)
    assert flask("sort", "--accept-suggested", "--as", "nobody").exit_code == 2
