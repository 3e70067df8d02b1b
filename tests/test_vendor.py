"""Assets of others: unchanged, listed, licensed, and the only versions the templates ask for."""

import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
VENDOR = ROOT / "casemgr/static/vendor"
OURS = {"SHA256SUMS", "README.md"}


def test_every_file_is_listed_and_unchanged() -> None:
    listed = dict(reversed(line.split(None, 1)) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name not in OURS
    }
    assert found, "nothing is vendored: this test looks in the wrong place"
    assert found == listed


def test_every_folder_has_its_licence_and_its_line() -> None:
    table = (VENDOR / "README.md").read_text(encoding="utf-8")
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert (folder / "LICENSE").is_file(), f"{folder.name} has no LICENSE"
        assert f"`{folder.name}`" in table, f"{folder.name} has no line in README.md"


def test_pages_use_what_is_there_and_nothing_from_elsewhere() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    asked = {name for page in pages for name in re.findall(r"vendor/[\w./-]+", page)}
    assert asked
    assert not [name for name in asked if not (VENDOR.parent / name).is_file()]
    assert not [link for page in pages for link in re.findall(r"""(?:src|href)=["'](?:https?:)?//[^"']+""", page)]
