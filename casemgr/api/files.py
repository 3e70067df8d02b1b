"""Files: handed in to be named in a step, or put on a matter at once; listed, and fetched with their digest."""

import base64
from datetime import datetime
from typing import Any, BinaryIO, cast

from flask import Response, g, request
from pydantic import BaseModel
from pydantic import Field as Told
from werkzeug.exceptions import UnsupportedMediaType

from casemgr import policy
from casemgr.api.cases import CASE, tag_in, tag_of
from casemgr.api.operations import FORM, Answer, Strict, operation
from casemgr.api.problems import Malformed
from casemgr.api.step_bodies import choice_of
from casemgr.errors import NotAllowed
from casemgr.models import Attachment
from casemgr.queries import case_page
from casemgr.services.answers import MISSING, NO_CHOICE, UNKNOWN
from casemgr.services.cases import known_step
from casemgr.services.steps import take
from casemgr.web.matters.cases import file_sent, get_draft
from casemgr.web.uploads import storing
from workflows import WORKFLOWS
from workflows.model import Field

ATTACH = WORKFLOWS["dispute"].step("attach")
KIND: Field = next(spec for spec in ATTACH.asks if spec.name == "kind")
KINDS = tuple(choice.value for choice in KIND.choices)
FILE = f"{CASE}/files/<int:file_id>"
Bytes = Told(json_schema_extra={"format": "binary"}, description="A photo, a PDF, a Word or Excel file, or a recording.")


class FileSent(Strict):
    """A file on its way to a step."""

    file: str = Bytes


class FileOfCase(Strict):
    """A file for a matter, and what it is."""

    file: str = Bytes
    kind: choice_of(KIND)  # type: ignore[valid-type]


class FileStored(BaseModel):
    """A file that was handed in. `file` is what a question of kind "file" takes as its answer; unused, it is swept away."""

    file: str


class FileShown(BaseModel):
    """A file of a matter. `entry` is the entry of the trail that brought it."""

    id: int
    name: str
    media_type: str
    size: int
    sha256: str
    entry: int
    uploaded_at: datetime


class FilesShown(BaseModel):
    """The files of a matter, newest first."""

    items: list[FileShown]


class FileTaken(BaseModel):
    """A file put on a matter."""

    case_id: int
    entry: int
    id: int
    media_type: str
    size: int
    sha256: str


@operation("POST", "/files", act="work", shows=FileStored, status=201, body=FileSent, media_type=FORM, problems=(422,))
def hand_in_file() -> Answer[FileStored]:
    """Hand in a file, to be named in the answers of a step."""
    return Answer(FileStored(file=stored(("file",))), status=201)


def stored(parts: tuple[str, ...]) -> str:
    """The answer that names the uploaded file, once the form has just these parts. Raises Malformed, Invalid."""
    if request.mimetype != FORM:
        raise UnsupportedMediaType()
    given = [*request.form, *request.files]
    faults = [(f"/{name}", "extra_forbidden", UNKNOWN) for name in given if name not in parts]
    faults += [(f"/{name}", "missing", MISSING) for name in parts if name not in given]
    upload = request.files.get("file")
    if faults or upload is None:
        raise Malformed(faults or [("/file", "missing", MISSING)])
    return storing(g.session)(cast(BinaryIO, upload.stream), upload.filename or "")


@operation("GET", f"{CASE}/files", act="work", shows=FilesShown, tagged=True)
def list_files(case_id: int) -> Answer[FilesShown]:
    """The files of a matter."""
    draft = get_draft(case_id)
    return Answer(FilesShown(items=[shown(file) for file in case_page.files_of(g.session, case_id)]), tag=tag_in(draft))


def shown(file: Attachment) -> FileShown:
    """A file's line."""
    return FileShown(
        id=file.id, name=file.name, media_type=file.media_type, size=file.size, sha256=file.sha256, entry=file.seq,
        uploaded_at=file.uploaded_at,
    )  # fmt: skip


@operation(
    "POST", f"{CASE}/files", act="work", shows=FileTaken, status=201, body=FileOfCase, media_type=FORM, tagged=True,
    problems=(409, 422),
)  # fmt: skip
def attach_file(case_id: int) -> Answer[FileTaken]:
    """Put a file on a matter: the step "attach", with the file itself."""
    draft = get_draft(case_id)
    if not policy.may_take(g.actor, known_step(draft, ATTACH.name), draft.view()):
        raise NotAllowed()
    if request.form.get("kind") not in (None, *KINDS):
        raise Malformed([("/kind", "literal_error", NO_CHOICE)])
    answers: dict[str, Any] = {"file": stored(("file", "kind")), "kind": request.form.get("kind")}
    taken = take(g.session, case_id, ATTACH.name, answers, actor=g.actor, at=g.at)
    file = next(file for file in case_page.files_of(g.session, case_id) if file.seq == taken.seq)
    made = FileTaken(case_id=case_id, entry=taken.seq, id=file.id, media_type=file.media_type, size=file.size, sha256=file.sha256)
    return Answer(made, status=201, tag=tag_of(case_id))


@operation("GET", FILE, act="work", shows="file")
def fetch_file(case_id: int, file_id: int) -> Response:
    """The file itself; Repr-Digest carries its SHA-256 as it was taken in."""
    answer, found = file_sent(case_id, file_id, conditional=False, etag=False)
    answer.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(found.sha256)).decode()}:"
    return answer
