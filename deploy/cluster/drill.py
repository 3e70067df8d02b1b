"""`make cluster`: the whole installation under writing clients while its parts fail one after the other; what it cost, in a table.

Every fault: how long nothing was acknowledged, which tries failed. At the end: every acknowledged matter there, once, and verified.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from deploy.cluster import control, watch
from deploy.cluster.hosts import wait_until
from deploy.cluster.plan import FOLDER, FRONT_NAME, HOSTS, LAN, ROOT
from deploy.writer import read_journal, summary

CALM = 8.0  # seconds of writing before the first fault and after each recovery
PATIENCE = 240  # seconds until a part must be back: a machine shared with others is slow


def faults() -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Name -> (what is done, what mends it)."""
    first, second = control.primary, control.synchronous
    hit: list[str] = []

    def strike(act: Callable[[str], object], choose: Callable[[], str]) -> Callable[[], object]:
        return lambda: (hit.append(choose()), act(hit[-1]))

    def mend(act: Callable[[str], object]) -> Callable[[], object]:
        return lambda: act(hit[-1])

    def nothing() -> None:
        """The host's systemd mends it."""

    def unit(host: str, name: str) -> Callable[[], object]:
        return lambda: control.kill_unit(host, name)

    def plug(host: str) -> tuple[Callable[[], object], Callable[[], object]]:
        return lambda: control.kill(host), lambda: control.start(host)

    return {
        "primary database host loses power": (strike(control.kill, first), mend(control.start)),
        "primary database host cut off": (strike(control.partition, first), mend(control.heal)),
        "replica host loses power": (strike(control.kill, second), mend(control.start)),
        "PostgreSQL of the primary killed": (lambda: control.run(HOSTS[first()], "pkill", "-9", "-o", "-x", "postgres", check=False), nothing),
        "web host loses power": plug("web1"),
        "gunicorn killed, all of it": (unit("web2", "casemgr-web"), nothing),
        "PgBouncer killed": (unit("web2", "pgbouncer"), nothing),
        "scheduler host loses power": plug("jobs1"),
        "change of primary by order": (switch_over, nothing),
    }


def switch_over() -> None:
    """An orderly change, as before maintenance."""
    name = control.primary()
    control.run(HOSTS[name], "patronictl", "-c", "/etc/patroni/config.yml", "switchover", "--master", name, "--candidate", control.synchronous(), "--force")


def whole() -> bool:
    """Whether everything runs again: a primary with its replica, both web hosts, both schedulers."""
    ready = control.primary() and control.synchronous() and all(control.is_ready(HOSTS[name]) for name in ("web1", "web2"))
    return bool(ready) and all(
        control.run(HOSTS[name], "systemctl", "is-active", "casemgr-jobs@1", check=False).strip() == "active" for name in ("jobs1", "jobs2")
    )


def begin_writing(journal: Path, clients: int) -> subprocess.Popen[bytes]:
    """The clients, until they are told to stop."""
    words = ["ip", "netns", "exec", LAN, control.PYTHON, "-m", "deploy.writer", str(FOLDER / "street.json"), str(journal), "100000"]
    words += [f"https://{FRONT_NAME}", "--ca", str(FOLDER / "tls.crt"), "--connect", HOSTS["front"].address, "--clients", str(clients)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)


def suffer(name: str, strike: Callable[[], object], mend: Callable[[], object], journal: Path) -> dict[str, object]:
    """One fault from the strike until all is whole again; its line of the table."""
    began = time.time()
    strike()
    time.sleep(60 if "database host" in name else CALM)  # as long as a fail-over takes, before somebody mends it
    mend()
    wait_until(whole, PATIENCE, f"after '{name}' the installation did not become whole", 1.0)
    time.sleep(CALM)
    entries = [entry for entry in read_journal(journal) if entry["at"] - entry["seconds"] >= began - CALM]
    line = {"fault": name, "whole after": round(time.time() - began - CALM), **summary(entries)}
    print(json.dumps(line), file=sys.stderr, flush=True)
    return line


def write_report(path: Path, lines: list[dict[str, object]], checked: dict[str, object]) -> None:
    """The table as JSON, for docs/operating.md."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"faults": lines, "checked": checked}, indent=1, ensure_ascii=False), encoding="utf-8")


def main() -> int:
    """Up, one fault after the other, the check, down; 1 when anything acknowledged is lost."""
    parser = argparse.ArgumentParser(prog="python -m deploy.cluster.drill")
    parser.add_argument("--commit", default="HEAD")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--only", default="", help="faults whose name holds one of these words, parted by commas")
    parser.add_argument("--running", action="store_true", help="use the cluster that is up, and leave it up")
    given = parser.parse_args()
    if not given.running:
        control.up(given.commit)
    journal = FOLDER / "journal"
    writers = begin_writing(journal, given.clients)
    try:
        time.sleep(CALM)
        lines = [suffer(name, *acts, journal) for name, acts in faults().items() if any(word in name for word in given.only.split(","))]
        watched = watch.look()
    finally:
        writers.terminate()
        writers.wait()
    checked = check(journal) | {"watched": watched}
    write_report(ROOT / "var" / "drills" / "cluster.json", lines, checked)
    print(json.dumps({"all": summary(read_journal(journal)), "checked": checked}, ensure_ascii=False))
    if not given.running:
        control.down()
    return int(bool(checked.get("wrong", False)) or bool(watched["wrong"]))


def check(journal: Path) -> dict[str, object]:
    """deploy.check on a scheduler host, with its settings."""
    target = FOLDER / "release" / "journal"
    target.write_bytes(journal.read_bytes())
    target.chmod(0o644)
    try:
        return dict(json.loads(control.inside(HOSTS["jobs2"], "-m", "deploy.check", "/srv/casemgr/journal").splitlines()[-1]))
    except RuntimeError as error:
        return {"wrong": True, "said": str(error)[-500:]}


if __name__ == "__main__":
    sys.exit(main())
