"""What must hold of the database after a run, whatever happened in it: compared with what the pure rules give.

Rungs, notices, mails, numbers, chains, deadlines, ledgers, files. Each check gives a line for every fault it finds.
"""

import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.jobs import mails, orphans
from casemgr.jobs.site import Site
from casemgr.models import Account, Attachment, Case, DeadlineFact, Event, JobRun, Notice, NumberSeries, Outgoing, RungFired
from casemgr.services.books import Books, load_books
from casemgr.services.drafts import Draft
from casemgr.services.recount import all_drafts, verify_deadlines
from tests.jobs.sink import Sink
from tests.services.test_histories import caches_follow_facts, ledger_fits, trail_in_order
from workflows.clocks import RUNNING, Clock, ClockFact, replay
from workflows.ladder import Rung, rung_instants
from workflows.notice_groups import INFORM, group_of

TOLD_BY_STEP = {"dispute.registered": "dispute.to_accept", "dispute.assigned": "dispute.assigned"}
MAY_FAIL = {"OperationalError", "InterfaceError", "PendingRollbackError", "AdminShutdown", "DisconnectionError", "Busy", "Unsure"}
SHOWN = 8  # faults of one check that are told


def told(what: str, faults: Iterable[Any]) -> list[str]:
    """The faults of a check as lines: the first few, and how many more."""
    found = [str(fault) for fault in faults]
    more = [f"{what}: … {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return [f"{what}: {fault}" for fault in found[:SHOWN]] + more


def chains(session: Session) -> list[str]:
    """Every chain and every kept value."""
    return told("chain", [*audit.verify(session)[1], *audit.verify_values(session)])


def deadlines(session: Session) -> list[str]:
    """Every deadline computed anew."""
    return told("deadline", verify_deadlines(session)[1])


def every_case(session: Session, at: datetime) -> list[str]:
    """Each case by itself: trail in order, caches as their facts say, every second held once."""
    books, found = load_books(session), []
    for draft in all_drafts(session, select(Case.id)):
        id = draft.row["id"]
        for check in (trail_in_order, caches_follow_facts, lambda s, d: ledger_fits(s, d, books, at)):
            found += fault_of(check, session, draft, id)
    return told("case", found)


def fault_of(check: Callable[[Session, Draft], None], session: Session, draft: Draft, id: int) -> list[str]:
    """What a check finds wrong with one case."""
    try:
        check(session, draft)
    except AssertionError as error:
        return [f"{id} ({draft.row['process']}, {draft.row['state']}): {getattr(check, '__name__', '')} {error}"]
    return []


# --- rungs


def rungs(session: Session, at: datetime) -> list[str]:
    """What fired was due by the facts before it; what was due on deadlines that ran on, or that the sweep itself ended, fired;
    each stands in one event."""
    books = load_books(session)
    fired = {(r.case_id, r.key, r.epoch, r.rung): r for r in session.scalars(select(RungFired))}
    facts = facts_by_deadline(session)
    cases = {id: (process, history) for id, process, history in session.execute(select(Case.id, Case.process, Case.history))}
    by_people: dict[int, set[int]] = defaultdict(set)
    people = select(Event.stream_id, Event.seq).where(Event.stream == "case", Event.actor != "scheduler")
    for id, seq in session.execute(people):
        by_people[id].add(seq)
    expected = {
        (case, key, epoch, rung.name)
        for (case, key), mine in facts.items() if not cases[case][1]
        for epoch, rung in expected_rungs(cases[case][0], key, mine, books, at, by_people[case])
    }  # fmt: skip
    found = told("rung missing", sorted(expected - fired.keys()))
    found += told("rung not due", (name for name, r in fired.items() if not was_due(r, cases[r.case_id][0], facts[r.case_id, r.key], books)))
    events = session.scalars(select(Event).where(Event.stream == "case"))
    in_events = Counter((event.stream_id, *rung, event.seq) for event in events for rung in event.data.get("rungs", ()))
    apart = in_events - Counter((*name, r.seq) for name, r in fired.items())
    apart += Counter((*name, r.seq) for name, r in fired.items()) - in_events
    return found + told("rung and its event", apart.items())


def facts_by_deadline(session: Session) -> dict[tuple[int, str], list[tuple[int, ClockFact]]]:
    """(case, deadline) -> its facts in order, each with the entry that brought it."""
    found: dict[tuple[int, str], list[tuple[int, ClockFact]]] = defaultdict(list)
    order = {"start": 0, "reopen": 1, "pause": 3}
    rows = session.scalars(select(DeadlineFact).order_by(DeadlineFact.case_id, DeadlineFact.key, DeadlineFact.seq)).all()
    for fact in sorted(rows, key=lambda f: (f.case_id, f.key, f.seq, order.get(f.kind, 2))):
        found[fact.case_id, fact.key].append((fact.seq, ClockFact(fact.kind, fact.at, fact.data)))
    return found


def ladder_of(process: str, clock: Clock, books: Books, given: set[tuple[str, str]]) -> list[tuple[Any, Rung]]:
    """The rungs of a clock, each with its instant."""
    ladder = books.rules.rungs(process, clock.key, clock.tier)
    placed = rung_instants(
        books.calendars[clock.calendar], clock.facts, ladder, tier=clock.tier, epoch_start=clock.epoch_at,
        not_before=clock.not_before, given=given,
    )  # fmt: skip
    return list(zip(placed, ladder, strict=True))


def expected_rungs(
    process: str, key: str, facts: list[tuple[int, ClockFact]], books: Books, now: datetime, by_people: set[int]
) -> Iterator[tuple[int, Rung]]:
    """(epoch, rung) for all that must have fired: in each epoch what was due before it ended. One that a person ended
    may have been faster than the sweep."""
    plain = [fact for _, fact in facts]
    ends = [n for n, fact in enumerate(plain) if n and (fact.kind == "start" or fact.data.get("raised"))]
    given: set[tuple[str, str]] = set()
    for begin, end in zip([0, *ends], [*ends, len(plain)], strict=True):
        clock = replay(key, plain[:end], books.calendars)
        if plain[begin].kind == "start":
            given = set()
        over = plain[end].at if end < len(plain) else clock.ended_at or now
        ended_by = facts[end][0] if end < len(plain) else facts[-1][0] if clock.ended_at else None
        if clock.facts is None or (end == len(plain) and clock.status != RUNNING and not clock.ended_at):
            continue
        due = [(at, rung) for at, rung in ladder_of(process, clock, books, given) if at.at and at.at <= over and not at.skipped]
        if ended_by is None or ended_by not in by_people:
            yield from ((clock.epoch, rung) for _, rung in due)
        given |= {(rung.name, rung.act) for _, rung in due}


def was_due(rung: RungFired, process: str, facts: list[tuple[int, ClockFact]], books: Books) -> bool:
    """Whether the facts recorded before a rung's event put it where it was fired, and not later."""
    before = [fact for seq, fact in facts if seq < rung.seq]
    if not before:
        return False
    clock = replay(rung.key, before, books.calendars)
    placed = {r.name: at for at, r in ladder_of(process, clock, books, set())}
    at = placed.get(rung.rung)
    return clock.epoch == rung.epoch and at is not None and at.at == rung.due_at <= rung.fired_at


# --- notices and mails


def notices(session: Session) -> list[str]:
    """Every rung and every step that tells somebody has its notice, none twice, and each its one mail."""
    rows = session.scalars(select(Notice)).all()
    heard = {(n.case_id, n.seq) for n in rows}
    heard_of = {(n.case_id, n.seq, n.code) for n in rows}
    found = [f"case {r.case_id} entry {r.seq} {r.rung}" for r in session.scalars(select(RungFired)) if (r.case_id, r.seq) not in heard]
    for event in session.scalars(select(Event).where(Event.stream == "case", Event.kind.in_(TOLD_BY_STEP))):
        if (event.stream_id, event.seq, TOLD_BY_STEP[event.kind]) not in heard_of:
            found.append(f"case {event.stream_id} entry {event.seq} {event.kind}")
    found += alarmed_anew(session)
    twice = [key for key, count in Counter((n.account_id, n.case_id, n.seq, n.code) for n in rows if n.case_id).items() if count > 1]
    with_mail = {id for id, email in session.execute(select(Account.id, Account.email)) if email}
    mailed = Counter(session.scalars(select(Outgoing.notice_id).where(Outgoing.channel == "mail")))
    wanted = Counter(n.id for n in rows if n.account_id in with_mail and (n.urgent or group_of(n.code) != INFORM))
    apart = [*(wanted - mailed), *(mailed - wanted)]
    return told("nobody was told", found) + told("told twice", twice) + told("notice and its mail", apart)


def alarmed_anew(session: Session) -> Iterator[str]:
    """Alarms that nobody fits, raised again although the matter had not left and come back to the queue."""
    silent: dict[int, bool] = {}
    kinds = ("dispute.alarmed", "dispute.accepted", "dispute.declined")
    query = select(Event.stream_id, Event.seq, Event.kind).where(Event.stream == "case", Event.kind.in_(kinds))
    for case, seq, kind in session.execute(query.order_by(Event.stream_id, Event.seq)):
        if kind == kinds[0] and not silent.get(case, True):
            yield f"case {case} entry {seq} alarmed again"
        silent[case] = kind != kinds[0]


def sent(session: Session, sink: Sink, site: Site, could_not_tell: int) -> tuple[list[str], int]:
    """Every mail arrived under its own id; how many came again, which needs a blow between sending and noting."""
    rows = session.execute(select(Outgoing, Account.email).join(Account, Account.id == Outgoing.account_id)).all()
    found = [f"{row.id} is {row.state} {row.error}" for row, _ in rows if row.state != "sent"]
    ids = {mails.message_id(mails.Parcel(row.id, row.key, email, "", 1, ()), site.settings): email for row, email in rows}
    arrived = Counter(mail["Message-ID"] for mail in sink.mails)
    found += [f"{id} never arrived" for id in ids.keys() - arrived.keys()]
    found += [f"{id} belongs to nothing" for id in arrived.keys() - ids.keys()]
    found += [f"{mail['Message-ID']} went to {mail['To']}" for mail in sink.mails if ids.get(mail["Message-ID"], mail["To"]) != mail["To"]]
    again = arrived.total() - len(arrived)
    if again > could_not_tell:
        found.append(f"{again} came again, and only {could_not_tell} times could a mail server not tell")
    return told("mail", found), again


# --- numbers, files, runs of jobs


def numbers(session: Session) -> list[str]:
    """Every series without a gap, and as far as its counter says."""
    series: dict[str, list[int]] = defaultdict(list)
    for number in session.scalars(select(Case.number).where(Case.number.is_not(None), Case.number != "")):
        series[number[:-6]].append(int(number[-6:]))
    found = [f"{name}: {len(given)} numbers up to {max(given)}" for name, given in series.items() if sorted(given) != list(range(1, len(given) + 1))]
    counted = session.scalar(select(func.coalesce(func.sum(NumberSeries.last), 0)))
    total = sum(len(given) for given in series.values())
    if counted != total:
        found.append(f"the counters say {counted}, there are {total}")
    return told("numbers", found)


def files(session: Session, site: Site) -> tuple[list[str], int]:
    """Every file on record is there, byte for byte; what lies beside them is swept as nothing's. How many such there were."""
    folder, rows = site.settings.files_dir, session.scalars(select(Attachment)).all()
    found = [f"{row.stored} of case {row.case_id}" for row in rows if digest_of(folder / row.stored) != row.sha256]
    kept = {row.stored for row in rows}
    leftovers = [path for path in folder.iterdir() if path.name not in kept] if folder.is_dir() else []
    for path in folder.iterdir() if folder.is_dir() else ():
        os.utime(path, (0, 0))  # old enough to be looked at
    orphans.run(site, datetime.fromisoformat("2036-01-01T00:00:00+00:00"))
    found += [f"{path.name} was not swept" for path in leftovers if path.exists()]
    found += [f"{name} was swept" for name in kept if not (folder / name).exists()]
    return told("file", found), len(leftovers)


def digest_of(path: Path) -> str:
    """SHA-256 of a file; "" when there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def jobs(session: Session) -> list[str]:
    """No run of a job failed but for want of a database."""
    failed = session.execute(select(JobRun.job, JobRun.error, func.count()).where(JobRun.error != "").group_by(JobRun.job, JobRun.error))
    return told("job failed", (f"{count} × {job}: {error}" for job, error, count in failed if error not in MAY_FAIL))


def everything(session: Session, at: datetime) -> list[str]:
    """All that needs the database alone."""
    until = at + timedelta(0)
    return [
        *chains(session), *deadlines(session), *every_case(session, until), *rungs(session, until), *notices(session),
        *numbers(session), *jobs(session),
    ]  # fmt: skip
