"""docs/security.md names tests that are there, and every item once."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOC = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
ITEM = re.compile(r"^\| (V\d+\.\d+\.\d+) \| ([12]) \| (met|partly|operator|open|not applicable) \| (.+?) \|", re.M)


def test_every_test_it_names_exists() -> None:
    named = NAMED.findall(DOC)
    assert len(named) > 100
    for path, name in set(named):
        file = ROOT / path
        assert file.is_file(), path
        assert not name or re.search(rf"^def {name}\(", file.read_text(encoding="utf-8"), re.M), f"{path}::{name}"


def test_every_item_of_the_standard_stands_once() -> None:
    """253 requirements of levels 1 and 2 in OWASP ASVS 5.0.0, in 17 chapters."""
    items = [item for item, *_ in ITEM.findall(DOC)]
    assert len(items) == len(set(items)) == 253
    assert {int(item[1:].split(".")[0]) for item in items} == set(range(1, 18))


def test_what_is_met_is_not_only_said() -> None:
    """Most of what is called met names the test that shows it."""
    met = [line for line in DOC.splitlines() if ITEM.match(line) and "| met |" in line]
    assert sum("`tests/" in line for line in met) > len(met) / 2
