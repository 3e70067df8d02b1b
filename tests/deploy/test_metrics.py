"""Numbers for Prometheus: what they say is so, the alert rules ask for nothing that is not told, and counting costs little."""

import re
import socket
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from prometheus_client import REGISTRY, generate_latest

from casemgr import metrics
from casemgr.jobs.gauges import LAST_BACKUP, Gauges
from casemgr.jobs.site import open_site
from casemgr.jobs.table import JOBS
from casemgr.jobs.runs import run_recorded
from tests.conftest import MONDAY

RULES = (Path(__file__).parents[2] / "deploy" / "prometheus" / "casemgr.rules.yml").read_text(encoding="utf-8")


@pytest.fixture
def told(app):
    """The text of a scheduler's port, after a sweep and a page."""
    site = open_site(app.extensions["settings"], app.extensions["engine"])
    run_recorded(site, JOBS["sweep"], app.extensions["clock"].now)
    site.settings.data_dir.mkdir(parents=True, exist_ok=True)
    (site.settings.data_dir / LAST_BACKUP).write_text(MONDAY.isoformat())
    app.test_client().get("/healthz")
    port = free_port()
    stop = metrics.serve_process("127.0.0.1", port, Gauges(site, app.extensions["clock"].now))
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    stop()
    return text + generate_latest(REGISTRY).decode()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_the_numbers_and_the_rules_fit(told):
    assert "casemgr_database_up 1.0" in told
    assert 'casemgr_job_last_success_seconds{job="sweep"} 0.0' in told
    assert 'casemgr_requests_total{method="GET",route="/healthz",status="200"}' in told
    known = set(re.findall(r"^(casemgr_\w+)", told, re.MULTILINE)) | set(re.findall(r"^# TYPE (casemgr_\w+)", told, re.MULTILINE))
    asked = set(re.findall(r"casemgr_[a-z_]+", "\n".join(re.findall(r"expr: '(.*?)'[,}]", RULES))))
    assert len(asked) >= 10
    assert asked <= known


def test_jobs_the_rules_name_exist():
    named = {job for group in re.findall(r'success_seconds\{job=~"([^"]+)"', RULES) for job in group.split("|")}
    assert named and named <= set(JOBS)


def test_nobody_outside_makes_new_numbers(app):
    client = app.test_client()
    client.open("/healthz", method="BREW")
    known = metrics.counter_of.cache_info().currsize
    for number in range(20):
        assert client.open("/healthz", method=f"BREW{number}").status_code == 405
    assert metrics.counter_of.cache_info().currsize == known
    told = generate_latest(REGISTRY).decode()
    assert 'method="(other)"' in told and "BREW" not in told


def test_counting_costs_less_than_a_twentieth_of_a_millisecond():
    metrics.observe("/cost", "GET", 200, 0.03)
    began = time.process_time()
    for _ in range(2000):
        metrics.observe("/cost", "GET", 200, 0.03)
    assert (time.process_time() - began) / 2000 < 0.05e-3


def test_the_pages_do_not_tell_them(client):
    assert client.get("/metrics").status_code == 404
