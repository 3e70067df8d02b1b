"""Chaos in short: real servers, schedulers, an importer and a mail server are killed and cut off for some seconds on each
database, the database too; the verdict is that of the long form (`make chaos`, docs/chaos.md).
"""

import os
from pathlib import Path

import pytest

from tests.chaos.proof import TOLD_BY_STEP
from tests.chaos.report import as_text
from tests.chaos.run import Plan, run
from tests.chaos.verdict import EXTENDED, KIND_OF
from tests.databases import WITHOUT
from workflows import WORKFLOWS

SEED = int(os.environ.get("CASEMGR_TEST_CHAOS_SEED", "20260302"))
CLIENTS = {"registrar": 2, "stepper": 2, "decider": 1, "attacher": 1, "handler": 1}

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(280)]


def test_the_verdict_looks_for_entries_that_there_are() -> None:
    """A kind that nothing makes would be missed by nobody."""
    flow = WORKFLOWS["dispute"]
    made = {step.event for step in (flow.opens, *flow.steps)}
    assert {*KIND_OF.values(), EXTENDED, *TOLD_BY_STEP} <= made


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_nothing_is_lost_and_nothing_done_twice(database: str, tmp_path: Path) -> None:
    if database == "postgres" and os.environ.get(WITHOUT) == "1":
        pytest.skip("without PostgreSQL")
    plan = Plan(database, SEED, kills=6, schedulers=2, webs=1, clients=CLIENTS, rows=15, pause=(0.1, 0.3), rest=0.05)
    found = run(plan, tmp_path / "run")
    assert not found.faults, as_text(found)
    assert sum(found.kills.values()) >= plan.kills, as_text(found)
    assert sum(found.granted.values()) > 20, as_text(found)
