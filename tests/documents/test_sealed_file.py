"""The sealed file: all of a matter in one archive that is checked without the server, and refused when one byte is another."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from casemgr.documents.sealed_file import VERIFIER
from casemgr.documents.verifier import verify
from casemgr.keys import is_signed, public_of, sign, signing_key
from casemgr.models import Event, Reading
from tests.web.life import Life
from tests.world import token_of


@pytest.fixture
def sealed(app, world, tmp_path: Path) -> Path:
    """The sealed file of a dispute in mediation with a file, as the mediator takes it out."""
    life = Life(app, world).in_mediation()
    folder = app.extensions["settings"].files_dir
    folder.mkdir(parents=True, exist_ok=True)
    stored = f"{'ab' * 16}.jpg"
    (folder / stored).write_bytes(b"\xff\xd8\xff" + b"photo" * 100)
    life.step("attach", "mediator_a", file=f"{stored}|门口.jpg")
    life.step("record_note", "mediator_a", note="双方到场,看过漏水处。")
    client = world.client(app, "mediator_a")
    page = client.get(f"/cases/{life.id}?lang=en")
    assert "Take out the sealed file" in page.text
    answer = client.post(f"/cases/{life.id}/sealed", data={"csrf_token": token_of(page.text)})
    assert answer.status_code == 200, answer.text
    path = tmp_path / "sealed.zip"
    path.write_bytes(answer.data)
    answer.close()
    assert [row.what for row in life.rows(select(Reading.what))].count("sealed") == 1
    assert len(life.rows(select(Event.seq).where(Event.kind == "case.sealed"))) == 1
    assert client.get("/signing-key.txt").text.strip() == public_of(signing_key(app.extensions["settings"].data_dir)).hex()
    return path


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_one_byte_of_anything_is_refused(sealed: Path, tmp_path: Path) -> None:
    faults, manifest = verify.check(sealed)
    assert faults == [] and manifest["head"]["seq"] > 5
    whole = parts_of(sealed)
    assert {"trail.jsonl", "values.jsonl", "case.json", "attachments.json", f"attachments/{'ab' * 16}.jpg"} <= whole.keys()
    for name, content in whole.items():
        for at in {0, len(content) // 2, len(content) - 1}:
            other = bytearray(content)
            other[at] ^= 1
            assert verify.main([str(packed({**whole, name: bytes(other)}, tmp_path / "altered.zip"))]) == 1, (name, at)
        assert verify.main([str(packed({n: c for n, c in whole.items() if n != name}, tmp_path / "less.zip"))]) == 1, name
    assert verify.main([str(packed({**whole, "more.txt": b"x"}, tmp_path / "more.zip"))]) == 1
    assert verify.main([str(sealed), "--key", "00" * 32]) == 1


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_a_new_manifest_does_not_help_without_the_key(sealed: Path, tmp_path: Path) -> None:
    """Who alters the trail and all digests, and signs with a key of his own, is told by the published key."""
    whole, mine = parts_of(sealed), b"m" * 32
    manifest = json.loads(whole["manifest.json"])
    published = manifest["public_key"]
    manifest |= {"sealed_by": "somebody else", "public_key": public_of(mine).hex()}
    raw = json.dumps(manifest).encode()
    forged = packed({**whole, "manifest.json": raw, "signature.txt": sign(mine, raw).hex().encode()}, tmp_path / "forged.zip")
    assert verify.main([str(forged)]) == 0 and verify.main([str(forged), "--key", published]) == 1


def test_the_verifier_needs_nothing_but_python(tmp_path: Path) -> None:
    run = [sys.executable, "-I", "-S", str(VERIFIER), str(tmp_path / "none.zip")]
    told = subprocess.run(run, capture_output=True, text=True, check=False)
    assert told.returncode == 1 and "cannot be read" in told.stdout and not told.stderr


@pytest.mark.parametrize("number", range(4))
def test_its_signatures_are_those_of_the_library(number: int) -> None:
    key, message = bytes([number]) * 32, b"casemgr" * number
    public, signature = public_of(key), sign(key, message)
    assert Ed25519PrivateKey.from_private_bytes(key).sign(message) == signature
    assert is_signed(public, signature, message) and verify.is_signed(public, signature, message)
    for at in (0, 31, 32, 63):
        wrong = bytearray(signature)
        wrong[at] ^= 1
        assert not verify.is_signed(public, bytes(wrong), message) and not is_signed(public, bytes(wrong), message)
    large = (int.from_bytes(signature[32:], "little") + verify.L).to_bytes(32, "little")
    assert not verify.is_signed(public, signature[:32] + large, message), "a second signature of the same message"


def test_the_archive_is_a_zip(tmp_path: Path) -> None:
    assert verify.main([]) == 2
    (tmp_path / "no.zip").write_bytes(io.BytesIO(b"PK").getvalue())
    assert verify.main([str(tmp_path / "no.zip")]) == 1
