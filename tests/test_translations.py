"""Everything a person can read stands in the catalogue, in Chinese, with the same placeholders as the English."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
PO = ROOT / "casemgr" / "translations" / "zh_Hans" / "LC_MESSAGES" / "messages.po"
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
EXTRACT = "-q extract -F pyproject.toml --no-location -k _ -k _l -k N_ -k lazy_gettext -k lazy_ngettext:1,2".split()


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What the sources say now."""
    pot = tmp_path_factory.mktemp("words") / "messages.pot"
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", *EXTRACT, "-o", str(pot), "."], cwd=ROOT, check=True)
    with pot.open("rb") as file:
        return read_po(file)


def ids(message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def words(message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string,)


def test_nothing_is_missing_and_nothing_is_left_over(found):
    known = {ids(m) for m in catalogue(PO) if m.id}
    said = {ids(m) for m in found if m.id}
    assert sorted(said - known) == []
    assert sorted(known - said) == []


def test_every_sentence_has_its_chinese():
    assert [m.id for m in catalogue(PO) if m.id and not all(words(m))] == []


def test_placeholders_are_the_same_in_both_languages():
    wrong = [
        m.id
        for m in catalogue(PO)
        if m.id and any(set(PLACEHOLDER.findall(w)) != set(PLACEHOLDER.findall(ids(m)[-1])) for w in words(m))
    ]
    assert wrong == []


def test_the_words_agreed_on_are_used():
    """The field's words, and not those that mean something else (docs/glossary.md)."""
    text = "\n".join("".join(words(m)) for m in catalogue(PO) if m.id)
    for wrong in ("秘书", "一案多诉", "中止调解", "台账"):
        assert wrong not in text, wrong
