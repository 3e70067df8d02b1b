"""Scope said twice is one scope: the ways of an actor together see exactly what `visible` says, in every order, over random histories;
where a case lies at every level is what the tree says; search finds just what stands there."""

import random
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import event, or_, select, true, update

from casemgr import db
from casemgr.jobs.site import open_site
from casemgr.models import Case
from casemgr.models.cases import UNTIMED, places_of
from casemgr.policy import ADMINS, visible, ways
from casemgr.queries.areas import load_paths
from casemgr.queries.asked import asked_by
from casemgr.queries.lines import ORDERS, PAGE, load_page, waiting_for, waiting_ways
from casemgr.search import matches
from tests.histories import BEGINNING, OFTEN, Act, Life
from tests.world import World


@pytest.fixture
def lived(app, settings, engine, world: World) -> Life:
    """A street after a random history."""
    life = Life(open_site(settings, engine), world, world.at)
    life.meet()
    rng = random.Random(11)
    life.play([*BEGINNING, *(Act(rng.choice(OFTEN), rng.randrange(10**6)) for _ in range(60))])
    return life


def everybody(life: Life):
    """All who may see anything, by login."""
    return {who: actor for who, actor in life.actors.items() if actor is not None and not actor.has(*ADMINS)}


def test_ways_pages_and_search_see_what_is_visible(lived, session):
    checked = 0
    for who, actor in everybody(lived).items():
        seen = set(session.scalars(select(Case.id).where(visible(actor))))
        assert set(session.scalars(select(Case.id).where(or_(*ways(actor))))) == seen, who
        assert set(session.scalars(select(Case.id).where(waiting_for(actor)))) == set(
            session.scalars(select(Case.id).where(or_(*waiting_ways(actor)))) if waiting_ways(actor) else ()
        ), who
        for order in ORDERS:
            assert walked(session, actor, order) == sorted_as(session, seen, order), (who, order)
        for words in ("漏水", "物业不修", "周某"):
            plain = set(session.scalars(select(Case.id).where(Case.id.in_(seen), listed(lived), matches(session, words, actor))))
            found = [line.id for line in pages(partial(asked_by({"q": words}).load, session, actor, lived.at))]
            assert set(found) == plain and len(found) == len(plain), (who, words)
            checked += len(plain)
    assert checked, "nobody found anything: the test tests nothing"


def test_matters_entered_late_are_found_with_all_others(session, world: World):
    """Old matters brought in after younger ones: those with the higher id were registered first, in part."""
    with db.transaction(session):
        made = [world.open_dispute(session, "worker_a1", "grid_a1", f"楼上漏水 {n}").case_id for n in range(3 * PAGE)]
        for n, id in enumerate(made):
            days = n if n % 3 else 0
            session.execute(update(Case).where(Case.id == id).values(registered_at=world.at - timedelta(days=days)))
    for who in ("worker_a1", "secretary_a", "supervisor"):
        for words in ("漏水", "漏"):
            load = partial(asked_by({"q": words}).load, session, world.actor(session, who), world.at)
            assert sorted(line.id for line in pages(load)) == sorted(made), (who, words)


def listed(life: Life):
    """What stands in lists, open and closed."""
    return asked_by({"status": "all"}).filter.where(life.at)


def walked(session, actor, order: str) -> list[int]:
    return [line.id for line in pages(lambda **key: load_page(session, actor, true(), order=order, **key))]


def pages(load):
    """All lines, page by page; and back again the same."""
    page, found = load(), []
    while True:
        assert len(page.lines) <= PAGE
        found += page.lines
        if page.after is None:
            return found
        following = load(after=page.after)
        assert [line.id for line in load(before=following.before).lines] == [line.id for line in page.lines]
        page = following


def sorted_as(session, ids, order: str) -> list[int]:
    by = ORDERS[order]
    columns = [column if by.ascending else column.desc() for column in (*by.columns, Case.id)]
    return list(session.scalars(select(Case.id).where(Case.id.in_(ids)).order_by(*columns)))


def test_every_case_says_where_it_lies_and_when_it_falls_due(lived, session):
    cases = session.scalars(select(Case)).all()
    paths = load_paths(session, {case.area_id for case in cases})
    for case in cases:
        assert {name: getattr(case, name) for name in places_of(())} == places_of(paths[case.area_id]), case.id
        assert case.due_order == (case.next_due_at or UNTIMED)


MOST_STATEMENTS = 32
PATHS = ("/desk", "/matters", "/matters?status=all", "/matters?q=漏水", "/matters?q=水", "/matters?order=tier", "/matters/exports", "/notices")


def test_three_times_the_matters_ask_and_fetch_no_more(app, session, world: World):
    """30 and 90 matters: both fill a page. As many statements, and no row more fetched."""
    client, seen = world.client(app, "secretary_a"), []
    for more in (30, 60):
        with db.transaction(session):
            made = [world.open_dispute(session, "worker_a1", "grid_a1", f"楼上漏水 {n}").case_id for n in range(more)]
        paths = (*PATHS, f"/cases/{made[0]}")
        for path in paths:
            client.get(path)
        seen.append([asked_of(app, client, path) for path in paths])
    for path, few, many in zip(paths, *seen, strict=True):
        assert many[0] <= few[0] <= MOST_STATEMENTS, (path, few, many)
        assert many[1] <= few[1] + 2, (path, few, many, "rows fetched grow with what there is")


def asked_of(app, client, path) -> tuple[int, int]:
    """(statements, rows that these bring) of one page."""
    sent, engine = [], app.extensions["engine"]

    def note(connection, cursor, statement, parameters, context, many):
        sent.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get(path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        reads = [(words, values) for words, values in sent if words.lstrip("( ").startswith("SELECT")]
        return len(sent), sum(len(connection.exec_driver_sql(words, values).fetchall()) for words, values in reads)
