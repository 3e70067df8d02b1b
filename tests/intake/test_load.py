"""Files into the database: every row once, refusals explained, resumed after a stop, on both databases."""

import threading

import pytest
from sqlalchemy import func, select

from casemgr import audit, db
from casemgr.intake.load import Job, find_area, load_file, report_lines, try_file
from casemgr.models import Case, DeadlineRow, ImportBatch, ImportRow, IncomingItem, Notice, Party, Person
from casemgr.errors import NotFound
from casemgr.intake import load
from casemgr.policy import SETUP
from casemgr.services.structure import add_area
from tests.conftest import MONDAY
from tests.intake.samples import make_sessions, make_street, message, write_csv


@pytest.fixture
def sessions(engine, tmp_path):
    return make_sessions(engine, tmp_path)


@pytest.fixture
def street(sessions):
    return make_street(sessions, MONDAY)


def run(sessions, path, area_id, **options):
    return load_file(Job(path, options.pop("channel", "mailbox"), area_id, **options), sessions, at=MONDAY)


def counts(tally):
    return (tally.rows, tally.created, tally.existing, tally.refused)


def count(session, table, *where):
    return session.scalar(select(func.count()).select_from(table).where(*where))


def test_each_row_becomes_an_item_with_its_reading(sessions, street, tmp_path):
    path = write_csv(tmp_path / "a.csv", [
        message(7, 留言主题="幸福里漏水", 留言用户="某甲", 联系电话="138 0000 5678", 备注="老来电人", 涉及人数="40人"),
        message(8, 留言用户="保密", 联系电话="138****5678"),
    ])  # fmt: skip
    assert counts(run(sessions, path, street[0])) == (2, 2, 0, 0)
    with sessions() as session:
        case, item = session.execute(
            select(Case, IncomingItem)
            .join(IncomingItem, IncomingItem.case_id == Case.id)
            .where(IncomingItem.key == "mailbox:7")
        ).one()
        assert (case.process, case.state, case.channel, case.area_id) == (
            "incoming",
            "registered",
            "mailbox",
            street[1],
        )
        assert (case.tier, case.tier_confirmed) == ("red", False)  # forty people, told beside the text
        assert case.registered_at == MONDAY
        assert item.sent_at.isoformat() == "2026-02-27T01:00:00+00:00"
        assert item.reading["facts"]["people"] == 40
        assert item.reading["origin"]["more"] == {"备注": "老来电人"}
        assert item.reading["origin"]["place_words"] == ["幸福里"]
        assert item.reading["why"]["kind"]
        person, party = session.execute(select(Person, Party).join(Party).where(Party.case_id == case.id)).one()
        assert (person.name, party.side, party.contact_hidden) == ("某甲", "reporter", False)
        assert session.info["keys"].open(person.phone, "persons.phone") == "13800005678"
        other = session.scalars(select(IncomingItem).where(IncomingItem.key == "mailbox:8")).one()
        assert other.reading["origin"]["masked_phone"] == "138****5678"
        assert count(session, DeadlineRow, DeadlineRow.case_id == case.id, DeadlineRow.status == "running") == 1
        assert audit.verify(session)[1] == []


def test_nothing_comes_twice(sessions, street, tmp_path):
    rows = [message(n) for n in range(1, 31)]
    path = write_csv(
        tmp_path / "a.csv", [*rows, message(3), message("", 留言主题="无编号"), message("", 留言主题="无编号")]
    )
    assert counts(run(sessions, path, street[0])) == (33, 31, 2, 0)
    assert counts(run(sessions, path, street[0])) == (33, 0, 33, 0)
    more = write_csv(tmp_path / "b.csv", [*rows[10:], message(31)])
    assert counts(run(sessions, more, street[0])) == (21, 1, 20, 0)
    assert counts(run(sessions, more, street[0], channel="hotline")) == (21, 21, 0, 0)
    with sessions() as session:
        assert count(session, IncomingItem) == 53
        numbers = session.scalars(select(Case.number).order_by(Case.number)).all()
        assert [int(number[-6:]) for number in numbers] == list(range(1, 54))  # gapless
        assert count(session, ImportRow) == 33 + 33 + 21 + 21


def test_refused_rows_are_explained_and_the_corrected_file_brings_them(sessions, street, tmp_path):
    bad = [
        message(1),
        message(2, 留言时间="2025-02-30"),
        message(3, 留言主题="", 留言详情=""),
        message(4, 留言详情="长" * 100_001),
    ]
    path = write_csv(tmp_path / "a.csv", bad)
    tally = run(sessions, path, street[0])
    assert counts(tally) == (4, 1, 0, 3)
    job = Job(path, "mailbox", street[0])
    lines = list(report_lines(job, tally.batch_id, sessions, at=MONDAY, base_url="https://c.example/"))
    assert [line.line for line in lines] == [2, 3, 4, 5]
    assert [line.outcome for line in lines] == ["created", "refused", "refused", "refused"]
    assert [[p.code for p in line.problems] for line in lines] == [
        [],
        ["date_impossible"],
        ["nothing_said"],
        ["cell_too_long"],
    ]
    assert [line.outside_number for line in lines] == ["1", "2", "3", "4"]
    assert lines[0].case_number.startswith("来〔2026〕")
    assert lines[0].link.startswith("https://c.example/cases/")
    path = write_csv(tmp_path / "a.csv", [message(n) for n in range(1, 5)])
    assert counts(run(sessions, path, street[0])) == (4, 3, 1, 0)


def test_long_texts_and_titles_are_kept_whole(sessions, street, tmp_path):
    title = "题" * 500
    run(
        sessions,
        write_csv(tmp_path / "a.csv", [message(1, 留言主题=title, 留言详情="长" * 99_000), message(2, 留言详情="")]),
        street[0],
    )
    with sessions() as session:
        first, second = session.scalars(select(Case).order_by(Case.number)).all()
        assert len(first.title) == 200
        assert first.text == f"{title}\n{'长' * 99_000}"
        assert second.text == second.title == "反映第2件事"


def test_history_starts_no_rungs_and_tells_nobody(sessions, street, tmp_path):
    run(sessions, write_csv(tmp_path / "a.csv", [message(n) for n in range(6)]), street[0], history=True)
    with sessions() as session:
        assert count(session, Case, Case.history.is_(True)) == 6
        assert count(session, DeadlineRow, DeadlineRow.next_rung_at.is_not(None)) == 0
        assert count(session, Notice) == 0


def test_a_dry_run_writes_nothing_and_foresees_the_same(sessions, street, tmp_path):
    run(sessions, write_csv(tmp_path / "a.csv", [message(1)]), street[0])
    path = write_csv(tmp_path / "b.csv", [message(1), message(2), message(2), message(3, 留言时间="2099/1/1")])
    tally, lines = try_file(Job(path, "mailbox", street[0]), sessions, at=MONDAY)
    assert [line.outcome for line in lines] == ["existing", "would_create", "existing", "refused"]
    assert counts(tally) == (4, 1, 2, 1)
    with sessions() as session:
        assert (count(session, IncomingItem), count(session, ImportBatch)) == (1, 1)
    assert counts(run(sessions, path, street[0])) == (4, 1, 2, 1)


def test_a_stopped_run_goes_on_in_the_same_batch(sessions, street, tmp_path, monkeypatch):
    monkeypatch.setattr(load, "ROWS_AT_ONCE", 10)
    path = write_csv(tmp_path / "a.csv", [message(n) for n in range(45)])

    def stop(done):
        if done == 10 and next(left) == 0:
            raise KeyboardInterrupt

    left = iter((2, 1, 0))
    with pytest.raises(KeyboardInterrupt):
        load_file(Job(path, "mailbox", street[0]), sessions, at=MONDAY, progress=stop)
    with sessions() as session:
        assert count(session, IncomingItem) == 30
    tally = run(sessions, path, street[0])
    assert (counts(tally), tally.resumed) == ((45, 15, 30, 0), 30)
    with sessions() as session:
        batch = session.scalars(select(ImportBatch)).one()
        assert batch.finished_at == MONDAY
        assert count(session, ImportRow, ImportRow.outcome == "created") == 45


def test_a_batch_that_fails_in_the_middle_leaves_nothing_of_itself(sessions, street, tmp_path, monkeypatch):
    monkeypatch.setattr(load, "ROWS_AT_ONCE", 10)
    monkeypatch.setattr(load.imports, "log_row", lambda *args: 1 / 0)
    path = write_csv(tmp_path / "a.csv", [message(n) for n in range(20)])
    with pytest.raises(ZeroDivisionError):
        run(sessions, path, street[0])
    with sessions() as session:
        assert [count(session, table) for table in (Case, IncomingItem, Party, Person, ImportRow)] == [0] * 5


def test_two_runs_at_once_take_each_row_once(sessions, street, tmp_path):
    rows = [message(n) for n in range(120)]
    paths = [write_csv(tmp_path / "a.csv", rows), write_csv(tmp_path / "b.csv", rows[::-1])]
    tallies, errors = [], []

    def work(path):
        try:
            tallies.append(run(sessions, path, street[0]))
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)

    threads = [threading.Thread(target=work, args=[path]) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(t.created for t in tallies) == 120
    with sessions() as session:
        assert count(session, IncomingItem) == 120
        assert count(session, Party) == 120


def test_where_a_file_belongs(sessions, street):
    with sessions() as session:
        assert find_area(session, None) == street[0]
        assert find_area(session, "110199001002") == street[2]
        with pytest.raises(NotFound, match="110199009"):
            find_area(session, "110199009")


def test_without_a_code_the_only_street_then_the_only_top(sessions):
    with sessions() as session, db.transaction(session):
        with pytest.raises(NotFound, match="no areas"):
            find_area(session, None)
        district = add_area(session, "110199", "某区", "district", None, actor=SETUP, at=MONDAY)
        assert find_area(session, None) == district.id
        street = add_area(session, "110199001", "甲街道", "street", district, actor=SETUP, at=MONDAY)
        assert find_area(session, None) == street.id
        add_area(session, "110199002", "乙街道", "street", district, actor=SETUP, at=MONDAY)
        assert find_area(session, None) == district.id
        add_area(session, "110198", "另一区", "district", None, actor=SETUP, at=MONDAY)
        with pytest.raises(NotFound, match="several"):
            find_area(session, None)


def test_one_sender_is_one_person_where_the_phone_says_so(sessions, street, tmp_path):
    rows = [
        message(n, 留言用户="某乙", 联系电话=phone)
        for n, phone in enumerate(("13900001234", "139-0000-1234", "", "13900009999"))
    ]
    run(sessions, write_csv(tmp_path / "a.csv", rows), street[0])
    with sessions() as session:
        assert count(session, Party) == 4
        assert len(set(session.scalars(select(Party.person_id)))) == 3


def test_people_and_place_given_beside_the_text_count(sessions, street, tmp_path):
    run(
        sessions,
        write_csv(tmp_path / "a.csv", [message(1, 留言主题="东风新村和锦绣园都停水", 涉及人数="6人")]),
        street[0],
    )
    with sessions() as session:
        case = session.scalars(select(Case)).one()
        assert case.area_id == street[0]  # two communities: neither without doubt
        assert case.facts["people"] == 6
