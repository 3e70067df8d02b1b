"""My desk: what waits for me by any of my posts, by what falls due first, each line with the one next act."""

from flask import Blueprint, g, render_template, request

from casemgr.errors import Invalid
from casemgr.queries.lines import count_waiting, load_page, waiting_for
from casemgr.services.drafts import load_drafts
from casemgr.web.access import guarded
from casemgr.web.case_panel import next_act
from casemgr.web.lines import line_words

bp = Blueprint("desk", __name__)
BROKEN_KEY = "This address is not complete. Start again from the first page."


@bp.get("/desk")
@guarded("work")
def show() -> str:
    """The first or a later page of the desk."""
    keys = {name: request.args.get(name, "") for name in ("after", "before")}
    try:
        page = load_page(g.session, g.actor, waiting_for(g.actor), **keys)
    except ValueError as error:
        raise Invalid(message=BROKEN_KEY) from error
    waiting = count_waiting(g.session, g.actor)
    drafts = load_drafts(g.session, [line.id for line in page.lines], lock=False)
    acts = {id: next_act(g.actor, draft.view(), g.at) for id, draft in drafts.items()}
    return render_template("desk/show.html", page=page, waiting=waiting, acts=acts, **line_words())
