"""Absence and deputy: who may record it, who fits, what a deputy sees and does in those days, and what the trail says."""

import functools
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from casemgr import audit
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, Refused
from casemgr.models import Appointment, Case, Event, Notice, Party, Recusal, Relation
from casemgr.policy import visible
from casemgr.queries.lines import load_page, waiting_for
from casemgr.queries.mediators import candidates_for
from casemgr.services.absences import end_absence, record_absence
from casemgr.services.appointments import appoint, relieve
from casemgr.services.cases import take_step
from casemgr.services.papers import Making, record_making
from casemgr.services.requests import ask, decide
from casemgr.services.unmasking import unmask
from tests.world import World
from workflows.deputies import PostAt, fits, fits_all, may_record

ON_SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
DAY = timedelta(days=1)
GRID, COMMUNITY, STREET = (4, "grid"), (3, "community"), (2, "street")


def away(session, world: World, who: str, deputy: str, *, by: str = "", first: date | None = None, days: int = 7):
    first = first or world.today
    return record_absence(
        session, world.accounts[who].id, deputy_id=world.accounts[deputy].id, from_on=first, to_on=first + days * DAY,
        today=world.today, actor=world.actor(session, by or who), at=world.at,
    )  # fmt: skip


def in_charge(session, world: World, who: str = "mediator_a") -> int:
    """A dispute of grid a1 assigned to a mediator."""
    id = world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水,两家争执").case_id
    take_step(session, id, "accept", actor=world.actor(session, "head_a"), at=world.at, data={"category": "0201"})
    chosen = {"handler_id": world.accounts[who].id}
    take_step(session, id, "assign", actor=world.actor(session, "head_a"), at=world.at, data=chosen)
    return id


def seen_by(session, actor) -> set[int]:
    return set(session.scalars(select(Case.id).where(visible(actor))))


def test_fitting_posts() -> None:
    at = {
        "mediator": PostAt("mediator", (STREET, COMMUNITY)), "head": PostAt("head", (STREET, COMMUNITY)),
        "street_mediator": PostAt("mediator", (STREET,)), "worker": PostAt("grid_worker", (STREET, COMMUNITY, GRID)),
        "elsewhere": PostAt("mediator", ((7, "street"), (8, "community"))), "street_head": PostAt("head", (STREET,)),
    }  # fmt: skip
    assert fits(at["mediator"], at["street_mediator"]) and fits(at["mediator"], at["head"]) and fits(at["mediator"], at["street_head"])
    assert not fits(at["mediator"], at["elsewhere"]) and not fits(at["mediator"], at["worker"])
    assert not fits(at["street_mediator"], at["head"])  # a head of below is not above
    assert fits(at["head"], at["street_head"]) and not fits(at["street_head"], at["head"])
    assert may_record([at["head"]], [at["mediator"]]) and may_record([at["street_head"]], [at["worker"]])
    assert not may_record([at["mediator"]], [at["head"]]) and not may_record([at["head"]], [at["street_mediator"]])


def test_team_posts_do_not_narrow_who_fits() -> None:
    mediator = [PostAt("mediator", (STREET, COMMUNITY)), PostAt("mediator", (STREET,), team=True)]
    assert fits_all(mediator, [PostAt("head", (STREET, COMMUNITY))])
    assert not fits_all([PostAt("mediator", (STREET,), team=True)], [PostAt("head", (STREET, COMMUNITY))])
    assert not fits_all([], [PostAt("head", (STREET,))])


def test_a_deputy_sees_and_does_what_waits_and_the_trail_names_both(session, world) -> None:
    case = in_charge(session, world)
    before = world.actor(session, "mediator_b")
    assert case not in seen_by(session, before)
    away(session, world, "mediator_a", "mediator_b")
    deputy = world.actor(session, "mediator_b")
    assert [line.id for line in load_page(session, deputy, waiting_for(deputy)).lines] == [case]
    take_step(session, case, "take", actor=deputy, at=world.at)
    event = session.scalars(select(Event).where(Event.stream == "case", Event.stream_id == case).order_by(Event.seq.desc())).first()
    assert event.kind == "dispute.taken" and event.actor_id == world.accounts["mediator_b"].id
    assert event.data["for"] == world.accounts["mediator_a"].id and event.post_id == world.posts["mediator_a"].id
    assert audit.verify(session)[1] == []


@ON_SQLITE
def test_only_in_those_days_and_only_of_that_person(session, world) -> None:
    case, other = in_charge(session, world), in_charge(session, world, "street_mediator_a")
    row = away(session, world, "mediator_a", "mediator_b", first=world.today + 2 * DAY, days=3)
    for days, sees in ((0, False), (1, False), (2, True), (5, True), (6, False)):
        actor = world.actor(session, "mediator_b", world.today + days * DAY)
        assert (case in seen_by(session, actor)) is sees, days
    within = world.actor(session, "mediator_b", world.today + 2 * DAY)
    with pytest.raises(NotAllowed):
        take_step(session, other, "take", actor=within, at=world.at)
    end_absence(session, row.id, last_on=world.today, today=world.today, actor=world.actor(session, "head_a"), at=world.at)
    assert case not in seen_by(session, world.actor(session, "mediator_b", world.today + 2 * DAY))


@ON_SQLITE
def test_the_own_right_comes_first(session, world) -> None:
    case = world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水").case_id
    away(session, world, "mediator_a", "head_a", by="head_a")
    take_step(session, case, "accept", actor=world.actor(session, "head_a"), at=world.at, data={"category": "0201"})
    event = session.scalars(select(Event).where(Event.stream_id == case, Event.kind == "dispute.accepted")).one()
    assert "for" not in event.data and event.post_id == world.posts["head_a"].id


@ON_SQLITE
def test_a_tie_to_a_party_bars_the_deputy_too(session, world) -> None:
    case = in_charge(session, world)
    take_step(session, case, "take", actor=world.actor(session, "mediator_a"), at=world.at)
    party = {"side": "applicant", "name": "周某"}
    take_step(session, case, "add_party", actor=world.actor(session, "mediator_a"), at=world.at, data=party)
    person = session.scalars(select(Relation.metadata.tables["parties"].c.person_id)).one()
    session.add(Relation(account_id=world.accounts["mediator_b"].id, person_id=person, kind="relative"))
    away(session, world, "mediator_a", "mediator_b")
    with pytest.raises(Refused, match="deputy_aside"):
        take_step(session, case, "record_note", actor=world.actor(session, "mediator_b"), at=world.at, data={"note": "记录"})


@ON_SQLITE
def test_who_may_record_and_who_fits(session, world) -> None:
    for by in ("mediator_b", "head_b", "worker_a1", "security_admin"):
        with pytest.raises(NotAllowed):
            away(session, world, "mediator_a", "mediator_b", by=by)
    for deputy in ("worker_a1", "mediator_c", "mediator_a", "security_admin", "no_post"):
        with pytest.raises(Invalid):
            away(session, world, "mediator_a", deputy)
    with pytest.raises(Invalid):
        away(session, world, "mediator_a", "mediator_b", first=world.today - 9 * DAY)
    away(session, world, "mediator_a", "mediator_b", by="street_secretary_a")
    with pytest.raises(AlreadyThere):
        away(session, world, "mediator_a", "head_a")
    with pytest.raises(Invalid):  # stands in for somebody already
        away(session, world, "mediator_b", "head_b")
    with pytest.raises(Invalid):  # is away himself
        away(session, world, "street_mediator_a", "mediator_a")


@ON_SQLITE
def test_routing_avoids_the_absent(session, world) -> None:
    case = session.get(Case, world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水").case_id)
    away(session, world, "mediator_a", "mediator_b")
    found = candidates_for(session, [case], world.today)[case.id]
    barred = {one.account_id: one.barred for one in found}
    assert barred[world.accounts["mediator_a"].id] == "away" and barred[world.accounts["street_mediator_a"].id] == ""


def test_notices_reach_the_deputy_too_but_not_of_his_own_acts(session, world) -> None:
    away(session, world, "head_a", "mediator_a")
    told = lambda: sorted(map(tuple, session.execute(select(Notice.account_id, Notice.code))))  # noqa: E731
    case = world.open_dispute(session, "worker_a1", "grid_a1", "楼上漏水").case_id
    to = [(world.accounts[who].id, "dispute.to_accept") for who in ("head_a", "mediator_a")]
    assert told() == sorted(to)
    take_step(session, case, "accept", actor=world.actor(session, "mediator_a"), at=world.at, data={"category": "0201"})
    assert (world.accounts["mediator_a"].id, "dispute.accepted") not in told()


@ON_SQLITE
def test_a_tie_bars_the_deputy_from_asking_and_deciding_too(session, world) -> None:
    case = in_charge(session, world)
    take_step(session, case, "take", actor=world.actor(session, "mediator_a"), at=world.at)
    session.add_all(Recusal(case_id=case, account_id=world.accounts[who].id, at=world.at) for who in ("mediator_b", "head_b"))
    away(session, world, "head_a", "head_b")
    other = {"handler_id": world.accounts["street_mediator_a"].id, "ground": "leave", "explanation": "轮休"}
    asking = functools.partial(ask, session, case, "recusal", "replace_handler", other, "轮休", at=world.at)
    request = asking(actor=world.actor(session, "mediator_a")).case_id
    with pytest.raises(Refused, match="deputy_aside"):
        decide(session, request, "refuse", "不行", actor=world.actor(session, "head_b"), at=world.at)
    decide(session, request, "refuse", "不行", actor=world.actor(session, "head_a"), at=world.at)
    away(session, world, "mediator_a", "mediator_b")
    with pytest.raises(Refused, match="deputy_aside"):
        asking(actor=world.actor(session, "mediator_b"))


@ON_SQLITE
def test_posts_that_fit_no_more_are_not_stood_in_for(session, world) -> None:
    away(session, world, "head_a", "mediator_a", days=30)
    by = {"actor": world.actor(session, "security_admin"), "at": world.at}
    later = world.today + 10 * DAY
    assert world.actor(session, "mediator_a").absent
    risen = appoint(session, world.accounts["head_a"].id, world.posts["street_secretary_a"].id, from_on=later, **by)
    assert world.actor(session, "mediator_a", later - DAY).absent
    deputy = world.actor(session, "mediator_a", later)
    assert not deputy.absent and {post.role for post in deputy.posts} == {"mediator"}
    relieve(session, risen.id, last_on=world.today - DAY, **by)
    mine = select(Appointment.id).where(Appointment.account_id == world.accounts["mediator_a"].id)
    for held in session.scalars(mine).all():
        relieve(session, held, last_on=later, **by)
    appoint(session, world.accounts["mediator_a"].id, world.posts["mediator_d"].id, from_on=later + DAY, **by)
    assert world.actor(session, "mediator_a", later).absent
    assert not world.actor(session, "mediator_a", later + DAY).absent


@ON_SQLITE
def test_a_contact_looked_at_and_a_paper_made_for_somebody_else_name_both(session, world) -> None:
    case = in_charge(session, world)
    take_step(session, case, "take", actor=world.actor(session, "mediator_a"), at=world.at)
    party = {"side": "applicant", "name": "周某", "phone": "13900000001"}
    take_step(session, case, "add_party", actor=world.actor(session, "mediator_a"), at=world.at, data=party)
    away(session, world, "mediator_a", "mediator_b")
    (party_id,) = session.scalars(select(Party.id).where(Party.case_id == case))
    unmask(session, case, party_id, "要打电话", actor=world.actor(session, "mediator_b"), at=world.at)
    making = Making("cover", 0, "封面", "", "word", 1, 0, 9, "0" * 64)
    record_making(session, case, making, actor=world.actor(session, "mediator_b"), at=world.at)
    kinds = ("case.unmasked", "case.paper_made")
    events = session.scalars(select(Event).where(Event.stream_id == case, Event.kind.in_(kinds))).all()
    assert [event.data["for"] for event in events] == [world.accounts["mediator_a"].id] * 2
