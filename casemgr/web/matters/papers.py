"""The papers of a case: which are ready, Word and PDF on request, signed sheets brought back. Forms: casemgr.documents."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, send_file, url_for
from flask_babel import lazy_gettext as _l
from casemgr.web.forms.base import PageForm
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired

from casemgr import db, policy
from casemgr.documents import pdf
from casemgr.documents.casefile import CaseFile, load_casefile
from casemgr.documents.forms import FORMS, WHOLE
from casemgr.documents.shelf import MOST_COPIES, Item, by_want, compose, is_empty, items_of, number_opening, usual_copies
from casemgr.documents.drawing import FONT_PACKAGES, NO_FONT, NO_PANGO, PANGO_PACKAGES, CannotDraw, why_no_pdf
from casemgr.documents.whole_file import whole_file
from casemgr.errors import Invalid, NotFound
from casemgr.later import Later
from casemgr.queries.papers import Papers, papers_of
from casemgr.services.answers import NO_CHOICE
from casemgr.services.drafts import Draft
from casemgr.services.files import NOT_STORED
from casemgr.services.papers import PAPERED, Making, add_signed, give_number, record_making
from casemgr.web import words
from casemgr.web.access import demand, guarded
from casemgr.web.forms.faults import put_faults
from casemgr.web.locales import gettext
from casemgr.web.matters import parts
from casemgr.web.matters.cases import get_draft
from casemgr.web.uploads import storing

if TYPE_CHECKING:
    from casemgr.documents import word
else:
    word = Later("casemgr.documents.word")

bp = Blueprint("papers", __name__)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MEDIA = {"word": (".docx", WORD), "pdf": (".pdf", "application/pdf")}
NAMES = {
    "cover": _l("Cover of the file"), "contents": _l("Contents of the file"), "application": _l("Application for mediation"),
    "acceptance": _l("Acceptance form"), "rights": _l("Notice of rights and duties"), "refusal": _l("Notice of refusal"),
    "attorney": _l("Power of attorney"), "inquiry": _l("Record of inquiry"), "evidence": _l("List of evidence"),
    "session": _l("Record of a session"), "agreement": _l("Mediation agreement"), "oral": _l("Form of an oral agreement"),
    "confirmation": _l("Application for court confirmation of the agreement"), "follow_up": _l("Record of a follow-up"),
    "termination": _l("Notice of termination"), "referral": _l("Letter of referral with its receipt"),
    "service": _l("Proof of service"), "note": _l("Note on the file"), "back": _l("Back cover"), "short": _l("Short file on one page"),
    "pet_accept": _l("Notice of acceptance"), "pet_refuse": _l("Notice of non-acceptance"),
    "pet_letter": _l("Letter of transfer or assignment"), "pet_extend": _l("Notice of extension"), "pet_opinion": _l("Opinion"),
    "pet_second": _l("Opinion of the recheck or review"), "pet_service": _l("Proof of service"),
    "leg_strike": _l("Approval of striking off"),
}  # fmt: skip
LACKS = {
    "applicants": _l("an applicant on record"), "respondents": _l("the other side on record"), "parties": _l("a party on record"),
    "accepted_on": _l("the acceptance"), "refused_on": _l("a refusal"), "evidence": _l("a piece of evidence"),
    "session": _l("a recorded session"),
    "agreement": _l("a written agreement"), "agreed_on": _l("a written agreement in force"),
    "oral_on": _l("an oral agreement"), "oral": _l("an oral agreement"),
    "ended_on": _l("an end without agreement"), "follow_up": _l("a follow-up"), "contact": _l("a recorded contact"),
    "spot_on": _l("a settlement on the spot"),
    "pet_accept": _l("the acceptance"), "pet_refuse": _l("a refusal"), "pet_letter": _l("a transfer or assignment"),
    "pet_extend": _l("an extension"), "pet_opinion": _l("an opinion"), "pet_second": _l("a recheck or review"),
}  # fmt: skip
BY_HAND = _l("empty, to fill in by hand")


class SheetForm(PageForm):
    """The photo or scan of a signed sheet, and which paper it is."""

    paper = SelectField(_l("Which paper"), [InputRequired()], validate_choice=False)
    sheet = FileField(_l("Photo or PDF of the signed sheet"), [InputRequired()], description=_l("All of the sheet in the picture, straight and sharp."))


@dataclass(frozen=True)
class Line:
    """One paper on the page."""

    key: str
    name: str
    about: str
    number: str
    copies: int
    lacks: str
    made: str
    signed: list[tuple[str, str, str]]  # (name, address, digest)
    sign_url: str


def papers_draft(case_id: int) -> Draft:
    """A matter whose papers this person may make. Raises NotFound, NotAllowed."""
    draft = get_draft(case_id)
    demand("papers", draft.view())
    if draft.flow.name not in PAPERED:
        raise NotFound()
    return draft


@bp.get("/cases/<int:case_id>/papers")
@guarded("work")
def show(case_id: int) -> str:
    """All papers of a case: what is ready, what is missing for the others, what was made and came back signed."""
    return page(papers_draft(case_id))


def page(draft: Draft, refusal: str = "") -> str:
    """The page, with what went wrong if something did."""
    case_id = draft.row["id"]
    file, papers = load_casefile(g.session, case_id, open_contacts=False), papers_of(g.session, case_id)
    items = [item for item in items_of(g.session, file, papers) if item.form.listed]
    now = by_want(items, file)
    groups: dict[str, list[Line]] = {"now": [], "filled": [], "empty": [], "waiting": []}
    for item in items:
        group = "waiting" if item.missing else "now" if item.key in now else "empty" if is_empty(item) else "filled"
        groups[group].append(line_of(item, file, papers))
    groups["now"].sort(key=lambda line: now.index(line.key))
    whole = papers.last_made(WHOLE, 0)
    return render_template(
        "papers/show.html", case=draft.row, title=parts.title_of(draft), groups=groups, whole=say_made(whole),
        refusal=refusal, has_whole=draft.flow.name == "dispute", no_pdf=say_no_pdf(why_no_pdf()),
        most_copies=MOST_COPIES, unmasked=policy.may(g.actor, "unmask", draft.view()),
    )  # fmt: skip


def line_of(item: Item, file: CaseFile, papers: Papers) -> Line:
    """A paper as a line of the page."""
    key = (item.form.key, item.entry.of)
    sheets = [*papers.signed.get(key, ()), *item.entry.sheets]
    return Line(
        item.key, str(NAMES[item.form.key]), about_of(item), item.values.get("paper_number", "") if item.form.number else "", usual_copies(item, file),
        gettext(", ").join(str(LACKS.get(name, name)) for name in item.missing), say_made(papers.last_made(*key)),
        [(f.name, url_for("cases.file", case_id=file.id, file_id=f.id), f.sha256) for f in sheets],
        url_for("papers.ask_signed", case_id=file.id, paper=item.key),
    )  # fmt: skip


def about_of(item: Item) -> str:
    """What tells papers of one form apart: the day of its entry, or that it is empty or still a draft."""
    if item.form.key == "agreement" and not item.entry.of and not is_empty(item):
        return gettext("as it is being written")
    return item.entry.label or (str(BY_HAND) if is_empty(item) else "")


def say_made(made: Any) -> str:
    """Who made it last, and when."""
    if made is None:
        return ""
    return gettext("%(name)s on %(day)s", name=made.by, day=words.moment(made.at, g.at))


def say_no_pdf(why: str, characters: str = "") -> str:
    """Why there is no PDF, and what to do, in one sentence."""
    if why == NO_PANGO:
        return gettext("There is no PDF here: ask the administrator to install %(packages)s; Word works.", packages=f"{PANGO_PACKAGES} {FONT_PACKAGES}")
    if why == NO_FONT:
        return gettext(
            "There is no PDF here because no Chinese font is installed: ask the administrator to install %(packages)s; Word works.",
            packages=FONT_PACKAGES,
        )
    if why:
        return gettext(
            "No font here has the characters %(characters)s: take the Word file, or ask the administrator to install %(packages)s.",
            characters=characters, packages=FONT_PACKAGES,
        )  # fmt: skip
    return ""


@bp.post("/cases/<int:case_id>/papers")
@guarded("work")
def make(case_id: int) -> Any:
    """Make one paper, or the whole file, and put it on record; the answer is the file."""
    draft = papers_draft(case_id)
    g.session.rollback()  # drawing takes longer than the write lock should be held
    medium, key = request.form.get("medium", ""), request.form.get("paper", "")
    count = request.form.get("copies", default=1, type=int)
    if medium not in MEDIA or not 1 <= count <= MOST_COPIES:
        return page(draft, gettext("Choose a paper, Word or PDF, and from 1 to %(most)s copies.", most=MOST_COPIES)), 422
    try:
        if medium == "pdf" and why_no_pdf():
            raise CannotDraw(why_no_pdf())
        number_if_due(draft, "cover:0" if key == WHOLE else key)
        with current_app.extensions["readings"]() as reading:
            return made_whole(reading, draft) if key == WHOLE and medium == "pdf" else made_one(reading, draft, key, medium, count)
    except CannotDraw as error:
        return page(draft, say_no_pdf(error.why, error.characters)), 422
    except NotReady:
        return page(draft, gettext("This paper is not ready yet: below is what is missing.")), 422


class NotReady(LookupError):
    """A paper that is not there, or lacks something."""


def loaded(session: Session, draft: Draft) -> tuple[CaseFile, Papers]:
    """The case and its papers, contacts opened for those who may see them."""
    opened = policy.may(g.actor, "unmask", draft.view())
    return load_casefile(session, draft.row["id"], open_contacts=opened), papers_of(session, draft.row["id"])


def ready_item(session: Session, file: CaseFile, papers: Papers, key: str) -> Item:
    """The paper of that key. Raises NotReady."""
    found = next((item for item in items_of(session, file, papers) if item.key == key and not item.missing), None)
    if found is None:
        raise NotReady
    return found


def number_if_due(draft: Draft, key: str) -> None:
    """Give the paper its number, in a small transaction of its own. Raises NotReady."""
    with current_app.extensions["readings"]() as reading:
        file, papers = loaded(reading, draft)
        item = ready_item(reading, file, papers, key)
    if item.form.number and item.series_key not in papers.numbers:
        series, of = item.series_key
        with db.transaction(g.session):
            give_number(
                g.session, file.id, series, of, area_id=file.committee_area, opening=number_opening(item, file),
                actor=g.actor, at=g.at,
            )  # fmt: skip


def made_one(session: Session, draft: Draft, key: str, medium: str, count: int) -> Response:
    """One paper. Raises NotReady, CannotDraw."""
    file, papers = loaded(session, draft)
    item = ready_item(session, file, papers, key)
    paper = compose(item, file, papers, copies=count)
    if medium == "word":
        content, pages = word.paper_docx(paper), 0
    else:
        drawn = pdf.papers_pdf([paper])
        content, pages = pdf.copies(drawn.pdf, count), drawn.pages * count
    number = item.values.get("paper_number", "") if item.form.number else ""
    contacts = file.contacts_of if item.form.shows_contacts else ()
    return kept(file, Making(item.form.key, item.entry.of, item.form.name, number, medium, count, pages, *digest_of(content), contacts), content)


def made_whole(session: Session, draft: Draft) -> Response:
    """The whole file. Raises CannotDraw."""
    file, papers = loaded(session, draft)
    content, pages = whole_file(session, file, papers)
    number = papers.numbers.get(("file", 0), "")
    return kept(file, Making(WHOLE, 0, FORMS["cover"].name, number, "pdf", 1, pages, *digest_of(content), file.contacts_of), content)


def digest_of(content: bytes) -> tuple[int, str]:
    """Size and SHA-256."""
    return len(content), hashlib.sha256(content).hexdigest()


def kept(file: CaseFile, making: Making, content: bytes) -> Response:
    """Put the making on record, then hand out the file."""
    with db.transaction(g.session):
        record_making(g.session, file.id, making, actor=g.actor, at=g.at)
    ending, kind = MEDIA[making.medium]
    name = f"{making.name}{making.number or file.values['case_number']}{ending}"
    answer = send_file(io.BytesIO(content), mimetype=kind, as_attachment=True, download_name=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/cases/<int:case_id>/papers/signed")
@guarded("work")
def ask_signed(case_id: int) -> str:
    """The form that takes the photo of a signed sheet."""
    draft = papers_draft(case_id)
    form = SheetForm(data={"paper": request.args.get("paper", "")})
    return signed_page(draft, papers_to_sign(draft), form)


@bp.post("/cases/<int:case_id>/papers/signed")
@guarded("work")
def send_signed(case_id: int) -> Any:
    """Store the photo with its digest and tie it to the paper."""
    draft = papers_draft(case_id)
    items, form = papers_to_sign(draft), SheetForm()
    try:
        item = items.get(form.paper.data or "")
        if item is None:
            raise Invalid({"paper": [NO_CHOICE]})
        answer = stored_sheet(form)
        with db.transaction(g.session):
            add_signed(g.session, case_id, item.form.key, item.entry.of, item.form.name, answer, actor=g.actor, at=g.at)
    except Invalid as error:
        put_faults(form, Invalid({"sheet" if name == "file" else name: faults for name, faults in error.fields.items()}))
        return signed_page(draft, items, form), 422
    flash(gettext("The signed sheet is on record with its digest."), "done")
    return redirect(url_for("papers.show", case_id=case_id))


def stored_sheet(form: SheetForm) -> str:
    """The uploaded file in the store; the answer that names it. Raises Invalid."""
    upload = form.sheet.data
    if not upload or not upload.filename:
        raise Invalid({"sheet": [NOT_STORED]})
    return storing(g.session)(upload.stream, upload.filename)


def papers_to_sign(draft: Draft) -> dict[str, Item]:
    """The papers a signed sheet can belong to, ready or not: one filled in by hand comes back, too."""
    file = load_casefile(g.session, draft.row["id"], open_contacts=False)
    items = items_of(g.session, file, papers_of(g.session, file.id))
    return {item.key: item for item in items if item.form.listed}


def signed_page(draft: Draft, items: Mapping[str, Item], form: SheetForm) -> str:
    """The page that takes a signed sheet."""
    form.paper.choices = [(key, f"{NAMES[item.form.key]} {about_of(item)}".strip()) for key, item in items.items()]
    return render_template("papers/signed.html", case=draft.row, title=parts.title_of(draft), form=form)
