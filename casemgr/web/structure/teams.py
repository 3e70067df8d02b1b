"""Pages of the system administrator: teams, what they take, members with capacity, duty roster. No load: that is of matters."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from casemgr.db import as_id
from casemgr.errors import NotFound
from casemgr.models import Area, Team, TeamMember
from casemgr.queries import structure as places
from casemgr.queries import teams as found
from casemgr.services import structure, teams
from casemgr.services.books import load_books
from casemgr.web.access import guarded, today
from casemgr.web.changes import Page, answer, by, done_or_said, tried, with_last_day
from casemgr.web.forms.structure import CapacityForm, FillForm, MemberForm, NewTeamForm, TeamForm
from casemgr.web.structure.wording import category_choices, category_words
from workflows.categories import DISPUTE_CATEGORIES
from workflows.rota import propose

bp = Blueprint("teams", __name__, url_prefix="/teams")


@bp.context_processor
def words() -> dict[str, Any]:
    """What these templates call."""
    return {"category_words": category_words}


def get_team(team_id: int) -> Team:
    """The team of that id. Raises NotFound."""
    team = g.session.get(Team, team_id)
    if team is None:
        raise NotFound()
    return team  # type: ignore[no-any-return]


def get_member(member_id: int) -> TeamMember:
    """The membership of that id. Raises NotFound."""
    row = g.session.get(TeamMember, member_id)
    if row is None:
        raise NotFound()
    return row  # type: ignore[no-any-return]


def address(team_id: int) -> str:
    """The page of a team."""
    return url_for("structure.teams.show", team_id=team_id)


@bp.get("")
@guarded("structure")
def show_list() -> str:
    """All teams, and the categories that fall to a general team."""
    lines = found.load_teams(g.session, today())
    return render_template("structure/teams.html", lines=lines, uncovered=uncovered(lines))


@bp.get("/<int:team_id>")
@guarded("structure")
def show(team_id: int) -> str:
    """One team: what it takes, who is on it."""
    team = get_team(team_id)
    members = found.load_members(g.session, [team_id], today())
    return render_template(
        "structure/team.html", team=team, area=g.session.get(Area, team.area_id), members=members, today=today(),
        categories=found.categories_of(g.session, [team_id]).get(team_id, ()), duty=found.on_duty(g.session, [team_id], today()),
        posts=found.posts_of_team(g.session, team_id, today()), yesterday=today() - timedelta(days=1),
    )  # fmt: skip


@bp.route("/new", methods=["GET", "POST"])
@guarded("structure")
def add() -> Page:
    """A new team."""
    form = NewTeamForm(active=True, area=request.args.get("area", type=as_id))
    form.area.choices = places.places_of(g.session, ("street",))
    form.categories.choices = category_choices()
    made: list[Team] = []
    if request.method == "POST" and form.validate():

        def change() -> None:
            area = g.session.get(Area, form.area.data)
            name, key = form.name.data.strip(), form.key.data.strip()
            made.append(structure.add_team(g.session, area, key, name, tuple(form.categories.data), **by()))

        if tried(form, change, "key"):
            flash(gettext("The team is there."), "done")
            return redirect(address(made[0].id))
    return answer(render_template("structure/team_form.html", form=form, team=None))


@bp.route("/<int:team_id>/change", methods=["GET", "POST"])
@guarded("structure")
def change(team_id: int) -> Page:
    """Rename a team, change what it takes, put it out of use."""
    team = get_team(team_id)
    form = TeamForm(name=team.name, active=team.active, categories=found.categories_of(g.session, [team_id]).get(team_id, ()))
    form.categories.choices = category_choices()
    if request.method == "POST" and form.validate():
        values = {"name": form.name.data.strip(), "categories": form.categories.data, "active": form.active.data}
        if tried(form, lambda: teams.change_team(g.session, team_id, **values, **by()), "name"):
            flash(gettext("Changed."), "done")
            return redirect(address(team_id))
    return answer(render_template("structure/team_form.html", form=form, team=team))


# --- members


@bp.route("/<int:team_id>/members/new", methods=["GET", "POST"])
@guarded("structure")
def add_member(team_id: int) -> Page:
    """Choose who joins, found by name, with days and capacity."""
    team = get_team(team_id)
    form = MemberForm(capacity=teams.USUAL_CAPACITY, from_on=today())
    if request.method == "POST" and form.validate():
        values = {"capacity": form.capacity.data, "from_on": form.from_on.data, "to_on": form.to_on.data}
        if tried(form, lambda: teams.add_member(g.session, team_id, form.account.data, **values, **by()), "account"):
            flash(gettext("On the team."), "done")
            return redirect(address(team_id))
    q = request.args.get("q", "").strip()[:60]
    people, more = found.find_people(g.session, q, today())
    return answer(render_template("structure/member.html", form=form, team=team, people=people, more=more, q=q))


@bp.post("/members/<int:member_id>/capacity")
@guarded("structure")
def change_capacity(member_id: int) -> Response:
    """How many open matters a member carries."""
    row, form = get_member(member_id), CapacityForm()
    if not form.validate():
        flash(gettext(teams.NO_CAPACITY), "error")
        return redirect(address(row.team_id))
    return done_or_said(
        lambda: teams.change_capacity(g.session, member_id, form.capacity.data, **by()), gettext("Changed."), address(row.team_id)
    )


@bp.post("/members/<int:member_id>/end")
@guarded("structure")
def end_member(member_id: int) -> Response:
    """Take a member off the team after a day."""
    row = get_member(member_id)
    return with_last_day(
        lambda day: teams.end_member(g.session, member_id, last_on=day, **by()), gettext("It ends with that day."),
        address(row.team_id),
    )  # fmt: skip


# --- the roster


@bp.route("/<int:team_id>/roster", methods=["GET", "POST"])
@guarded("structure")
def roster(team_id: int) -> Page:
    """Who is on duty, day by day through ?month=2026-03."""
    team, first = get_team(team_id), month_asked()
    last = first.replace(day=monthrange(first.year, first.month)[1])
    days = [first + timedelta(days=n) for n in range(last.day)]
    spans = found.load_members(g.session, [team_id], first, last)
    members = {m.account_id: m for m in spans}
    may_serve = {(on, m.account_id) for m in spans for on in days if m.holds(on)}
    if request.method == "POST":
        wanted = ticked(request.form, days)
        back = url_for("structure.teams.roster", team_id=team_id, month=f"{first:%Y-%m}")
        return done_or_said(lambda: teams.set_roster(g.session, team_id, wanted, **by()), gettext("The roster is kept."), back)
    return render_template(
        "structure/roster.html", team=team, first=first, days=days, members=list(members.values()), may_serve=may_serve,
        on_duty=found.load_roster(g.session, team_id, first, last), calendar=load_books(g.session).calendar, today=today(),
        before=first - timedelta(days=1), after=last + timedelta(days=1),
        fill_from=max(first, today() + timedelta(days=1)) if last > today() else None,
    )  # fmt: skip


@bp.route("/<int:team_id>/roster/fill", methods=["GET", "POST"])
@guarded("structure")
def fill_roster(team_id: int) -> Page:
    """A fair roster by turns for ?first= to ?last=: shown first, saved as it was shown."""
    team, form = get_team(team_id), FillForm(request.args)
    first, last = form.span(today())
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if request.method == "POST":
        wanted = {on: ids for on, ids in ticked(request.form, days).items() if ids}
        back = url_for("structure.teams.roster", team_id=team_id, month=f"{first:%Y-%m}")
        return done_or_said(lambda: teams.set_roster(g.session, team_id, wanted, **by()), gettext("The roster is kept."), back)
    books, turns = load_books(g.session), found.load_turns(g.session, team_id, first, last)
    stands = {on for on, _ in found.load_roster(g.session, team_id, first, last)}
    rest = {on for on in days if books.calendar.is_rest_day(on)}
    rest |= {on for turn in turns for on in turn.served if books.calendar.is_rest_day(on)}
    wanted_days = [on for on in days if on not in stands and (form.rest.data or on not in rest)]
    plan = propose(wanted_days, turns, rest=rest, each=form.each.data)
    names = {m.account_id: m.name for m in found.load_members(g.session, [team_id], first, last)}
    return render_template(
        "structure/fill.html", team=team, form=form, first=first, last=last, plan=plan, names=names, rest=rest, kept=len(stands),
        counts=count_turns(plan, rest), away=sorted({turn.account_id for turn in turns if turn.away}),
        calendar=books.calendar,
    )  # fmt: skip


def count_turns(plan: dict[date, tuple[int, ...]], rest: set[date]) -> dict[int, tuple[int, int]]:
    """Account id -> (working days, days off) in a plan."""
    counts: dict[int, tuple[int, int]] = {}
    for on, ids in plan.items():
        for id in ids:
            working, off = counts.get(id, (0, 0))
            counts[id] = (working + (on not in rest), off + (on in rest))
    return counts


def month_asked() -> date:
    """The first day of the month in the address, else of this one. Raises NotFound for what is no month."""
    written = request.args.get("month")
    if not written:
        return today().replace(day=1)
    try:
        return date.fromisoformat(f"{written}-01")
    except ValueError as error:
        raise NotFound() from error


def ticked(form: MultiDict[str, str], days: list[date]) -> dict[date, list[int]]:
    """Day -> account ids ticked in the form, for every day of the month; what is no number is nobody."""
    return {on: [id for text in form.getlist(f"on-{on.isoformat()}") if (id := as_id(text))] for on in days}


def uncovered(lines: list[found.TeamLine]) -> list[str]:
    """Classes of disputes that no team in use names."""
    named = {code[:2] for line in lines if line.active for code in line.categories}
    return [code for code in DISPUTE_CATEGORIES if len(code) == 2 and code not in named]
