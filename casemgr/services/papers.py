"""Papers on record: their numbers, who made which when with the digest of the file, and the signed sheets that came back.

What stands in them is casemgr.documents. Every making and every signed sheet is an event of the case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import policy
from casemgr.errors import Invalid, NotAllowed, NotFound
from casemgr.models import Attachment, MadePaper, PaperNumber, SignedSheet
from casemgr.policy import Actor
from casemgr.services import files, numbers
from casemgr.services.books import load_books
from casemgr.services.drafts import Draft, load_drafts
from casemgr.services.moves import chain
from casemgr.services.unmasking import note_reading
from casemgr.services.writing import write

SHEETS = ("application/pdf", "image/jpeg", "image/png")
PAPERED = ("dispute", "petition", "legacy")  # the processes that have papers
NOT_A_SHEET = "Please choose a photo or a PDF of the signed sheet."


@dataclass(frozen=True, slots=True)
class Making:
    """A paper as it was made. `of` is the entry it is for (0: none); `contacts` the parties whose full contact stands on it."""

    form: str
    of: int
    name: str
    number: str
    medium: str
    copies: int
    pages: int
    size: int
    sha256: str
    contacts: Sequence[int] = ()


def locked(session: Session, case_id: int, actor: Actor) -> Draft:
    """The case, locked, if the actor may make papers of it. Raises NotFound, NotAllowed."""
    draft = locked_for(session, case_id, actor)
    if draft.flow.name not in PAPERED:
        raise NotFound()
    return draft


def locked_for(session: Session, case_id: int, actor: Actor) -> Draft:
    """The case of whatever process, locked, if what it holds may be taken out by the actor. Raises NotFound, NotAllowed."""
    draft = load_drafts(session, [case_id]).get(case_id)
    if draft is None:
        raise NotFound()
    if not policy.may(actor, "papers", draft.view()):
        raise NotAllowed()
    return draft


def give_number(
    session: Session, case_id: int, series: str, of: int, *, area_id: int, opening: str, actor: Actor, at: datetime
) -> str:
    """The number of a paper, such as 槐荫民调字〔2026〕第3号: the one it has, or the next of its committee's series in
    this year, gapless. Raises NotFound, NotAllowed."""
    locked(session, case_id, actor)
    known = session.get(PaperNumber, (case_id, series, of))
    if known:
        return known.number
    year = load_books(session).calendar.local(at).year
    count, _ = numbers.take(session, f"paper:{series}", area_id, year, 1)
    number = f"{opening}〔{year}〕第{count}号"
    session.add(PaperNumber(case_id=case_id, series=series, of=of, number=number, given_by=actor.account_id, given_at=at))
    session.flush()
    return number


def record_making(session: Session, case_id: int, making: Making, *, actor: Actor, at: datetime) -> int:
    """Put on record that a paper was made, and that full contacts were read for it; its id. Raises NotFound, NotAllowed."""
    draft = locked(session, case_id, actor)
    actor, at = policy.wearing(actor, policy.CASE_ACTS["papers"], draft.view()), max(at, draft.row["trail_at"])
    data = {
        "form": making.form, "of": making.of, "medium": making.medium, "copies": making.copies, "sha256": making.sha256,
        "contacts": list(making.contacts),
    }  # fmt: skip
    seq = chain(draft, "case.paper_made", data, {"paper": f"{making.name}{making.number}"}, actor, at)
    write(session, [draft], actor, load_books(session))
    row = MadePaper(
        case_id=case_id, seq=seq, form=making.form, of=making.of, number=making.number, medium=making.medium,
        copies=making.copies, pages=making.pages, size=making.size, sha256=making.sha256, made_by=actor.account_id, made_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    if making.contacts:
        note_reading(session, case_id, "contact", making.name, actor=actor, at=at)
    elif draft.row["confidential"]:
        note_reading(session, case_id, "paper", making.name, actor=actor, at=at)
    return row.id


def record_sealing(session: Session, case_id: int, size: int, sha256: str, parts: int, *, actor: Actor, at: datetime) -> None:
    """Put on record that the sealed file was taken out, with its digest. Raises NotFound, NotAllowed."""
    draft = locked_for(session, case_id, actor)
    actor, at = policy.wearing(actor, policy.CASE_ACTS["papers"], draft.view()), max(at, draft.row["trail_at"])
    chain(draft, "case.sealed", {"size": size, "sha256": sha256, "parts": parts}, {}, actor, at)
    write(session, [draft], actor, load_books(session))
    note_reading(session, case_id, "sealed", actor=actor, at=at)


def add_signed(
    session: Session, case_id: int, form: str, of: int, name: str, answer: str, *, actor: Actor, at: datetime
) -> int:
    """Tie a stored photo or PDF of a signed sheet to its paper; the id of the file on the case.

    `answer` names the stored file, `name` is the paper's. Raises NotFound, NotAllowed, Invalid.
    """
    draft = locked(session, case_id, actor)
    kept = files.kept(session.info["files"], answer)
    if kept.media_type not in SHEETS:
        raise Invalid({"sheet": [NOT_A_SHEET]})
    actor, at = policy.wearing(actor, policy.CASE_ACTS["papers"], draft.view()), max(at, draft.row["trail_at"])
    data = {"form": form, "of": of, "sha256": kept.sha256}
    seq = chain(draft, "case.paper_signed", data, {"paper": name}, actor, at)
    draft.writes.append(("file", seq, {"file": answer}))
    write(session, [draft], actor, load_books(session))
    file_id = session.scalars(select(Attachment.id).where(Attachment.case_id == case_id, Attachment.seq == seq)).one()
    session.add(
        SignedSheet(
            case_id=case_id, form=form, of=of, paper_id=last_paper(session, case_id, form, of), attachment_id=file_id,
            sha256=kept.sha256, added_by=actor.account_id, added_at=at,
        )
    )  # fmt: skip
    session.flush()
    return file_id


def last_paper(session: Session, case_id: int, form: str, of: int) -> int | None:
    """The latest making of a paper: what was signed, as far as anybody can know."""
    mine = (MadePaper.case_id == case_id) & (MadePaper.form == form) & (MadePaper.of == of)
    return session.scalars(select(MadePaper.id).where(mine).order_by(MadePaper.id.desc()).limit(1)).first()
