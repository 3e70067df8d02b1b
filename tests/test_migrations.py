"""From 0019 on a migration only adds: the programme of the release before goes on working on the same database meanwhile.

What nothing reads any more is removed one release later, by a migration that says so: `CONTRACTS = "what, unread since 0NNN"`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from casemgr import schema

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
FIRST = "0019"
MIGRATIONS = sorted(path for path in VERSIONS.glob("[0-9]*.py") if path.name[:4] >= FIRST)
TAKING = {"drop_table", "drop_column", "rename_table"}
WORDS = ("DROP TABLE", "DROP COLUMN", "RENAME TO", "RENAME COLUMN", "SET NOT NULL")


def faults(text: str) -> Iterator[str]:
    """What in the upgrade would break the release before."""
    tree = ast.parse(text)
    if any(isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "CONTRACTS" for node in tree.body):
        return
    for upgrade in (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name != "downgrade"):
        for node in ast.walk(upgrade):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield from of_call(node.func.attr, node)
        statements = [node.value for node in ast.walk(upgrade) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        for statement in statements:
            if any(word in statement.upper() for word in WORDS) and not made_anew(statement, statements):
                yield f"SQL: {statement}"


def made_anew(statement: str, statements: list[str]) -> bool:
    """Whether a table that is dropped is there again under its name when the migration ends."""
    words = statement.split()
    return words[:2] == ["DROP", "TABLE"] and any(one.startswith("CREATE") and f"TABLE {words[2]} " in one for one in statements)


def of_call(name: str, node: ast.Call) -> Iterator[str]:
    """What one operation takes away or demands."""
    given = {word.arg: word.value for word in node.keywords}
    if name in TAKING:
        yield f"{name}, line {node.lineno}"
    if name == "alter_column" and ("new_column_name" in given or is_false(given.get("nullable"))):
        yield f"alter_column renames or demands, line {node.lineno}"
    if name == "add_column":
        column = next((arg for arg in node.args if isinstance(arg, ast.Call)), None)
        told = {word.arg: word.value for word in column.keywords} if column else {}
        if is_false(told.get("nullable")) and "server_default" not in told:
            yield f"a new column that the release before does not fill, line {node.lineno}"


def is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_it_only_adds(path):
    assert list(faults(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "op.drop_column('cases', 'title')",
        "op.rename_table('cases', 'matters')",
        "batch.alter_column('title', new_column_name='name')",
        "batch.alter_column('title', nullable=False)",
        "batch.add_column(sa.Column('x', sa.Integer(), nullable=False))",
        "op.execute('ALTER TABLE cases DROP COLUMN title')",
    ],
)
def test_the_test_sees_what_takes_away(line):
    assert list(faults(f"def upgrade():\n    {line}\n"))
    assert not list(faults(f"def downgrade():\n    {line}\n"))
    assert not list(faults(f"CONTRACTS = 'title, unread since 0019'\ndef upgrade():\n    {line}\n"))


def test_a_database_that_a_newer_programme_migrated_will_do():
    assert schema.suits(schema.head())
    assert schema.suits("9999")
    assert not schema.suits("0001")
    assert not schema.suits("0000")
    assert not schema.suits(None)
