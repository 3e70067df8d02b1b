"""`python -m tools.security`: every check, one after the other; exit code 1 when anything was found."""

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

import casemgr
from casemgr.config import load_settings
from tools.security import borders, flood, guessing, report, sources, stored, uploads
from tools.security.checks import CHECKS, begin, run_check
from tools.security.outcome import ROOT, Outcome
from tools.security.server import Target, target

# In this order: what plants words goes before what reads exports; what locks accounts out comes last.
ORDER = (
    "headers_of_every_answer", "cookies", "forged_forms", "open_redirects", "paths_out_of_folders", "errors_tell_nothing", "injected_sql",
    "stored_scripts_on_pages", "scripts_reflected", "formulas_and_words_in_exports", "words_in_papers", "words_in_mails", "fields_that_were_not_asked",
    "evil_uploads", "two_gigabytes", "made_up_hosts_and_headers",
)  # fmt: skip
LAST = (
    "limits_of_requests", "timing_of_log_in_and_door", "brute_force_of_door_codes", "sessions", "what_a_reset_ends", "brute_force_of_passwords",
)
UNLIMITED = {"heavy_per_minute": 0, "search_per_minute": 0, "open_per_minute": 0}
PARTS = (borders, guessing, stored, uploads)  # where checks register


@contextmanager
def plain_app() -> Iterator[Flask]:
    """The application, for its list of routes alone."""
    with TemporaryDirectory() as folder:
        app = casemgr.create_app(load_settings(environment="test", database_url=f"sqlite:///{folder}/x.sqlite3", data_dir=Path(folder), _env_file=None))
        yield app
        app.extensions["engine"].dispose()


def on_sources() -> Iterator[Outcome]:
    """What needs no server."""
    for made in (sources.own_rules, sources.bandit, sources.secrets, lambda: sources.dependencies(datetime.now(UTC).date())):
        yield timed(made)


def timed(made: Callable[[], Outcome]) -> Outcome:
    """With the seconds it took."""
    began = time.monotonic()
    outcome = made()
    outcome.seconds = round(time.monotonic() - began, 1)
    return outcome


def on_server(found: Target, requests: int, seed: int, pages: int, names: tuple[str, ...]) -> Iterator[Outcome]:
    """The checks against a server without limits of requests, then the flood."""
    attack = begin(found)
    attack.pages = pages
    for name in names:
        yield tell(run_check(attack, name))
    if requests:
        for login in list(attack.visitors):
            attack.visitors[login] = attack.arrive(login)
        with plain_app() as app:
            known = flood.known_of(attack, app, by_endpoint(app, found.notes.get("fields", {})))
            outcome, tally = flood.flood(attack, known, requests, seed=seed)
            if tally.faults:
                flood.write_faults(tally, ROOT / "var")
            yield tell(outcome)


def by_endpoint(app: Flask, fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """The names of the fields of forms, by the endpoint the form goes to."""
    urls, found = app.url_map.bind("localhost"), {}
    for path, names in fields.items():
        if urls.test(path.replace("N", "1"), method="POST"):
            found[urls.match(path.replace("N", "1"), method="POST")[0]] = names
    return found


def tell(outcome: Outcome) -> Outcome:
    """One line while it goes on."""
    sys.stdout.write(f"{outcome.name}: {outcome.tries} tries, {len(outcome.found)} found, {outcome.seconds} s\n")
    for fault in outcome.found[:20]:
        sys.stdout.write(f"    {fault[:300]}\n")
    sys.stdout.flush()
    return outcome


def main() -> int:
    """Read what is wanted, run it, write the report."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--requests", type=int, default=3000, help="bad requests to send")
    asked.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    asked.add_argument("--scale", type=float, default=0.02, help="share of the demo's matters")
    asked.add_argument("--pages", type=int, default=130, help="pages a crawler opens as one person")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--only", nargs="*", help="these checks alone; no report is written")
    asked.add_argument("--flood-only", action="store_true", help="bad requests alone, beside what the report holds")
    given = asked.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended
    wanted = lambda names: () if given.flood_only else tuple(n for n in names if not given.only or n in given.only)  # noqa: E731
    outcomes = [] if given.only or given.flood_only else [tell(one) for one in on_sources()]
    requests = 0 if given.only else given.requests
    if wanted(ORDER) or requests:
        with target(scale=given.scale, kind=given.database, **UNLIMITED) as found:
            outcomes += on_server(found, requests, given.seed, given.pages, wanted(ORDER))
    if wanted(LAST):
        with target(scale=given.scale, kind=given.database) as found:
            attack = begin(found)
            outcomes += [tell(run_check(attack, name)) for name in wanted(LAST)]
    if given.flood_only:
        return min(report.add_flood(outcomes[-1], kind=given.database), 1)
    if given.only:
        return min(sum(len(one.found) for one in outcomes), 1)
    assert {*ORDER, *LAST} == CHECKS.keys()
    return min(report.write(outcomes, requests=requests, kind=given.database), 1)


if __name__ == "__main__":
    sys.exit(main())
