"""The clock ledger: who held a matter and how it stood, by hand, and that every second has exactly one place."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.ledger import LedgerError, Span, Timed, spans, totals
from workflows.pauses import Pause


def at(day: float) -> datetime:
    return datetime(2025, 3, 1, tzinfo=UTC) + timedelta(days=day)


def lines(found) -> list[tuple[float, float, str, str]]:
    day = timedelta(days=1)
    return [((s.from_at - at(0)) / day, (s.to_at - at(0)) / day, s.holder, s.state) for s in found]


def test_a_matter_from_registration_to_closing():
    found = spans(
        at(0),
        [(at(0), "registrar"), (at(1), "mediator"), (at(9), "secretary")],
        [
            Timed("accept", at(0), at(2), (), at(1)),
            Timed("settle", at(1), at(8), (), at(12)),
        ],
        [(at(12), None)],
        at(20),
    )
    assert lines(found) == [
        (0, 1, "registrar", "running"),
        (1, 8, "mediator", "running"),
        (8, 9, "mediator", "late"),
        (9, 12, "secretary", "late"),
        (12, 20, "secretary", "closed"),
    ]
    assert totals(found) == {
        "registrar": {"running": timedelta(days=1)},
        "mediator": {"running": timedelta(days=7), "late": timedelta(days=1)},
        "secretary": {"late": timedelta(days=3), "closed": timedelta(days=8)},
    }


@pytest.mark.parametrize(
    ("deadlines", "expected"),
    [
        ([], [(0, 10, "m", "met")]),
        ([Timed("a", at(0), at(5))], [(0, 5, "m", "running"), (5, 10, "m", "late")]),
        ([Timed("a", at(0), at(5), (), at(5))], [(0, 5, "m", "running"), (5, 10, "m", "met")]),
        ([Timed("a", at(3), at(99))], [(0, 3, "m", "met"), (3, 10, "m", "running")]),
        # paused; due later for it
        (
            [Timed("a", at(0), at(8), [Pause(at(2), at(5))])],
            [(0, 2, "m", "running"), (2, 5, "m", "paused"), (5, 8, "m", "running"), (8, 10, "m", "late")],
        ),
        # held by an open pause: never late
        ([Timed("a", at(0), None, [Pause(at(2))])], [(0, 2, "m", "running"), (2, 10, "m", "paused")]),
        # a pause that came after the due forgives nothing
        ([Timed("a", at(0), at(4), [Pause(at(6), at(8))])], [(0, 4, "m", "running"), (4, 10, "m", "late")]),
        # the worst deadline speaks: one late, one running; one running, one paused
        (
            [Timed("a", at(0), at(3), (), at(6)), Timed("b", at(0), at(99), [Pause(at(1), at(7))])],
            [(0, 3, "m", "running"), (3, 6, "m", "late"), (6, 7, "m", "paused"), (7, 10, "m", "running")],
        ),
        # a raise: late under the first length stays on record, then the longer length runs
        (
            [Timed("settle", at(0), at(3), (), at(4)), Timed("settle", at(4), at(9))],
            [(0, 3, "m", "running"), (3, 4, "m", "late"), (4, 9, "m", "running"), (9, 10, "m", "late")],
        ),
    ],
)
def test_the_state_is_that_of_the_worst_open_deadline(deadlines, expected):
    assert lines(spans(at(0), [(at(0), "m")], deadlines, [], at(10))) == expected


def test_closed_time_is_its_own_bucket_and_reopening_forgives_nothing():
    found = spans(at(0), [(at(0), "m")], [Timed("a", at(0), at(2))], [(at(3), at(6))], at(8))
    assert lines(found) == [(0, 2, "m", "running"), (2, 3, "m", "late"), (3, 6, "m", "closed"), (6, 8, "m", "late")]


def test_a_matter_handed_on_twice_at_one_instant_is_held_by_the_last():
    found = spans(at(0), [(at(0), "a"), (at(1), "b"), (at(1), "c")], [], [], at(2))
    assert lines(found) == [(0, 1, "a", "met"), (1, 2, "c", "met")]


def test_neighbours_that_are_alike_are_joined():
    found = spans(at(0), [(at(0), "a"), (at(1), "a")], [Timed("x", at(0), at(9)), Timed("y", at(1), at(9))], [], at(2))
    assert found == (Span(at(0), at(2), "a", "running"),)


def test_before_registration_there_is_nothing():
    assert spans(at(1), [(at(0), "a")], [], [], at(1)) == ()


@pytest.mark.parametrize("holdings", [[], [(at(1), "a")]])
def test_a_second_without_a_holder_is_refused(holdings):
    with pytest.raises(LedgerError, match="nobody held"):
        spans(at(0), holdings, [], [], at(2))


# Properties

SECONDS = st.integers(0, 400)
MAYBE = st.one_of(st.none(), SECONDS)


def second(n: int) -> datetime:
    return at(0) + timedelta(seconds=n)


@st.composite
def gaps(draw, **bounds) -> list[Pause]:
    pairs = draw(st.lists(st.tuples(SECONDS, MAYBE), **bounds))
    return [Pause(second(begin), None if length is None else second(begin + length)) for begin, length in pairs]


@st.composite
def deadlines(draw) -> Timed:
    start, due, ended = draw(SECONDS), draw(MAYBE), draw(MAYBE)
    return Timed(
        "x",
        second(start),
        None if due is None else second(start + due),
        draw(gaps(max_size=2)),
        None if ended is None else second(start + ended),
    )


HISTORIES = st.tuples(
    st.lists(st.tuples(SECONDS, st.sampled_from("abc")), max_size=4),
    st.lists(deadlines(), max_size=3),
    gaps(max_size=2),
    st.integers(1, 400),
)


def make(history) -> tuple[Span, ...]:
    handed, timed, shut, until = history
    holdings = [(second(0), "first"), *((second(n), holder) for n, holder in handed)]
    return spans(second(0), holdings, timed, [(gap.from_at, gap.to_at) for gap in shut], second(until))


@given(HISTORIES)
def test_spans_cover_every_second_exactly_once(history):
    found, until = make(history), history[-1]
    assert (found[0].from_at, found[-1].to_at) == (second(0), second(until))
    for before, after in zip(found, found[1:], strict=False):
        assert before.to_at == after.from_at
        assert (before.holder, before.state) != (after.holder, after.state)
    assert all(each.from_at < each.to_at for each in found)
    whole = sum((time for states in totals(found).values() for time in states.values()), timedelta())
    assert whole == timedelta(seconds=until)


@given(HISTORIES, SECONDS)
def test_every_second_has_the_state_of_its_facts(history, n):
    """Asked of a single second, in the plainest words, the facts give what the span says."""
    handed, timed, shut, until = history
    now = second(n % until)
    span = next(each for each in make(history) if each.from_at <= now < each.to_at)
    open_now = [d for d in timed if d.start_at <= now and (d.ended_at is None or now < d.ended_at)]
    late = [d for d in open_now if d.due_at is not None and d.due_at <= now]
    halted = [d for d in open_now if any(p.covers(now) for p in d.pauses)]
    if any(gap.covers(now) for gap in shut):
        assert span.state == "closed"
    elif [d for d in late if d not in halted]:
        assert span.state == "late"
    elif [d for d in open_now if d not in halted]:
        assert span.state in ("running", "late")
    else:
        assert span.state in (("paused", "late") if open_now else ("met",))
    before = [holder for m, holder in sorted(handed, key=lambda each: each[0]) if second(m) <= now]
    assert span.holder == (before[-1] if before else "first")


@given(HISTORIES)
def test_a_deadline_paused_since_before_its_due_is_never_late(history):
    timed = [
        d._replace(pauses=[Pause(d.start_at)], due_at=d.due_at and d.due_at + timedelta(seconds=1)) for d in history[1]
    ]
    assert all(span.state != "late" for span in make((history[0], timed, history[2], history[3])))
