"""Finding Chinese words of two characters and more, alike on both databases: bigrams made here, re-checked with LIKE.

Here: the grams, keeping them, the condition. The caller adds scope: search is a door like any other.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    column,
    false,
    func,
    literal,
    or_,
    select,
    table,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from casemgr.db import is_sqlite
from casemgr.models import Case, Party, Person
from casemgr.policy import Actor, knows_party

WORDS = re.compile(r"[\w]+")


def normal(words: str) -> str:
    """Full-width forms folded, letters lowered."""
    return unicodedata.normalize("NFKC", words).lower()


def grams(words: str) -> list[str]:
    """Every two neighbouring characters of each run of letters and figures, in order; a lone character stands alone."""
    found = []
    for run in WORDS.findall(normal(words)):
        found += [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
    return found


def index_texts(session: Session, texts: Iterable[tuple[int, str]]) -> None:
    """Keep the grams of (case id, text) pairs, in place of any kept before."""
    rows = [(id, grams(words)) for id, words in texts]
    if not rows:
        return
    if is_sqlite(session):
        index_sqlite(session, [{"id": id, "grams": " ".join(found)} for id, found in rows])
        return
    session.execute(
        text(
            "INSERT INTO case_search (case_id, grams) VALUES (:id, :grams) "
            "ON CONFLICT (case_id) DO UPDATE SET grams = EXCLUDED.grams"
        ),
        [{"id": id, "grams": sorted(set(found))} for id, found in rows],
    )


def index_sqlite(session: Session, rows: list[dict[str, object]]) -> None:
    """The full-text table keeps no content: to change a row it must be told the old grams."""
    ids = [row["id"] for row in rows]
    old = session.execute(
        text("SELECT case_id AS id, grams FROM case_grams WHERE case_id IN :ids").bindparams(
            bindparam("ids", expanding=True)
        ),
        {"ids": ids},
    ).mappings()
    if gone := [dict(row) for row in old]:
        session.execute(text("INSERT INTO case_search (case_search, rowid, grams) VALUES ('delete', :id, :grams)"), gone)
    session.execute(text("INSERT INTO case_search (rowid, grams) VALUES (:id, :grams)"), rows)
    session.execute(text("INSERT OR REPLACE INTO case_grams (case_id, grams) VALUES (:id, :grams)"), rows)


def matches(session: Session, query: str, actor: Actor | None = None) -> ColumnElement[bool]:
    """The condition on Case that every run of the query stands, as written, in its number, title or text.

    With an actor also in the name of a party, where he may know who that is (policy.knows_party).
    """
    runs = [run for run in WORDS.findall(normal(query)) if run]
    if not runs:
        return false()
    return and_(*(Case.id.in_(found_by(session, run, actor)) for run in runs))


def found_by(session: Session, run: str, actor: Actor | None) -> Any:
    """A select of the ids of cases that hold one run."""
    there = holds(run)
    if len(run) > 1:
        there = and_(there, Case.id.in_(candidates(session, grams(run))))
    found = select(Case.id).where(there).correlate(None)
    return found if actor is None else found.union(of_parties(run, actor))


def of_parties(run: str, actor: Actor) -> Any:
    """A select of the ids of cases with a party of that name."""
    named = Person.name.icontains(run, autoescape=True)
    return (
        select(Party.case_id)
        .join(Person, Person.id == Party.person_id)
        .join(Case, Case.id == Party.case_id)
        .where(named, knows_party(actor))
        .correlate(None)
    )


def holds(run: str) -> ColumnElement[bool]:
    """The words really stand there."""
    return or_(*(c.icontains(run, autoescape=True) for c in (Case.title, Case.text, Case.number)))


def kept_grams(session: Session, cases: Any) -> dict[int, frozenset[str]]:
    """The grams kept of the cases that a select of ids names, by id."""
    if is_sqlite(session):
        found = table("case_grams", column("case_id"), column("grams"))
        rows = session.execute(select(found.c.case_id, found.c.grams).where(found.c.case_id.in_(cases)))
        return {id: frozenset(words.split()) for id, words in rows}
    found = table("case_search", column("case_id"), column("grams", ARRAY(Text)))
    return {id: frozenset(words) for id, words in session.execute(select(found.c.case_id, found.c.grams).where(found.c.case_id.in_(cases)))}


def sharing(session: Session, weights: Mapping[str, float]) -> Subquery:
    """The cases that hold any of these grams: case_id, weight in common. The weights need not be whole numbers."""
    selects = [select(literal(weight).label("weight"), held.label("case_id")).where(there)
               for weight, (held, there) in ((weight, holding(session, gram)) for gram, weight in weights.items())]
    found = union_all(*selects).subquery()
    return select(found.c.case_id, func.sum(found.c.weight).label("weight")).group_by(found.c.case_id).subquery()


def holding(session: Session, gram: str) -> tuple[Any, Any]:
    """The column of case ids and the condition that a case holds one gram."""
    if is_sqlite(session):
        found = table("case_search", column("rowid"), column("case_search"))
        return found.c.rowid, found.c.case_search.op("MATCH")(f'"{gram}"')
    kept = table("case_search", column("case_id"), column("grams", ARRAY(Text)))
    return kept.c.case_id, kept.c.grams.contains(cast([gram], ARRAY(Text)))


def candidates(session: Session, wanted: list[str]) -> Any:
    """A select of case ids whose grams hold all that are wanted."""
    if is_sqlite(session):
        found = table("case_search", column("rowid"))
        phrase = " AND ".join(f'"{gram}"' for gram in wanted)
        return select(found.c.rowid).where(text("case_search MATCH :grams").bindparams(grams=phrase))
    found = table("case_search", column("case_id"), column("grams", ARRAY(Text)))
    return select(found.c.case_id).where(found.c.grams.contains(cast(wanted, ARRAY(Text))))
