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
from tests.api.programs import make_token, program
from tests.web.life import Life
from tests.world import World

SECONDS = int(os.environ.get("CASEMGR_TEST_API_SECONDS", "12"))
EXAMPLES = int(os.environ.get("CASEMGR_TEST_API_EXAMPLES", "3"))


def settings_of(token: str) -> dict[str, Any]:
    """All checks, all phases; what our statuses mean is said to the two checks that judge them."""
    good = ["2xx", "304", "403", "404", "409", "412", "422", "428"]
    bad = ["400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "428"]
    return {
        "headers": {"Authorization": f"Bearer {token}"},
        "workers": 1,
        "max-time": SECONDS,
        "continue-on-failure": True,
        "checks": {
            "positive_data_acceptance": {"expected-statuses": good},
            "negative_data_rejection": {"expected-statuses": bad},
        },
        "generation": {"max-examples": EXAMPLES, "deterministic": SECONDS < 60},
    }


def faults_of(url: str, token: str) -> Iterator[str]:
    """What it finds, in words."""
    config = SchemathesisConfig.from_dict(settings_of(token))
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json", config=config)
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            for case_id, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        failure = check.failure_info.failure
                        sent = event.recorder.cases[case_id].value
                        answer = event.recorder.interactions[case_id].response
                        yield f"{event.label} {check.name}: {failure.title}\n{failure.message}\n{sent.as_curl_command()}\n{answer.status_code if answer else ''} {answer.text[:300] if answer else ''}"
        elif isinstance(event, events.NonFatalError | events.FatalError):
            yield str(getattr(event, "value", None) or event.exception)


@pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)
def test_it_finds_no_fault(app: Flask, world: World, live_server: LiveServer) -> None:
    app.extensions["settings"].api_requests_per_minute = 1_000_000
    Life(app, world).in_mediation()
    Life(app, world)
    mediator = program(app, world, "mediator_a")
    assert mediator.get("/cases/1/steps").json["items"]
    _, token = make_token(app, world, os.environ.get("CASEMGR_TEST_API_WHO", "head_a"))
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        faults = list(faults_of(live_server.url, token))
    assert not faults, "\n\n".join(faults)
