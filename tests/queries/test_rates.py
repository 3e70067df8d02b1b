"""The rates on the board against a plain recount of what happened, on both databases."""

import io
import random
from collections import Counter
from datetime import timedelta

import pytest

from casemgr import db
from casemgr.queries.rates import Period, count_events, count_orders, order_dodges
from casemgr.queries.tally import load_counted
from casemgr.services.cases import Seed, open_case, take_step
from casemgr.services.files import store
from tests.world import World
from workflows.rates import closed_below

EVENTS = {  # how an event goes -> where it was handled; "" = it counts nowhere
    ("settle_on_spot",): "grid", ("report", "take_up", "feed_back_community", "verify"): "community",
    ("report", "assign_grid", "feed_back_grid", "confirm"): "grid",
    ("report", "send_street", "assign_unit", "feed_back_unit", "verify"): "unit", ("report", "void"): "", ("report",): "",
}
WHO = {
    "settle_on_spot": "worker_a1", "report": "worker_a1", "verify": "worker_a1", "feed_back_grid": "worker_a1",
    "assign_unit": "street_operator_a", "feed_back_unit": "liaison_a", "dispatch_unit": "street_operator_a",
    "record_contact": "liaison_a", "answer": "liaison_a", "close": "street_operator_a", "leave_out": "street_operator_a",
}  # the others by the secretary of the community


class Street:
    """Events and orders of grid a1, made at random instants."""

    def __init__(self, session, world: World) -> None:
        self.session, self.world, self.at, self.rng = session, world, world.at, random.Random(2402)
        self.area, self.housing = world.areas["grid_a1"].id, world.departments["housing"].id

    def open(self, process: str, who: str, **data) -> int:
        seed = Seed(self.area, data={"text": "楼道堆物", "area_id": self.area, **data})
        return open_case(self.session, process, seed, actor=self.world.actor(self.session, who), at=self.at).case_id

    def step(self, id: int, step: str, **data) -> None:
        actor = self.world.actor(self.session, WHO.get(step, "secretary_a"))
        take_step(self.session, id, step, actor=actor, at=self.at, data=data)

    def event(self, steps: tuple[str, ...]) -> bool:
        """Let an event go that way; whether it was over within an hour."""
        begun, id = self.at, self.open("event", "worker_a1", kind="environment")
        for step in steps:
            self.at += timedelta(minutes=self.rng.choice((5, 70)))
            photo = {"photo": store(self.session.info["files"], io.BytesIO(b"%PDF-1.4 x"), "x.pdf", limit=100)} if len(steps) == 1 and step != "report" else {}
            told = {"settle_on_spot": {"measures": "已清理", **photo}, "assign_unit": {"department_id": self.housing}}.get(step, {})
            told |= {"measures": "已清理"} if step.startswith("feed_back") else {}
            told |= {"reason": "社区无力处理"} if step in ("send_street", "void") else {}
            self.step(id, step, **told)
        return self.at - begun <= timedelta(hours=1)

    def order(self, late: bool, solved: str, satisfaction: str, left_out: bool) -> None:
        """Let an order go to its call-back."""
        id = self.open("order", "street_operator_a", kind="help", channel="hotline")
        self.step(id, "dispatch_unit", department_id=self.housing)
        self.at += timedelta(hours=30 if late else 2)
        self.step(id, "record_contact", way="phone", said="已联系")
        self.step(id, "answer", outcome="solved", answer="已处理", way="phone")
        self.step(id, "close", solved=solved, satisfaction=satisfaction, words="市民原话")
        if left_out:
            self.step(id, "leave_out", reason="非本街道")


def told(session, actor, world: World, area: str, at):
    return load_counted(session, actor, world.areas[area].id, (), at)


@pytest.fixture
def street(session, world) -> Street:
    return Street(session, world)


def test_events_are_recounted(session, world, street):
    closed, quick, void = Counter(), 0, 0
    with db.transaction(session):
        for _ in range(24):
            steps = street.rng.choice(tuple(EVENTS))
            fast = street.event(steps)
            if EVENTS[steps]:
                closed[EVENTS[steps]] += 1
                quick += fast
            void += steps[-1] == "void"
    secretary, period = world.actor(session, "street_secretary_a"), Period(world.today, world.today + timedelta(days=30))
    found = count_events(told(session, secretary, world, "street_a", street.at), period)
    assert (dict(found.closed), found.dodges["quick"], found.dodges["void"]) == (dict(closed), quick, void)
    share = closed_below(found.closed)
    assert (share.part, share.whole) == (closed["grid"] + closed["community"], sum(closed.values())) and len(closed) == 3
    assert count_events(told(session, secretary, world, "street_b", street.at), period).closed == {}
    assert count_events(told(session, world.actor(session, "secretary_b"), world, "street_a", street.at), period).closed == {}
    before = Period(world.today - timedelta(days=60), world.today.replace(day=1) - timedelta(days=1))
    assert count_events(told(session, secretary, world, "street_a", street.at), before).closed == {}


def test_orders_are_recounted(session, world, street):
    rng, in_time, solved, satisfied = random.Random(5), 0, Counter(), Counter()
    with db.transaction(session):
        for n in range(12):
            late, left_out = rng.random() < 0.3, n == 3
            said = rng.choice(("solved", "partly", "unsolved", "unrated")), rng.choice(("satisfied", "fairly", "dissatisfied", "unrated"))
            street.order(late, *said, left_out)
            if not left_out:
                in_time += not late
                solved[said[0]] += 1
                satisfied[said[1]] += 1
    counted = told(session, world.actor(session, "street_secretary_a"), world, "street_a", street.at)
    period = Period(world.today, world.today + timedelta(days=60))
    found = count_orders(counted, period)
    assert (found.dispatched, found.in_time, dict(found.solved), dict(found.satisfied)) == (11, in_time, dict(solved), dict(satisfied))
    assert order_dodges(counted, period)["left_out"] == 1
