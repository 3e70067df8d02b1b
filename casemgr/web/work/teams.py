"""The teams as those see them who give matters out or take them: who is on which, how much each carries, who is on duty."""

from typing import Any

from flask import Blueprint, g, render_template

from casemgr import policy
from casemgr.queries import teams as found
from casemgr.queries.mediators import open_loads
from casemgr.queries.teams import MemberLine, TeamLine
from casemgr.web.access import guarded, today
from casemgr.web.structure.wording import category_words

bp = Blueprint("teams", __name__, url_prefix="/teams")


@bp.get("")
@guarded("see_teams")
def show_list() -> str:
    """The teams of the actor's street or streets, with their members of today, by name and not by load."""
    lines = [line for line in found.load_teams(g.session, today(), found.areas_near(g.session, g.actor)) if line.active]
    members = found.load_members(g.session, [line.id for line in lines], today(), today())
    loads = open_loads(g.session)
    on = found.duty_pairs(g.session, [line.id for line in lines], today())
    return render_template(
        "teams/list.html", teams=[card(line, members) for line in lines], loads=loads, on_duty=on,
        several=len({line.area_id for line in lines}) > 1, category_words=category_words, today=today(),
        may_declare=policy.may(g.actor, "ties"),
    )  # fmt: skip


def card(line: TeamLine, members: list[MemberLine]) -> tuple[TeamLine, list[Any]]:
    """A team with its members."""
    return line, [m for m in members if m.team_id == line.id and m.active]
