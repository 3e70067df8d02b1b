"""Requests: every kind asked and decided, never by the asker; a refusal changes nothing; closing the matter ends them."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from casemgr import db
from casemgr.errors import AlreadyThere, Invalid, NotAllowed, NotFound, Refused, Stale
from casemgr.models import Account, Appointment, Case, DeadlineRow, Event, Notice, Post, Request
from casemgr.policy import SCHEDULER, roles_of
from casemgr.services.cases import take_step
from casemgr.services.drafts import load_drafts
from casemgr.services.requests import ask, decide
from casemgr.services.steps import take
from tests.world import World

HOUR = timedelta(hours=1)
ROWS = (Case, Event, DeadlineRow, Notice, Request)


class Desk:
    """One dispute of grid a1 that mediator_a handles, and requests on it."""

    def __init__(self, session, world: World, **facts) -> None:
        self.session, self.world, self.at = session, world, world.at
        with db.transaction(session):
            self.id = world.open_dispute(session, "worker_a1", "grid_a1", "三楼漏水").case_id
        self.step("accept", "head_a", category="0402", **facts)
        self.step("assign", "head_a", handler_id=world.accounts["mediator_a"].id)
        self.step("take", "mediator_a")

    def actor(self, who: str):
        return self.world.actor(self.session, who)

    def step(self, step: str, who: str, /, **data):
        self.at += HOUR
        with db.transaction(self.session):
            return take_step(self.session, self.id, step, actor=self.actor(who), at=self.at, data=data)

    def ask(self, step: str, who: str, answers: dict | None = None, kind: str = "", reason: str = "有理由") -> int:
        self.at += HOUR
        kind = kind or KIND_OF[step]
        with db.transaction(self.session):
            given = payload(self, step) if answers is None else answers
            taken = ask(self.session, self.id, kind, step, given, reason, actor=self.actor(who), at=self.at)
        return taken.case_id

    def decide(self, request: int, verdict: str, who: str, words: str = "可以", **more):
        self.at += HOUR
        with db.transaction(self.session):
            return decide(self.session, request, verdict, words, actor=self.actor(who), at=self.at, **more)

    def case(self, id: int = 0) -> Case:
        return self.session.scalars(
            select(Case).where(Case.id == (id or self.id)).execution_options(populate_existing=True)
        ).one()

    def decider(self, request: int) -> tuple[str, str]:
        row = self.session.get_one(Request, request)
        place = next(key for key, area in self.world.areas.items() if area.id == row.decider_area_id)
        return row.decider_role, place

    def everything(self) -> dict[str, int]:
        counts = {table.__name__: self.session.scalar(select(func.count()).select_from(table)) for table in ROWS}
        return counts | {"trail": self.case().trail_seq, "version": self.case().version}


KIND_OF = {
    "suspend": "suspension", "extend": "extension", "extend_cap": "extension", "lower_tier": "lowering",
    "move_up": "transfer", "move_down": "transfer", "hand_over": "transfer", "replace_handler": "recusal",
    "correct_late": "correction",
}  # fmt: skip


@pytest.fixture
def desk(session, world) -> Desk:
    return Desk(session, world, people=6)  # orange: led by the community


def payload(desk: Desk, step: str) -> dict:
    """Answers with which that step is asked for."""
    world = desk.world
    return {
        "suspend": {"ground": "appraisal", "until_on": date(2026, 3, 20)},
        "extend": {"length": "7 days", "reason": "等鉴定"},
        "extend_cap": {"length": "1 month", "parties_agree": True, "evidence": "signature", "reason": "双方都要"},
        "lower_tier": {"tier": "yellow", "acknowledged": ["people_involved"], "reason": "已安抚"},
        "move_up": {"reason": "超出社区能力"},
        "move_down": {"reason": "可以就地解决"},
        "hand_over": {"area_id": world.areas["grid_b1"].id, "reason": "地点在梧桐社区"},
        "replace_handler": {"handler_id": world.accounts["street_mediator_a"].id, "ground": "relative",
                            "aside_id": world.accounts["mediator_a"].id},
        "correct_late": {"people": 4, "reason": "数错了"},
    }[step]  # fmt: skip


DECIDED = [  # step, asker, who decides and where, by whom
    ("suspend", "mediator_a", ("secretary", "community_a"), "secretary_a"),
    ("extend", "head_a", ("secretary", "community_a"), "secretary_a"),
    ("lower_tier", "mediator_a", ("secretary", "community_a"), "secretary_a"),
    ("lower_tier", "secretary_a", ("secretary", "street_a"), "street_secretary_a"),  # his own post: one level up
    ("move_up", "mediator_a", ("secretary", "street_a"), "street_secretary_a"),
    ("hand_over", "head_a", ("secretary", "community_b"), "secretary_b"),  # the lead who receives it
    ("replace_handler", "worker_a1", ("head", "community_a"), "head_a"),
    ("replace_handler", "head_a", ("secretary", "community_a"), "secretary_a"),
    ("correct_late", "mediator_a", ("head", "community_a"), "head_a"),
]


EVENT = {
    "suspend": "suspended", "extend": "extended_by_request", "lower_tier": "lowered", "move_up": "moved_up",
    "hand_over": "handed_over", "replace_handler": "mediator_replaced", "correct_late": "corrected_late",
}  # fmt: skip


@pytest.mark.parametrize(("step", "asker", "post", "by"), DECIDED)
def test_each_is_asked_refused_asked_again_and_takes_effect_when_approved(desk, step, asker, post, by):
    before = desk.everything()
    first = desk.ask(step, asker)
    assert desk.decider(first) == post
    told = desk.session.scalars(select(Notice.account_id).where(Notice.case_id == first)).all()
    assert told == [desk.world.accounts[by].id]
    desk.decide(first, "refuse", by, "不必")
    assert desk.case(first).state == "refused"
    assert {key: desk.everything()[key] for key in ("trail", "version")} == {key: before[key] for key in ("trail", "version")}
    second = desk.ask(step, asker)
    assert desk.decide(second, "approve", by).state == "approved"
    mine = (Event.stream == "case") & (Event.stream_id == desk.id) & (Event.seq > before["trail"])
    assert f"dispute.{EVENT[step]}" in desk.session.scalars(select(Event.kind).where(mine)).all()
    assert desk.case(second).last_actor_id == desk.world.accounts[by].id
    answers = select(Notice.code).where(Notice.account_id == desk.world.accounts[asker].id, Notice.case_id.in_((first, second)))
    assert sorted(desk.session.scalars(answers)) == ["request.approved", "request.refused"]


def test_the_asker_never_decides_even_with_the_deciding_post(desk, session, world):
    request = desk.ask("suspend", "head_a")
    post = session.scalars(select(Post).where(Post.role == "secretary", Post.area_id == world.areas["community_a"].id)).one()
    with db.transaction(session):
        session.add(Appointment(account_id=world.accounts["head_a"].id, post_id=post.id, from_on=world.today))
    for verdict in ("approve", "refuse"):
        with pytest.raises(NotAllowed):
            desk.decide(request, verdict, "head_a")
    with pytest.raises(NotAllowed):
        desk.decide(request, "approve", "secretary_b")
    assert desk.case(request).state == "asked"


def test_a_vacant_post_passes_the_decision_up_when_asked(desk, session, world):
    with db.transaction(session):
        session.get_one(Account, world.accounts["secretary_a"].id).active = False
    assert desk.decider(desk.ask("suspend", "mediator_a")) == ("secretary", "street_a")


def test_above_the_street_the_district_decides(desk):
    desk.step("record_fact", "mediator_a", people=60)
    request = desk.ask("lower_tier", "street_secretary_a", {"tier": "orange", "acknowledged": ["people_involved"], "reason": "已安抚"})
    assert desk.decider(request) == ("supervisor", "district")
    desk.decide(request, "approve", "supervisor")
    assert (desk.case().tier, desk.case().level) == ("orange", "community")


def test_who_has_no_duty_may_not_ask(desk):
    for who, step in (("mediator_b", "suspend"), ("worker_a1", "suspend"), ("secretary_a", "extend"), ("supervisor", "lower_tier")):
        before = desk.everything()
        with pytest.raises(NotAllowed):
            desk.ask(step, who)
        assert desk.everything() == before


def test_one_open_request_of_a_kind(desk):
    desk.ask("extend", "mediator_a")
    with pytest.raises(AlreadyThere):
        desk.ask("extend", "head_a")
    assert desk.ask("suspend", "mediator_a")


def test_what_is_asked_for_is_checked_when_it_is_asked(desk):
    before = desk.everything()
    for step, answers, error in (
        ("suspend", {"ground": "appraisal", "until_on": date(2026, 5, 1)}, Refused),  # longer than thirty days
        ("suspend", {"ground": "appraisal"}, Invalid),
        ("lower_tier", {"tier": "red", "acknowledged": ["people_involved"], "reason": "不能这样"}, Refused),
        ("move_down", {"reason": "就地解决"}, Refused),
        ("hand_over", {"area_id": 999999, "reason": "不存在"}, Invalid),
    ):
        with pytest.raises(error):
            desk.ask(step, "mediator_a", answers)
    with pytest.raises(NotFound):
        desk.ask("agree_written", "mediator_a", {}, kind="extension")
    with pytest.raises(NotFound):
        desk.ask("extend", "mediator_a", kind="holiday")
    with pytest.raises(Invalid):
        desk.ask("suspend", "mediator_a", reason=" ")
    assert desk.everything() == before


def test_an_approval_that_no_longer_fits_is_refused_as_a_whole(desk):
    request = desk.ask("suspend", "mediator_a")
    desk.step("record_contact", "mediator_a", way="phone", said="谈过")
    desk.step("fail", "mediator_a", why="谈不拢", routes=["court"])
    before = desk.everything()
    with pytest.raises(Refused) as refusal:
        desk.decide(request, "approve", "secretary_a")
    assert refusal.value.reasons[0].code == "wrong_state"
    assert desk.everything() == before
    assert desk.case(request).state == "asked"


def test_a_decision_is_made_once(desk):
    request = desk.ask("extend", "mediator_a")
    desk.decide(request, "approve", "secretary_a")
    before = desk.everything()
    for verdict in ("approve", "refuse"):
        with pytest.raises(Refused):
            desk.decide(request, verdict, "secretary_a")
    assert desk.everything() == before


def test_a_stale_page_decides_nothing(desk):
    request = desk.ask("extend", "mediator_a")
    with pytest.raises(Stale):
        desk.decide(request, "approve", "secretary_a", seen_version=99)
    assert desk.case(request).state == "asked"
    assert desk.session.get_one(DeadlineRow, (desk.id, "settle")).extensions == 0


def test_the_asker_withdraws_and_the_closing_ends_it(desk, session):
    first = desk.ask("extend", "mediator_a")
    with db.transaction(session):
        take(session, first, "withdraw_request", {}, actor=desk.actor("mediator_a"), at=desk.at)
    assert desk.case(first).state == "lapsed"
    second = desk.ask("extend", "mediator_a")
    desk.step("add_party", "mediator_a", side="applicant", name="周某")
    party = load_drafts(session, [desk.id], lock=False)[desk.id].parties[0].id
    session.commit()
    desk.step("withdraw", "mediator_a", party=party, statement="自己解决", evidence="message")
    assert (desk.case().state, desk.case(second).state) == ("withdrawn", "lapsed")
    assert not load_drafts(session, [desk.id], lock=False)[desk.id].requests


def test_an_approval_is_not_taken_without_what_it_approves(desk, session):
    request = desk.ask("extend", "mediator_a")
    before = desk.everything()
    by = desk.actor("secretary_a")
    with pytest.raises(NotAllowed), db.transaction(session):
        take_step(session, request, "approve", actor=by, at=desk.at, data={"note": "可以"})
    assert (desk.everything(), desk.case(request).state) == (before, "asked")
    with db.transaction(session):
        take(session, request, "approve", {"note": "可以"}, actor=by, at=desk.at)
    assert desk.case(request).state == "approved"


def test_what_nobody_decides_goes_one_post_up(desk, session):
    request = desk.ask("correct_late", "mediator_a")
    seen = [desk.decider(request)]
    for _ in range(4):
        desk.at += HOUR
        with db.transaction(session):
            take_step(session, request, "pass_up", actor=SCHEDULER, at=desk.at)
        session.expire_all()
        seen.append(desk.decider(request))
    assert seen == [
        ("head", "community_a"), ("secretary", "community_a"), ("secretary", "street_a"), ("supervisor", "district"),
        ("supervisor", "district"),
    ]  # fmt: skip
    view = load_drafts(session, [request], lock=False)[request].view()
    assert "decider" in roles_of(desk.actor("supervisor"), view)


def test_a_confidential_matter_has_confidential_requests(session, world):
    desk = Desk(session, world)
    with db.transaction(session):
        secret = world.open_dispute(session, "worker_a1", "grid_a1", "家暴", confidential=True).case_id
    desk.id = secret
    desk.step("accept", "head_a", category="0203")
    desk.step("assign", "head_a", handler_id=world.accounts["mediator_a"].id)
    desk.step("take", "mediator_a")
    assert desk.case(desk.ask("suspend", "mediator_a")).confidential
