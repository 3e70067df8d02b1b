"""Office files looked into before they are kept: no macros, no embedded objects, nothing fetched from elsewhere, nothing that bursts when
unpacked. They are read piece by piece and never opened as what they say they are."""

import re
import zipfile
import zlib
from pathlib import Path

MOST_PARTS = 4_000
MOST_UNPACKED = 200 * 1024 * 1024  # bytes of all parts together
RATIO, SMALL = 200, 8 * 1024 * 1024  # a part swells no more than so many times, unless it stays small
HARMFUL = re.compile(r"vbaproject|vbadata|activex|oleobject|macrosheets|\.(exe|dll|js|vbs|bat|cmd|com|scr|html?|svg|jar)$", re.IGNORECASE)
ACTIVE = re.compile(rb"macroEnabled|vbaProject|ms-office\.activeX", re.IGNORECASE)  # in the list of content types
FETCHED = re.compile(rb"(attachedTemplate|oleObject|frame|subDocument|externalLinkPath)[^>]*TargetMode=.External|TargetMode=.External[^>]*(attachedTemplate|oleObject|frame|subDocument|externalLinkPath)")
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, RuntimeError, EOFError)
MOST_READ = 4 * 1024 * 1024  # bytes of a part that is read for what it names
TYPES = "[Content_Types].xml"


def is_harmless(path: Path, content: str) -> bool:
    """Whether an archive is a plain Office file whose content lies under `content`, such as "word/"."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            return holds(parts, content) and not any(map(swells, parts)) and not any(is_active(archive, part) for part in parts)
    except BROKEN:
        return False


def holds(parts: list[zipfile.ZipInfo], content: str) -> bool:
    """Whether the parts are those of such a file: named plainly, not too many, not too large together."""
    names = [part.filename for part in parts]
    plain = not any(HARMFUL.search(name) or name.startswith("/") or ".." in name.split("/") or "\\" in name for name in names)
    sized = len(parts) <= MOST_PARTS and sum(part.file_size for part in parts) <= MOST_UNPACKED
    return plain and sized and TYPES in names and any(name.startswith(content) for name in names)


def swells(part: zipfile.ZipInfo) -> bool:
    """Whether a part is very much larger than what it was packed into, or hidden under a password."""
    return bool(part.flag_bits & 1) or part.file_size > max(part.compress_size * RATIO, SMALL)


def is_active(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether the list of content types knows macros, or a list of relations fetches something that runs from elsewhere."""
    if part.filename != TYPES and not part.filename.endswith(".rels"):
        return False
    with archive.open(part) as opened:
        said = opened.read(MOST_READ)
    return bool((ACTIVE if part.filename == TYPES else FETCHED).search(said))
