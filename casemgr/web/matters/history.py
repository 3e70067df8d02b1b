"""The page of the years before a legacy case came onto the list: what happened when, and a spreadsheet of it taken over."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from flask_wtf.file import FileField, FileRequired

from casemgr import db, policy
from casemgr.errors import Invalid, NotAllowed, NotFound
from casemgr.intake.history import HistoryRow, read_history
from casemgr.intake.problems import SheetError, describe
from casemgr.services.cases import take_step
from casemgr.services.drafts import Draft
from casemgr.services.history import STEP, take_over
from casemgr.web.access import guarded, today
from casemgr.web.locales import gettext
from casemgr.web.matters import parts
from casemgr.web.matters.cases import get_draft
from casemgr.web.matters.steps import Answer
from casemgr.web.processes.legacy import years_of
from casemgr.web.sayings import say, say_error
from casemgr.web.uploads import storing

bp = Blueprint("history", __name__)
COLUMNS = "日期、事项、经办、文号"  # as lists of the years before head them


class ListForm(PageForm):
    """The spreadsheet with the years."""

    file = FileField(
        _l("Spreadsheet"), [FileRequired(_l("Please choose a file."))],
        description=_l(
            "Excel or CSV, one row for each thing that happened. Columns: %(columns)s; the last two if there are any. A year "
            "or a month is enough as date.", columns=COLUMNS,
        ),
    )  # fmt: skip


@bp.get("/cases/<int:case_id>/years")
@guarded("work")
def show(case_id: int) -> str:
    """The years before, the oldest first, and for those who work on it the way to add to them."""
    return page(legacy_draft(case_id), ListForm())


@bp.post("/cases/<int:case_id>/years")
@guarded("work")
def send(case_id: int) -> Answer:
    """Take over the rows of a list that are not there yet; those that cannot be read are named, and keep out no other."""
    draft, form = legacy_draft(case_id), ListForm()
    if not policy.may_take(g.actor, draft.flow.step(STEP), draft.view()):
        raise NotAllowed()
    if not form.validate():
        return page(draft, form), 422
    try:
        rows, new = taken(draft, form.file.data)
    except SheetError as error:
        form.file.errors = [say_error(error)]
        return page(draft, form), 422
    except Invalid as error:
        form.file.errors = [say(sentence) for sentences in error.fields.values() for sentence in sentences]
        return page(draft, form), 422
    bad = [row for row in rows if row.problem]
    counts = {"new": new, "known": len(rows) - new - len(bad), "bad": len(bad)}
    if bad:
        return page(draft, form, counts, bad)
    flash(gettext("%(new)s entries taken over; %(known)s were there already.", **counts), "done")
    return redirect(url_for("history.show", case_id=case_id))


def legacy_draft(case_id: int) -> Draft:
    """A legacy case within sight. Raises NotFound."""
    draft = get_draft(case_id)
    if draft.flow.name != "legacy":
        raise NotFound()
    return draft


def taken(draft: Draft, upload: Any) -> tuple[list[HistoryRow], int]:
    """The rows of an uploaded list, and how many of them were new; a list that brought something is kept with the case.

    Raises SheetError, Invalid.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        upload.save(path)
        rows = read_list(path, upload.filename)
    upload.stream.seek(0)
    stored = storing(g.session)(upload.stream, upload.filename)
    with db.transaction(g.session):
        new = sum(take_over(g.session, draft.row["id"], [row.past for row in rows if row.past], actor=g.actor, at=g.at))
        attach = draft.flow.step("attach")
        if new and policy.may_take(g.actor, attach, draft.view()):
            answers = {"file": stored, "kind": "record", "caption": gettext("List of the years before")}
            take_step(g.session, draft.row["id"], attach.name, actor=g.actor, at=g.at, data=answers)
    return rows, new


def read_list(path: Path, name: str) -> list[HistoryRow]:
    """The rows of a list; faults name the file as its owner calls it. Raises SheetError."""
    try:
        return read_history(path, today=today())
    except SheetError as error:
        raise SheetError(error.code, **{**error.params, "name": name}) from error


def page(draft: Draft, form: ListForm, counts: dict[str, int] | None = None, bad: list[HistoryRow] | None = None) -> str:
    """The page, with what came of a list just sent."""
    lines = [
        {"line": row.line, "why": describe(row.problem, gettext), "quoted": row.quoted} for row in bad or () if row.problem
    ]
    return render_template(
        "cases/years.html", case=draft.row, title=parts.title_of(draft), years=years_of(g.session, draft.row["id"], g.at),
        form=form, counts=counts, bad=lines, may_add=policy.may_take(g.actor, draft.flow.step(STEP), draft.view()), step=STEP,
    )  # fmt: skip
