"""The house rules that a machine can check: layers, homes of libraries, imports, docstrings, names, the clock."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted(p for top in ("workflows", "casemgr") for p in (ROOT / top).rglob("*.py") if "static" not in p.parts)

# A module may import from its own layer and from lower ones. The longest fitting name counts.
LAYERS = {
    "workflows": 0,
    **dict.fromkeys(
        ("casemgr.config", "casemgr.clock", "casemgr.errors", "casemgr.logs", "casemgr.keys", "casemgr.metrics", "casemgr.later", "casemgr.latest"), 1
    ),
    **dict.fromkeys(("casemgr.db", "casemgr.postgres", "casemgr.schema", "casemgr.walcopy"), 2),
    "casemgr.models": 3,
    **dict.fromkeys(("casemgr.engine", "casemgr.audit", "casemgr.queries", "casemgr.policy", "casemgr.search"), 4),
    "casemgr.services": 5,
    **dict.fromkeys(("casemgr.intake", "casemgr.documents", "casemgr.demo"), 6),
    **dict.fromkeys(("casemgr.web", "casemgr.api", "casemgr.jobs", "casemgr.cli"), 7),
    "casemgr": 8,
}
ENTRY = 7  # from here up a module may know of Flask and the command line

# library -> where it may be imported; "one" = in a single module, whichever that is
HOMES = {
    "transitions": ("casemgr.engine",),
    "apscheduler": ("casemgr.jobs",),
    "wtforms": ("casemgr.web",),
    "flask_wtf": ("casemgr.web", "casemgr"),
    "flask_login": ("casemgr.web",),
    "alembic": ("casemgr.schema",),
    "psycopg": ("casemgr.postgres",),
    "sqlite3": ("casemgr.db",),
    "orjson": ("casemgr.db", "casemgr.queries.chains"),
    "structlog": ("casemgr.logs",),
    "pydantic_settings": ("casemgr.config",),
    "openpyxl": ("casemgr.intake", "casemgr.documents"),
    "xlsxwriter": ("casemgr.intake", "casemgr.documents"),
    "argon2": "one",
    "cryptography": "one",
    "pypinyin": "one",
    "rapidfuzz": "one",
    "smtplib": "one",
    "docx": ("casemgr.documents",),
    "weasyprint": ("casemgr.documents",),
    "pypdf": ("casemgr.documents",),
    "icalendar": "one",
    "pyotp": "one",
    "segno": "one",
    "authlib": ("casemgr.web",),
    "prometheus_client": ("casemgr.metrics", "casemgr.jobs"),
}
BAD_NAMES = ("util", "utils", "helper", "helpers", "common", "misc", "stuff", "tools")
BAD_STARTS = ("handle_", "process_")
NAMES_OF_OTHERS = ("process_bind_param", "process_result_value")  # SQLAlchemy asks for these
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("func", "now"),
}
CLOCK_HOMES = ("casemgr.clock", "casemgr.db")  # casemgr.db reads the database's clock, for leases only
LONGEST_FILE = 450
LONGEST_DOCSTRING = 5


def module_name(path: Path) -> str:
    """casemgr/web/__init__.py -> casemgr.web"""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(name: str) -> Iterator[tuple[str, ast.stmt]]:
    """Every (module imported, statement), to the submodule where one is meant."""
    path = MODULES[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            source = ".".join(filter(None, (base, node.module)))
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield (inner if inner in MODULES else source), node


def longest(name: str, table: dict[str, int]) -> str | None:
    """The longest entry of the table that is `name` or holds it."""
    fitting = [key for key in table if name == key or (name.startswith(f"{key}.") and key != "casemgr")]
    return max(fitting, key=len, default=None)


def layer(name: str) -> int:
    key = longest(name, LAYERS)
    assert key, (
        f"{name}: in which layer is it? Say so in LAYERS, or put it where it belongs (see docs/architecture.md)."
    )
    return LAYERS[key]


def inside(name: str, home: str) -> bool:
    return name == home or (home != "casemgr" and name.startswith(f"{home}."))


def of(name: str, node: ast.AST) -> str:
    return f"{MODULES[name].relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def test_there_is_something_to_check() -> None:
    assert {"workflows.model", "casemgr.db", "casemgr.models"} <= set(MODULES)


def test_every_module_has_a_layer() -> None:
    wrong = [name for name in MODULES if not longest(name, LAYERS)]
    assert not wrong, f"in which layer are these? Say so in LAYERS, or put them where they belong: {wrong}"


def test_imports_go_downwards() -> None:
    wrong = [
        f"{of(name, node)} imports {target}"
        for name in MODULES
        for target, node in imports(name)
        if target.split(".")[0] in ("workflows", "casemgr") and layer(target) > layer(name)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_circles() -> None:
    graph = {name: {t for t, _ in imports(name) if t in MODULES and t != name} for name in MODULES}
    left = dict(graph)
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert not left, f"these import each other: {sorted(left)}"


def test_workflows_need_only_the_standard_library() -> None:
    wrong = [
        f"{of(name, node)} imports {target}"
        for name in MODULES
        if name.split(".")[0] == "workflows"
        for target, node in imports(name)
        if target.split(".")[0] not in sys.stdlib_module_names | {"workflows"}
    ]
    assert not wrong, "\n".join(wrong)


def test_only_entry_points_know_flask() -> None:
    web = ("flask", "flask_babel", "werkzeug", "click")
    wrong = [
        f"{of(name, node)} imports {target}"
        for name in MODULES
        if layer(name) < ENTRY
        for target, node in imports(name)
        if target.split(".")[0] in web
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", HOMES)
def test_a_library_has_one_home(library: str) -> None:
    users = {name for name in MODULES for target, _ in imports(name) if target.split(".")[0] == library}
    homes = HOMES[library]
    if homes == "one":
        assert len(users) <= 1, f"{library} is imported by several modules: {sorted(users)}"
    else:
        strays = [name for name in users if not any(inside(name, home) for home in homes)]
        assert not strays, f"{library} belongs in {homes}, not in {strays}"


def test_no_imports_inside_functions() -> None:
    wrong = [
        of(name, node)
        for name, path in MODULES.items()
        for function in ast.walk(tree(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_module_says_what_belongs_in_it() -> None:
    wrong = []
    for path in MODULES.values():
        lines = [line for line in (ast.get_docstring(tree(path)) or "").splitlines() if line.strip()]
        if path.read_text(encoding="utf-8").strip() and not 1 <= len(lines) <= LONGEST_DOCSTRING:
            wrong.append(
                f"{path.relative_to(ROOT)}: {len(lines)} lines of docstring, one to {LONGEST_DOCSTRING} wanted"
            )
    assert not wrong, "\n".join(wrong)


def test_files_are_short() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    wrong = [f"{path}: {lines} lines" for path, lines in lengths.items() if lines > LONGEST_FILE]
    assert not wrong, "split by subject:\n" + "\n".join(wrong)


def test_names_say_something() -> None:
    wrong = [name for name in MODULES if set(name.split(".")[-1].split("_")) & set(BAD_NAMES)]
    wrong += [
        f"{of(name, node)} {node.name}"
        for name, path in MODULES.items()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith(BAD_STARTS)
        and node.name not in NAMES_OF_OTHERS
    ]
    assert not wrong, "\n".join(wrong)


def test_one_clock() -> None:
    wrong = [
        of(name, node)
        for name, path in MODULES.items()
        if name not in CLOCK_HOMES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute)
        and (getattr(node.value, "id", getattr(node.value, "attr", "")), node.attr) in CLOCKS
    ]
    assert not wrong, "only casemgr/clock.py reads the time; take `at` as an argument:\n" + "\n".join(wrong)
