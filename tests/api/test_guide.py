"""The description and the guide: the document is valid, the page shows all of it, the examples run as they stand."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from casemgr.api.document import document
from casemgr.api.operations import OPERATIONS
from casemgr.api.step_bodies import by_people
from tests.api.programs import make_token
from tests.conftest import LiveServer
from tests.world import World
from workflows import WORKFLOWS

ROOT = Path(__file__).parents[2]
SQLITE = pytest.mark.parametrize("db_url", ["sqlite"], indirect=True)


def test_every_step_of_a_person_has_its_operation() -> None:
    paths = document()["paths"]
    for flow in WORKFLOWS.values():
        for step in flow.steps:
            where = "requests" if step.request else "steps"
            assert (f"/cases/{{case_id}}/{where}/{step.name}" in paths) == by_people(step), step.name


def test_bodies_say_what_the_field_specs_say() -> None:
    made = document()["components"]["schemas"]
    for process, flow in WORKFLOWS.items():
        for step in flow.steps:
            shape = made.get(f"{process}_{step.name}{'_request' if step.request else ''}")
            if shape is None:
                assert not by_people(step)
                continue
            asked = {f.name for f in step.asks if f.required} | ({"reason"} if step.request else set())
            assert set(shape.get("required", ())) == asked, step.name
            assert shape["additionalProperties"] is False


@SQLITE
def test_the_page_shows_every_operation(app: Flask) -> None:
    page = app.test_client().get("/api/v1/docs").text
    for path, methods in document()["paths"].items():
        assert all(f"{method.upper()} /api/v1{path}" in page for method in methods)
    assert len(OPERATIONS) > 15


@SQLITE
def test_the_examples_of_the_guide_run(app: Flask, world: World, live_server: LiveServer, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("without curl")
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    script = "set -euo pipefail\n" + "\n".join(re.findall(r"```sh\n(.*?)```", text, re.S))
    assert script.count("curl") >= 10
    given = {
        "CASEMGR": live_server.url, "TOKEN": make_token(app, world, "street_operator_a")[1],
        "AREA": str(world.areas["grid_a1"].id), "no_proxy": "*",
    }  # fmt: skip
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=os.environ | given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
