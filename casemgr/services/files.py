"""Files of cases: written whole and synced before any row names them, found again by their random stored name.

An answer of kind "file" is the stored name and the person's own name for it: "0f3c….jpg|门口.jpg".
"""

import hashlib
import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from casemgr.errors import Invalid
from casemgr.services.packed import is_harmless

# What may be handed in: file ending -> (media type, the bytes such a file begins with).
KINDS: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (b"PK\x03\x04",)),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    ".mp3": ("audio/mpeg", (b"ID3", b"\xff\xfb", b"\xff\xf3")),
    ".m4a": ("audio/mp4", (b"\x00\x00\x00",)),
    ".mp4": ("video/mp4", (b"\x00\x00\x00",)),
}
PACKED = {".docx": "word/", ".xlsx": "xl/"}  # zip archives, and where their content lies
FILM = (".m4a", ".mp4")  # their kind stands after the length of the first box
CHUNK = 1 << 16
STORED = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{3,4}")
WRONG_KIND = "Please choose a photo, a PDF, a Word or Excel file, or a recording."
NOT_PLAIN = "Please hand in a Word or Excel file without macros and embedded objects."
TOO_LARGE = "The file is too large."
NOT_STORED = "The file did not arrive. Please choose it again."


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored file: its names, media type, size in bytes and SHA-256."""

    stored: str
    name: str
    media_type: str
    size: int
    sha256: str


def store(folder: Path, stream: BinaryIO, name: str, *, limit: int) -> str:
    """Write a file of at most `limit` bytes; the answer that names it. Raises Invalid and leaves nothing behind."""
    ending = Path(name).suffix.lower()
    if ending not in KINDS:
        raise Invalid({"file": [WRONG_KIND]})
    folder.mkdir(parents=True, exist_ok=True)
    stored = f"{uuid.uuid4().hex}{ending}"
    try:
        with open(folder / f"{stored}.part", "wb") as out:
            copy(stream, out, ending, limit)
            out.flush()
            if ending in PACKED and not is_harmless(folder / f"{stored}.part", PACKED[ending]):
                raise Invalid({"file": [NOT_PLAIN]})
            os.fsync(out.fileno())
        os.replace(folder / f"{stored}.part", folder / stored)
        sync(folder)
    except BaseException:
        (folder / f"{stored}.part").unlink(missing_ok=True)
        raise
    return f"{stored}|{clean_name(name)}"


def sync(folder: Path) -> None:
    """Put the names in a folder on the disk: a file that was written and synced may lose its name with the power."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)


def copy(stream: BinaryIO, out: BinaryIO, ending: str, limit: int) -> None:
    """Copy in pieces, refusing a file whose beginning belies its ending, or that grows too large."""
    size = 0
    while piece := stream.read(CHUNK):
        if size == 0 and not (piece.startswith(KINDS[ending][1]) and (ending not in FILM or piece[4:8] == b"ftyp")):
            raise Invalid({"file": [WRONG_KIND]})
        size += len(piece)
        if size > limit:
            raise Invalid({"file": [TOO_LARGE]})
        out.write(piece)
    if size == 0:
        raise Invalid({"file": [NOT_STORED]})


def clean_name(name: str) -> str:
    """The person's own name for a file: its last part, printable, of bounded length."""
    bare = "".join(c for c in re.split(r"[\\/]", name)[-1] if c.isprintable() and c != "|")
    return bare[-120:] or "file"


def kept(folder: Path, answer: str) -> Kept:
    """The stored file an answer names. Raises Invalid when there is none."""
    stored, _, name = answer.partition("|")
    path = folder / stored
    if not STORED.fullmatch(stored) or not path.is_file():
        raise Invalid({"file": [NOT_STORED]})
    with open(path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Kept(stored, name or stored, KINDS[path.suffix][0], path.stat().st_size, sha256)
