"""The verdict on a run: the clients' journal against the database, and what must hold of the database whatever they did."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr import cli, create_app
from casemgr.intake.cells import squeeze
from casemgr.models import Attachment, Case, Event, EventValue, ImportBatch, ImportRow, IncomingItem, Party
from tests.chaos import proof
from tests.chaos.journal import Asked, read
from tests.chaos.killer import Killer
from tests.chaos.proof import told
from tests.chaos.street import site_of

if TYPE_CHECKING:
    from tests.chaos.run import Stage

VERIFIED = (("audit", "verify"), ("deadlines", "verify"), ("tally", "verify"))  # commands that must find no fault
KIND_OF = {  # act of a client -> kind of the entry it makes
    "accept": "dispute.accepted", "assign": "dispute.assigned", "take": "dispute.taken", "add_party": "dispute.party_added",
    "record_contact": "dispute.contacted", "record_note": "dispute.noted", "record_fact": "dispute.facts_recorded",
    "terminate": "dispute.terminated", "attach": "dispute.attached",
}  # fmt: skip
EXTENDED = "dispute.extended_by_request"  # what an approved request makes of its matter
WORDS = ("record_note", "record_contact")  # acts whose mark stands in a kept value


@dataclass
class Verdict:
    """What a run was and what was found. No faults: it is passed."""

    database: str
    seed: int
    kills: dict[str, int]
    cuts: dict[str, int]
    jumps: list[float]
    asked: int = 0
    granted: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    unknown: int = 0
    retried: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)  # name -> seconds
    failover: list[float] = field(default_factory=list)


def judge(stage: "Stage", killer: Killer, at: datetime) -> Verdict:
    """Compare everything; nothing runs any more."""
    asked = read(stage.journal.path)
    found = Verdict(stage.plan.database, stage.plan.seed, dict(killer.kills), dict(killer.cuts), killer.jumps)
    tell_journal(found, asked)
    site = site_of(stage.settings)
    with site.readings() as session:
        check(found, "every acknowledged write is there, once", lambda: against_journal(session, asked))
        check(found, "no answer told less than was done", lambda: honest(asked))
        check(found, "the database by itself", lambda: proof.everything(session, at))
        could_not_tell = sum(killer.kills.values()) + sum(killer.cuts.values())
        faults, again = proof.sent(session, stage.sink, site, could_not_tell)
        check(found, "mails", lambda: faults)
        faults, leftovers = proof.files(session, site)
        check(found, "files", lambda: faults)
        found.counts = count(session) | {"mails": len(stage.sink.mails), "mails again": again, "leftover files": leftovers}
    site.engine.dispose()
    check(found, "flask audit, deadlines, tally verify", lambda: verified(stage))
    check(found, "clients worked", lambda: told("client", stage.crowd.faults))
    return found


def check(found: Verdict, name: str, what: Callable[[], list[str]]) -> None:
    """One check by its name."""
    found.checks.append(name)
    found.faults += what()


def tell_journal(found: Verdict, asked: list[Asked]) -> None:
    """The journal in numbers."""
    found.asked = len(asked)
    found.granted = dict(Counter(one.act for one in asked if one.granted))
    found.refused = dict(Counter(one.act for one in asked if one.refused))
    found.unknown = sum(not one.granted and not one.refused for one in asked)
    found.retried = sum(len(one.heard) > 1 for one in asked)
    told = (f"{h['status']} {h.get('code', '')}".strip() if "status" in h else h.get("lost", "?") for one in asked for h in one.heard)
    found.answers = dict(Counter(told).most_common())


def count(session: Session) -> dict[str, int]:
    """How much there is in the end."""
    tables = {"cases": Case, "entries": Event, "attachments": Attachment, "imported rows": ImportRow}
    found = {name: session.scalar(select(func.count()).select_from(model)) or 0 for name, model in tables.items()}
    return found | {"rungs": session.scalar(select(func.count()).select_from(proof.RungFired)) or 0}


def verified(stage: "Stage") -> list[str]:
    """The commands that anybody can run."""
    app = create_app(stage.settings, clock=stage.clock)
    names = {command.name: command for command in cli.COMMANDS}
    found = []
    for group, command in VERIFIED:
        if group in names and command in getattr(names[group], "commands", {}):
            result = app.test_cli_runner().invoke(args=[group, command])
            found += [] if result.exit_code == 0 else [f"flask {group} {command}: {result.output[-300:]}"]
    app.extensions["engine"].dispose()
    return found


# --- the journal


def against_journal(session: Session, asked: list[Asked]) -> list[str]:
    """Each thing asked for: there once when granted, nowhere when refused, whole or not at all when nobody knows."""
    by_act: dict[str, list[Asked]] = {}
    for one in asked:
        by_act.setdefault(one.act, []).append(one)
    found = registered(session, by_act.get("register", []))
    found += stepped(session, [one for act in KIND_OF for one in by_act.get(act, [])])
    found += decided(session, by_act.get("approve", []), by_act.get("refuse", []))
    found += attached(session, by_act.get("attach", []))
    found += handed_in(session, by_act.get("hand_in", []))
    return found + imported(session, by_act.get("import", []))


def allowed(one: Asked, there: int) -> bool:
    """Whether so many of a thing may be there."""
    return there == 1 if one.granted else there == 0 if one.refused else there <= 1


def registered(session: Session, asked: list[Asked]) -> list[str]:
    """Matters by the words that only they have, with the number that was told, their party and, settled on the spot, their end."""
    rows = session.execute(select(Case.id, Case.number, Case.state, Case.text).where(Case.process == "dispute")).all()
    by_mark: dict[str, list[Any]] = {}
    for row in rows:
        by_mark.setdefault(row.text.rpartition("。")[2].strip(), []).append(row)
    parties = set(session.scalars(select(Party.case_id)))
    found = []
    for one in asked:
        there = by_mark.get(one.args["mark"], [])
        if not allowed(one, len(there)):
            found.append(f"{one.who} {one.args['mark']} ({one.last}): {len(there)} there")
        for row in there:
            half = row.id not in parties or (one.args["settled"] and row.state != "closed")
            other = one.granted and (row.id, row.number) != (one.last["case_id"], one.last["number"])
            if half or other:
                found.append(f"{one.args['mark']}: {'half there' if half else 'another number than told'} (case {row.id} {row.number})")
    return told("register", found)


def stepped(session: Session, asked: list[Asked]) -> list[str]:
    """Steps by the entry that was told: there, of that kind, told to one asker only; and no entry that nobody asked for."""
    kinds = {(e.stream_id, e.seq): e.kind for e in session.scalars(select(Event).where(Event.stream == "case"))}
    people = {(e.stream_id, e.seq) for e in session.scalars(select(Event).where(Event.stream == "case", Event.actor == "account"))}
    marks = Counter(
        word for value in session.scalars(select(EventValue.value)) if value and isinstance(value.get("v"), str)
        for word in value["v"].split() if "-" in word
    )  # fmt: skip
    entries = Counter((one.last["case_id"], one.last["entry"]) for one in asked if one.granted)
    found = [f"entry {entry} was told {count} times" for entry, count in entries.items() if count > 1]
    for one in asked:
        if one.granted and kinds.get((one.last["case_id"], one.last["entry"])) != KIND_OF[one.act]:
            found.append(f"{one.act} {one.args['mark']} ({one.last}): entry is {kinds.get((one.last['case_id'], one.last['entry']))}")
        if one.act in WORDS and not allowed(one, marks[one.args["mark"]]):
            found.append(f"{one.act} {one.args['mark']} ({one.last}): {marks[one.args['mark']]} there")
    open_asks = Counter((one.args["case"], KIND_OF[one.act]) for one in asked if not one.granted and not one.refused)
    surplus = Counter(
        (case, kind) for (case, seq), kind in kinds.items()
        if kind in KIND_OF.values() and (case, seq) in people and (case, seq) not in entries
    )  # fmt: skip
    first = Counter((id, "dispute.party_added") for id in session.scalars(select(Event.stream_id).where(Event.kind == "dispute.registered")))
    found += [f"nobody asked for {count} × {kind} on case {case}" for (case, kind), count in (surplus - open_asks - first).items()]
    return told("step", found)


def decided(session: Session, approvals: list[Asked], refusals: list[Asked]) -> list[str]:
    """An approved request and the extension it asked for: both or neither."""
    states = dict(session.execute(select(Case.id, Case.state).where(Case.process == "request")).all())
    parents = dict(session.execute(select(Case.id, Case.parent_id).where(Case.process == "request")).all())
    found = [f"{one.args['case']} was approved and is {states.get(one.args['case'])}" for one in approvals if one.granted and states.get(one.args["case"]) != "approved"]
    found += [f"{one.args['case']} was refused and is {states.get(one.args['case'])}" for one in refusals if one.granted and states.get(one.args["case"]) != "refused"]
    approved = Counter(parents[id] for id, state in states.items() if state == "approved")
    extended = Counter(session.scalars(select(Event.stream_id).where(Event.kind == EXTENDED, Event.actor == "account")))
    found += [f"case {case}: approved {approved[case]}, extended {extended[case]}" for case in approved.keys() | extended.keys() if approved[case] != extended[case]]
    return told("request", found)


def attached(session: Session, asked: list[Asked]) -> list[str]:
    """Files by their digest, on the matter they were meant for."""
    rows = Counter(tuple(row) for row in session.execute(select(Attachment.case_id, Attachment.sha256)))
    return told("attach", (f"{one.args['mark']} ({one.last}): {there} there" for one in asked
                           if not allowed(one, there := rows[one.args["case"], one.args["sha256"]])))  # fmt: skip


def handed_in(session: Session, asked: list[Asked]) -> list[str]:
    """Items by their outside numbers: all of an ask or none."""
    keys = Counter(session.scalars(select(IncomingItem.key)))
    found = []
    for one in asked:
        there = [keys[f"hotline:{squeeze(number)}"] for number in one.args["numbers"]]
        if len(set(there)) != 1 or not allowed(one, there[0]):
            found.append(f"{one.args['numbers']} ({one.last}): {there} there")
    return told("hand in", found)


def imported(session: Session, asked: list[Asked]) -> list[str]:
    """Rows of lists: each once, each list one finished batch."""
    keys = Counter(session.scalars(select(IncomingItem.key)))
    rows = Counter(session.scalars(select(ImportRow.key).where(ImportRow.outcome == "created")))
    done = set(session.scalars(select(ImportBatch.name).where(ImportBatch.finished_at.is_not(None))))
    found = []
    for one in asked:
        numbers: Iterable[str] = (f"mailbox:{squeeze(number)}" for number in one.args["numbers"])
        wrong = {key: (keys[key], rows[key]) for key in numbers if not (allowed(one, keys[key]) and keys[key] == rows[key])}
        if wrong:
            found.append(f"{one.key}: {len(wrong)} rows, such as {next(iter(wrong.items()))}")
        if one.granted and one.key not in done:
            found.append(f"{one.key} has no finished batch")
    return told("import", found)


def honest(asked: list[Asked]) -> list[str]:
    """No surprise; and whoever was told that nothing changed, hears at the next try that it is done now, not that it was."""
    found = []
    for one in asked:
        sure = True  # nothing can have been done so far, by all that was told
        for heard in one.heard:
            status = heard.get("status", 0)
            if status == 500:
                found.append(f"{one.act} {one.args.get('mark', one.key)}: 500 {heard.get('code', '')}")
            if heard.get("replayed") and sure:
                found.append(f"{one.act} {one.args.get('mark', one.key)}: was told that nothing changed, and it had: {one.heard}")
            sure = sure and status in (429, 503) and heard.get("code") in ("unavailable", "busy", "too_many")
    return told("answer", found)
