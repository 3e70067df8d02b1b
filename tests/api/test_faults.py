"""schemathesis at the whole API: good and bad data to every operation, singly and in chains, by a real token on a real street.

Longer, by hand: CASEMGR_TEST_API_SECONDS=600 .venv/bin/python -m pytest tests/api/test_faults.py -k sqlite
"""

import os
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from tests.conftest import LiveServer
from tests.api.programs import make_token
from tests.web.life import Life
from tests.world import World

SECONDS = int(os.environ.get("CASEMGR_TEST_API_SECONDS", "9"))
EXAMPLES = int(os.environ.get("CASEMGR_TEST_API_EXAMPLES", "3"))
WHO = os.environ.get("CASEMGR_TEST_API_WHO", "head_a")
QUICK = SECONDS < 60
PHASES = ("coverage", "fuzzing", "stateful")
ALIKE = "/(steps|requests)/(?!(accept|record_fact|attach|lower_tier)$)"  # steps left out when it must be quick
GOOD = ["2xx", "304", "403", "404", "409", "412", "422", "428"]  # what may be answered to data that follows the document
BAD = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "428"]  # and to data that does not


def settings_of(token: str, phase: str) -> dict[str, Any]:
    """All checks, one phase for its share of the time."""
    return {
        "headers": {"Authorization": f"Bearer {token}"},
        "workers": 1,
        "max-time": SECONDS // len(PHASES),
        "continue-on-failure": True,
        "checks": {
            "positive_data_acceptance": {"expected-statuses": GOOD},
            "negative_data_rejection": {"expected-statuses": BAD},
        },
        "phases": {name: {"enabled": name == phase} for name in (*PHASES, "examples")},
        "generation": {"max-examples": EXAMPLES, "deterministic": QUICK},
    }


def faults_of(url: str, token: str, phase: str) -> Iterator[str]:
    """What it finds, in words."""
    config = SchemathesisConfig.from_dict(settings_of(token, phase))
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json", config=config)
    for event in from_schema(schema.exclude(path_regex=ALIKE) if QUICK else schema).execute():
        if isinstance(event, events.ScenarioFinished):
            yield from failed(event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            yield str(getattr(event, "value", None) or event.exception)


def failed(event: events.ScenarioFinished) -> Iterator[str]:
    """The checks that failed, with what was sent and answered."""
    kept = event.recorder
    for case_id, checks in kept.checks.items():
        for failure in (check.failure_info.failure for check in checks if check.failure_info is not None):
            answer = kept.interactions[case_id].response
            told = f"{answer.status_code} {answer.text[:300]}" if answer else "no answer"
            sent = kept.cases[case_id].value.as_curl_command()
            yield f"{event.label}: {failure.title}\n{failure.message}\n{sent}\n{told}"


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_it_finds_no_fault(app: Flask, world: World, live_server: LiveServer) -> None:
    app.extensions["settings"].api_requests_per_minute = 1_000_000
    Life(app, world).in_mediation()
    Life(app, world)
    _, token = make_token(app, world, WHO)
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        faults = [fault for phase in PHASES for fault in faults_of(live_server.url, token, phase)]
    assert not faults, "\n\n".join(faults)
