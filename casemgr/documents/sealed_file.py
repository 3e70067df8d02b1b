"""The sealed file of a case: one zip with papers, attachments, trail and kept words, a manifest of digests, and its signature.

It is checked without the server by the programme beside it (verifier/verify.py, standard library only). What each part is:
docs/sealed-file.md.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from casemgr.keys import public_of, sign
from casemgr.models import Attachment, Case, Event, EventValue

FORMAT = "casemgr sealed file 1"
VERIFIER = Path(__file__).parent / "verifier" / "verify.py"
CHUNK = 1 << 16
README = """这是一份封存的事项卷宗。校验:python3 verify.py 文件名.zip --key 公布的公钥
verify.py 请从可信来源取得,不要只用包内的这一份。

A sealed file of one matter. To check it: python3 verify.py FILE.zip --key PUBLISHED_KEY
Take verify.py from a source you trust, not only from this file.
"""


@dataclass
class Sealing:
    """A zip being written, and the digests of what is in it."""

    archive: zipfile.ZipFile
    at: datetime
    parts: list[dict[str, Any]] = field(default_factory=list)

    def entry(self, name: str) -> zipfile.ZipInfo:
        """A member with the instant of sealing."""
        info = zipfile.ZipInfo(name, self.at.astimezone(UTC).timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        return info

    def add(self, name: str, content: bytes) -> None:
        """A part held in memory."""
        self.archive.writestr(self.entry(name), content)
        self.note(name, len(content), hashlib.sha256(content).hexdigest())

    def add_stream(self, name: str, pieces: Iterator[bytes]) -> None:
        """A part written piece by piece."""
        digest, size = hashlib.sha256(), 0
        with self.archive.open(self.entry(name), "w", force_zip64=True) as out:
            for piece in pieces:
                out.write(piece)
                digest.update(piece)
                size += len(piece)
        self.note(name, size, digest.hexdigest())

    def note(self, name: str, size: int, sha256: str) -> None:
        """What the manifest says of a part."""
        self.parts.append({"name": name, "size": size, "sha256": sha256})


def seal_file(
    session: Session, case_id: int, out: IO[bytes], *, papers: bytes | None, folder: Path, key: bytes, by: str, at: datetime
) -> Mapping[str, Any]:
    """Write the sealed file of a case; its manifest. `papers` is the whole file as PDF where there is one. Memory stays small."""
    row = session.get_one(Case, case_id)
    with zipfile.ZipFile(out, "w") as archive:
        sealing = Sealing(archive, at)
        sealing.add("README.txt", README.encode())
        sealing.add("verify.py", VERIFIER.read_bytes())
        sealing.add("case.json", written(facts_of(row)))
        if papers is not None:
            sealing.add("papers/file.pdf", papers)
        lost = add_attachments(session, case_id, sealing, folder)
        sealing.add_stream("trail.jsonl", trail_lines(session, row))
        sealing.add_stream("values.jsonl", value_lines(session, row))
        manifest = {
            "format": FORMAT, "case_id": case_id, "number": row.number, "head": {"seq": row.trail_seq, "hash": row.trail_hash},
            "erased": count_erased(session, row), "lost": lost, "sealed_at": at.astimezone(UTC).isoformat(), "sealed_by": by,
            "parts": sealing.parts, "public_key": public_of(key).hex(),
        }  # fmt: skip
        archive.writestr(sealing.entry("manifest.json"), raw := written(manifest))
        archive.writestr(sealing.entry("signature.txt"), sign(key, raw).hex())
    return manifest


def written(value: Any) -> bytes:
    """JSON for people and machines."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()


def facts_of(row: Case) -> dict[str, Any]:
    """What the matter is, as it stands."""
    names = ("id", "number", "process", "state", "title", "text", "category", "tier", "level", "channel", "confidential", "facts")
    instants = ("registered_at", "accepted_at", "closed_at")
    found = {name: getattr(row, name) for name in names}
    return found | {name: value.isoformat() if (value := getattr(row, name)) else None for name in instants}


def add_attachments(session: Session, case_id: int, sealing: Sealing, folder: Path) -> list[str]:
    """Every file of the case under its stored name, and the list of them; the stored names that are not there."""
    rows = session.scalars(select(Attachment).where(Attachment.case_id == case_id).order_by(Attachment.id)).all()
    listed = [
        {"stored": f.stored, "name": f.name, "entry": f.seq, "media_type": f.media_type, "size": f.size, "sha256": f.sha256,
         "uploaded_at": f.uploaded_at.isoformat()}
        for f in rows
    ]  # fmt: skip
    sealing.add("attachments.json", written(listed))
    lost = []
    for f in rows:
        path = folder / f.stored
        if path.is_file():
            sealing.add_stream(f"attachments/{f.stored}", pieces_of(path))
        else:
            lost.append(f.stored)
    return lost


def pieces_of(path: Path) -> Iterator[bytes]:
    """A file in pieces."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def trail_lines(session: Session, row: Case) -> Iterator[bytes]:
    """Every entry of the trail with what it is hashed from, a line each."""
    columns = Event.__table__.c
    query = select(*columns).where(columns.stream == "case", columns.stream_id == row.id, columns.seq <= row.trail_seq)
    query = query.order_by(columns.seq)
    for found in session.execute(query.execution_options(yield_per=500)).mappings():
        event = dict(found) | {"at": found["at"].astimezone(UTC).isoformat(timespec="microseconds")}
        yield json.dumps(event, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def value_lines(session: Session, row: Case) -> Iterator[bytes]:
    """Every kept value that was not erased, with the salt of its digest, a line each."""
    query = select(EventValue.seq, EventValue.name, EventValue.value, EventValue.salt)
    query = query.where(*kept_with(row), EventValue.value.is_not(None)).order_by(EventValue.seq, EventValue.name)
    for seq, name, value, salt in session.execute(query.execution_options(yield_per=500)):
        yield json.dumps({"seq": seq, "name": name, "value": value["v"], "salt": salt}, ensure_ascii=False).encode() + b"\n"


def count_erased(session: Session, row: Case) -> int:
    """How many kept values were erased since."""
    query = select(func.count()).select_from(EventValue).where(*kept_with(row), EventValue.value.is_(None))
    return session.scalar(query) or 0


def kept_with(row: Case) -> tuple[Any, ...]:
    """The conditions on the kept values of a case, up to its end as it was read."""
    return EventValue.stream == "case", EventValue.stream_id == row.id, EventValue.seq <= row.trail_seq
