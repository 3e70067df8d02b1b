"""Matters: the list with the same filter as the pages and boards, one matter, its facts, and registering a dispute."""

from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any, Literal

from flask import g
from pydantic import BaseModel, StringConstraints, create_model
from pydantic import Field as Told
from sqlalchemy import select

from casemgr.api.cursors import cursor_to, key_in
from casemgr.api.operations import Answer, Day, Moment, Strict, operation
from casemgr.api.problems import NO_FILTER
from casemgr.api.shapes import Holder, Named, NextDue, Taken
from casemgr.api.step_bodies import given, model_of
from casemgr.errors import Invalid
from casemgr.models import Area, Case
from casemgr.policy import visible, within
from casemgr.queries import case_page
from casemgr.queries.asked import Asked
from casemgr.queries.case_page import Names
from casemgr.queries.filters import ALLOWED, DATES, NUMBERS, CaseFilter
from casemgr.queries.lines import ORDERS, Line, Page
from casemgr.services.answers import NO_CHOICE
from casemgr.services.drafts import Draft
from casemgr.services.registering import register_dispute
from casemgr.web.matters import parts, wording
from casemgr.web.matters.cases import get_draft
from casemgr.web.overview.lines import due_name, holder_words, state_words
from casemgr.web.sayings import say
from workflows import WORKFLOWS
from workflows.asks import file
from workflows.dispute_asks import ADD_PARTY, ON_THE_SPOT
from workflows.model import Field, deadlines_of
from workflows.warning import FACTS
from workflows.view import Duty

CASE = "/cases/<int:case_id>"
NUMBER = r"^[0-9]{1,10}$"
PARTY = {spec.name: spec for spec in ADD_PARTY}
FACT_WORDS = {fact.name: fact.label for fact in FACTS}
REGISTER_FIELDS: tuple[Field, ...] = (
    *WORKFLOWS["dispute"].opens.asks,
    Field("name", "text", "Who came with it", required=False, maximum=PARTY["name"].maximum),
    PARTY["phone"],
    file("photo", "Photo", required=False),
    Field("settlement", "longtext", "How it was settled", required=False, maximum=ON_THE_SPOT[0].maximum),
)
NewDispute = model_of("new_dispute", REGISTER_FIELDS)
CODE = "^[a-z0-9_]{1,40}$"
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=400)]


TOLD = {
    "area": "A place with all below it.",
    "own": "Only what lies directly at `area`.",
    "counted": "Only matters of their own, not parts of one: as boards count.",
    "lead": "The area whose secretary leads.",
    "age": "Days since registration.",
    "since": "With `raised`: on or after this local date.",
    "red_since": "Became red after this instant.",
    "category": "A code of disputes; one of two figures stands for its whole class.",
}


def kind_of(name: str) -> Any:
    """The shape of one argument of the filter."""
    if name in NUMBERS:
        return Annotated[str, StringConstraints(pattern=NUMBER)]
    if name in DATES:
        return Day
    if name == "red_since":
        return Moment
    if name in ("own", "counted"):
        return Literal["1"]
    return Literal[ALLOWED[name]] if name in ALLOWED else Annotated[str, StringConstraints(pattern=CODE)]


FILTER_ARGS = {
    f.name: (kind_of(f.name) | None, Told(None, description=TOLD.get(f.name))) for f in fields(CaseFilter)
}


class FilterQuery(create_model("FilterArgs", __base__=Strict, **FILTER_ARGS)):  # type: ignore[misc]
    """The arguments of the list: those of the pages, a search, an order, and where to go on."""

    q: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = Told(None, description="Words to be found.")
    order: Literal[tuple(ORDERS)] | None = Told(None, description="Without `q`; what is searched for comes newest first.")  # type: ignore[valid-type]
    cursor: Cursor | None = Told(None, description="`next` or `previous` of another page of the same list.")


class CaseLine(BaseModel):
    """A matter in a list."""

    id: int
    process: str
    number: str
    title: str
    state: str
    state_words: str
    tier: str
    tier_confirmed: bool
    place: str
    holder: str
    next_due: NextDue | None
    registered_at: datetime
    closed_at: datetime | None


class CasePage(BaseModel):
    """A page of the list."""

    items: list[CaseLine]
    next: str | None
    previous: str | None


class CaseShown(BaseModel):
    """One matter. The tier is hollow until a person has confirmed it; parties, deadlines and entries have addresses of
    their own."""

    id: int
    process: str
    number: str
    version: int
    entries: int
    state: str
    state_words: str
    title: str
    text: str
    area: Named
    place: str
    category: str
    category_words: str
    channel: str
    tier: str
    tier_confirmed: bool
    tier_reasons: list[str]
    level: str
    lead: Named | None
    holder: Holder | None
    handler: Named | None
    team: Named | None
    patron: Named | None
    confidential: bool
    belongs_to: int | None
    became: int | None
    external_number: str
    registered_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    last_act_at: datetime
    next_due: NextDue | None


class FactShown(BaseModel):
    """A fact the matter is judged by, and its question in words."""

    name: str
    label: str
    value: bool | int | str | list[str] | None


class FactsShown(BaseModel):
    """The facts of a matter as they stand."""

    items: list[FactShown]


@operation("GET", "/cases", act="work", shows=CasePage, query=FilterQuery, problems=(422,))
def list_cases(query: Any) -> CasePage:
    """The matters that the token's post may see, narrowed by the same arguments as the pages; 25 a page."""
    args = query.model_dump(mode="json", exclude_none=True)
    cursor, words, order = args.pop("cursor", None), args.pop("q", ""), args.pop("order", "due")
    of = {**args, "q": words, "order": order}
    way, _, key = key_in(cursor, of).partition(":")
    page = found(args, words, order, after=key if way == "after" else "", before=key if way == "before" else "")
    return CasePage(
        items=[line_of(line) for line in page.lines],
        next=cursor_to(page.after and f"after:{page.after}", of),
        previous=cursor_to(page.before and f"before:{page.before}", of),
    )


def found(args: dict[str, str], words: str, order: str, **keys: str) -> Page:
    """A page of the list, as pages of people have it; a search looks through closed matters too unless told otherwise. Raises
    Invalid."""
    try:
        filter = CaseFilter.from_args({"status": "all"} | args if words else args)
        return Asked(filter, words.strip(), order).load(g.session, g.actor, g.at, **keys)
    except (ValueError, OverflowError) as error:
        raise Invalid({"filter": [NO_FILTER]}) from error


def line_of(line: Line) -> CaseLine:
    """A line of the list."""
    return CaseLine(
        id=line.id, process=line.process, number=line.number, title=line.title, state=line.state,
        state_words=state_words(line), tier=line.tier, tier_confirmed=line.tier_confirmed, place=line.place,
        holder=holder_words(line), registered_at=line.registered_at, closed_at=line.closed_at,
        next_due=NextDue(key=line.next_due_key, label=due_name(line), due_at=line.next_due_at) if line.next_due_at else None,
    )  # fmt: skip


@operation("POST", "/cases", act="register", shows=Taken, status=201, body=NewDispute, problems=(409, 422))
def register_case(body: Any) -> Answer[Taken]:
    """Register a dispute in one go: what and where, who if known, a photo, and settled on the spot if it was."""
    answers = given(body)
    refuse_area("dispute", answers["area_id"])
    taken = register_dispute(g.session, answers, actor=g.actor, at=g.at)
    return Answer(taken_of(taken), status=201, tag=tag_of(taken.case_id))


def refuse_area(process: str, *wanted: int) -> None:
    """Raise Invalid unless the post may open a matter of a process at these areas: unknown and elsewhere alike."""
    tops = g.actor.areas(*WORKFLOWS[process].opens.by)
    known = set(g.session.scalars(select(Area.id).where(Area.id.in_(within(tops)), Area.id.in_(wanted))))
    if not known.issuperset(wanted):
        raise Invalid({"area_id": [NO_CHOICE]})


def taken_of(taken: Any) -> Taken:
    """What came of a change, as it is shown."""
    return Taken(case_id=taken.case_id, number=taken.number, state=taken.state, entry=taken.seq)


def tag_of(case_id: int) -> tuple[int, int]:
    """Version and last entry of a matter: its ETag."""
    row = g.session.execute(select(Case.version, Case.trail_seq).where(Case.id == case_id)).one()
    return row[0], row[1]


def tag_in(draft: Draft) -> tuple[int, int]:
    """The same of a matter that is loaded."""
    return draft.row["version"], draft.row["trail_seq"]


@operation("GET", CASE, act="work", shows=CaseShown, tagged=True)
def show_case(case_id: int) -> Answer[CaseShown]:
    """One matter. The ETag names its version; send it back in If-Match with a step, or in If-None-Match to hear 304."""
    draft = get_draft(case_id)
    names = case_page.load_names(g.session, **parts.ids_of(draft, {}))  # type: ignore[arg-type]
    return Answer(shown(draft, names), tag=tag_in(draft))


def shown(draft: Draft, names: Names) -> CaseShown:
    """The matter with what its ids are called."""
    row, detail, flow = draft.row, draft.detail, draft.flow
    same = ("id", "process", "version", "state", "title", "text", "category", "channel", "tier", "tier_confirmed", "level",
            "confidential", "registered_at", "accepted_at", "closed_at", "last_act_at")  # fmt: skip
    return CaseShown(
        **{name: row[name] for name in same}, number=row["number"] or "", entries=row["trail_seq"],
        state_words=say(draft.state.label), area=Named(id=row["area_id"], name=names.areas.get(row["area_id"], "")),
        place=detail.get("place") or "", category_words=wording.say_category(row["category"]),
        tier_reasons=wording.why_tier(row["assessment"], row["tier"]) if row["tier"] else [],
        lead=named(row["lead_area_id"], names.areas), holder=holder_of(row, names), handler=named(row["handler_id"], names.accounts),
        team=named(row["team_id"], names.teams), patron=named(row["patron_id"], names.accounts),
        belongs_to=seen_id(row["parent_id"]), became=seen_id(detail.get("became_id")),
        external_number=detail.get("external_number") or "", next_due=next_due(row, deadlines_of(flow)),
    )  # fmt: skip


def named(id: int | None, names: Any) -> Named | None:
    """A row with what it is called, if there is one."""
    return Named(id=id, name=names.get(id, "")) if id else None


def holder_of(row: Any, names: Names) -> Holder | None:
    """Whom the next act waits for; nobody once the matter is closed."""
    if row["closed_at"]:
        return None
    return holder_named(Duty(row["holder_role"], row["holder_area_id"], None, row["holder_department_id"], row["holder_id"]), names)


def holder_named(holder: Duty, names: Names) -> Holder:
    """A holder in words."""
    return Holder(
        role=holder.role, area=named(holder.area_id, names.areas), department=named(holder.department_id, names.departments),
        account=named(holder.account_id, names.accounts), words=parts.say_holder(holder, names),
    )  # fmt: skip


def next_due(row: Any, known: Any) -> NextDue | None:
    """The deadline that falls due first."""
    if not row["next_due_at"]:
        return None
    return NextDue(key=row["next_due_key"], label=say(known[row["next_due_key"]].label), due_at=row["next_due_at"])


def seen_id(case_id: int | None) -> int | None:
    """The id of another matter, if the actor may see it."""
    if case_id is None:
        return None
    return g.session.scalar(select(Case.id).where(Case.id == case_id, visible(g.actor)))


@operation("GET", f"{CASE}/facts", act="work", shows=FactsShown, tagged=True)
def show_facts(case_id: int) -> Answer[FactsShown]:
    """The facts by which the matter got its tier, each with its latest value."""
    draft = get_draft(case_id)
    items = [
        FactShown(name=name, label=say(FACT_WORDS[name]) if name in FACT_WORDS else name, value=value)
        for name, value in sorted(draft.row["facts"].items())
    ]
    return Answer(FactsShown(items=items), tag=tag_in(draft))


