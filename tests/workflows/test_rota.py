"""A roster by turns is fair: days and days off apart, nobody twice in a row without need, nobody away, nobody made to catch up."""

from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.rota import Turn, propose

FIRST = date(2026, 3, 2)
MONTH = [FIRST + timedelta(days=n) for n in range(28)]
WEEKENDS = {day for day in MONTH if day.isoweekday() > 5}


def team(count: int, **more: object) -> list[Turn]:
    return [Turn(n, date(2026, 1, 1), None, **more) for n in range(1, count + 1)]  # type: ignore[arg-type]


def test_everybody_serves_the_same_on_working_days_and_on_days_off() -> None:
    plan = propose(MONTH, team(4), rest=WEEKENDS)
    assert set(Counter(who for on, ids in plan.items() for who in ids if on in WEEKENDS).values()) == {2}
    assert set(Counter(who for on, ids in plan.items() for who in ids if on not in WEEKENDS).values()) == {5}
    assert all(plan[a] != plan[a + timedelta(days=1)] for a in MONTH[:-1])


def test_whoever_is_away_or_not_on_the_team_does_not_serve() -> None:
    away = frozenset(MONTH[:14])
    plan = propose(MONTH, [Turn(1, FIRST, None, away), Turn(2, FIRST, MONTH[19]), Turn(3, MONTH[10], None)], rest=WEEKENDS)
    assert not any(1 in plan[on] for on in away)
    assert not any(2 in plan[on] for on in MONTH[20:])
    assert not any(3 in plan[on] for on in MONTH[:10])
    assert plan[MONTH[0]] == (2,)
    assert propose(MONTH[:2], [Turn(1, FIRST, None, away)], rest=())[FIRST] == ()


def test_what_was_served_before_counts_and_newcomers_do_not_catch_up() -> None:
    before = frozenset(FIRST - timedelta(days=n) for n in range(1, 9))
    rare = Turn(2, FIRST, None, served=frozenset(sorted(before)[:2]))
    plan = propose(MONTH[:8], [Turn(1, FIRST, None, served=before), rare, Turn(3, FIRST, None, served=before)], rest=())
    assert Counter(who for ids in plan.values() for who in ids)[2] >= 5
    plan = propose(MONTH, [*(Turn(n, FIRST, None, served=before) for n in (1, 2, 3)), Turn(4, FIRST, None)], rest=())
    assert max(Counter(who for ids in plan.values() for who in ids).values()) <= 8


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(1, 3), st.sets(st.sampled_from(MONTH)))
def test_as_many_a_day_as_asked_where_so_many_may(count: int, each: int, rest: set[date]) -> None:
    plan = propose(MONTH, team(count), rest=rest, each=each)
    assert all(len(ids) == min(each, count) for ids in plan.values())
    for sort in (rest, set(MONTH) - rest):
        served = Counter(who for on, ids in plan.items() for who in ids if on in sort)
        assert not served or max(served.values()) - min(served[n] for n in range(1, count + 1)) <= 3
