"""Random lives of matters in the invented street: lawful and unlawful steps by anybody, requests, sorting, time, sweeps.

An act is a kind and a number; what it does follows from both and from what is there, so that a history can be played
again and shrunk. Whatever goes through here is real: services, jobs and database, on one connection rolled back at the end.
"""

import io
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from casemgr import db, policy
from casemgr.db import Base
from casemgr.errors import CasemgrError
from casemgr.jobs import sweep
from casemgr.jobs.site import Site
from casemgr.models import Appointment, Case, IncomingItem
from casemgr.policy import IMPORTER, SCHEDULER, Actor
from casemgr.services import incoming, requests, steps
from casemgr.services.cases import Ask, Seed, Taken, open_case, take_step, take_steps
from casemgr.services.drafts import Draft, load_drafts
from casemgr.services.files import store
from tests.world import World
from workflows.guards import local_date
from workflows.model import Field, Step
from workflows.request import REQUEST_KINDS

TABLES = [table for name, table in Base.metadata.tables.items() if name not in ("job_runs", "job_leases", "job_slots")]
COUNTS = select(*(select(func.count()).select_from(table).scalar_subquery().label(table.name) for table in TABLES))
CLOCKED = {"remind", "urge", "card", "pass_up", "alarm", "raise_overdue", "lapse", "auto_assign"}
LENGTHS = ("3 days", "7 days", "5 working days", "1 month", "0 days", "soon")
TEXTS = ("楼上漏水,物业不修", "邻居半夜吵闹,多次劝说无效", "十几户业主要求退还物业费", "老板拖欠工资,扬言要跳楼", "请问社保怎么交")
FACT_SHARE = 0.06  # how often an optional fact is answered


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens: its kind, and the number all its choices follow from."""

    kind: str
    number: int


@dataclass
class Life:
    """Everything that happens to the street in one history. `log` tells it; `taken` and `refused` count the outcomes."""

    site: Site
    world: World
    at: datetime
    confidential: bool = True
    actors: dict[str, Actor] = field(default_factory=dict)
    file: str = ""
    log: list[str] = field(default_factory=list)
    taken: int = 0
    refused: int = 0
    after: Callable[["Life", Act], None] | None = None

    def play(self, acts: Sequence[Act]) -> None:
        """Let all of it happen, in order."""
        for act in acts:
            self.rng = random.Random(act.number)
            KINDS[act.kind](self)
            if self.after:
                self.after(self, act)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of its own, committed at the end."""
        with self.site.sessions() as session, db.transaction(session):
            yield session

    def meet(self) -> None:
        """Load everybody who works in the street."""
        with self.session() as session:
            self.actors = {who: self.world.actor(session, who) for who in self.world.accounts}
            self.file = store(session.info["files"], io.BytesIO(b"%PDF-1.4 paper"), "paper.pdf", limit=1000)

    def someone(self, allowed: Callable[[Actor], bool]) -> Actor:
        """Mostly somebody who may, sometimes anybody at all."""
        able = [actor for actor in self.actors.values() if allowed(actor)]
        everybody = [*self.actors.values(), SCHEDULER]
        return self.rng.choice(able) if able and self.rng.random() < 0.9 else self.rng.choice(everybody)

    def pick(self, *processes: str, open: bool | None = None) -> Draft | None:
        """One of the matters there are."""
        with self.session() as session:
            query = select(Case.id).where(Case.process.in_(processes or ("dispute", "incoming", "request")))
            if open:
                query = query.where(Case.closed_at.is_(None))
            ids = list(session.scalars(query.order_by(Case.id)))
            return load_drafts(session, [self.rng.choice(ids)], lock=False).popitem()[1] if ids else None

    def note(self, what: str, outcome: object) -> None:
        """Tell what came of it."""
        refusal = isinstance(outcome, CasemgrError)
        self.refused += refusal
        self.taken += isinstance(outcome, Taken)
        codes = [r.code for r in getattr(outcome, "reasons", ())] or getattr(outcome, "fields", "")
        self.log.append(f"{self.at:%m-%d %H:%M} {what} → {type(outcome).__name__ + str(codes or '') if refusal else outcome}")

    def attempt(self, what: str, act: Callable[[Session], Any], *, keep: bool = False) -> Any:
        """Try it. A refusal changes nothing: by itself (`keep`: what was done is committed), or as it is rolled back."""
        with self.session() as session:
            before = picture(session)
        try:
            with self.session() as session:
                outcome = refusal_of(lambda: act(session)) if keep else act(session)
        except CasemgrError as error:
            outcome = error
        self.note(what, outcome)
        if isinstance(outcome, CasemgrError):
            with self.session() as session:
                assert picture(session) == before, f"{what} was refused ({outcome!r}) and changed something"
        return outcome


def refusal_of(act: Callable[[], Any]) -> Any:
    """What came of it, a refusal as a value."""
    try:
        return act()
    except CasemgrError as error:
        return error


def picture(session: Session) -> Any:
    """Enough to see any change: how many rows each table has, and every case as it stands."""
    counts = session.execute(COUNTS).one()._asdict()
    return counts, [tuple(row) for row in session.execute(select(Case.__table__).order_by(Case.id))]


@contextmanager
def undone(site: Site) -> Iterator[Site]:
    """The site on one connection whose outer transaction is rolled back at the end, whatever was committed in it."""
    with site.engine.connect() as connection:
        outer = connection.begin()
        info = site.sessions.kw["info"]
        made = sessionmaker(connection, expire_on_commit=False, join_transaction_mode="create_savepoint", info=info)
        yield replace(site, sessions=made, readings=made)
        outer.rollback()


# --- what may happen


def open_dispute(life: Life) -> None:
    """Somebody registers a dispute at a grid."""
    rng, world = life.rng, life.world
    grid = rng.choice([name for name in world.areas if name.startswith("grid_")])
    actor = life.someone(lambda a: grid in world.areas and world.areas[grid].id in a.areas("grid_worker", "secretary"))
    data = {"text": rng.choice(TEXTS), "area_id": world.areas[grid].id, "channel": "grid"}
    if rng.random() < 0.3:
        data["occurred_on"] = local_date(life.at) - timedelta(days=rng.choice((3, 200, 500)))
    if life.confidential and rng.random() < 0.1:
        data["confidential"] = True
    life.attempt(f"{who(life, actor)} registers at {grid}", lambda session: steps_open(session, data, actor, life.at))


def steps_open(session: Session, data: Mapping[str, Any], actor: Actor, at: datetime) -> Taken:
    """Open a dispute with the answers alone."""
    return open_case(session, "dispute", Seed(data["area_id"], data=data), actor=actor, at=at)


def receive(life: Life) -> None:
    """Messages come in, some of them known already."""
    rng, areas = life.rng, [a.id for name, a in life.world.areas.items() if name != "district"]
    messages = [
        incoming.Message(
            key=f"mailbox:{rng.randrange(40)}", area_id=rng.choice(areas), channel="mailbox", title=rng.choice(("", *TEXTS))[:8], text=rng.choice(TEXTS),
            reporter={"name": "周某", "phone": f"1390000{rng.randrange(10):04}"} if rng.random() < 0.5 else {},
        )
        for _ in range(rng.randint(1, 3))
    ]  # fmt: skip
    unique = {m.key: m for m in messages}
    with life.session() as session:
        known = incoming.known_keys(session, unique)
        fresh = [m for key, m in unique.items() if key not in known]
        history = rng.random() < 0.1
        done = incoming.register(session, fresh, actor=IMPORTER, at=life.at, history=history)
    life.taken += len(done)
    life.log.append(f"{life.at:%m-%d %H:%M} {len(done)} messages{' of history' if history else ''}")


def act(life: Life) -> None:
    """Somebody takes a step on a matter."""
    if draft := life.pick():
        step_on(life, draft, choose_step(life.rng, draft))


def go_on(life: Life) -> None:
    """Somebody takes a step that leads on to another open state, if there is one."""
    if draft := life.pick("dispute", open=True):
        ways = [s for s in moves(draft) if not draft.flow.state(s.target or "").closed]
        step_on(life, draft, life.rng.choice(ways) if ways else choose_step(life.rng, draft))


def moves(draft: Draft) -> list[Step]:
    """The steps that lead to another state from here, without those by request or by the clock."""
    return [s for s in draft.flow.steps_from(draft.row["state"]) if s.target and not s.request and s.name not in CLOCKED]


def choose_step(rng: random.Random, draft: Draft) -> Step:
    """Mostly a step that is lawful from here, sometimes any."""
    lawful = [s for s in draft.flow.steps_from(draft.row["state"]) if not s.request and s.name not in CLOCKED]
    return rng.choice(lawful) if lawful and rng.random() < 0.92 else rng.choice(draft.flow.steps)


def step_on(life: Life, draft: Draft, step: Step, actor: Actor | None = None, **given: Any) -> Any:
    """One step on a matter with answers made up, as its page would take it."""
    view = draft.view()
    actor = actor or life.someone(lambda a: policy.may_take(a, step, view))
    data = answers(life, draft, step) | given
    seen = life.rng.choice((None, *[view.version] * 8, view.version + 1))
    together = steps.along_of(draft.flow.name, step.name) is not None
    take = steps.take if together else take_step
    before = draft.row["version"]
    outcome = life.attempt(
        f"{who(life, actor)}: {step.name} on {draft.flow.name} {draft.row['id']} ({draft.row['state']}) {data}",
        lambda session: take(session, view.id, step.name, data=data, actor=actor, at=life.at, seen_version=seen),  # type: ignore[operator]
        keep=not together,
    )
    if isinstance(outcome, Taken):
        with life.session() as session:
            assert session.get_one(Case, view.id).version == before + (not step.append), "a move counts one version, an append none"
    return outcome


def prepare(life: Life) -> None:
    """Both parties are found, agree to mediation, and know their rights."""
    draft = life.pick("dispute", open=True)
    if not draft:
        return
    for side in ("applicant", "respondent"):
        step_on(life, draft, draft.flow.step("add_party"), side=side)
        draft = reload(life, draft)
    for party in draft.parties:
        consent = "given" if life.rng.random() < 0.9 else "refused"
        step_on(life, draft, draft.flow.step("record_consent"), party=party.id, consent=consent)
        draft = reload(life, draft)
    step_on(life, draft, draft.flow.step("inform_rights"))


def reload(life: Life, draft: Draft) -> Draft:
    """The matter as it stands now."""
    with life.session() as session:
        return load_drafts(session, [draft.row["id"]], lock=False)[draft.row["id"]]


def ask(life: Life) -> None:
    """Somebody asks for a step that needs approval."""
    draft = life.pick("dispute", open=True)
    if not draft:
        return
    lawful = [s for s in draft.flow.steps_from(draft.row["state"]) if s.request]
    step = life.rng.choice(lawful or [s for s in draft.flow.steps if s.request])
    view, data = draft.view(), answers(life, draft, step)
    actor = life.someone(lambda a: not policy.roles_of(a, view).isdisjoint(REQUEST_KINDS[step.request].asked_by))
    life.attempt(
        f"{who(life, actor)} asks for {step.name} on {view.id} {data}",
        lambda session: requests.ask(session, view.id, step.request, step.name, data, "有理由", actor=actor, at=life.at),
        keep=True,
    )


def decide(life: Life) -> None:
    """Somebody decides on a request that waits."""
    if draft := life.pick("request", open=True):
        step_on(life, draft, draft.flow.step(life.rng.choice(("approve", "approve", "approve", "refuse", "withdraw_request"))))


def together(life: Life) -> None:
    """One actor takes steps on many matters at once; those that are refused leave the others alone."""
    with life.session() as session:
        ids = list(session.scalars(select(Case.id).order_by(Case.id)))
        drafts = load_drafts(session, life.rng.sample(ids, min(len(ids), 5)), lock=False)
    names = {id: choose_step(life.rng, draft) for id, draft in drafts.items()}
    asks = [Ask(id, step.name, answers(life, drafts[id], step)) for id, step in names.items()] + [Ask(10**9, "record_note")]
    life.rng.shuffle(asks)
    actor = life.rng.choice([*life.actors.values(), SCHEDULER])
    with life.session() as session:
        before = dict(session.execute(select(Case.id, Case.trail_hash)).all())
    with life.session() as session:
        outcomes = take_steps(session, asks, actor=actor, at=life.at)
    with life.session() as session:
        after = dict(session.execute(select(Case.id, Case.trail_hash)).all())
    for one, outcome in zip(asks, outcomes, strict=True):
        life.note(f"{who(life, actor)}, of many: {one.step} on {one.case_id} {one.data}", outcome)
        assert (before.get(one.case_id) != after.get(one.case_id)) == isinstance(outcome, Taken), (one, outcome)


def sort_all(life: Life) -> None:
    """An operator accepts what is suggested for all items at once."""
    with life.session() as session:
        ids = list(session.scalars(select(IncomingItem.case_id).order_by(IncomingItem.case_id)))
    actor = life.someone(lambda a: a.has("operator"))
    life.attempt(f"{who(life, actor)} sorts {ids}", lambda session: incoming.sort_many(session, ids, actor=actor, at=life.at))


def wait(life: Life) -> None:
    """Time passes: minutes to weeks."""
    unit, most = life.rng.choice((("minutes", 50), ("hours", 30), ("days", 9), ("weeks", 4)))
    life.at += timedelta(**{unit: life.rng.randint(1, most)})
    life.log.append(f"{life.at:%Y-%m-%d %H:%M}")


def sweep_now(life: Life) -> None:
    """The sweep runs, once, or once more."""
    for _ in range(life.rng.randint(1, 2)):
        done = sweep.run(life.site, life.at)
        assert not {"failed", "refused"} & {*done.counts}, f"{done.counts} after {life.log[-8:]}"
        life.log.append(f"{life.at:%m-%d %H:%M} sweep {dict(done.counts)}")


def leave(life: Life) -> None:
    """A head, secretary or operator leaves the post, or comes back to it."""
    posts = [name for name, actor in life.actors.items() if name.rstrip("_abcd12") in LEAVING]
    name = life.rng.choice(posts)
    mine = Appointment.account_id == life.world.accounts[name].id
    with life.session() as session:
        gone = session.scalar(select(Appointment.to_on).where(mine)) is not None
        last_on = None if gone else life.world.today - timedelta(days=1)
        session.execute(update(Appointment).where(mine).values(to_on=last_on))
        life.actors[name] = life.world.actor(session, name)
    life.log.append(f"{name} {'comes back' if gone else 'leaves'}")


LEAVING = ("head", "secretary", "grid_secretary", "street_head", "street_secretary", "street_operator")
KINDS: dict[str, Callable[[Life], None]] = {
    "rest": lambda life: None,
    "open": open_dispute, "receive": receive, "act": act, "go_on": go_on, "prepare": prepare, "ask": ask, "decide": decide,
    "together": together, "sort_all": sort_all, "wait": wait, "sweep": sweep_now, "leave": leave,
}  # fmt: skip
OFTEN = (  # what shrinking tries first stands first
    "rest", "open", "receive", *["act"] * 5, *["go_on"] * 6, "prepare", "ask", "ask", "decide", "decide", "together", "sort_all",
    *["wait"] * 4, *["sweep"] * 3, "leave",
)  # fmt: skip
BEGINNING = (Act("open", 1), Act("open", 2), Act("receive", 3), Act("go_on", 4))


def who(life: Life, actor: Actor) -> str:
    """The login of an actor."""
    return next((name for name, found in life.actors.items() if found is actor), actor.kind)


# --- answers made up


def answers(life: Life, draft: Draft, step: Step) -> dict[str, Any]:
    """Answers to a step: what is required, some of the rest; now and then one that cannot be."""
    rng = life.rng
    found = {f.name: value for f in step.asks if f.required or rng.random() < share(f) for value in [answer(life, draft, f)]}
    if not found and step.asks:
        one = rng.choice(step.asks)
        found[one.name] = answer(life, draft, one)
    if rng.random() < 0.04:
        found[rng.choice([f.name for f in step.asks] or ["state"])] = rng.choice((None, "", "?", -1, 10**12, [], "9" * 400))
    return found


def share(asked: Field) -> float:
    """How often an optional question is answered."""
    if asked.name in ("explanation", "record", "receipt_number", "bodies_told", "calmed"):
        return 0.8
    return FACT_SHARE if asked.into == "fact" else 0.25


def answer(life: Life, draft: Draft, asked: Field) -> Any:
    """One answer that fits its question."""
    rng, world, today = life.rng, life.world, local_date(life.at)
    if asked.name in ("parties_agree", "both_jointly", "rights_informed", "done_on_the_spot"):
        return rng.random() < 0.85
    if asked.kind == "choice":
        return rng.choice(asked.choices).value
    if asked.kind == "choices":
        return [c.value for c in rng.sample(asked.choices, rng.randint(1, min(2, len(asked.choices))))]
    return {
        "boolean": lambda: rng.random() < 0.3,
        "integer": lambda: rng.choice((0, 1, 2, 4, 6, 12, 40)),
        "money": lambda: rng.choice((0, 900, 50_000, 900_000)),
        "date": lambda: day_for(rng, asked, today),
        "instant": lambda: instant_for(rng, asked, life.at),
        "room": lambda: rng.choice([*world.rooms.values()]).id,
        "accounts": lambda: [world.accounts["mediator_a"].id],
        "parties": lambda: [p.id for p in draft.parties],
        "length": lambda: rng.choice(LENGTHS),
        "account": lambda: world.accounts[rng.choice([n for n in world.accounts if "mediator" in n] + ["no_post"])].id,
        "team": lambda: rng.choice([*world.teams.values()]).id,
        "department": lambda: rng.choice([*world.departments.values()]).id,
        "departments": lambda: [rng.choice([*world.departments.values()]).id],
        "area": lambda: world.areas[rng.choice([n for n in world.areas if n.startswith("grid_")])].id,
        "party": lambda: rng.choice([p.id for p in draft.parties] or [10**8]),
        "file": lambda: life.file,
        "text": lambda: rng.choice(("甲", "周某", "138 0000 5678", "谈过了")),
        "longtext": lambda: rng.choice(("双方各退一步,修好为止。", "再等一等")),
    }[asked.kind]()


def instant_for(rng: random.Random, asked: Field, at: datetime) -> datetime:
    """An instant that the question may mean: a quarter ahead for what is planned, behind for what has happened."""
    if asked.name == "starts_at":
        return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=rng.choice((1, 1, 2, 24, 48, -1)))
    return at - timedelta(hours=rng.choice((0, 1, 2, -3)))


def day_for(rng: random.Random, asked: Field, today: date) -> date:
    """A day that the question may mean: ahead for what is planned, behind for what has happened."""
    ahead = asked.name in ("perform_on", "until_on", "next_session_on")
    return today + timedelta(days=rng.choice((0, 1, 5, 20, 45)) * (1 if ahead else -1) * rng.choice((1, 1, 1, 1, -1)))
