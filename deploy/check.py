"""After a drill: is every acknowledged matter there, once, whole? Run in the environment of the installation that is checked.

`python -m deploy.check JOURNAL…` prints what it counted as JSON; exit code 1 when anything is lost, doubled, or does not verify.
"""

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from casemgr import audit
from casemgr.config import load_settings
from casemgr.jobs.site import open_site
from casemgr.models import Attachment, Case
from casemgr.services.recount import verify_deadlines
from deploy.writer import read_journal

KEY = re.compile(r"演练([0-9a-f]{32})")


def compare(session: Session, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Acknowledged matters that are missing or differ, keys that made two, gaps in the numbers."""
    rows = session.execute(select(Case.id, Case.number, Case.text).where(Case.text.like("演练%"))).all()
    keys = Counter(found[1] for _, _, text in rows if (found := KEY.match(text)))
    there = {found[1]: (id, number) for id, number, text in rows if (found := KEY.match(text))}
    told = [entry for entry in entries if entry["status"] == 201]
    lost = [entry["key"] for entry in told if there.get(entry["key"]) != (entry["case"], entry["number"])]
    numbers = sorted(int(number[-6:]) for number in session.scalars(select(Case.number).where(Case.number.is_not(None))))
    return {
        "acknowledged": len(told), "in the database": len(keys), "lost": len(lost), "twice": sum(count > 1 for count in keys.values()),
        "gaps in the numbers": len(set(range(1, len(numbers) + 1)) ^ set(numbers)),
    }  # fmt: skip


def verify(session: Session, files: Path) -> dict[str, Any]:
    """The trail, the kept values, the deadlines, and the files that rows name."""
    events, faults = audit.verify(session)
    deadlines, different = verify_deadlines(session)
    stored = session.scalars(select(Attachment.stored)).all()
    return {
        "events": events, "faults of the trail": len(faults) + len(audit.verify_values(session)),
        "deadlines": deadlines, "deadlines that differ": len(different),
        "files": len(stored), "files missing": sum(not (files / name).is_file() for name in stored),
    }  # fmt: skip


BAD = ("lost", "twice", "gaps in the numbers", "faults of the trail", "deadlines that differ", "files missing", "files lost")


def main() -> int:
    """1 when anything is wrong."""
    settings = load_settings()
    entries = [entry for path in sys.argv[1:] for entry in read_journal(Path(path))]
    with open_site(settings).readings() as session:
        found = compare(session, entries) | verify(session, settings.files_dir)
        found["files lost"] = max(sum(bool(entry.get("file")) for entry in entries) - found["files"], 0)
    print(json.dumps(found))
    return int(any(found[name] for name in BAD))


if __name__ == "__main__":
    sys.exit(main())
