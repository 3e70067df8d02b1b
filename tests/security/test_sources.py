"""What can be told from the source alone: our own rules, and the list of dependencies. bandit and the search for secrets: `make security`."""

from datetime import date
from pathlib import Path

import pytest

from tools.security import sources


def test_no_sql_is_put_together_and_nothing_goes_out_unescaped() -> None:
    assert sources.own_rules().found == []


@pytest.mark.parametrize(
    "line", ['session.execute(text(f"DELETE FROM cases WHERE id = {x}"))', 'Markup(f"<b>{x}</b>")', "eval(x)", "pickle.loads(x)", "subprocess.run(x, shell=True)"]
)
def test_the_rules_find_what_they_are_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    (tmp_path / "a.py").write_text(line + "\n", encoding="utf-8")
    assert list(sources.source_faults(tmp_path / "a.py"))


def test_templates_with_inline_script_or_unescaped_words_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "ROOT", tmp_path)
    page = tmp_path / "a.html"
    for line in ("{{ x|safe }}", "<script>x()</script>", '<p onclick="x()">', '<p style="color:red">'):
        page.write_text(line, encoding="utf-8")
        assert list(sources.template_faults(page)), line


def test_every_pinned_package_was_reviewed_at_its_version() -> None:
    outcome = sources.dependencies(date(2026, 11, 23))
    assert outcome.found == []
    assert outcome.facts["packages"] > 50


def test_a_review_grows_old() -> None:
    assert sources.dependencies(date(2027, 11, 23)).found
