"""The sealed file of a case, taken out by whoever may make its papers; and the public key its signature is checked with."""

import hashlib
import tempfile
from typing import Any

from flask import Blueprint, Response, current_app, g, send_file
from sqlalchemy.orm import Session

from casemgr import db
from casemgr.documents.sealed_file import VERIFIER, seal_file
from casemgr.documents.drawing import CannotDraw, why_no_pdf
from casemgr.documents.whole_file import whole_file
from casemgr.keys import public_of, signing_key
from casemgr.services.drafts import Draft
from casemgr.services.papers import record_sealing
from casemgr.web.access import demand, guarded, public, site_settings
from casemgr.web.matters.cases import get_draft
from casemgr.web.matters.papers import loaded

bp = Blueprint("sealed", __name__)
IN_MEMORY = 4 << 20  # bytes; what is larger waits in a file
KIND = "application/zip"


@bp.post("/cases/<int:case_id>/sealed")
@guarded("work")
def take(case_id: int) -> Any:
    """Make the sealed file and put it on record; the answer is the file."""
    draft = get_draft(case_id)
    demand("papers", draft.view())
    g.session.rollback()  # making it takes longer than the write lock should be held
    settings = site_settings()
    out = tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(settings.data_dir))  # noqa: SIM115  the answer closes it
    with current_app.extensions["readings"]() as reading:
        manifest = seal_file(
            reading, case_id, out, papers=papers_of(reading, draft), folder=settings.files_dir,
            key=signing_key(settings.data_dir), by=g.actor.name, at=g.at,
        )  # fmt: skip
    size = out.tell()
    out.seek(0)
    sha256 = hashlib.file_digest(out, "sha256").hexdigest()
    out.seek(0)
    with db.transaction(g.session):
        record_sealing(g.session, case_id, size, sha256, len(manifest["parts"]), actor=g.actor, at=g.at)
    name = f"{manifest['number'] or case_id}-{sha256[:8]}.zip"
    answer = send_file(out, mimetype=KIND, as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def papers_of(session: Session, draft: Draft) -> bytes | None:
    """The whole file as PDF, for processes that have one, where it can be drawn."""
    if draft.flow.name != "dispute" or why_no_pdf():
        return None
    try:
        return whole_file(session, *loaded(session, draft))[0]
    except CannotDraw:
        return None


@bp.get("/signing-key.txt")
@public
def signing_key_text() -> Response:
    """The public key of this installation, for everybody."""
    return Response(public_of(signing_key(site_settings().data_dir)).hex() + "\n", mimetype="text/plain")


@bp.get("/verify.py")
@public
def verifier() -> Response:
    """The programme that checks a sealed file."""
    answer = Response(VERIFIER.read_bytes(), mimetype="text/x-python")
    answer.headers["Content-Disposition"] = "attachment; filename=verify.py"
    return answer
