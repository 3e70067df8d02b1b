"""`make upgrade-drill`: the previous programme and the present one work on one database at the same time, as while hosts are upgraded.

The old one makes the database and writes; the new one migrates it under the old one's feet; both write; the new one checks.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from deploy.drill import check
from deploy.server import ROOT, Installation, Postgres
from deploy.writer import read_journal, summary


def git(*words: str) -> str:
    """What git says."""
    return subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def head_of(commit: str) -> str:
    """The newest migration of a commit."""
    names = git("ls-tree", "--name-only", commit, "migrations/versions/").splitlines()
    return max(Path(name).name[:4] for name in names)


def previous(commit: str) -> str:
    """The newest commit before this one whose newest migration is an earlier one. Raises ValueError when there is none."""
    for line in git("log", "--format=%h", commit, "--", "migrations/versions").splitlines():
        if head_of(line) < head_of(commit):
            return line
        if head_of(f"{line}~1") < head_of(commit):
            return git("rev-parse", "--short", f"{line}~1")
    raise ValueError(f"no commit before {commit} has an earlier migration")


def lay_out(commit: str, place: Path) -> Path:
    """A tree of a commit that runs with this environment's packages and today's clients."""
    git("worktree", "add", "--detach", str(place), commit)
    shutil.rmtree(place / "deploy", ignore_errors=True)
    shutil.copytree(ROOT / "deploy", place / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    for compiled in (ROOT / "casemgr" / "translations").rglob("*.mo"):
        shutil.copy(compiled, place / compiled.relative_to(ROOT))
    return place


def write(installation: Installation, street: Path, journal: Path, seconds: float, clients: int) -> None:
    """Clients of one of the two."""
    words = [sys.executable, "-m", "deploy.writer", str(street), str(journal), str(seconds), installation.base, "--clients", str(clients)]
    subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def drill(old_commit: str, place: Path, seconds: float) -> dict[str, object]:
    """Old alone, old on the migrated database, both, new alone."""
    server = Postgres(place / "server")
    server.make()
    old = Installation(place / "old", server.url, code=lay_out(old_commit, place / "code"), data_dir=str(place / "data"))
    new = Installation(place / "new", server.url, data_dir=str(place / "data"))
    street, journals = place / "street.json", {name: place / name for name in ("by-old", "by-new")}
    try:
        street.write_text(old.run("-m", "deploy.seed", "4"))
        old.start()
        write(old, street, journals["by-old"], seconds, 2)
        writing = threading.Thread(target=write, args=(old, street, journals["by-old"], seconds * 3, 2))
        writing.start()
        time.sleep(1)
        began = time.monotonic()
        new.flask("migrate")
        migrated = round(time.monotonic() - began, 1)
        new.start()
        write(new, street, journals["by-new"], seconds, 2)
        writing.join()
        old.kill()
        write(new, street, journals["by-new"], seconds, 2)
        joined = place / "journal"
        joined.write_text("".join(path.read_text() for path in journals.values()))
        found = check(new, joined)
    finally:
        old.kill()
        new.kill()
        server.stop()
        git("worktree", "remove", "--force", str(place / "code"))
    return {
        "from": f"{old_commit} ({head_of(old_commit)})", "to": head_of("HEAD"), "seconds of migrating": migrated,
        **{name: summary(read_journal(path)) for name, path in journals.items()}, "checked": found,
    }  # fmt: skip


def main() -> int:
    """1 when anything acknowledged was lost, or one of the two failed a client."""
    parser = argparse.ArgumentParser(prog="python -m deploy.upgrade")
    parser.add_argument("--old", default="", help="the earlier commit; else the newest with an earlier migration")
    parser.add_argument("--seconds", type=float, default=6.0)
    given = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="casemgr-upgrade-"))
    place.chmod(0o755)
    result = drill(given.old or previous("HEAD"), place, given.seconds)
    print(json.dumps(result, ensure_ascii=False))
    target = ROOT / "var" / "drills" / "upgrade.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=1, ensure_ascii=False), encoding="utf-8")
    shutil.rmtree(place)
    return int(bool(result["checked"]["wrong"] or result["by-old"]["given up"] or result["by-new"]["given up"]))  # type: ignore[index]


if __name__ == "__main__":
    sys.exit(main())
