"""Several people about one matter: joined and split, people counted once, the tier follows, nothing out of sight is told."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.errors import CasemgrError, NotAllowed, NotFound, Refused
from casemgr.models import Case, DeadlineRow, Event, IncomingItem, JointFact, JointMember, Notice
from casemgr.policy import IMPORTER
from casemgr.queries.joint import forward_of, joint_of, members_of, senders_of
from casemgr.services import incoming, joint, steps
from casemgr.services.cases import Taken, take_step
from casemgr.services.incoming import Message
from tests.world import World
from workflows.crowd import people

MARKS = (5, 10, 30)


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.extensions["sessions"]() as made, db.transaction(made):
        yield made


class Street:
    """What happens to joint matters in the invented street."""

    def __init__(self, session: Session, world: World) -> None:
        self.session, self.world, self.at, self.count = session, world, world.at, 0

    def later(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at

    def by(self, who: str) -> dict[str, Any]:
        return {"actor": self.world.actor(self.session, who), "at": self.later(minutes=1)}

    def message(self, grid: str = "grid_a1", text: str = "小区水泵房整夜轰鸣", facts: dict[str, Any] | None = None, **who: str) -> int:
        """An item that came in from somebody."""
        self.count += 1
        one = Message(f"k{self.count}", self.world.areas[grid].id, "hotline", text, text, reporter=who, facts=facts or {})
        return incoming.register(self.session, [one], actor=IMPORTER, at=self.later(minutes=1))[0].case_id

    def dispute(self, who: str = "head_a", grid: str = "grid_a1", **facts: Any) -> Taken:
        return self.world.open_dispute(self.session, who, grid, "水泵房噪声扰民", at=self.later(minutes=1), facts=facts)

    def accepted(self, **facts: Any) -> Taken:
        made = self.dispute(**facts)
        take_step(self.session, made.case_id, "accept", data={"category": "0202"}, **self.by("head_a"))
        return made

    def join(self, case_id: int, known: str, who: str = "street_operator_a") -> Taken:
        return joint.join(self.session, case_id, known, "同一水泵房", **self.by(who))

    def split(self, case_id: int, who: str = "street_operator_a") -> Taken:
        return joint.split(self.session, case_id, "不是同一处", **self.by(who))

    def case(self, case_id: int) -> Case:
        return self.session.get_one(Case, case_id, populate_existing=True)

    def kinds(self, case_id: int) -> list[str]:
        return list(self.session.scalars(select(Event.kind).where(Event.stream == "case", Event.stream_id == case_id).order_by(Event.seq)))

    def clocks(self, case_id: int) -> dict[str, tuple[str, datetime]]:
        rows = self.session.execute(select(DeadlineRow.key, DeadlineRow.status, DeadlineRow.due_at).where(DeadlineRow.case_id == case_id))
        return {key: (status, due) for key, status, due in rows}


@pytest.fixture
def street(session: Session, world: World) -> Street:
    return Street(session, world)


def test_an_item_is_joined_and_split_and_the_known_matter_counts_the_people(street):
    made = street.accepted()
    first = street.message(name="甲", phone="13900000001")
    again = street.message(name="甲", phone="13900000001")
    unknown = [street.message() for _ in range(2)]
    for item in (first, again, *unknown):
        street.join(item, made.number)
    assert street.case(made.case_id).facts["people"] == 4  # the dispute's own, 甲 once, two nobody knows
    assert street.case(made.case_id).tier == "yellow"
    fifth = street.message(name="乙", phone="13900000002")
    assert street.join(fifth, made.number).state == "joined"
    known = street.case(made.case_id)
    assert (known.facts["people"], known.tier) == (5, "orange")
    assert street.kinds(made.case_id)[-2:] == ["dispute.took_in", "case.raised"]
    assert street.session.get_one(IncomingItem, fifth, populate_existing=True).became_id == made.case_id
    assert street.split(fifth).state == "registered"
    known = street.case(made.case_id)
    assert (known.facts["people"], known.tier) == (4, "yellow")
    assert street.kinds(made.case_id)[-2:] == ["dispute.let_go", "case.regraded"]
    assert street.session.get_one(IncomingItem, fifth, populate_existing=True).became_id is None
    facts = list(street.session.execute(select(JointFact.kind, JointFact.account_id).where(JointFact.case_id == fifth).order_by(JointFact.seq)))
    operator = street.world.accounts["street_operator_a"].id
    assert facts == [("joined", operator), ("split", operator)]


def test_a_dispute_rests_where_it_was_and_goes_on_from_there(street):
    known, made = street.dispute(), street.accepted()
    street.later(hours=5)
    before = street.clocks(made.case_id)
    street.join(made.case_id, known.number, "head_a")
    row = street.case(made.case_id)
    assert (row.state, row.holder_role, row.next_due_at, row.text) == ("joined", "closed", None, "水泵房噪声扰民")
    assert all(status != "running" for status, _ in street.clocks(made.case_id).values())
    with pytest.raises(Refused) as refused:
        take_step(street.session, made.case_id, "assign", data={"handler_id": 1}, **street.by("head_a"))
    assert [r.code for r in refused.value.reasons] == ["joined_elsewhere"]
    take_step(street.session, made.case_id, "record_note", data={"note": "电话告知当事人"}, **street.by("head_a"))
    street.later(days=3)
    street.split(made.case_id, "head_a")
    after = street.clocks(made.case_id)
    assert street.case(made.case_id).state == "accepted"
    assert {key: status for key, (status, _) in after.items()} == {key: status for key, (status, _) in before.items()}
    assert after["settle"][1] - before["settle"][1] >= timedelta(days=2)  # closed time does not count
    assert street.case(made.case_id).next_due_at is not None


def test_groups_are_joined_whole_and_come_apart_whole(street):
    one, two = street.dispute(), street.dispute()
    items = [street.message(name="丙", phone=f"1390000001{n}") for n in range(3)]
    for item in items:
        street.join(item, one.number)
    street.join(one.case_id, two.number, "head_a")
    assert members_of(street.session, two.case_id) == sorted([one.case_id, *items])
    late = street.message(name="丁", phone="13900000020")
    street.join(late, one.number)  # forwards: it is counted where the first one is handled now
    assert street.case(two.case_id).facts["people"] == 6
    with pytest.raises(Refused) as refused:
        street.join(two.case_id, one.number, "head_a")
    assert refused.value.reasons[0].code == "known_is_itself"
    street.split(one.case_id, "head_a")
    assert sorted([*items, late]) == members_of(street.session, one.case_id)
    assert members_of(street.session, two.case_id) == []
    assert (street.case(one.case_id).facts["people"], street.case(two.case_id).facts["people"]) == (5, 1)


def test_what_a_person_wrote_down_is_not_lost(street):
    made = street.accepted(people=12)
    item = street.message(facts={"people": 40})  # read from words: nobody has confirmed it
    street.join(item, made.number)
    assert street.case(made.case_id).facts["people"] == 12
    street.split(item)
    assert street.case(made.case_id).facts["people"] == 12


def test_those_in_charge_hear_of_the_tenth(street):
    made = street.accepted()
    items = [street.message(name="众", phone=f"139000003{number:02}") for number in range(9)]
    for item in items:
        street.join(item, made.number)
    told = street.session.scalars(select(Notice.code).where(Notice.case_id == made.case_id, Notice.code == "dispute.many_people")).all()
    assert street.case(made.case_id).facts["people"] == 10 and told
    found = joint_of(street.session, street.world.actor(street.session, "head_a"), made.case_id, lambda: MARKS)
    assert (found.people, len(found.members), found.hidden, list(found.days)) == (10, 9, 0, [5, 10])
    street.split(items[0])  # what was counted is nothing that a person wrote down
    assert street.case(made.case_id).facts["people"] == 9


@pytest.mark.parametrize(("refuse", "code"), [
    (lambda s: s.join(s.dispute().case_id, closed(s).number, "head_a"), "known_is_closed"),
    (lambda s: s.join(confidential(s).case_id, s.dispute().number, "head_a"), "known_is_confidential"),
    (lambda s: s.join(s.message(), confidential(s).number, "head_a"), "known_is_confidential"),
])  # fmt: skip
def test_what_is_not_joined(street, refuse, code):
    with pytest.raises(Refused) as refused:
        refuse(street)
    assert [reason.code for reason in refused.value.reasons] == [code]
    assert street.session.scalars(select(JointMember.case_id)).all() == []


def closed(street: Street) -> Taken:
    made = street.dispute()
    take_step(street.session, made.case_id, "settle_on_spot", data={"settlement": "当场说和"}, **street.by("head_a"))
    return made


def confidential(street: Street) -> Taken:
    return street.world.open_dispute(street.session, "head_a", "grid_a1", "家事", at=street.later(minutes=1), confidential=True)


def test_nothing_out_of_sight_is_joined_or_told(street):
    far = street.dispute("head_c", "grid_c1")
    mine = street.dispute("head_b", "grid_b1")
    item = street.message("grid_a1")
    with pytest.raises(NotFound):
        street.join(item, far.number, "head_a")
    with pytest.raises(NotFound):
        street.join(item, mine.number, "head_c")
    with pytest.raises(NotAllowed):
        street.join(mine.case_id, street.dispute().number, "supervisor")
    street.join(item, mine.number, "street_operator_a")
    head_a, head_b = (street.world.actor(street.session, who) for who in ("head_a", "head_b"))
    assert forward_of(street.session, head_a, item).to is None  # at a place that is not hers
    found = joint_of(street.session, head_b, mine.case_id, lambda: MARKS)
    assert (found.members, found.hidden, found.people) == ([], 1, 2)
    assert steps.take(street.session, item, "undo", {"reason": "弄错了"}, **street.by("street_operator_a")).state == "registered"
    assert joint_of(street.session, head_b, mine.case_id, lambda: MARKS) is None
    assert street.case(mine.case_id).facts["people"] == 1


def test_whoever_leads_the_known_matter_may_split(street):
    known = street.dispute("head_b", "grid_b1")
    item = street.message("grid_a1")
    street.join(item, known.number)
    with pytest.raises(NotFound):  # she sees the known matter only
        street.split(item, "head_b")
    assert street.split(item, "street_secretary_a").state == "registered"


@pytest.mark.parametrize("seed", range(2))
def test_any_history_counts_as_a_plain_recount(street, seed):
    rng = random.Random(seed)
    disputes = [street.dispute() for _ in range(3)]
    items = [street.message(**({"name": "人", "phone": f"1391111{rng.randrange(6):04}"} if rng.random() < 0.8 else {})) for _ in range(7)]
    plain: dict[int, int] = {}  # what is joined to what
    for _ in range(25):
        case_id = rng.choice([*items, *(d.case_id for d in disputes)])
        known = rng.choice(disputes)
        try:
            if rng.random() < 0.65:
                street.join(case_id, known.number)
                plain[case_id] = known.case_id
            else:
                street.split(case_id)
                plain.pop(case_id)
        except CasemgrError:
            pass
        check(street, disputes, plain)


def check(street: Street, disputes: list[Taken], plain: dict[int, int]) -> None:
    """Membership, counts and states are those of the plain record."""

    def end(case_id: int) -> int:
        return end(plain[case_id]) if case_id in plain else case_id

    roots = {row.case_id: row.root_id for row in street.session.scalars(select(JointMember).execution_options(populate_existing=True))}
    assert roots == {case_id: end(case_id) for case_id in plain}
    for made in disputes:
        row = street.case(made.case_id)
        assert (row.state == "joined") == (made.case_id in plain)
        family = [made.case_id, *(id for id in plain if end(id) == made.case_id)]
        if made.case_id not in plain and "people" in row.facts:
            assert row.facts["people"] == people(senders_of(street.session, family).values())
