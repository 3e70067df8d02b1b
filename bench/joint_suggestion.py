"""How long it takes to find what looks like a known matter, among 100,000 recent ones.

    python bench/joint_suggestion.py [--matters 100000] [--url postgresql+psycopg://…/an_empty_database]

Without --url in a SQLite file in a temporary folder. Builds a small demo, adds open incoming items with invented texts of
the demo at invented places, and asks for one suggestion at a time: as the job does (all of it) and as an operator of the
street does while he types. On a busy machine the own work of the process (all of it, with SQLite) says more than the clock.
"""

import argparse
import logging
import random
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from casemgr import create_app, db, schema  # noqa: E402
from casemgr.config import load_settings  # noqa: E402
from casemgr.demo import build, messages  # noqa: E402
from casemgr.demo.course import Course  # noqa: E402
from casemgr.models import Account, Case, IncomingItem  # noqa: E402
from casemgr.policy import IMPORTER, SCHEDULER  # noqa: E402
from casemgr.queries.actors import load_actor  # noqa: E402
from casemgr.queries.similar import similar_open  # noqa: E402
from casemgr.search import index_texts  # noqa: E402
from casemgr.services import incoming  # noqa: E402
from workflows.guards import local_date  # noqa: E402

PIECE = 2000
ASKED = 60  # suggestions timed
NAMES = "云山湖海松柏梅竹锦绣阳光金银龙凤春秋星月江河安康福禄翠碧南北东西"


def main() -> None:
    """Build, fill, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--matters", type=int, default=100_000)
    parser.add_argument("--url")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    folder = Path(tempfile.mkdtemp(prefix="joint-"))
    try:
        url = asked.url or f"sqlite:///{folder / 'joint.sqlite3'}"
        settings = load_settings(environment="demo", data_dir=folder, database_url=url)
        app = create_app(settings)
        schema.upgrade(app.extensions["engine"])
        texts = filled(app, asked.matters)
        tell(app, url.partition(":")[0], texts)
    finally:
        shutil.rmtree(folder)


def filled(app: Flask, count: int) -> list[tuple[str, str]]:
    """The demo with so many open items more; some of the texts, to ask with."""
    now, chance = datetime.now(UTC), random.Random(100)
    with app.extensions["sessions"]() as session, db.transaction(session):
        street = build.build(session, now=now, rules=app.extensions["passwords"], scale=0.01)
        post = messages.Post(Course(session, street.street, street.people, now), random.Random(7), 900_000)
        one = incoming.register(session, [post.message("dispute", now)], actor=IMPORTER, at=now)[0].case_id
    kept = []
    for rows in in_pieces(invented(post, chance, count, now)):
        with app.extensions["sessions"]() as session, db.transaction(session):
            add(session, one, rows)
        kept += [(title, words) for title, words, _ in rows[:2]]
    with app.extensions["engine"].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return kept


def invented(post: messages.Post, chance: random.Random, count: int, now: datetime) -> Iterator[tuple[str, str, datetime]]:
    """Texts of the demo, each about a place of its own or one that a few share, with their instants."""
    for number in range(count):
        message = post.message("dispute", now)
        place = "".join(chance.choices(NAMES, k=3)) + chance.choice(("小区", "花园", "苑", "里", "新村"))
        words = message.text.replace(message.place, place) if message.place else f"{place}{message.text}"
        yield f"{place}{message.title}"[:60], f"{words}{chance.randint(1, 40)}栋{chance.randint(1, 30)}楼", now - timedelta(minutes=count - number)


def in_pieces(rows: Iterator[Any]) -> Iterator[list[Any]]:
    """So many at once."""
    piece = []
    for row in rows:
        piece.append(row)
        if len(piece) == PIECE:
            yield piece
            piece = []
    if piece:
        yield piece


def add(session: Session, like: int, rows: list[tuple[str, str, datetime]]) -> None:
    """Items written past the door, in bulk: copies of one, with their own words."""
    cases, items = Case.__table__, IncomingItem.__table__
    case = dict(session.execute(select(cases).where(cases.c.id == like)).mappings().one())
    item = dict(session.execute(select(items).where(items.c.case_id == like)).mappings().one())
    first = (session.scalar(select(func.max(Case.id))) or 0) + 1
    own = [{"id": first + n, "number": None, "title": title, "text": words, "registered_at": at} for n, (title, words, at) in enumerate(rows)]
    session.execute(insert(cases), [case | one for one in own])
    session.execute(insert(items), [item | {"case_id": one["id"], "key": f"bench:{one['id']}", "sent_at": one["registered_at"]} for one in own])
    index_texts(session, [(one["id"], f"{one['title']}\n{one['text']}") for one in own])


def tell(app: Flask, database: str, texts: list[tuple[str, str]]) -> None:
    """Measure and print."""
    asked = random.Random(3).sample(texts, min(ASKED, len(texts)))
    with app.extensions["readings"]() as session:
        account = session.scalar(select(Account.id).where(Account.login == "operator")) or 0
        operator = load_actor(session, account, local_date(datetime.now(UTC)))
        matters = session.scalar(select(func.count()).select_from(Case).where(Case.closed_at.is_(None)))
    print(f"{database}: {matters} open matters")
    for name, actor in (("the job", replace(SCHEDULER)), ("an operator", operator)):
        spent, own, found = [], [], 0
        for title, words in asked:
            begun, worked = perf_counter(), process_time()
            with app.extensions["readings"]() as session:
                found += bool(similar_open(session, actor, title, words))
            spent.append((perf_counter() - begun) * 1000)
            own.append((process_time() - worked) * 1000)
        spent.sort()
        print(
            f"{name}: median {statistics.median(spent):.0f} ms, 95 % {spent[int(len(spent) * 0.95)]:.0f} ms, most {spent[-1]:.0f} ms;"
            f" of this process's own work {statistics.median(own):.0f} ms;"
            f" {found} of {len(spent)} found something"
        )


if __name__ == "__main__":
    main()
