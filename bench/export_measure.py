"""How long a workbook of a long list takes, and how much memory: prints rows, seconds, megabytes of file and memory.

    python bench/export_measure.py [ROWS]

Makes a throw-away SQLite database with one street and that many invented disputes (20,000 unless told), written straight
into the tables, then runs the job `exports` on the whole list. Memory is the most that the process held while writing.
"""

import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from casemgr import db, schema  # noqa: E402
from casemgr.config import load_settings  # noqa: E402
from casemgr.jobs import exports  # noqa: E402
from casemgr.jobs.site import Site, open_site  # noqa: E402
from casemgr.models import Account, Appointment, Case, Party, Person, Post  # noqa: E402
from casemgr.policy import SETUP  # noqa: E402
from casemgr.services import structure  # noqa: E402
from casemgr.services.exports import ask_export  # noqa: E402
from casemgr.queries.actors import load_actor  # noqa: E402

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
PIECE = 5_000


def people(site: Site) -> tuple[int, int]:
    """A street with its secretary: (account, area)."""
    with site.sessions() as session, db.transaction(session):
        area = structure.add_area(session, "500199001", "青石街道", "street", None, actor=SETUP, at=NOW)
        account = Account(
            login="secretary", name="测试书记", password_hash="x", old_hashes=[], password_changed_at=NOW, created_at=NOW
        )
        session.add(account)
        session.flush()
        post = structure.add_post(session, "secretary", area_id=area.id, actor=SETUP, at=NOW)
        session.add(Appointment(account_id=account.id, post_id=post.id, from_on=NOW.date()))
        assert isinstance(post, Post)
        return account.id, area.id


def fill(site: Site, area: int, rows: int) -> None:
    """So many disputes with two parties each."""
    for start in range(1, rows + 1, PIECE):
        ids = range(start, min(start + PIECE, rows + 1))
        with site.sessions() as session, db.transaction(session):
            session.execute(insert(Case.__table__), [case_row(id, area) for id in ids])
            names = [{"id": id * 2 + side, "kind": "person", "name": f"周某{id}", "created_at": NOW} for id in ids for side in (0, 1)]
            session.execute(insert(Person.__table__), names)
            session.execute(insert(Party.__table__), [party_row(id, side) for id in ids for side in (0, 1)])


def case_row(id: int, area: int) -> dict[str, object]:
    """One dispute."""
    at = NOW - timedelta(hours=id % 9000)
    return {
        "id": id, "process": "dispute", "number": f"青石调〔2026〕{id}号", "state": "in_mediation", "title": f"三楼漏水到二楼,物业说过了保修期,第{id}次反映",
        "text": "漏水" * 200, "area_id": area, "street_id": area, "category": "0201", "channel": "grid", "tier": ("yellow", "orange", "red")[id % 3],
        "tier_confirmed": True, "level": "street", "holder_role": "secretary", "holder_area_id": area, "registered_at": at,
        "accepted_at": at, "last_act_at": at, "next_due_at": at + timedelta(days=30), "next_due_key": "settle",
        "facts": {"people": id % 40}, "assessment": {}, "acknowledged": [], "trail_at": at,
    }  # fmt: skip


def party_row(id: int, side: int) -> dict[str, object]:
    """One of the two sides."""
    return {"case_id": id, "person_id": id * 2 + side, "side": ("applicant", "respondent")[side], "added_at": NOW, "contact_hidden": False}


def memory() -> float:
    """The most this process ever held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Fill in a process of its own, so that only the writing counts; then write."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(CASEMGR_ENVIRONMENT="test", CASEMGR_DATA_DIR=folder, CASEMGR_DATABASE_URL=f"sqlite:///{folder}/db.sqlite3")
        settings = load_settings()
        if os.fork() == 0:
            engine = db.make_engine(settings.database_url, durable=False)
            schema.upgrade(engine)
            site = open_site(settings, engine)
            fill(site, people(site)[1], rows)
            os._exit(0)
        os.wait()
        site = open_site(settings)
        with site.sessions() as session, db.transaction(session):
            actor = load_actor(session, 1, NOW.date())
            assert actor
            ask_export(session, {"status": "all"}, locale="zh_Hans", actor=actor, at=NOW)
        before, started = memory(), time.monotonic()
        done = exports.run(site, NOW)
        seconds = time.monotonic() - started
        size = sum(path.stat().st_size for path in settings.exports_dir.iterdir()) / 1e6
        print(f"{rows} rows, {dict(done.counts)}: {seconds:.1f} s, file {size:.1f} MB, memory {before:.0f} MB before, at most {memory():.0f} MB")


if __name__ == "__main__":
    main()
