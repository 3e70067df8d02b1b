"""Two people at the same matter at the same instant, at random: what comes of it is what came if one had been faster.

Each pair of steps is tried in both orders first and undone, then taken at once by two threads: the outcomes, the matter
and its requests must be those of one of the orders. So no update is lost, and nobody is refused without a reason.
"""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from casemgr import audit, db, policy
from casemgr.errors import CasemgrError, Invalid, Refused
from casemgr.jobs.site import Site, open_site
from casemgr.models import Area, Case, DeadlineRow, Event
from casemgr.policy import SETUP
from casemgr.services import requests, steps, structure
from casemgr.services.cases import Seed, open_case
from casemgr.services.closing import close_area
from casemgr.services.drafts import Draft, load_drafts
from casemgr.services.recount import verify_deadlines
from tests.histories import LENGTHS, Act, Life, answers, choose_step, moves, refusal_of
from workflows.request import REQUEST_KINDS

PATIENCE = 60
ROUNDS = 10
TRIES = 6  # until a step is found that would be taken if nobody else were there
BEGINNING = [Act("open", n) for n in range(4)] + [Act("go_on", n) for n in range(30, 42)] + [Act("prepare", n) for n in range(3)]

pytestmark = pytest.mark.chaos
Doing = Callable[[Session], Any]


@pytest.fixture
def life(settings: Any, engine: Any, world: Any) -> Life:
    life = Life(open_site(settings, engine), world, world.at, confidential=False)
    life.meet()
    life.play(BEGINNING)
    return life


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.long)])
def test_two_steps_at_once_end_as_one_after_the_other(life: Life, seed: int) -> None:
    rounds = ROUNDS if seed == 1 else 30 * ROUNDS
    met = Counter[str]()
    for number in range(rounds):
        life.rng = random.Random(f"{seed}:{number}")
        life.at += timedelta(minutes=life.rng.choice((1, 30, 300)))
        if number % 5 == 0:
            life.play([Act("open", seed * 1000 + number), Act("go_on", number), Act("go_on", number + 1)])
            life.rng = random.Random(f"{seed}:{number}")
        matter = pick(life)
        first, second = lawful(life, matter), lawful(life, matter)
        orders = [in_order(life, matter, pair) for pair in (((0, first), (1, second)), ((1, second), (0, first)))]
        found = at_once(life, matter, (first, second))
        assert found in orders, f"seed {seed}, round {number}, case {matter}:\n{found}\nneither\n{orders[0]}\nnor\n{orders[1]}"
        met.update(word for word, _ in found[0])
        met["another order, another end"] += orders[0] != orders[1]
    assert met["taken"] > rounds / 2, met
    assert met["another order, another end"] > rounds / 10, met
    with life.session() as session:
        assert not audit.verify(session)[1]
        assert not verify_deadlines(session)[1]


def pick(life: Life) -> int:
    """A matter; mostly one that is open."""
    draft = life.pick("dispute", open=True if life.rng.random() < 0.95 else None) or life.pick("dispute")
    assert draft
    return int(draft.row["id"])


def lawful(life: Life, matter: int) -> Doing:
    """What one of the two does; mostly something that would be taken if nobody else were there."""
    for _ in range(TRIES):
        do = doing(life, matter)
        with life.site.sessions() as session:
            alone = refusal_of(lambda do=do: saved(session, do))
            session.rollback()
        if not isinstance(alone, CasemgrError):
            return do
    return do


def doing(life: Life, matter: int) -> Doing:
    """What one of the two does: a step on the matter, a request, or a decision on one."""
    with life.session() as session:
        draft = load_drafts(session, [matter], lock=False)[matter]
        waiting = select(Case.id).where(Case.parent_id == matter, Case.process == "request", Case.closed_at.is_(None))
        asked = load_drafts(session, session.scalars(waiting), lock=False)
    choice = life.rng.random()
    if asked and choice < 0.5:
        request = life.rng.choice(list(asked.values()))
        return stepping(life, request, request.flow.step(life.rng.choice(("approve", "approve", "refuse", "withdraw_request"))))
    if choice < 0.25:
        return asking(life, draft)
    ways = moves(draft)
    return stepping(life, draft, life.rng.choice(ways) if ways and choice > 0.4 else choose_step(life.rng, draft))


def stepping(life: Life, draft: Draft, step: Any) -> Doing:
    """A step by somebody who saw the page as it is now, or saw none."""
    view, data = draft.view(), answers(life, draft, step)
    actor, at = life.someone(lambda a: policy.may_take(a, step, view)), life.at
    seen = life.rng.choice((None, view.version))
    return lambda session: steps.take(session, view.id, step.name, data, actor=actor, at=at, seen_version=seen)


def asking(life: Life, draft: Draft) -> Doing:
    """A request for more time."""
    view, at = draft.view(), life.at
    actor = life.someone(lambda a: not policy.roles_of(a, view).isdisjoint(REQUEST_KINDS["extension"].asked_by))
    payload = {"length": life.rng.choice(LENGTHS), "reason": "等鉴定"}
    return lambda session: requests.ask(session, view.id, "extension", "extend", payload, "等鉴定", actor=actor, at=at)


def in_order(life: Life, matter: int, pair: Sequence[tuple[int, Doing]]) -> Any:
    """What comes of the two one after the other, undone at the end; told in the order of the people."""
    with life.site.sessions() as session:
        outcomes: dict[int, Any] = {}
        for place, do in pair:
            outcomes[place] = told(refusal_of(lambda do=do: saved(session, do)))
        found = [outcomes[0], outcomes[1]], standing(session, matter)
        session.rollback()
    return found


def saved(session: Session, do: Doing) -> Any:
    """In a savepoint: a refusal undoes what it began, as the end of its transaction would."""
    with session.begin_nested():
        return do(session)


def at_once(life: Life, matter: int, pair: Sequence[Doing]) -> Any:
    """What comes of the two when both begin at the same instant."""
    outcomes = [told(outcome) for outcome in both(life.site, *pair)]
    with life.site.sessions() as session:
        return outcomes, standing(session, matter)


def both(site: Site, *works: Doing) -> list[Any]:
    """What came of each: its value or its refusal; each in a transaction of its own, all beginning at the same instant."""
    start = threading.Barrier(len(works))

    def one(do: Doing) -> Any:
        start.wait(PATIENCE)
        try:
            with site.sessions() as session, db.transaction(session):
                return do(session)
        except CasemgrError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return [found.result(PATIENCE) for found in [pool.submit(one, do) for do in works]]


def told(outcome: Any) -> tuple[str, Any]:
    """What somebody is told, without ids."""
    if isinstance(outcome, CasemgrError):
        return type(outcome).__name__, sorted({r.code for r in getattr(outcome, "reasons", ())} | {*getattr(outcome, "fields", ())})
    return "taken", outcome.state


def standing(session: Session, matter: int) -> Any:
    """The matter and its requests as they stand: states, versions, colour, deadlines, and the kinds of their entries."""
    mine = or_(Case.id == matter, Case.parent_id == matter)
    rows = session.execute(
        select(Case.id, Case.process, Case.state, Case.version, Case.tier, Case.level, Case.handler_id, Case.facts)
        .where(mine).order_by(Case.id).execution_options(populate_existing=True)
    ).all()  # fmt: skip
    ids = [row.id for row in rows]
    due = select(DeadlineRow.key, DeadlineRow.status, DeadlineRow.due_at, DeadlineRow.extensions).where(DeadlineRow.case_id == matter)
    kinds = Counter(tuple(row) for row in session.execute(select(Event.stream_id, Event.kind).where(Event.stream == "case", Event.stream_id.in_(ids))))
    return (
        [tuple(row)[1:] for row in rows], sorted(map(tuple, session.execute(due)), key=str),
        sorted((ids.index(id), kind, count) for (id, kind), count in kinds.items()),
    )  # fmt: skip


def test_an_area_is_closed_or_something_is_opened_in_it_never_both(settings: Any, engine: Any, world: Any) -> None:
    site = open_site(settings, engine)
    by: dict[str, Any] = {"actor": SETUP, "at": world.at}
    with site.sessions() as session, db.transaction(session):
        community = session.get_one(Area, world.areas["community_a"].id)
        grids = [structure.add_area(session, f"{community.code}9{n:02}", f"新{n}网格", "grid", community, **by).id for n in range(6)]
        head = world.actor(session, "head_a")
    for grid in grids:
        seed = Seed(grid, data={"text": "三楼漏水到二楼。", "area_id": grid})
        opening, closing = both(
            site, lambda s, seed=seed: open_case(s, "dispute", seed, actor=head, at=world.at), lambda s, grid=grid: close_area(s, grid, **by)
        )
        with site.sessions() as session:
            there = session.scalar(select(Case.id).where(Case.area_id == grid, Case.closed_at.is_(None)))
            closed = session.get_one(Area, grid).closed_on
        assert (there is None, closed is None) == (isinstance(opening, Invalid), isinstance(closing, Refused)), (opening, closing)
        assert (there is None) != (closed is None), (opening, closing)
