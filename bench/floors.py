"""The floors: the least that a page, a durable write and a move of many rows cost on the same server and database.

`bench.floors:make_app()` is served by the gunicorn of the pages; nothing of casemgr's pages is in it.
"""

from collections.abc import Callable

from flask import Flask, request
from sqlalchemy import text

from bench.ground.build import Place
from bench.person import Person
from bench.serving import gunicorn
from casemgr import db
from casemgr.config import load_settings

TABLE = (
    "<!doctype html><title>floor</title><table>{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>"
    "{% endfor %}</table>"
)
ROWS = "SELECT id, number, title, state, tier, registered_at FROM cases WHERE id > 1000 ORDER BY id LIMIT 25"  # by the primary key
FLOORS = "bench.floors:make_app()"
ADD = "INSERT INTO floor_rows (words) VALUES (:words)"


def make_app() -> Flask:
    """Two routes: served as `bench.floors:make_app()`."""
    made = Flask(__name__)
    engine = db.make_engine(load_settings().database_url)
    reading = engine.execution_options(reading=True)

    table, rows = made.jinja_env.from_string(TABLE), text(ROWS)  # compiled once, as templates are

    @made.get("/page")
    def page() -> str:
        """One indexed query, 25 rows."""
        with reading.connect() as connection:
            return table.render(rows=connection.execute(rows).all())

    @made.post("/write")
    def write() -> str:
        """One durable row."""
        with engine.begin() as connection:
            connection.execute(text(ADD), {"words": request.form.get("words", "")})
        return "done"

    return made


def page_times(place: Place, times: int = 60) -> list[float]:
    """Seconds of the floor page over HTTP, on the server settings of production."""
    with gunicorn(place, FLOORS) as (port, _):
        person = Person(port)
        return [person.get("/page").seconds for _ in range(times + 5)][5:]


def lay_out(url: str) -> None:
    """The floors' own tables, empty."""
    engine = db.make_engine(url)
    number = "SERIAL PRIMARY KEY" if url.startswith("postgres") else "INTEGER PRIMARY KEY"
    with engine.begin() as connection:
        for name in ("floor_rows", "floor_moved", "floor_audit"):
            connection.execute(text(f"DROP TABLE IF EXISTS {name}"))
        connection.execute(text(f"CREATE TABLE floor_rows (id {number}, words TEXT)"))
        connection.execute(text("CREATE TABLE floor_moved (id INTEGER PRIMARY KEY, level TEXT, tier TEXT, at TIMESTAMP)"))
        connection.execute(text(f"CREATE TABLE floor_audit (id {number}, moved_id INTEGER, was TEXT, became TEXT, at TIMESTAMP)"))
    engine.dispose()


def move(url: str, rows: int, clock: Callable[[], float], *, fresh: bool = True) -> float:
    """Seconds of moving so many rows with so many rows of audit: one statement (SQLite: one and its trigger), durable."""
    if fresh:
        lay_out(url)
    engine = db.make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM floor_moved"))
        connection.execute(text("INSERT INTO floor_moved (id, level, tier) VALUES (:id, 'grid', 'yellow')"), [{"id": n} for n in range(rows)])
        if url.startswith("sqlite"):
            connection.execute(text("DROP TRIGGER IF EXISTS floor_trail"))
            connection.execute(text(
                "CREATE TRIGGER floor_trail AFTER UPDATE ON floor_moved BEGIN "
                "INSERT INTO floor_audit (moved_id, was, became, at) VALUES (new.id, old.level, new.level, new.at); END"
            ))
    statement = "UPDATE floor_moved SET level = 'community', tier = 'orange', at = CURRENT_TIMESTAMP"
    if url.startswith("postgres"):
        statement = (
            f"WITH moved AS ({statement} RETURNING id, level, at) "
            "INSERT INTO floor_audit (moved_id, was, became, at) SELECT id, 'grid', level, at FROM moved"
        )
    began = clock()
    with engine.begin() as connection:
        connection.execute(text(statement))
    spent = clock() - began
    engine.dispose()
    return spent


