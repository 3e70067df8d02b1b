"""Incoming items: registered with what their words suggest, then sorted by a person into what they are.

Nothing here decides by itself: `accept_suggested` is a person's act on the suggestion shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from casemgr.errors import CasemgrError, NotFound, Refused
from casemgr.models import Case, Event, IncomingItem, JointMember
from casemgr.policy import Actor, visible
from casemgr.services import joint
from casemgr.services.becoming import become, link, seed_of
from casemgr.services.books import Books, load_books
from casemgr.services.cases import Answers, Ask, Seed, Taken, Taking, open_cases, take_step, take_steps
from casemgr.services.drafts import lock_cases
from casemgr.services.opening import OPENINGS
from casemgr.services.reporters import add_reporters
from workflows import WORKFLOWS
from workflows.incoming import BECOMES
from workflows.model import steps_of
from workflows.triage import Reading, Words, load_words, read
from workflows.view import Reason
from workflows.warning import assess

SORT = "sort_matter"
ITEMS = IncomingItem.__table__
Items = Mapping[int, tuple[Case, IncomingItem]]
TITLE_LENGTH = 200  # what the field holds; the whole text is kept beside it


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it came in. `key` names it once for all; `sent_at` is the message's own time.

    `reporter` holds name, phone, id_number and address as far as told, `hidden` if they are to stay hidden; `facts` were
    told beside the text (people); `origin` is whatever else the sender's own list said, kept with the reading.
    """

    key: str
    area_id: int
    channel: str
    title: str
    text: str
    external_number: str = ""
    sent_at: datetime | None = None
    place: str = ""
    reporter: Mapping[str, str] = field(default_factory=dict)
    hidden: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)


@cache
def words() -> Words:
    """The word lists that come with casemgr."""
    return load_words()


def reading_of(books: Books, message: Message) -> Reading:
    """What the words of a message suggest, by the rules in force."""
    sent_on = books.calendar.local(message.sent_at).date() if message.sent_at else None
    reading = read(message.title, message.text, words=words(), rules=books.rules.raw, sent_on=sent_on)
    if not message.facts:
        return reading
    facts = {**reading.facts, **message.facts}
    return replace(reading, facts=facts, tier=assess(facts, books.rules.raw).tier)


def as_json(reading: Reading) -> dict[str, Any]:
    """A reading as its row keeps it, with the words that led to it."""
    kept = asdict(reading)
    kept["facts"] = facts_of(reading)
    kept["why"] = {about: [[c.rule, c.subject, list(c.words)] for c in clues] for about, clues in reading.why.items()}
    kept["places"] = list(reading.places)
    return kept


def facts_of(reading: Reading) -> dict[str, Any]:
    """The facts of a reading as JSON has them."""
    return {k: list(v) if isinstance(v, tuple | set | frozenset) else v for k, v in reading.facts.items()}


def item_of(message: Message, reading: Reading, *, history: bool) -> Seed:
    """The incoming item of a message, with its hollow tier."""
    data = {
        "text": message.text or message.title, "title": message.title[:TITLE_LENGTH], "area_id": message.area_id,
        "channel": message.channel, "external_number": message.external_number, "place": message.place[:TITLE_LENGTH],
        "sent_at": message.sent_at,
    }  # fmt: skip
    kept = as_json(reading) | ({"origin": dict(message.origin)} if message.origin else {})
    extra = {"key": message.key, "team_key": reading.team, "reading": kept}
    return Seed(
        message.area_id, data=data, extra=extra, facts=dict(kept["facts"]), tier=reading.tier, history=history
    )


def register(
    session: Session, messages: Sequence[Message], *, actor: Actor, at: datetime, history: bool = False
) -> list[Taken]:
    """Register messages nobody has registered yet, all or none; the caller has left out known keys."""
    books = load_books(session)
    seeds = [item_of(message, reading_of(books, message), history=history) for message in messages]
    taken = open_cases(session, "incoming", seeds, actor=actor, at=at)
    reported = [(t.case_id, m.reporter, m.hidden) for t, m in zip(taken, messages, strict=True)]
    add_reporters(session, reported, at=at)
    return taken


def known_keys(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Those of the keys that are registered already, with their case ids."""
    query = select(IncomingItem.key, IncomingItem.case_id).where(IncomingItem.key.in_(list(keys)))
    return dict(session.execute(query).all())


def get_item(session: Session, item_id: int, actor: Actor) -> tuple[Case, IncomingItem]:
    """An incoming item the actor may see. Raises NotFound."""
    query = select(Case, IncomingItem).join(IncomingItem, IncomingItem.case_id == Case.id)
    found = session.execute(query.where(Case.id == item_id, visible(actor))).first()
    if found is None:
        raise NotFound()
    return found[0], found[1]


def sort_item(
    session: Session, item_id: int, answers: Mapping[str, Any], *, actor: Actor, at: datetime,
    seen_version: int | None = None,
) -> Taken:  # fmt: skip
    """Sort an item into a matter: the item closes and the matter opens, linked both ways, in one transaction."""
    case, item = get_item(session, item_id, actor)
    answers = with_kind(item, answers)
    take_step(session, item_id, SORT, actor=actor, at=at, data=answers, seen_version=seen_version, along=True)
    [taken] = become(session, answers["becomes"], [matter_of(case, item, answers)], actor=actor, at=at)
    link(session, ITEMS, {item_id: taken.case_id})
    return taken


def with_kind(item: IncomingItem, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with what kind of item it is: as read, if that becomes such a matter, else the first kind that does."""
    process = answers.get("becomes") or ""
    kinds = [kind for kind, becomes in BECOMES.items() if becomes == process]
    read = item.reading.get("kind", "")
    kind = answers.get("kind") or (read if read in kinds else next(iter(kinds), ""))
    return {**answers, **({"kind": kind} if kind else {})}


def matter_of(case: Case, item: IncomingItem, answers: Mapping[str, Any]) -> Seed:
    """The matter that an item becomes, with what was read from it as facts to be confirmed."""
    known = {
        "title": answers.get("title"), "area_id": answers.get("area_id"), "place": answers.get("place") or item.place,
        "category": answers.get("category") or item.reading.get("dispute_category"),
        "external_number": item.external_number, "sent_at": item.sent_at,
    }  # fmt: skip
    return seed_of(case, answers["becomes"], known, kind=answers.get("kind") or "", facts=item.reading.get("facts", {}))


def suggested(item: IncomingItem, kind: str = "") -> dict[str, Any]:
    """The answers to sorting an item as its words suggest, or as the kind a person says it is. Raises NotFound for a kind
    there is not."""
    kind = kind or item.reading.get("kind", "dispute")
    if kind not in BECOMES:
        raise NotFound()
    category = item.reading.get("dispute_category") if kind == "dispute" else ""
    return {"becomes": BECOMES[kind], "kind": kind, "category": category or ""}


def accept_suggested(session: Session, item_id: int, *, actor: Actor, at: datetime) -> Taken:
    """Sort an item as its words suggest. Raises what the step raises."""
    _, item = get_item(session, item_id, actor)
    return sort_item(session, item_id, suggested(item), actor=actor, at=at)


def undo(session: Session, item_id: int, reason: str, *, actor: Actor, at: datetime) -> Taken:
    """Take a sorting back. A matter made from the item is taken back with it, only while untouched and where its process
    lets it be."""
    _, item = get_item(session, item_id, actor)
    lock_cases(session, [item_id, item.became_id])
    made = session.get(Case, item.became_id, populate_existing=True) if item.became_id else None
    if made is not None and made.parent_id == item_id:
        if is_touched(session, made):
            raise Refused(Reason("made_was_touched"))
        if "take_back" not in steps_of(WORKFLOWS[made.process]):
            raise Refused(Reason("made_stays"))
        take_step(session, made.id, "take_back", actor=actor, at=at, data={"reason": reason}, along=True)
    taken = take_step(session, item_id, "undo", actor=actor, at=at, data={"reason": reason}, along=True)
    session.execute(update(IncomingItem).where(IncomingItem.case_id == item_id).values(became_id=None))
    joint.release(session, taken, actor=actor, at=at)
    return taken


def is_touched(session: Session, made: Case) -> bool:
    """Whether anything hangs on a matter by now: an act of a person, something opened on it, or something joined to it."""
    opened = select(Case.id).where(Case.parent_id == made.id).limit(1)
    joined = select(JointMember.case_id).where(JointMember.root_id == made.id).limit(1)
    if made.trail_seq > untouched_length(session, made.id):
        return True
    return any(session.scalar(query) is not None for query in (opened, joined))


def untouched_length(session: Session, case_id: int) -> int:
    """How many events of a case are its registration and acts of the scheduler alone."""
    kinds = session.scalars(select(Event.actor).where(Event.stream == "case", Event.stream_id == case_id).order_by(Event.seq))
    return sum(1 for n, actor in enumerate(kinds) if n == 0 or actor == "scheduler")


def sort_many(
    session: Session, ids: Sequence[int], kind: str = "", *, actor: Actor, at: datetime
) -> list[Taken | CasemgrError]:
    """Accept what is suggested for each item, or the kind said, in bulk; one that is refused does not stop the others."""
    lock_cases(session, ids)
    found = load_items(session, ids, actor)
    outcomes: dict[int, Taken | CasemgrError] = {id: NotFound() for id in ids}
    by_process: dict[str, dict[int, Mapping[str, Any]]] = {}
    for id, (_, item) in found.items():
        given = suggested(item, kind)
        by_process.setdefault(given["becomes"], {})[id] = given
    for process, answers in sorted(by_process.items()):  # everybody takes the numbers of processes in this order
        outcomes |= sort_into(session, process, answers, found, actor, at)
    return [outcomes[id] for id in ids]


def sort_into(
    session: Session, process: str, answers: Mapping[int, Answers], found: Items, actor: Actor, at: datetime
) -> dict[int, Taken | CasemgrError]:
    """Items sorted into matters of one process, all at once; where that cannot be, each by itself."""
    if process not in OPENINGS:
        try:
            with session.begin_nested():
                return sort_together(session, process, answers, found, actor, at)
        except CasemgrError:
            pass
    return {id: sort_alone(session, id, given, actor, at) for id, given in answers.items()}


def sort_together(
    session: Session, process: str, answers: Mapping[int, Answers], found: Items, actor: Actor, at: datetime
) -> dict[int, Taken | CasemgrError]:
    """Items sorted into matters of one process, whose numbers follow each other. Raises what opening any of them raises."""
    asks = [Ask(id, SORT, given, along=True) for id, given in answers.items()]
    outcomes = dict(zip(answers, take_steps(session, asks, actor=actor, at=at), strict=True))
    mine = [id for id, outcome in outcomes.items() if isinstance(outcome, Taken)]
    made = become(session, process, [matter_of(*found[id], answers[id]) for id in mine], actor=actor, at=at)
    link(session, ITEMS, {id: taken.case_id for id, taken in zip(mine, made, strict=True)})
    return outcomes


def sort_alone(session: Session, id: int, answers: Mapping[str, Any], actor: Actor, at: datetime) -> Taken | CasemgrError:
    """One item sorted in a savepoint of its own: what it is refused stops no other."""
    try:
        with session.begin_nested():
            return sort_item(session, id, answers, actor=actor, at=at)
    except CasemgrError as error:
        return error


def sort_as_one(session: Session, ids: Sequence[int], *, actor: Actor, at: datetime) -> list[Taken | CasemgrError]:
    """Sort several items as one matter, the first of them as suggested, the others joined to what it becomes. What the first
    is refused, all are; one of the others does not stop the rest."""
    lock_cases(session, ids)
    first, *others = ids
    _, item = get_item(session, first, actor)
    made = sort_item(session, first, suggested(item), actor=actor, at=at)
    return [made, *joint.join_all(session, others, made.number, "", actor=actor, at=at)]


def undo_many(session: Session, ids: Sequence[int], reason: str, *, actor: Actor, at: datetime) -> list[Taken | CasemgrError]:
    """Take several sortings back, in this order; one that cannot be does not stop the others."""
    outcomes: list[Taken | CasemgrError] = []
    for id in ids:
        try:
            with session.begin_nested():
                outcomes.append(undo(session, id, reason, actor=actor, at=at))
        except CasemgrError as error:
            outcomes.append(error)
    return outcomes


def load_items(session: Session, ids: Sequence[int], actor: Actor) -> Items:
    """The items of these ids that the actor may see, by id; locked by the caller."""
    query = select(Case, IncomingItem).join(IncomingItem, IncomingItem.case_id == Case.id)
    query = query.where(Case.id.in_(ids), visible(actor)).order_by(Case.id).execution_options(populate_existing=True)
    rows = session.execute(query)
    return {case.id: (case, item) for case, item in rows}


def take_sorting(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The item, and the matter it becomes."""
    return sort_item(session, id, data, actor=actor, at=at, seen_version=seen)


def take_joining(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The item, and the matter it belongs to."""
    return joint.join(session, id, data.get("known") or "", data.get("note") or "", actor=actor, at=at)


def take_undoing(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The item, and the matter made from it."""
    return undo(session, id, data.get("reason") or "", actor=actor, at=at)


def take_back(session: Session, id: int, data: Answers, actor: Actor, at: datetime, seen: int | None) -> Taken:
    """The matter made from an item, and the item, which is sorted anew. Raises Refused where it came otherwise."""
    item = select(IncomingItem.case_id).join(Case, Case.parent_id == IncomingItem.case_id).where(Case.id == id)
    item_id = session.scalar(item.where(IncomingItem.became_id == id))
    if item_id is None:
        raise Refused(Reason("not_from_item"))
    undo(session, item_id, data.get("reason") or "", actor=actor, at=at)
    made = session.get_one(Case, id, populate_existing=True)
    return Taken(id, made.trail_seq, made.state, made.number or "")


MADE: Mapping[str, Taking] = {"take_back": take_back}  # in every process that items become
ALONG: dict[str, Taking] = {SORT: take_sorting, "join": take_joining, "undo": take_undoing}
