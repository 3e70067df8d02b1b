"""docs/sources.md tells every source that code, rules and docs/workflows.md name in short, and nothing is named otherwise."""

import re
from collections.abc import Iterable
from pathlib import Path

from casemgr.web.law import SOURCES
from workflows import WORKFLOWS, rulebook
from workflows.bases import BASES
from workflows.draw import document

ROOT = Path(__file__).parent.parent
DOC = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
WRITTEN = [
    path for top in ("workflows", "casemgr") for path in sorted((ROOT / top).rglob("*"))
    if path.suffix in (".py", ".toml") and "static" not in path.parts
]  # fmt: skip
TEXTS = {path: path.read_text(encoding="utf-8") for path in (*WRITTEN, ROOT / "docs" / "workflows.md")}
ROW = re.compile(r'^\| (?:<a id="([\w.-]+)"></a>)?((?:`[^`|]+`(?:, )?)+) \|(?: ((?:`[^`|]+`(?:, )?)+) \|)?', re.M)
TOLD = {name for row in ROW.finditer(DOC) for name in re.findall("`([^`]+)`", f"{row[2]} {row[3]}")}

LINKED = {
    row[2].strip("`"): row[1] for row in ROW.finditer(DOC) if row[1]
}  # house rule or section -> where a link leads

NUMBERED = re.compile(r"\b(house rule|sources)\s+(?:#\s*)?(\d+(?:\.\d+)?)", re.I)
SHORT = re.compile(r'(?:"|\b)(75|[A-Z]{2,5}(?:05)?)(?: arts?\.?)? \d+')  # XF 22, 75 art. 30, PIPL arts 45-47
REMARK = re.compile(r"(?:# ([A-Z]{2,5})\b(?!-)|; ([A-Z]{2,5})$)", re.M)  # without an article: # NJ, and # XF 20; ZJ
IN_WORDS = re.compile(r"([\w'-]+ (?!of\b)[\w'-]+) arts? ?\.? ?\d")
STANDARD = re.compile(r"\b((?:GB|GA|SF|CJ|DB\d+)(?:/T)? \d{3,5})")
DEADLINE = re.compile(r"\bPET-[A-Z-]*[A-Z]")
NO_LAW = {"ISO", "RFC", "HTTP", "WGS", "GB", "TL"}  # standards of the net, of maps, of signs; an operator of PDF
UNTOLD = re.compile(r"\b(?:decisions|domain)(?:\.md)?,? \d|\[OK\]", re.I)


def named(pattern: re.Pattern[str], texts: Iterable[str] = TEXTS.values()) -> set[str]:
    """What the pattern finds, its groups put together."""
    return {" ".join(filter(None, found.groups() or (found[0],))) for text in texts for found in pattern.finditer(text)}


def test_every_house_rule_and_section_has_its_line() -> None:
    found = {name.lower() for name in named(NUMBERED)}
    assert len(found) > 10
    assert found <= LINKED.keys(), found - LINKED.keys()
    assert all(anchor == name.replace(" ", "-") for name, anchor in LINKED.items())


def test_every_short_name_has_its_line() -> None:
    found = (named(SHORT) | named(REMARK)) - NO_LAW
    assert {"TJ", "75", "XF", "BJ", "NT", "ZJ"} <= found
    assert found <= TOLD, found - TOLD


def test_every_source_of_a_deadline_and_a_basis_has_its_line() -> None:
    """Those are shown on pages: every part of them begins with a name that is told and that pages have words for."""
    assert SOURCES.keys() - {"sources"} <= TOLD
    sources = {deadline.source for flow in WORKFLOWS.values() for deadline in flow.deadlines}
    bases = {basis for steps in BASES.values() for basis in steps.values()}
    parts = {part.strip() for text in sources | bases for part in text.split(";")}
    assert len(parts) > 50
    assert {part.partition(" ")[0] for part in parts} == SOURCES.keys()
    unknown = {part for part in parts if not any(re.match(rf"{re.escape(name)}(?![\w.])", part) for name in TOLD)}
    assert not unknown


def test_every_law_named_in_words_has_its_line() -> None:
    found = named(IN_WORDS)
    assert "Mediation Law" in found
    laws = [part for part in found if not re.match(r".* (?:75|[A-Z]{2,5}(?:05)?)$", part) or part.startswith("order")]
    assert not {law for law in laws if not any(law in name for name in TOLD)}


def test_every_standard_has_its_line() -> None:
    found = named(STANDARD)
    assert "GB/T 31000" in found
    assert found <= TOLD, found - TOLD


def test_every_deadline_of_the_regulation_has_its_line() -> None:
    found = named(DEADLINE)
    assert len(found) == 10
    assert found <= TOLD, found - TOLD


def test_no_line_is_told_of_what_nobody_names() -> None:
    """A section or house rule that is cited no more leaves the page; its links lead somewhere."""
    cited = {name.lower() for name in named(NUMBERED)} | named(DEADLINE)
    kept = LINKED.keys() | {name for name in TOLD if name.startswith("PET-")}
    assert kept <= cited, kept - cited
    headings = {re.sub(r"[^\w -]", "", head).lower().replace(" ", "-") for head in re.findall(r"^#+ (.*)$", DOC, re.M)}
    assert set(re.findall(r"\]\(#([^)]+)\)", DOC)) <= headings | {*LINKED.values()}


def test_nothing_points_at_papers_that_are_not_here() -> None:
    beside = [path for top in ("tests", "docs", "bench", "tools", "templates") for path in (ROOT / top).rglob("*")]
    places = [path for path in beside if path.suffix in (".py", ".md", ".html")]
    texts = {path: path.read_text(encoding="utf-8") for path in (*WRITTEN, *places)}
    assert len(texts) > 300
    assert not {str(path): found[0] for path, text in texts.items() if (found := UNTOLD.search(text))}


def test_the_page_of_processes_is_the_one_that_is_drawn() -> None:
    """docs/workflows.md says what the workflows say: `flask workflows diagram --output docs/workflows.md`."""
    assert (ROOT / "docs" / "workflows.md").read_text(encoding="utf-8") == document(rulebook.packaged())
