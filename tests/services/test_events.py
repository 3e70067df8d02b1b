"""Grid events through the services: settled in the go that opens them, given on, and made another matter."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from casemgr import db
from casemgr.errors import Invalid
from casemgr.models import Attachment, Case, GridEvent, Notice
from casemgr.services.files import store
from casemgr.services.opening import open_matter
from casemgr.services.steps import take
from tests.world import World

pytestmark = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
MINUTES = timedelta(minutes=10)


def found(session, world: World, **told) -> int:
    """An event that the worker of grid a1 finds; its id."""
    data = {"text": "路口井盖破了", "area_id": world.areas["grid_a1"].id, "kind": "facilities", **told}
    with db.transaction(session):
        return open_matter(session, "event", data, actor=world.actor(session, "worker_a1"), at=world.at).case_id


def step(session, world: World, id: int, name: str, who: str, **told) -> Case:
    """Take a step; the case afterwards."""
    with db.transaction(session):
        take(session, id, name, told, actor=world.actor(session, who), at=world.at + MINUTES)
    session.expire_all()
    return session.get_one(Case, id)


def test_settled_in_the_go_that_opens_it(session, world):
    with db.transaction(session):
        photo = store(session.info["files"], io.BytesIO(b"%PDF-1.4 photo"), "now.pdf", limit=100)
    id = found(session, world, measures="已围挡并通知更换", photo=photo)
    assert (session.get_one(Case, id).state, session.get_one(GridEvent, id).closed_by) == ("closed", "grid")
    assert session.scalars(select(Attachment.case_id)).all() == [id]


def test_without_its_photo_nothing_is_settled_or_registered(session, world):
    with pytest.raises(Invalid) as refused:
        found(session, world, measures="已围挡")
    assert list(refused.value.fields) == ["photo"]
    assert session.scalars(select(Case.id)).all() == []


def test_given_by_the_street_to_the_community_the_community_leads(session, world):
    id = found(session, world, kind="safety", urgency="urgent")
    case = step(session, world, id, "report_up", "worker_a1")
    assert (case.state, case.level, case.holder_role) == ("with_street", "street", "operator")
    case = step(session, world, id, "assign_community", "street_operator_a")
    assert (case.state, case.level, case.holder_area_id) == ("at_community", "community", world.areas["community_a"].id)
    told = session.scalars(select(Notice.account_id).where(Notice.case_id == id, Notice.code == "event.assigned")).all()
    assert told == [world.accounts["secretary_a"].id]


@pytest.mark.parametrize("process", ["dispute", "order", "petition"])
def test_it_becomes_another_matter_and_both_are_linked(session, world, process):
    id = found(session, world, text="楼上漏水到三楼,两家吵起来了", place="三单元")
    step(session, world, id, "report", "worker_a1")
    case = step(session, world, id, "turn_into", "street_operator_a", becomes=process, reason="是邻里纠纷")
    made = session.get_one(Case, session.get_one(GridEvent, id).became_id)
    assert (case.state, made.process, made.parent_id, made.text) == ("turned", process, id, case.text)
