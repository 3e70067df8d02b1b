"""Finding Chinese words of two characters and more, alike on both databases: bigrams made here, re-checked with LIKE.

Beside the words of a matter its index holds the names of its parties, and a mark for every place it lies in: one look into it
finds the words within a place. Here: the grams, keeping them, the conditions. Scope comes from policy: search is a door like any.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    table,
    text,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from casemgr.db import Write, document, is_sqlite, run_alone, write_together
from casemgr.models import Case, Party, Person
from casemgr.models.cases import PLACES
from casemgr.queries.prepared import Prepared, among, listed
from casemgr.policy import (
    Actor, areas_of, asked_to_decide, beside_areas, knows_party, lies_in, named, not_barred, open_to, sees_matters, visible,
)  # fmt: skip

LOOKED_AT = 2000  # the newest matters of a stretch, through which a single character is looked for
COMMON = 0.01  # share of all matters from which on a word is found sooner by walking through the newest ones
COMMON_TOGETHER = 0.05  # the same of several pairs, which stand side by side less often than each of them stands
WORDS = re.compile(r"[\w]+")
NUMBERED = re.compile(r"\d")
PIECE = 500  # cases indexed anew at a time
PLACE_COLUMNS = (Case.area_id, *(getattr(Case, name) for name in PLACES.values()))
WORDS_TABLE = table("case_search", column("rowid"), column("case_search"))  # on SQLite
GRAMS_TABLE = table("case_search", column("case_id"), column("grams", ARRAY(Text)))  # on PostgreSQL
LITE = ("INTO case_search (rowid, grams)", "OR REPLACE INTO case_grams (case_id, grams)")
GRAMS = (
    "INSERT INTO case_search (case_id, grams) SELECT id, ARRAY(SELECT json_array_elements_text(given.grams)) "
    "FROM json_to_recordset(%s::json) AS given(id integer, grams json) ON CONFLICT (case_id) DO UPDATE SET grams = EXCLUDED.grams"
)
FREQUENT = text(
    "SELECT count(*) = :count FROM pg_stats s, "
    "unnest(s.most_common_elems::text::text[], s.most_common_elem_freqs[1:cardinality(s.most_common_elems::text::text[])]) AS f(gram, share) "
    "WHERE s.schemaname = current_schema() AND s.tablename = 'case_search' AND s.attname = 'grams' AND f.gram = ANY(:wanted) AND f.share >= :share"
)


def normal(words: str) -> str:
    """Full-width forms folded, letters lowered."""
    return unicodedata.normalize("NFKC", words).lower()


def grams(words: str) -> list[str]:
    """Every two neighbouring characters of each run of letters and figures, in order; a lone character stands alone."""
    found = []
    for run in WORDS.findall(normal(words)):
        found += [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
    return found


def index_cases(session: Session, rows: Mapping[int, tuple[str, Collection[int | None]]]) -> None:
    """Keep the grams of cases, by id the words and the areas where each lies, in place of any kept before: one query for the
    names of parties."""
    if not rows:
        return
    session.flush()
    said = {id: [words] for id, (words, _) in rows.items()}
    for id, name in names_of(is_sqlite(session)).run(session, {"ids": listed(session, rows)}):
        said[id].append(name)
    if is_sqlite(session):
        forget_grams(session, rows)
    write_together(session, indexing(session, {id: ("\n".join(said[id]), areas) for id, (_, areas) in rows.items()}))


def indexing(session: Session, rows: Mapping[int, tuple[str, Collection[int | None]]]) -> list[Write]:
    """The writes that keep the grams of cases of which none are kept, or whose old ones are forgotten."""
    if not rows:
        return []
    found = [(id, [*grams(words), *marks(areas)]) for id, (words, areas) in rows.items()]
    if is_sqlite(session):
        given = [(id, " ".join(held)) for id, held in found]
        return [Write(f"INSERT {into} VALUES (?, ?)", given) for into in LITE]  # noqa: S608
    return [Write(GRAMS, document([{"id": id, "grams": sorted(set(held))} for id, held in found]))]


@cache
def names_of(sqlite: bool) -> Prepared:
    """The names of the parties of cases."""
    query = select(Party.case_id, Person.name).join(Person, Person.id == Party.person_id)
    return Prepared(query.where(among(Party.case_id, sqlite=sqlite)))


def index_anew(session: Session, ids: Iterable[int]) -> None:
    """Keep the grams of these cases as they stand now, a piece at a time."""
    wanted = sorted(ids)
    for start in range(0, len(wanted), PIECE):
        query = select(Case.id, Case.title, Case.text, *PLACE_COLUMNS).where(Case.id.in_(wanted[start : start + PIECE]))
        index_cases(session, {id: (f"{title}\n{words}", areas) for id, title, words, *areas in session.execute(query)})


def marks(areas: Iterable[int | None]) -> list[str]:
    """The marks of places in the index: longer than any gram."""
    return [f"area{area}" for area in dict.fromkeys(areas) if area is not None]


def forget_grams(session: Session, ids: Collection[int]) -> None:
    """The full-text table keeps no content: to change a row it must be told the old grams."""
    kept = session.connection().exec_driver_sql(
        "SELECT case_id, grams FROM case_grams WHERE case_id IN (SELECT value FROM json_each(?))", (listed(session, ids),)
    )
    if gone := [tuple(row) for row in kept]:
        gone_from = "INSERT INTO case_search (case_search, rowid, grams) VALUES ('delete', ?, ?)"
        run_alone(session, Write(gone_from, gone))


def runs_of(query: str) -> list[str]:
    """The runs of letters and figures of a query."""
    return WORDS.findall(normal(query))


def matches(session: Session, query: str, actor: Actor | None = None) -> ColumnElement[bool]:
    """The condition on Case that every run of the query stands, as written, in its number, title or text.

    With an actor also in the name of a party, where he may know who that is (policy.knows_party).
    """
    runs = runs_of(query)
    if not runs:
        return false()
    said = and_(*(says(run, actor) for run in runs))
    wanted = wanted_grams(runs)
    return and_(Case.id.in_(candidates(session, wanted)), said) if wanted else said


def wanted_grams(runs: Sequence[str]) -> list[str]:
    """What the index must hold of these runs. A single character says nothing: it may stand within a run."""
    return list(dict.fromkeys(gram for run in runs if len(run) > 1 for gram in grams(run)))


@dataclass(frozen=True, slots=True)
class Sought:
    """What is searched for, apart from its words: what the statement of a search depends on. The words are its parameters.

    runs      how many runs of letters and figures
    indexed   the index of words is asked, since it is quicker
    single    nothing but single characters, which the index does not know
    numbered  it may be the number of a matter
    area      the place that is asked for besides
    """

    runs: int
    indexed: bool
    single: bool
    numbered: bool
    area: int | None

    @classmethod
    def of(cls, session: Session, query: str, area: int | None = None) -> "Sought":
        """What a query asks for; one question to PostgreSQL, how frequent the words are."""
        runs = runs_of(query)
        wanted = wanted_grams(runs)
        return cls(len(runs), bool(wanted) and not is_common(session, wanted), not wanted, bool(NUMBERED.search(query)), area)

    def values(self, session: Session, query: str, actor: Actor) -> dict[str, Any]:
        """The parameters of `stretches`."""
        runs = runs_of(query)
        told: dict[str, Any] = {f"run_{n}": escaped(run) for n, run in enumerate(runs)}
        if self.numbered:
            told["number"] = query.strip()
        if self.indexed:
            for n, areas in enumerate(self.places(actor)):
                told[f"held_{n}"] = as_held(session, [*wanted_grams(runs), *marks(areas)])
        return told

    def places(self, actor: Actor) -> list[tuple[int | None, ...]]:
        """The areas of each stretch that is read from the index."""
        if not is_person(actor):
            return [(self.area,)]
        return [(place, self.area) for place, _ in areas_of(actor)]


def is_person(actor: Actor) -> bool:
    """Whether the actor is somebody who sees matters by posts and mandates."""
    return actor.kind == "account" and sees_matters(actor)


def stretches(session: Session, sought: Sought, actor: Actor, condition: ColumnElement[bool]) -> list[Any]:
    """Selects of the ids of the matters that hold the words and that the actor sees, for lines.load_found to put in order:
    what lies in his places by the index, what is his own by walking through it; and the one of that number."""
    if not sought.runs:
        return [select(Case.id).where(false())]
    said = and_(*(says(bindparam(f"run_{n}", type_=String()), actor) for n in range(sought.runs)))
    number: Any = bindparam("number", type_=String())
    known = [select(Case.id).where(Case.number == number, condition, visible(actor))] if sought.numbered else []
    if not is_person(actor):
        return [inside(session, sought, 0, condition, said, visible(actor)), *known]
    kept, may = not_barred(actor), open_to(actor)
    places = [and_(or_(*lies_in(place, level)), may) for place, level in areas_of(actor)]
    here = [inside(session, sought, n, condition, said, and_(place, kept)) for n, place in enumerate(places)]
    beside = [and_(or_(*named(actor)), kept), *(and_(one, kept) for one in asked_to_decide(actor))]
    beside += [and_(one, may, kept) for one in beside_areas(actor)]
    if places and not sought.single:  # all of them are found: no word of what lies there is read again
        beside = [and_(one, or_(*places).is_not(true())) for one in beside]
    return [*here, *(walked(condition, said, one) for one in beside), *known]


def inside(session: Session, sought: Sought, n: int, condition: Any, said: Any, way: Any) -> Any:
    """The matters within the areas of stretch `n` that hold the words, by the index where that is quicker."""
    if not sought.indexed:
        return walked(condition, said, way, most=LOOKED_AT if sought.single else 0)
    held, there = holding(session, bindparam(f"held_{n}"))
    return select(Case.id).join_from(held.table, Case, held == Case.id).where(there, way, condition, said)


def walked(condition: Any, said: Any, way: Any, most: int = 0) -> Any:
    """The matters of one way that hold the words; with `most` no further than through the newest so many."""
    if not most:
        return select(Case.id).where(way, condition, said)
    newest = select(Case.id).where(way, condition).order_by(Case.registered_at.desc(), Case.id.desc()).limit(most)
    return select(Case.id).where(Case.id.in_(newest), said)


def escaped(run: str) -> str:
    """A run as it stands in a pattern."""
    return run.replace("/", "//").replace("%", "/%").replace("_", "/_")


def says(run: Any, actor: Actor | None) -> ColumnElement[bool]:
    """The run, a parameter or the words themselves, really stands there, or is in the name of a party that the actor may know."""
    run = escaped(run) if isinstance(run, str) else run
    there = or_(*(c.icontains(run, escape="/") for c in (Case.title, Case.text, Case.number)))
    if actor is None:
        return there
    called = exists().where(
        Party.case_id == Case.id, Person.id == Party.person_id, Person.name.icontains(run, escape="/"), knows_party(actor)
    )
    return or_(there, called.correlate(Case))


def sharing(session: Session, weights: Mapping[str, float]) -> Subquery:
    """The cases that hold any of these grams: case_id, weight in common. The weights need not be whole numbers."""
    selects = [select(literal(weight).label("weight"), held.label("case_id")).where(there)
               for weight, (held, there) in ((weight, holding(session, [gram])) for gram, weight in weights.items())]
    found = union_all(*selects).subquery()
    return select(found.c.case_id, func.sum(found.c.weight).label("weight")).group_by(found.c.case_id).subquery()


def holding(session: Session, wanted: Any) -> tuple[Any, Any]:
    """The column of case ids and the condition that a case holds all of these grams: a list, or a parameter with `as_held`."""
    given = as_held(session, wanted) if isinstance(wanted, list) else wanted
    if is_sqlite(session):
        return WORDS_TABLE.c.rowid, WORDS_TABLE.c.case_search.op("MATCH")(given)
    return GRAMS_TABLE.c.case_id, GRAMS_TABLE.c.grams.contains(cast(given, ARRAY(Text)))


def as_held(session: Session, wanted: Sequence[str]) -> Any:
    """Grams as the index is asked for them."""
    return " AND ".join(f'"{gram}"' for gram in wanted) if is_sqlite(session) else list(wanted)


def candidates(session: Session, wanted: Sequence[str]) -> Any:
    """A select of case ids whose grams hold all that are wanted."""
    held, there = holding(session, wanted)
    return select(held).where(there)


def is_common(session: Session, wanted: Sequence[str]) -> bool:
    """Whether all of these grams are so frequent that walking through the newest matters finds the words sooner. SQLite reads
    its index from the newest matter on and need not know."""
    if is_sqlite(session):
        return False
    share = COMMON if len(wanted) == 1 else COMMON_TOGETHER
    return bool(session.execute(FREQUENT, {"wanted": list(wanted), "share": share, "count": len(wanted)}).scalar())
