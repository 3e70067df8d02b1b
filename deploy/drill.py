"""`make drill`: people write, the server is destroyed, and all that was acknowledged comes back; on SQLite and on PostgreSQL.

Destroyed: kill -9 of every process, and the folder with the data is gone. Restored twice: all of it, and as of a chosen second.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from deploy.server import ROOT, Installation, Postgres
from deploy.writer import read_journal, summary

CLOSE = 2.0  # seconds around the chosen one in which a commit may lie on either side


def write(installation: Installation, journal: Path, seconds: float) -> None:
    """Clients for so many seconds."""
    words = [sys.executable, "-m", "deploy.writer", str(installation.place / "street.json"), str(journal), str(seconds), installation.base]
    subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def settle(installation: Installation) -> None:
    """Schema, street, processes."""
    (installation.place / "street.json").write_text(installation.run("-m", "deploy.seed", "4"))
    installation.start()


def work_and_die(installation: Installation, journal: Path, seconds: float, back_up: object) -> datetime:
    """Write, back up meanwhile, write on, and kill everything in the middle of it; the second that is chosen later."""
    write(installation, journal, seconds)
    back_up()  # type: ignore[operator]
    write(installation, journal, seconds)
    time.sleep(CLOSE)
    chosen = datetime.now(UTC)
    time.sleep(CLOSE)
    words = [sys.executable, "-m", "deploy.writer", str(installation.place / "street.json"), str(journal), "1000", installation.base]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL) as clients:
        time.sleep(seconds)
        installation.kill()
        time.sleep(1)
        clients.kill()
    return chosen


def part(journal: Path, until: datetime) -> Path:
    """The journal as it stood at an instant."""
    target = journal.with_name("until")
    lines = [line for line in journal.read_text().splitlines() if line.endswith("}") and json.loads(line)["at"] <= until.timestamp()]
    target.write_text("\n".join(lines) + "\n")
    return target


def check(installation: Installation, journal: Path) -> dict[str, object]:
    """What deploy.check counts; "wrong" when it found something."""
    said = installation.run("-m", "deploy.check", str(journal), check=False).splitlines()
    found = dict(json.loads(said[-1])) if said else {"wrong": "no answer"}
    faults = ("lost", "twice", "gaps in the numbers", "faults of the trail", "deadlines that differ", "files missing", "files lost")
    return found | {"wrong": any(found.get(name, 1) for name in faults)}


def drill_sqlite(place: Path, seconds: float) -> dict[str, object]:
    """The continuous copy; and an ordinary backup made meanwhile is looked at, too."""
    url = f"sqlite:///{place / 'data' / 'casemgr.sqlite3'}"
    one = Installation(place, url, copy_dir=str(place / "other-disk"))
    settle(one)
    journal = place / "journal"
    chosen = work_and_die(one, journal, seconds, lambda: one.flask("backup", str(place / "backups")))
    shutil.rmtree(place / "data")
    one.flask("restore", str(place / "other-disk"))
    all_of_it = check(one, journal)
    shutil.rmtree(place / "data")
    one.flask("restore", str(place / "other-disk"), "--until", chosen.isoformat())
    until = check(one, part(journal, chosen))
    shutil.rmtree(place / "data")
    one.flask("restore", str(next((place / "backups").iterdir())))
    return {"writing": summary(read_journal(journal)), "all": all_of_it, "chosen second": until, "backup": one.flask("audit", "verify").strip()}


def drill_postgresql(place: Path, seconds: float) -> dict[str, object]:
    """Base backup and received log; the folder of the files is copied after the database, as the page tells."""
    server = Postgres(place / "server")
    server.make()
    one = Installation(place, server.url)
    settle(one)
    journal = place / "journal"
    chosen = work_and_die(one, journal, seconds, server.back_up)
    server.destroy()
    server.restore()
    all_of_it = check(one, journal)
    server.stop()
    server.restore(until=chosen.isoformat())
    until = check(one, part(journal, chosen))
    server.stop()
    return {"writing": summary(read_journal(journal)), "all": all_of_it, "chosen second": until}


DRILLS = {"sqlite": drill_sqlite, "postgresql": drill_postgresql}


def main() -> int:
    """1 when anything acknowledged was lost."""
    parser = argparse.ArgumentParser(prog="python -m deploy.drill")
    parser.add_argument("database", nargs="*", default=list(DRILLS))
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    results = {}
    for name in given.database:
        place = Path(tempfile.mkdtemp(prefix=f"casemgr-drill-{name}-"))
        place.chmod(0o755)
        results[name] = DRILLS[name](place, given.seconds)
        print(json.dumps({name: results[name]}, ensure_ascii=False), flush=True)
        shutil.rmtree(place)
    target = ROOT / "var" / "drills" / "restore.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    return int(any(one[part]["wrong"] for one in results.values() for part in ("all", "chosen second")))  # type: ignore[index,call-overload]


if __name__ == "__main__":
    sys.exit(main())
