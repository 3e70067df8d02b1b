"""One step applied to a draft: the event, the columns, the facts, the tier, the deadlines, the holder, the messages.

Everything here is in memory and follows from its arguments; the checks have been made (services.cases).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from casemgr import audit, db
from casemgr.models.cases import UNTIMED
from casemgr.policy import Actor
from casemgr.services import clockwork, grading
from casemgr.services.answers import as_json, clean, split
from casemgr.services.books import Books
from casemgr.services.drafts import CASES, DETAILS, Draft, Told, barred_from
from casemgr.services.duties import duties_named, holder
from casemgr.services.effects import EFFECTS, REGRADES
from workflows.model import Step, Workflow
from workflows.roles import ASIDE
from workflows.view import Duty
from workflows.warning import threatens_life

Path = tuple[tuple[int, str], ...]
EMPTY_ROW: dict[str, Any] = {
    "number": None, "version": 1, "category": "", "tier": "", "tier_confirmed": False, "level": "",
    "lead_area_id": None, "holder_role": "", "holder_area_id": None, "holder_department_id": None, "holder_id": None, "handler_id": None,
    "team_id": None, "department_id": None, "patron_id": None, "accepted_at": None, "closed_at": None, "last_actor_id": None,
    "facts": {}, "assessment": {}, "acknowledged": [], "rules_version": 0, "next_due_at": None, "next_due_key": "",
    "trail_seq": 0, "trail_hash": "",
}  # fmt: skip
TITLE_LENGTH = 40
SOUGHT = frozenset(("title", "text", "area_id"))  # what the index of search holds of a case
LEADERS = ("lead", "upper_lead", "top_lead")  # whom a threat to life alerts, beside whoever must act, before a tier is confirmed


def opened(
    session: Session, flow: Workflow, seeds: Sequence[Any], paths: Mapping[int, Path], actor: Actor, at: datetime, books: Books
) -> list[Draft]:
    """Drafts of new matters with the opening step applied. Raises Invalid."""
    answers = [clean(flow.opens, seed.data) for seed in seeds]
    ids = db.new_ids(session, CASES, len(seeds))
    kept_from = barred_from(session, {seed.parent_id for seed in seeds if seed.parent_id and seed.confidential})
    drafts = []
    for id, seed, given in zip(ids, seeds, answers, strict=True):
        draft = blank(id, flow, seed, paths[seed.area_id], actor, at)
        draft.barred = seed.barred | kept_from.get(seed.parent_id, draft.barred)  # what belongs to a matter is kept from the same
        draft.limits = books.rules.raw.get("limits", {})
        apply(draft, flow.opens, given, actor, at, books)
        drafts.append(draft)
    return drafts


def blank(id: int, flow: Workflow, seed: Any, path: Path, actor: Actor, at: datetime) -> Draft:
    """A matter before its first event."""
    text = seed.data.get("text") or ""
    row = EMPTY_ROW | {
        "id": id, "process": flow.name, "state": flow.initial, "title": title_of(text), "text": "", "channel": "",
        "area_id": seed.area_id, "tier": seed.tier, "tier_confirmed": seed.confirmed, "parent_id": seed.parent_id, "confidential": seed.confidential, "history": seed.history, "registered_by": actor.account_id,
        "registered_at": at, "last_act_at": at, "trail_at": at, "facts": {}, "acknowledged": [],
        "due_order": UNTIMED,
    }  # fmt: skip
    table = DETAILS[flow.name]
    detail = {c.name: getattr(c.default, "arg", None) if c.default is not None and c.default.is_scalar else None for c in table.columns}
    for name in ("payload", "reading"):
        if name in detail:
            detail[name] = {}
    draft = Draft(row, detail | {"case_id": id} | dict(seed.extra), path, new=True, reindex=True)
    grading.settle_level(draft, "grid")
    record_facts(draft, seed.facts, at, 1)
    return draft


def title_of(text: str) -> str:
    """A title for a matter that was given none: the beginning of its first line, without the full stop."""
    first = text.strip().splitlines()[0].rstrip("。. ") if text.strip() else ""
    return first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1] + "…"


def apply(
    draft: Draft, step: Step, answers: Mapping[str, Any], actor: Actor, at: datetime, books: Books, fires: Sequence[Any] = ()
) -> int:
    """Take the step; the number of its event."""
    before, held_by = draft.state, draft.row["handler_id"]
    draft.edited |= not step.append
    derived = step.derive(draft.view(), answers, at) if step.derive else {}
    facts = {f.name: answers[f.name] for f in step.asks if f.into == "fact" and f.name in answers} | dict(derived)
    corrected = values_before(draft, step, answers, facts) if step.name in REGRADES else {}
    seq = record_event(draft, step, before.name, answers, actor, at, fires, corrected)
    record_facts(draft, facts, at, seq)
    heard = [(rung, audience_of(draft, rung)) for rung in fires]
    set_columns(draft, step, answers, at)
    fire(draft, fires, at, seq)
    if step.effect:
        EFFECTS[step.effect](draft, answers, at, seq, books)
    if draft.flow.tiered and not draft.state.closed and not draft.row["tier_confirmed"]:
        grading.suggest(draft, at, seq, books)
    clockwork.apply_step(draft, step, before, answers, at, seq, books)
    draft.writes += rows_beside(step, answers, facts, held_by, seq)
    grade(draft, step, facts, actor, at, books)
    clockwork.recount(draft, books)
    hold(draft, at, seq)
    tell(draft, step, heard, seq)
    if step.act:
        draft.row["last_act_at"], draft.row["last_actor_id"] = at, actor.account_id
    return seq


def rows_beside(
    step: Step, answers: Mapping[str, Any], facts: Mapping[str, Any], held_by: int | None, seq: int
) -> list[tuple[str, int, dict[str, Any]]]:
    """What the step writes beside the case. Whoever steps aside over a tie or an objection stays aside for good."""
    rows = [("file", seq, {"file": answers[f.name]}) for f in step.asks if f.kind == "file" and f.name in answers]
    if step.writes:
        aside = {"aside_id": held_by} if held_by and answers.get("ground") in ASIDE else {}
        rows.insert(0, (step.writes, seq, {**answers, **aside} if step.writes == "recusal" else dict(answers)))
    if facts.get("safety_concern"):
        rows.append(("hide_contacts", seq, {}))
    if facts.get("session_at") == "":
        rows.append(("sitting_over", seq, dict(answers)))
    return rows


def values_before(
    draft: Draft, step: Step, answers: Mapping[str, Any], facts: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """What stood before a correction, as codes and as words, under the names of the answers that change it."""
    places = {"case": draft.row, "detail": draft.detail}
    fields = {f.name: f for f in step.asks if f.name in answers and f.into in places}
    old = {name: places[field.into].get(name) for name, field in fields.items()}
    old |= {name: draft.row["facts"].get(name) for name in facts}
    codes, words = split(step, old)
    return {"codes": {name: as_json(value) for name, value in codes.items()}, "words": words}


def record_event(
    draft: Draft, step: Step, before: str, answers: Mapping[str, Any], actor: Actor, at: datetime, fires: Sequence[Any],
    corrected: Mapping[str, Mapping[str, Any]],
) -> int:  # fmt: skip
    """Chain the event of a step to the case's trail: codes in the event, words in the erasable table."""
    codes, words = split(step, answers)
    data: dict[str, Any] = {"step": step.name, "from": "" if draft.row["trail_seq"] == 0 else before}
    data["to"] = led_to(draft, step)
    if corrected:
        data["before"] = dict(corrected["codes"])
        words |= {f"before_{name}": value or "" for name, value in corrected["words"].items()}
    if codes:
        data["answers"] = codes
    if fires:
        data["rungs"] = [[r.key, r.epoch, r.name] for r in fires]
    return chain(draft, step.event, data, words, actor, at)


def led_to(draft: Draft, step: Step) -> str:
    """The state a step leads to from the present one."""
    return str(draft.row["facts"]["left"]["state"] if step.back else step.target or draft.row["state"])


def chain(draft: Draft, kind: str, data: dict[str, Any], words: Mapping[str, Any], actor: Actor, at: datetime) -> int:
    """Add an event to the case's chain."""
    seq = draft.row["trail_seq"] + 1
    digests, values = audit.values_of({"stream": "case", "stream_id": draft.row["id"], "seq": seq}, words)
    event = {
        "stream": "case", "stream_id": draft.row["id"], "kind": kind, "at": at, "actor": actor.kind,
        "actor_id": actor.account_id, "post_id": actor.posts[0].post_id if actor.posts else None,
        "data": data | ({"digests": digests} if digests else {}) | ({"for": actor.acts_for} if actor.acts_for else {}),
    }  # fmt: skip
    head, row = audit.chained(audit.Head(draft.row["trail_seq"], draft.row["trail_hash"]), event)
    draft.row |= {"trail_seq": head.seq, "trail_hash": head.hash, "trail_at": at}
    draft.events.append(row)
    draft.values += values
    return seq


def record_facts(draft: Draft, facts: Mapping[str, Any], at: datetime, seq: int) -> None:
    """Add fact rows and refresh the cached latest values."""
    known = {name: as_json(value) for name, value in facts.items() if value is not None}
    if not known:
        return
    draft.row["facts"] = draft.row["facts"] | known
    draft.facts += [
        {"case_id": draft.row["id"], "seq": seq, "name": name, "value": {"v": value}, "at": at}
        for name, value in known.items()
    ]


def set_columns(draft: Draft, step: Step, answers: Mapping[str, Any], at: datetime) -> None:
    """The new state, the constants of the step, and answers that go into columns."""
    given = {f.name: (f.into, answers[f.name]) for f in step.asks if f.name in answers and f.into in ("case", "detail")}
    for name, (into, value) in given.items():
        (draft.row if into == "case" else draft.detail)[name] = value
    for name, value in step.sets.items():
        (draft.row if name in CASES.c else draft.detail)[name] = value
    draft.reindex |= not SOUGHT.isdisjoint((*given, *step.sets))
    draft.row["state"] = led_to(draft, step)
    if draft.state.closed:
        draft.row["closed_at"] = draft.row["closed_at"] or at
    else:
        draft.row["closed_at"] = None


def grade(draft: Draft, step: Step, facts: Mapping[str, Any], actor: Actor, at: datetime, books: Books) -> None:
    """Re-assess after new facts: raise by risk, follow a correction both ways. Before acceptance a tier is only
    suggested; a threat to life alone alerts leaders at once."""
    news = step is draft.flow.opens or "threat" in facts
    if news and not draft.row["tier_confirmed"] and not draft.state.closed and threatens_life(draft.row["facts"]):
        draft.told += told(draft, (*LEADERS, draft.state.owner), "case.life_threatened", draft.row["trail_seq"], urgent=True)
    if not draft.flow.tiered or draft.state.closed or not draft.row["tier_confirmed"]:
        return
    if not facts and step.name not in REGRADES:
        return
    way, kind = (grading.regraded, "case.regraded") if step.name in REGRADES else (grading.raised_by_risk, "case.raised")
    before = duties_named(draft, ("lead",))
    if data := way(draft, at, draft.row["trail_seq"] + 1, books):
        seq = chain(draft, kind, data, {}, actor, at)
        found = dict.fromkeys((*before, *duties_named(draft, ("lead", "handler"))))
        draft.told += [Told(duty, kind, seq, {}, data["to"] == "red") for duty in found]


def fire(draft: Draft, fires: Sequence[Any], at: datetime, seq: int) -> None:
    """Record the rungs that fired, before what they start: their key is unique in the database."""
    for rung in fires:
        draft.rungs.append(
            {"case_id": draft.row["id"], "key": rung.key, "epoch": rung.epoch, "rung": rung.name,
             "due_at": rung.due_at, "fired_at": at, "act": rung.act, "seq": seq}
        )  # fmt: skip
        if draft.clock_rows[rung.key].get("epoch", rung.epoch) == rung.epoch:
            draft.fired.setdefault(rung.key, {})[rung.name] = rung.act
        else:  # a raise earlier in the same batch has begun another epoch
            draft.given.setdefault(rung.key, set()).add((rung.name, rung.act))
        draft.touched.setdefault(rung.key, None)


def hold(draft: Draft, at: datetime, seq: int) -> None:
    """Note who holds the case from now on, if that changed: a line of the clock ledger."""
    duty, row = holder(draft), draft.row
    now = {
        "holder_role": duty.role, "holder_area_id": duty.area_id, "holder_department_id": duty.department_id,
        "holder_id": duty.account_id,
    }  # fmt: skip
    if now.items() <= row.items():
        return
    row |= now
    draft.holdings = [h for h in draft.holdings if h["seq"] != seq]
    draft.holdings.append(
        {"case_id": row["id"], "seq": seq, "from_at": at, "role": duty.role, "area_id": duty.area_id,
         "department_id": duty.department_id, "account_id": duty.account_id, "closed": duty.role == "closed"}
    )  # fmt: skip


def audience_of(draft: Draft, rung: Any) -> list[Duty]:
    """The duties a rung tells; whoever holds the matter where it has none of them, as one without a mediator yet."""
    return duties_named(draft, rung.audience) or duties_named(draft, ("holder",))


def tell(draft: Draft, step: Step, heard: Sequence[tuple[Any, Sequence[Duty]]], seq: int) -> None:
    """The messages of a step to those who have the duties now, and those of the rungs it fires to those who had them
    before, so that a lead who loses the matter hears of it. None for matters taken over as history."""
    if draft.row["history"]:
        draft.told.clear()
        return
    urgent = draft.row["tier"] == "red" and draft.row["tier_confirmed"]
    about = {"deadline": heard[-1][0].key} if heard else {}
    for notice in step.notices:
        draft.told += told(draft, notice.to, notice.code, seq, urgent=urgent, **about)
    for rung, duties in heard:
        draft.told += [Told(duty, step.event, seq, {"deadline": rung.key}, urgent) for duty in duties]


def told(draft: Draft, names: Sequence[str], code: str, seq: int, *, urgent: bool, **params: Any) -> list[Told]:
    """Messages to the duties of these names."""
    return [Told(duty, code, seq, params, urgent) for duty in duties_named(draft, names)]
