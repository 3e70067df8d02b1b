"""Who may do what: the only permission code. Duties on a case, the acts beside steps, and what an actor sees.

Empty scope shows nothing. Scope is a condition of the query, never a filter afterwards.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, literal, or_, select

from casemgr.models import AreaPath, Barred, Case, Party, Request
from casemgr.models.cases import PLACES
from workflows.model import Step
from workflows.roles import ADMINS, committee_level
from workflows.view import CaseView


@dataclass(frozen=True, slots=True)
class Held:
    """A post somebody holds now; `for_id` is the account it is, where the actor stands in for its holder."""

    post_id: int
    role: str
    area_id: int | None = None
    level: str = ""
    team_id: int | None = None
    department_id: int | None = None
    name: str = ""
    for_id: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: an account with its posts and mandates of today, a resident at the door with the `matters` his codes
    open, or casemgr itself ("scheduler", "importer", "setup").

    `posts` are the own ones, then those of the absent persons it stands in for, who are `absent` (account, name).
    `acts_for` is the one of them for whom an act is done: the trail names both.
    """

    kind: str
    account_id: int | None = None
    name: str = ""
    posts: tuple[Held, ...] = ()
    mandates: tuple[int, ...] = field(default=())
    absent: tuple[tuple[int, str], ...] = ()
    acts_for: int | None = None
    matters: tuple[int, ...] = ()

    @property
    def accounts(self) -> tuple[int, ...]:
        """The accounts whose work is the actor's today: his own, and those he stands in for."""
        own = () if self.account_id is None else (self.account_id,)
        return (*own, *(account for account, _ in self.absent))

    def areas(self, *roles: str) -> tuple[int, ...]:
        """The areas where the actor holds one of these roles."""
        return tuple(p.area_id for p in self.posts if p.role in roles and p.area_id is not None)

    @property
    def departments(self) -> tuple[int, ...]:
        """The departments for which the actor is liaison."""
        return tuple(p.department_id for p in self.posts if p.department_id is not None)

    def has(self, *roles: str) -> bool:
        """Whether the actor holds one of these roles anywhere."""
        return any(p.role in roles for p in self.posts)


KEPT = 128  # conditions remembered, by actor: they cost more to make than to ask
SCHEDULER = Actor("scheduler")
IMPORTER = Actor("importer")
SETUP = Actor("setup")
REQUEST = Case.__table__.alias("request_case")
RESIDENT = frozenset(("resident",))
MACHINE = frozenset(("scheduler",))  # the one duty of casemgr itself, whichever of the three acts

AREA_ROLES = ("grid_worker", "head", "mediator", "secretary", "operator", "supervisor", "petition_officer")  # see all of their area
STAFF = (*AREA_ROLES, "liaison", "inspector")

# Acts that are not steps: who may, by post. Acts on a case also ask for sight of it, and for a duty on it.
ACTS: dict[str, tuple[str, ...]] = {
    "work": STAFF,
    "leave": tuple(role for role in STAFF if role != "inspector"),  # whose mandate ends instead
    "register": ("grid_worker", "head", "mediator", "secretary", "operator", "petition_officer"),
    "sort": ("operator", "head", "secretary", "petition_officer"),
    "joint": ("operator", "head", "secretary", "petition_officer"),
    "whistles": ("operator", "secretary", "head", "supervisor", "liaison"),
    "fixed_units": ("operator",),
    "person_data": ("operator", "petition_officer"),
    "bulk": ("head", "mediator", "secretary"),
    "board": ("secretary", "operator", "head", "supervisor", "petition_officer"),
    "ties": ("mediator", "head", "operator"),
    "posters": ("grid_worker", "mediator", "head", "secretary", "operator", "petition_officer"),
    "see_rooms": ("grid_worker", "secretary", "operator", "head", "mediator"),
    "see_teams": ("secretary", "operator", "head", "mediator"),
    "structure": ("system_admin",),
    "settings": ("system_admin",),
    "connections": ("system_admin",),
    "jobs": ("system_admin", "audit_admin"),
    "accounts": ("security_admin",),
    "retention": ("system_admin", "security_admin"),
    "trail": ("audit_admin",),
}
PETITION_OFFICES = ("petition_office", "recheck_office", "review_office")
OFFICE_LEVELS = dict(zip(PETITION_OFFICES, ("street", "district", "city"), strict=True))
CASE_ACTS: dict[str, tuple[str, ...]] = {
    "see": (),
    "unmask": ("handler", "head", "lead", "operator", "patron", "grid_worker", "unit", *PETITION_OFFICES),
    "upload": ("handler", "head", "lead", "operator", "patron", "grid_worker", "registrar", "unit", *PETITION_OFFICES),
    "ask": ("handler", "head", "lead", "unit", *PETITION_OFFICES),
    "papers": ("handler", "head", "lead", "operator", "patron", "grid_worker", "registrar", "unit", *PETITION_OFFICES),
    "give_code": ("handler", "head", "lead", *PETITION_OFFICES),
}


def roles_of(actor: Actor, case: CaseView) -> frozenset[str]:
    """The duties an actor has on a case. An administrator has none; an approved request gives "request" elsewhere."""
    if actor.kind == "resident":
        return RESIDENT if case.id in actor.matters else frozenset()
    if actor.kind != "account":
        return MACHINE
    if actor.has(*ADMINS) or is_barred(actor, case):
        return frozenset()
    path = {area for area, _ in case.area_path}
    found = set(personal_duties(actor, case)) if actor.posts or actor.mandates else set()
    for post in actor.posts:
        found |= duties_of_post(post, case, path)
    if any(area in path for area in actor.mandates):
        found.add("inspector")
    return frozenset(found)


def is_barred(actor: Actor, case: CaseView) -> bool:
    """Whether the case is kept from the actor, himself or by a post he holds or stands in for."""
    named = {("account", id) for id in actor.accounts} | {("department", id) for id in actor.departments}
    return not case.barred.isdisjoint(named | {("area", p.area_id) for p in actor.posts if p.area_id is not None})


def personal_duties(actor: Actor, case: CaseView) -> Iterable[str]:
    """Duties that name the person. What somebody wrote down himself no deputy corrects for him."""
    for duty, account, accounts in (
        ("handler", case.handler_id or case.facts.get("handled_by"), actor.accounts),
        ("patron", case.patron_id, actor.accounts),
        ("registrar", case.registered_by, actor.accounts[:1]),
        ("author", case.last_actor_id, actor.accounts[:1]),
        ("asker", case.detail.get("asked_by"), actor.accounts),
    ):
        if account is not None and account in accounts:
            yield duty


def duties_of_post(post: Held, case: CaseView, path: set[int]) -> set[str]:
    """Duties that come with a post, whoever fills it."""
    found = set()
    if post.role == case.detail.get("decider_role") and post.area_id == case.detail.get("decider_area_id"):
        found.add("decider")
    if post.role == "liaison" and post.department_id is not None and post.department_id == case.department_id:
        found |= {"unit", "organ"} if case.process == "petition" else {"unit"}
    if post.area_id not in path:
        return found
    if post.role == "petition_officer":
        found |= offices_of(post, case)
    if post.role in ("grid_worker", "operator", "supervisor"):
        found.add(post.role)
    if post.role == "head" and post.area_id == case.area_at(committee_level(case.level)):
        found.add("head")
    if post.role == "secretary" and case.lead:
        found |= secretary_duties(post, case)
    return found


def offices_of(post: Held, case: CaseView) -> set[str]:
    """The petition offices that a post is on a case; that of the street is the organ where no department is."""
    found = {office for office in PETITION_OFFICES if office_area(case.area_path, case.barred, office) == post.area_id}
    street = "petition_office" in found and case.process == "petition" and case.department_id is None
    return found | {"organ"} if street else found


def office_area(path: Iterable[tuple[int, str]], barred: Collection[tuple[str, int]], office: str) -> int | None:
    """The area whose petition office has a duty: that of its level, else the next one above, else the next below. One that
    the matter is kept from is passed over."""
    has = {level: area for area, level in path if ("area", area) not in barred}
    levels = list(OFFICE_LEVELS.values())
    at = levels.index(OFFICE_LEVELS[office])
    return next((has[level] for level in (*levels[at:], *reversed(levels[:at])) if level in has), None)


def secretary_duties(post: Held, case: CaseView) -> set[str]:
    """The lead, or one of those above the lead."""
    lead_id = case.lead.area_id if case.lead else None
    if post.area_id == lead_id:
        return {"lead"}
    order: list[int | None] = [area for area, _ in case.area_path]
    above = lead_id in order and order.index(post.area_id) < order.index(lead_id)
    return {"upper_lead"} if above else set()


def may_take(actor: Actor, step: Step, case: CaseView, *, granted: str = "", duties: frozenset[str] | None = None) -> bool:
    """Whether the actor may take a step on a case. `granted` is the kind of an approved request on it, `duties` what roles_of
    says of him there, where the caller asked it for many steps."""
    if step.request and step.request != granted:
        return False
    duties = (roles_of(actor, case) if duties is None else duties) | ({"request"} if step.request and step.request == granted else set())
    return not duties.isdisjoint(step.by) and duties.isdisjoint(step.not_by)


def wearing(actor: Actor, needed: Iterable[str], case: CaseView) -> Actor:
    """The actor as the trail names him for an act that needs one of these duties: in his own right where he has one,
    else for the absent person whose duty it is."""
    if not actor.absent:
        return actor
    for account in (actor.account_id, *(account for account, _ in actor.absent)):
        whose = None if account == actor.account_id else account
        posts = tuple(replace(post, for_id=None) for post in actor.posts if post.for_id == whose)
        if not roles_of(Actor(actor.kind, account, posts=posts), case).isdisjoint(needed):
            first = tuple(post for post in actor.posts if post.for_id == whose)
            return replace(actor, posts=(*first, *(p for p in actor.posts if p not in first)), acts_for=whose)
    return actor


def may(actor: Actor, act: str, case: CaseView | None = None) -> bool:
    """Whether the actor may do an act that is not a step. Sight of the case is for the caller's query to ask."""
    if case is not None:
        needed = CASE_ACTS[act]
        return not needed or not roles_of(actor, case).isdisjoint(needed)
    if actor.kind == "resident":
        return False
    if actor.kind != "account":
        return True
    if actor.has(*ADMINS) and not ADMINS.isdisjoint(ACTS[act]):
        return actor.has(*ACTS[act])
    return not actor.has(*ADMINS) and (actor.has(*ACTS[act]) or (act == "work" and bool(actor.mandates)))


def may_open(actor: Actor, opens: Step, area_path: Iterable[int], duties: frozenset[str] = frozenset()) -> bool:
    """Whether the actor may open a matter at an area with this path; `duties` are his on the case it belongs to."""
    if actor.kind != "account":
        return not (RESIDENT if actor.kind == "resident" else MACHINE).isdisjoint(opens.by)
    inside = set(area_path)
    here = any(p.role in opens.by and (p.area_id in inside or p.area_id is None) for p in actor.posts)
    return here or not duties.isdisjoint(opens.by)


def holds(actor: Actor, posts: Iterable[str], path: Iterable[tuple[int, str]]) -> bool:
    """Whether the actor holds one of these posts, written "role at level", on the path of areas of a place."""
    level_of = dict(path)
    return any(f"{post.role} at {level_of.get(post.area_id or 0)}" in posts for post in actor.posts)


def within(areas: Iterable[int]) -> Any:
    """A select of all areas below (and of) these."""
    return select(AreaPath.descendant_id).where(AreaPath.ancestor_id.in_(tuple(areas)))


@lru_cache(KEPT)
def visible(actor: Actor) -> ColumnElement[bool]:
    """The condition on Case that holds for what the actor may see, in lists, counts, search, exports and jobs alike."""
    if actor.kind in ("scheduler", "importer", "setup"):
        return Case.id.is_not(None)
    if actor.kind == "resident":
        return Case.id.in_(actor.matters)
    if not sees_matters(actor):
        return false()
    return and_(or_(*own(actor), and_(or_(false(), *reach(actor)), open_to(actor))), not_barred(actor))


def ways(actor: Actor) -> list[ColumnElement[bool]]:
    """The same condition in parts: what any of them lets see, and nothing else, is `visible`. Each begins with one column
    that has an index, so that a bounded list asks them one by one."""
    if actor.kind != "account" or not sees_matters(actor):
        return [visible(actor)]
    kept = not_barred(actor)
    return [*(and_(one, kept) for one in own(actor)), *(and_(one, open_to(actor), kept) for one in reach(actor))]


def sees_matters(actor: Actor) -> bool:
    """Whether an account has any right to the content of matters."""
    return not actor.has(*ADMINS) and bool(actor.posts or actor.mandates)


def own(actor: Actor) -> Iterable[ColumnElement[bool]]:
    """What the actor sees as a person, wherever it lies: what names him, what he registered, what he is asked to decide."""
    yield from named(actor)
    yield from asked_to_decide(actor)


def named(actor: Actor) -> Iterable[ColumnElement[bool]]:
    """What names the actor or whom he stands in for, and what he registered himself."""
    for column in (Case.handler_id, Case.patron_id, Case.holder_id):
        yield from (column == account for account in actor.accounts)
    if actor.account_id is not None:
        yield Case.registered_by == actor.account_id


def not_barred(actor: Actor) -> ColumnElement[bool]:
    """What is not kept from the actor, his posts and those he stands in for; only confidential matters ever are."""
    areas = tuple(p.area_id for p in actor.posts if p.area_id is not None)
    kept = or_(
        one_of(Barred.account_id, actor.accounts), one_of(Barred.department_id, actor.departments), one_of(Barred.area_id, areas)
    )
    return or_(Case.confidential.is_(False), ~exists().where(Barred.case_id == Case.id, kept).correlate(Case))


def one_of(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """The condition that a column holds one of a few ids, none where there are none. Each is a parameter of its own: a list is
    written out anew at every run of a statement."""
    return column.in_([literal(id) for id in ids or (0,)])  # type: ignore[no-any-return]


def waits(actor: Actor) -> list[ColumnElement[bool]]:
    """The conditions that the next act on a case waits for one of the actor's posts, each at its department or area."""
    return [
        and_(Case.holder_role == p.role, Case.holder_department_id == p.department_id)
        if p.department_id is not None
        else and_(Case.holder_role == p.role, Case.holder_area_id == p.area_id)
        for p in actor.posts
        if p.department_id is not None or p.area_id is not None
    ]


def reach(actor: Actor) -> Iterable[ColumnElement[bool]]:
    """What lies in the actor's areas, teams, departments and mandates, before confidentiality."""
    for area, level in areas_of(actor):
        yield from lies_in(area, level)
    yield from beside_areas(actor)


def areas_of(actor: Actor) -> Iterable[tuple[int, str]]:
    """The areas of which the actor sees all, each with its level, "" where that is not known."""
    posts = [(p.area_id, p.level) for p in actor.posts if p.role in AREA_ROLES and p.area_id is not None]
    return dict.fromkeys((*posts, *((area, "") for area in actor.mandates)))


def beside_areas(actor: Actor) -> Iterable[ColumnElement[bool]]:
    """What lies in the actor's teams and departments."""
    yield from (Case.team_id == team for team in dict.fromkeys(p.team_id for p in actor.posts) if team is not None)
    yield from (Case.department_id == department for department in dict.fromkeys(actor.departments))


def areas_seen(actor: Actor) -> tuple[int, ...]:
    """The areas of which, with all below them, the actor sees every matter that is not confidential."""
    return (*actor.areas(*AREA_ROLES), *actor.mandates) if actor.kind == "account" and sees_matters(actor) else ()


def lies_in(area: int, level: str = "") -> Iterable[ColumnElement[bool]]:
    """The conditions, any of which says that a case lies in an area: one where its level is known. Each is one stretch of an
    index."""
    if level in PLACES:
        yield getattr(Case, PLACES[level]) == area
        return
    yield Case.area_id == area
    if not level:
        yield from (getattr(Case, column) == area for column in PLACES.values())


def open_to(actor: Actor) -> ColumnElement[bool]:
    """Not confidential, or led from the actor's own post, or waiting for it, or with his department; or a petition, to its
    petition office."""
    leads = one_of(Case.lead_area_id, actor.areas("secretary"))
    with_unit = one_of(Case.department_id, actor.departments)
    return or_(Case.confidential.is_(False), leads, with_unit, *petitions_of(actor), *waits(actor))


def petitions_of(actor: Actor) -> Iterable[ColumnElement[bool]]:
    """The condition that a case is a petition of the actor's petition office: it answers for all of them, wherever they lie."""
    offices = [(p.area_id, p.level) for p in actor.posts if p.role == "petition_officer" and p.area_id is not None]
    if offices:
        yield and_(Case.process == "petition", or_(*(one for area, level in offices for one in lies_in(area, level))))


def knows_party(actor: Actor) -> ColumnElement[bool]:
    """The condition on Party, its Case beside it, that the actor may know who it is: of one who asked that his contact
    be kept back, and of every party to a confidential matter, only those who work on it themselves or lead it."""
    if actor.kind in ("scheduler", "importer", "setup"):
        return Party.id.is_not(None)
    mine: list[ColumnElement[bool]] = [
        one_of(column, actor.accounts) for column in (Case.handler_id, Case.patron_id, Case.holder_id)
    ]
    mine.append(Case.registered_by == actor.account_id)
    leads = one_of(Case.lead_area_id, actor.areas("secretary"))
    open_to_all = and_(Party.contact_hidden.is_(False), Case.confidential.is_(False))
    return or_(open_to_all, leads, *mine, *petitions_of(actor), *waits(actor))


def asked_to_decide(actor: Actor) -> Iterable[ColumnElement[bool]]:
    """Requests that wait for one of the actor's posts, and the matters they are about."""
    posts = [(p.role, p.area_id) for p in actor.posts if p.area_id is not None]
    if not posts:
        return
    mine = or_(*(and_(Request.decider_role == role, Request.decider_area_id == area) for role, area in posts))
    asked = select(Request.case_id).where(mine)
    about = select(REQUEST.c.parent_id).where(REQUEST.c.id.in_(asked), REQUEST.c.closed_at.is_(None))
    yield Case.id.in_(asked.union_all(about))
