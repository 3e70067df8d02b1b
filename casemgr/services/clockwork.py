"""What a step does to the deadlines of a draft: starts, ends, pauses, extends, gives the new tier's length.

Every change is a fact naming its event; the cached row is then computed from the facts by workflows.clocks.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from casemgr.models.cases import UNTIMED
from casemgr.services.books import Books
from casemgr.services.drafts import Draft, clock_fact
from workflows.clocks import OPEN, PAUSED, RUNNING, Clock, moment, replay
from workflows.due import DueFacts, due_of, parse_length
from workflows.ladder import next_rung, rung_instants
from workflows.model import Start, State, Step, Workflow
from workflows.waiting_steps import WAITING


def apply_step(
    draft: Draft, step: Step, before: State, answers: Mapping[str, Any], at: datetime, seq: int, books: Books
) -> None:
    """Everything the step declares about deadlines, then what its change of state means for the others."""
    anew = [start for start in step.started() if not goes_on(draft, start)]
    unmoved = {start.key for start in step.started()} - {start.key for start in anew}
    for key in step.meets:
        if key not in unmoved:
            end(draft, key, "meet", at, seq)
    for key in step.cancels:
        if key not in unmoved:
            end(draft, key, "cancel", at, seq)
    for start in anew:
        begin(draft, start, answers, at, seq, books)
    for key in step.resumes:
        if key in draft.clock_rows:
            reopen(draft, key, at, seq)
        else:
            begin(draft, Start(key), answers, at, seq, books)
    for key in draft.row["facts"]["left"]["clocks"] if step.back else ():
        reopen(draft, key, at, seq)
    if step.extends:
        extend(draft, step, answers, at, seq)
    after, waiting = draft.state, waits(draft, books)
    if after.closed and not before.closed:
        for key in running(draft, *OPEN):
            clock_fact(draft, key, "close", at, seq)
            mark(draft, key, "cancelled")
    if after.pauses != before.pauses:
        pause_all(draft, after.pauses, {s.key for s in anew} | waiting, pause_edge(draft, before, at), seq)
    restart_progress(draft, step, at, seq, books)
    for key in waiting & set(running(draft, RUNNING)):
        clock_fact(draft, key, "pause", at, seq)
        mark(draft, key, PAUSED)


def waits(draft: Draft, books: Books) -> set[str]:
    """The clocks that stand still while departments are called to the matter: those that the rules name for its process."""
    named = books.rules.raw.get("whistle", {}).get("pauses", {}).get(draft.flow.name, ())
    return set(named) if draft.row["facts"].get(WAITING) else set()


def running(draft: Draft, *statuses: str) -> list[str]:
    """The keys of its deadlines in one of these statuses."""
    return [key for key, row in draft.clock_rows.items() if row["status"] in statuses]


def mark(draft: Draft, key: str, status: str) -> None:
    """Note the new status at once, for what follows in the same step; `recount` computes the rest."""
    draft.clock_rows[key] = draft.clock_rows.get(key, {}) | {"key": key, "status": status}
    draft.touched[key] = None  # type: ignore[assignment]


def end(draft: Draft, key: str, kind: str, at: datetime, seq: int) -> None:
    """Meet or cancel a deadline that is still open."""
    if key in running(draft, *OPEN):
        clock_fact(draft, key, kind, at, seq)
        mark(draft, key, "met" if kind == "meet" else "cancelled")


def goes_on(draft: Draft, start: Start) -> bool:
    """Whether a deadline by a planned date runs already, by that very date."""
    if not start.planned or start.key not in running(draft, *OPEN):
        return False
    return bool(draft.clock_facts[start.key][0].data.get("due_on") == draft.row["facts"].get(start.planned))


def begin(draft: Draft, start: Start, answers: Mapping[str, Any], at: datetime, seq: int, books: Books) -> None:
    """Start a deadline, or start it anew: its epoch is one more than any before. None without the date it is planned by."""
    key, tier = start.key, draft.row["tier"]
    planned = draft.row["facts"].get(start.planned) if start.planned else None
    if start.planned and not planned:
        return
    epoch = draft.clock_rows.get(key, {}).get("epoch", 0) + 1
    anchor = answers.get(start.anchor) if start.anchor else at
    data: dict[str, Any] = {
        "epoch": epoch, "tier": tier, "rules": books.rules.version, "calendar": books.calendar_name,
        "roll": draft.flow.deadline(key).roll, "anchor": (anchor or at).isoformat(),
    }  # fmt: skip
    due_on = answers.get(start.due_on) if start.due_on else None
    length = answers.get(start.length) or usual_length(draft, key, books)
    if planned:
        data["due_on"] = planned
    elif start.due_on and (isinstance(due_on, date) or not length):
        data["due_on"] = due_on.isoformat() if isinstance(due_on, date) else None
    else:
        data["length"] = length
    clock_fact(draft, key, "start", at, seq, **data)
    draft.fired[key], draft.given[key] = {}, set()
    draft.clock_rows[key] = draft.clock_rows.get(key, {}) | {"from_seq": seq}
    mark(draft, key, RUNNING)


def usual_length(draft: Draft, key: str, books: Books) -> str | None:
    """How long the rules make a deadline for the tier and the kind of the matter."""
    kind = draft.detail.get(draft.flow.lengths_by) if draft.flow.lengths_by else None
    return books.rules.length(draft.flow.name, key, draft.row["tier"], kind or "")


def reopen(draft: Draft, key: str, at: datetime, seq: int) -> None:
    """Let an ended deadline go on where closing left it."""
    if draft.clock_rows[key]["status"] not in OPEN:
        clock_fact(draft, key, "reopen", at, seq)
        mark(draft, key, RUNNING)


def pause_edge(draft: Draft, before: State, at: datetime) -> datetime:
    """When a pause begins or ends: now; but one that has an end of its own has ended then, whenever that is recorded."""
    if before.whole_pause:
        return at
    ended_at = draft.clock_rows.get(before.pause_ends, {}).get("due_at") if before.pauses else None
    return min(at, ended_at) if ended_at else at


def pause_all(draft: Draft, pausing: bool, besides: set[str], at: datetime, seq: int) -> None:
    """A suspension stops every deadline it may stop, or lets them run again."""
    for key in running(draft, RUNNING if pausing else PAUSED):
        if key not in besides and draft.flow.deadline(key).pauses:
            clock_fact(draft, key, "pause" if pausing else "resume", at, seq)
            mark(draft, key, PAUSED if pausing else RUNNING)


def restart_progress(draft: Draft, step: Step, at: datetime, seq: int, books: Books) -> None:
    """Work on the matter restarts the progress clock; nothing is due before a booked session."""
    key = draft.flow.progress
    if not key or not step.act or key in (s.key for s in step.started()) or key not in running(draft, RUNNING):
        return
    booked = draft.row["facts"].get("next_session_on")
    next_on = date.fromisoformat(booked) if booked else None
    anchor = "next" if next_on and next_on > books.calendar.local_date(at) else ""
    begin(draft, Start(key, anchor=anchor), {"next": next_on}, at, seq, books)


def retier(draft: Draft, at: datetime, seq: int, books: Books, *, lowered: bool) -> None:
    """Give every open deadline the new tier's length from its original anchor, and a ladder of its own.

    After a lowering no deadline comes earlier: where the length before is the longer one it stays, so that pauses and
    extensions go on counting; and spent rungs stay spent.
    """
    tier = draft.row["tier"]
    for key in running(draft, *OPEN):
        start, latest = draft.clock_facts[key][0].data, latest_length(draft, key)
        if start.get("due_on") is not None or key in with_own_length(draft.flow) or latest.get("tier") == tier:
            continue
        length = usual_length(draft, key, books)
        if lowered and length:
            length = max(length, latest["length"] or length, key=lambda text: due_without_pauses(start, text, books))
        clock_fact(
            draft, key, "relength", at, seq, tier=tier, raised=not lowered, rules=books.rules.version,
            anchor=start["anchor"], roll=start["roll"], length=length, not_before=None,
        )  # fmt: skip
        if not lowered:
            draft.given.setdefault(key, set()).update(draft.fired.get(key, {}).items())
            draft.fired[key] = {}
        mark(draft, key, draft.clock_rows[key]["status"])


def latest_length(draft: Draft, key: str) -> Mapping[str, Any]:
    """The fact that gave a deadline its present length and tier."""
    return next(fact.data for fact in reversed(draft.clock_facts[key]) if fact.kind in ("start", "relength"))


def due_without_pauses(start: Mapping[str, Any], length: str, books: Books) -> datetime:
    """When a deadline of this length would be due if nothing stopped or extended it: what lengths are compared by."""
    facts = DueFacts(moment(start["anchor"]), parse_length(length), roll=start["roll"])
    return due_of(books.calendar, facts).due_at or NEVER


NEVER = datetime.max.replace(tzinfo=UTC)


@cache
def with_own_length(flow: Workflow) -> frozenset[str]:
    """The deadlines whose length the parties or a decision give: it stands whatever the tier."""
    return frozenset(s.key for step in (flow.opens, *flow.steps) for s in step.started() if s.length)


def extend(draft: Draft, step: Step, answers: Mapping[str, Any], at: datetime, seq: int) -> None:
    """Extend an open deadline by the one length that the step asks."""
    length = next(answers[f.name] for f in step.asks if f.kind == "length")
    if step.extends in running(draft, *OPEN):
        clock_fact(draft, step.extends, "extend", at, seq, length=length)
        mark(draft, step.extends, draft.clock_rows[step.extends]["status"])


def recount(draft: Draft, books: Books) -> None:
    """Compute the cached rows of all deadlines that were touched, and what falls due next on the case."""
    for key in draft.touched:
        clock = replay(key, draft.clock_facts[key], books.calendars, explain=False)
        draft.touched[key] = clock
        draft.clock_rows[key] = as_row(draft, clock, books)
    waiting = [
        (row["due_at"], key)
        for key, row in draft.clock_rows.items()
        if row["status"] == RUNNING and row["due_at"] and not draft.flow.deadline(key).right
    ]
    draft.row["next_due_at"], draft.row["next_due_key"] = min(waiting, default=(None, ""))
    draft.row["due_order"] = draft.row["next_due_at"] or UNTIMED


def as_row(draft: Draft, clock: Clock, books: Books) -> dict[str, Any]:
    """The row that caches a deadline, with the next rung of its ladder."""
    due = clock.due
    rung = upcoming_rung(draft, clock, books)
    due_on = due.due if due and isinstance(due.due, date) and not isinstance(due.due, datetime) else None
    return {
        "case_id": draft.row["id"], "key": clock.key, "process": draft.row["process"], "status": clock.status,
        "epoch": clock.epoch, "from_seq": draft.clock_rows[clock.key].get("from_seq", 0), "start_at": clock.start_at,
        "due_at": clock.due_at, "due_on": due_on, "provisional": bool(due and due.provisional),
        "extensions": clock.extensions, "ended_at": clock.ended_at,
        "next_rung": rung.name if rung else "", "next_rung_at": rung.at if rung else None,
    }  # fmt: skip


def upcoming_rung(draft: Draft, clock: Clock, books: Books) -> Any:
    """The next rung of a running deadline (None: history, paused, ended, or the ladder is spent)."""
    if draft.row["history"] or clock.status != RUNNING or clock.facts is None:
        return None
    return next_rung(instants(draft, clock, books), draft.fired.get(clock.key, ()))


def instants(draft: Draft, clock: Clock, books: Books) -> Any:
    """Every rung of a deadline with its instant; none where its tier sets no limit."""
    if clock.facts is None:
        return ()
    rules = books.rules_by_version.get(clock.rules, books.rules)
    return rung_instants(
        books.calendars[clock.calendar], clock.facts, rules.rungs(draft.row["process"], clock.key, clock.tier),
        tier=clock.tier, epoch_start=clock.epoch_at, not_before=clock.not_before,
        given=draft.given.get(clock.key, ()), due=clock.due,
    )  # fmt: skip
