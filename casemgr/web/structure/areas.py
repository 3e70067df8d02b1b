"""Pages of the system administrator: areas with posts and households, committees, departments. No matter is seen from here."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from casemgr.db import as_id
from casemgr.errors import NotFound
from casemgr.models import Area, Department, Post
from casemgr.queries import structure as found
from casemgr.queries.teams import load_teams
from casemgr.services import closing, posts, structure
from casemgr.services.books import load_books
from casemgr.web.access import guarded, today
from casemgr.web.changes import Page, answer, by, done_or_said, tried, with_last_day
from casemgr.web.forms.structure import (
    AreaForm, CommitteeForm, DepartmentForm, MoveForm, NewAreaForm, NewDepartmentForm, PostForm,
)  # fmt: skip
from casemgr.web.structure import rooms, teams
from casemgr.web.structure.wording import LEVEL_WORDS, level_words, load_words, per_grid_words, said_post
from workflows.area_codes import fault_of
from workflows.grid_standard import Standard, standard_of
from workflows.roles import LEVELS, POST_ROLES

bp = Blueprint("structure", __name__, url_prefix="/structure")
bp.register_blueprint(teams.bp)
bp.register_blueprint(rooms.bp)
COMMITTEE_LEVELS = ("street", "community")
ROLES_AT = {  # roles that make sense at an area of a level
    "district": ("supervisor", "secretary", "system_admin", "security_admin", "audit_admin"),
    "street": ("secretary", "operator", "head", "mediator", "system_admin", "security_admin", "audit_admin"),
    "community": ("secretary", "head", "mediator"),
    "grid": ("grid_worker", "secretary"),
    "microgrid": ("grid_worker",),
}


@bp.context_processor
def words() -> dict[str, Any]:
    """What these templates call."""
    return {
        "level_words": level_words, "load_words": load_words, "said_post": said_post, "per_grid_words": per_grid_words,
        "today": today(),
    }  # fmt: skip


def get_area(area_id: int) -> Area:
    """The area of that id. Raises NotFound."""
    area = g.session.get(Area, area_id)
    if area is None:
        raise NotFound()
    return area  # type: ignore[no-any-return]


def standard() -> Standard:
    """The households of a grid by the rules in force."""
    return standard_of(load_books(g.session).rules.raw)


def to_area(area_id: int, done: str) -> Response:
    """Back to the page of the area, saying what was done."""
    flash(done, "done")
    return redirect(url_for("structure.area", area_id=area_id))


@bp.get("")
@guarded("structure")
def show() -> str:
    """The tree of areas, or of what lies below ?area=."""
    top = request.args.get("area", type=as_id)
    bounds = standard()
    lines = found.load_tree(g.session, get_area(top).id if top else None, today(), bounds)
    return render_template("structure/show.html", lines=lines, top=top, standard=bounds)


@bp.get("/areas/<int:area_id>")
@guarded("structure")
def area(area_id: int) -> str:
    """One area: what is below it, its posts and who holds them, committee, teams, departments."""
    here = get_area(area_id)
    lines = found.load_tree(g.session, area_id, today(), standard())
    micro = found.micro_grids(g.session, area_id) if here.level == "grid" else []
    return render_template(
        "structure/area.html", area=here, path=found.path_of(g.session, area_id), line=next(iter(lines), None),
        below=[line for line in lines if line.depth == 1], micro=micro, posts=found.load_posts(g.session, area_id, today()),
        committee=found.find_committee(g.session, area_id) if here.level in COMMITTEE_LEVELS else None,
        has_committee=here.level in COMMITTEE_LEVELS, teams=load_teams(g.session, today(), [area_id]),
        departments=found.departments_at(g.session, area_id), may_have_below=LEVELS.index(here.level) > 0,
    )  # fmt: skip


@bp.route("/areas/new", methods=["GET", "POST"])
@guarded("structure")
def add_area() -> Page:
    """A new area below ?parent=, or at the top."""
    id = request.args.get("parent", type=as_id)
    parent = get_area(id) if id else None
    form = NewAreaForm(level=next_level(parent), code=parent.code if parent else "", urban=True)
    form.level.choices = level_choices(parent)
    if request.method == "POST" and form.validate():
        code, level = form.code.data.strip(), form.level.data
        fault = fault_of(code, level, parent.code if parent else "")
        made: list[Area] = []

        def change() -> None:
            columns: dict[str, Any] = form.columns()
            made.append(structure.add_area(g.session, code, columns.pop("name"), level, parent, **columns, **by()))

        if fault:
            form.code.errors = [gettext(fault)]
        elif tried(form, change, "code"):
            return to_area(made[0].id, gettext("The area is there."))
    path = found.path_of(g.session, parent.id) if parent else []
    return answer(render_template("structure/area_new.html", form=form, parent=parent, path=path))


def next_level(parent: Area | None) -> str:
    """The level right below an area."""
    return LEVELS[LEVELS.index(parent.level) - 1] if parent and parent.level != LEVELS[0] else "street"


def level_choices(parent: Area | None) -> list[tuple[str, str]]:
    """The levels below an area, the next one first."""
    below = LEVELS[: LEVELS.index(parent.level)] if parent else LEVELS
    return [(level, gettext(LEVEL_WORDS[level])) for level in reversed(below)]


@bp.route("/areas/<int:area_id>/change", methods=["GET", "POST"])
@guarded("structure")
def change_area(area_id: int) -> Page:
    """Rename an area, put its households and aliases right."""
    here = get_area(area_id)
    form = AreaForm(obj=here)
    if request.method == "POST" and form.validate():
        columns: dict[str, Any] = form.columns()
        if tried(form, lambda: structure.change_area(g.session, area_id, **columns, **by()), "name"):
            return to_area(area_id, gettext("Changed."))
    path = found.path_of(g.session, area_id)
    return answer(render_template("structure/area_change.html", form=form, area=here, path=path))


@bp.route("/areas/<int:area_id>/move", methods=["GET", "POST"])
@guarded("structure")
def move_area(area_id: int) -> Page:
    """Put an area, with all below it, under another one."""
    here = get_area(area_id)
    form = MoveForm(parent=here.parent_id, code=here.code)
    above = LEVELS[min(LEVELS.index(here.level) + 1, len(LEVELS) - 1)]
    form.parent.choices = found.places_of(g.session, (above,), outside=area_id)
    if request.method == "POST" and form.validate():
        parent, code = get_area(form.parent.data), form.code.data.strip()
        if fault := fault_of(code, here.level, parent.code):
            form.code.errors = [gettext(fault)]
        elif tried(form, lambda: structure.move_area(g.session, area_id, parent.id, code=code, **by()), "parent"):
            return to_area(area_id, gettext("Moved, with everything below it."))
    path = found.path_of(g.session, area_id)
    return answer(render_template("structure/area_move.html", form=form, area=here, path=path))


@bp.post("/areas/<int:area_id>/close")
@guarded("structure")
def close_area(area_id: int) -> Response:
    """Close an area, open it again (`how`), or remove one that nothing names."""
    here, how = get_area(area_id), request.form.get("how", "close")
    back = url_for("structure.area", area_id=area_id)
    if how == "remove":
        up = url_for("structure.area", area_id=here.parent_id) if here.parent_id else url_for("structure.show")
        return done_or_said(lambda: closing.remove_area(g.session, area_id, **by()), gettext("The area is gone."), up, failed=back)
    if how == "reopen":
        return done_or_said(lambda: closing.reopen_area(g.session, area_id, **by()), gettext("The area is in use again."), back)
    return done_or_said(lambda: closing.close_area(g.session, area_id, **by()), gettext("Nothing new begins here."), back)


@bp.route("/areas/<int:area_id>/committee", methods=["GET", "POST"])
@guarded("structure")
def committee(area_id: int) -> Page:
    """Set up or rename the committee of a street or community."""
    here, row = get_area(area_id), found.find_committee(g.session, area_id)
    if row is None and here.level not in COMMITTEE_LEVELS:
        raise NotFound()
    form = CommitteeForm(obj=row)
    if request.method == "POST" and form.validate():
        name, short = form.name.data.strip(), (form.short_name.data or "").strip()

        def change() -> None:
            if row is None:
                structure.add_committee(g.session, here, name, short, **by())
            else:
                structure.change_committee(g.session, row.id, name=name, short_name=short, **by())

        if tried(form, change, "name"):
            return to_area(area_id, gettext("Changed."))
    path = found.path_of(g.session, area_id)
    return answer(render_template("structure/committee.html", form=form, area=here, path=path, new=row is None))


# --- posts


@bp.route("/areas/<int:area_id>/posts/new", methods=["GET", "POST"])
@guarded("structure")
def add_post(area_id: int) -> Page:
    """A new post at an area; who holds it is the security administrator's business."""
    here = get_area(area_id)
    form = PostForm()
    form.role.choices = role_choices(ROLES_AT.get(here.level, tuple(POST_ROLES)))
    if request.method == "POST" and form.validate():
        name = (form.name.data or "").strip()
        if tried(form, lambda: structure.add_post(g.session, form.role.data, area_id=area_id, name=name, **by()), "role"):
            return to_area(area_id, gettext("The post is there. The security administrator appoints to it."))
    path = found.path_of(g.session, area_id)
    return answer(render_template("structure/post_new.html", form=form, area=here, path=path))


def role_choices(roles: Sequence[str]) -> list[tuple[str, str]]:
    """Roles in words."""
    return [(role, gettext(POST_ROLES[role])) for role in roles]


@bp.post("/posts/<int:post_id>/close")
@guarded("structure")
def close_post(post_id: int) -> Response:
    """Let nobody hold a post after a day."""
    return with_last_day(
        lambda day: posts.close_post(g.session, post_id, last_on=day, **by()), gettext("The post ends with that day."),
        place_of_post(post_id),
    )  # fmt: skip


@bp.post("/posts/<int:post_id>/reopen")
@guarded("structure")
def reopen_post(post_id: int) -> Response:
    """Let a post that was to be closed stay."""
    return done_or_said(
        lambda: posts.reopen_post(g.session, post_id, **by()), gettext("The post stays."), place_of_post(post_id)
    )


def place_of_post(post_id: int) -> str:
    """The page on which a post stands. Raises NotFound."""
    post = g.session.get(Post, post_id)
    if post is None:
        raise NotFound()
    if post.area_id is not None:
        return url_for("structure.area", area_id=post.area_id)
    return url_for("structure.teams.show", team_id=post.team_id) if post.team_id else url_for("structure.departments")


# --- departments


@bp.get("/departments")
@guarded("structure")
def departments() -> str:
    """All departments."""
    rows = found.departments_at(g.session)
    return render_template("structure/departments.html", rows=rows, posts=found.posts_of_departments(g.session, today()))


@bp.route("/departments/new", methods=["GET", "POST"])
@guarded("structure")
def add_department() -> Page:
    """A new department with the post of its liaison."""
    form = NewDepartmentForm(area=request.args.get("area", type=as_id))
    form.area.choices = found.places_of(g.session, ("district", "street"))
    if request.method == "POST" and form.validate():

        def change() -> None:
            area = get_area(form.area.data)
            row = structure.add_department(g.session, form.code.data.strip(), form.name.data.strip(), area, **by())
            structure.add_post(g.session, "liaison", department_id=row.id, **by())

        if tried(form, change, "code"):
            flash(gettext("The department is there, with the post of its liaison."), "done")
            return redirect(url_for("structure.departments"))
    return answer(render_template("structure/department.html", form=form, department=None))


@bp.route("/departments/<int:department_id>", methods=["GET", "POST"])
@guarded("structure")
def change_department(department_id: int) -> Page:
    """Rename a department."""
    row = g.session.get(Department, department_id)
    if row is None:
        raise NotFound()
    form = DepartmentForm(obj=row)
    if request.method == "POST" and form.validate():
        name = form.name.data.strip()
        if tried(form, lambda: structure.change_department(g.session, row.id, name=name, **by()), "name"):
            flash(gettext("Changed."), "done")
            return redirect(url_for("structure.departments"))
    return answer(render_template("structure/department.html", form=form, department=row))
