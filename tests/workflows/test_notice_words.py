"""Every code a notice can have is a sentence, whatever it is about, and nothing is left unfilled in it."""

import re
from pathlib import Path

import pytest

from casemgr.jobs import digests, integrity, red_overdue, weekly
from casemgr.services.carrying import ALARM
from casemgr.services.telling import VACANT
from workflows import WORKFLOWS
from workflows.notice_words import SAYINGS, notice_sentence
from workflows.rulebook import ladders, packaged

ROOT = Path(__file__).parent.parent.parent
TOLD = {notice.code for flow in WORKFLOWS.values() for step in (flow.opens, *flow.steps) for notice in step.notices}
RUNGS = {
    (WORKFLOWS[process].step(rung.act).event, key)
    for (process, key, _), rungs in ladders(packaged()).items()
    for rung in rungs
}
NUMBERS = {
    digests.CODE: {"today": 1, "overdue": 2},
    digests.GROUP: {"open": 5, "red": 1, "today": 2, "overdue": 3, "unsorted": 4},
    weekly.CODE: {"closed": 1, "come": 2, "open": 3, "overdue": 4},
    red_overdue.CODE: {"count": 2, "days": 3},
    integrity.VACANT: {"posts": 1, "matters": 4},
    integrity.BROKEN: {"count": 5},
}
IN_CODE = {"case.life_threatened", "case.raised", "case.regraded", VACANT, ALARM}


@pytest.mark.parametrize("code", sorted(TOLD | IN_CODE))
def test_a_notice_about_a_matter_is_a_sentence_with_its_number(code: str) -> None:
    said = notice_sentence(code, {}, "调〔2026〕021003-000123")
    assert "调〔2026〕021003-000123" in said and "%(" not in said
    assert notice_sentence(code, {"role": "head", "about": "x"}, "").strip(), "the number may be out of the reader's sight"


@pytest.mark.parametrize(("code", "key"), sorted(RUNGS))
def test_a_rung_names_its_deadline(code: str, key: str) -> None:
    label = WORKFLOWS[code.partition(".")[0]].deadline(key).label
    said = notice_sentence(code, {"deadline": key}, "调1", lambda msgid: msgid.replace(label, "期限"))
    assert "%(" not in said and "调1" in said
    assert "期限" in said or "%(deadline)s" not in SAYINGS[code]


@pytest.mark.parametrize("code", sorted(NUMBERS))
def test_a_notice_about_no_single_matter_says_its_numbers(code: str) -> None:
    said = notice_sentence(code, NUMBERS[code], "")
    assert all(str(number) in said for number in NUMBERS[code].values()) and "%(" not in said


def test_no_code_is_told_that_is_not_tried_here() -> None:
    """Codes stand in services and jobs as literals; a new one must get its sentence."""
    written = {
        code
        for folder in ("services", "jobs")
        for path in (ROOT / "casemgr" / folder).rglob("*.py")
        for code in re.findall(r'"((?:case|digest|integrity)\.[a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    events_only = {"case.unmasked", "case.recalculated", "case.imported", "case.paper_made", "case.paper_signed", "case.set_apart", "case.code_given",
                   "case.erased", "case.sealed"}  # fmt: skip
    logged = {"digest.failed", "integrity.chain", "integrity.deadline", "integrity.tally"}
    assert written - events_only - logged <= IN_CODE | NUMBERS.keys() | TOLD
    assert IN_CODE | NUMBERS.keys() | TOLD | {code for code, _ in RUNGS} <= SAYINGS.keys()
