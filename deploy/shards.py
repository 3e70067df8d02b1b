"""What carries more than one PostgreSQL: the real table of matters, cut by year and district, and spread over servers.

`python -m deploy.shards [--rows 100000]`: makes both, fills them with copies of a matter that went through the door, and tells what
the questions of the pages cost before and after. Everything runs in a throw-away server with a database for each shard.
"""

import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from urllib.request import Request, urlopen

from deploy.server import ROOT, Installation, Postgres

DISTRICTS, YEARS = 4, (2022, 2023, 2024, 2025, 2026)
QUESTIONS = {
    "open list of one district": "SELECT id, number, title FROM {table} WHERE district_id = 2 AND closed_at IS NULL ORDER BY registered_at DESC LIMIT 25",
    "numbers of one district, this year": "SELECT tier, count(*) FROM {table} WHERE district_id = 2 AND registered_at >= '2026-01-01' GROUP BY tier",
    "numbers of the whole province": "SELECT district_id, tier, count(*) FROM {table} GROUP BY district_id, tier",
    "one matter by id in its district": "SELECT * FROM {table} WHERE id = 777 AND district_id = 2",
}


class Database:
    """One database of the throw-away server."""

    def __init__(self, server: Postgres, name: str) -> None:
        self.server, self.name = server, name
        if name != "postgres":
            server.ask(f"CREATE DATABASE {name}")

    def run(self, *statements: str) -> str:
        """Run statements; what the last one gave."""
        words = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.server.port), "-U", "postgres", "-d", self.name]
        return self.server.run(*words, *(word for one in statements for word in ("-c", one))).strip()

    def cost(self, question: str) -> dict[str, object]:
        """The best of three runs in milliseconds, and what the plan touches."""
        plans = [json.loads(self.run(f"EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) {question}"))[0] for _ in range(3)]
        text = json.dumps(plans[-1])
        touched = sorted(set(re.findall(r'"Relation Name": "([^"]+)"', text)))
        return {"ms": round(min(plan["Execution Time"] + plan["Planning Time"] for plan in plans), 2), "touches": touched, "pushed down": '"Remote SQL"' in text}


def migrated(database: Database, place: Path) -> Installation:
    """The database with the programme's own schema."""
    url = f"postgresql+psycopg://postgres@127.0.0.1:{database.server.port}/{database.name}"
    installation = Installation(place / database.name, url)
    installation.flask("migrate")
    return installation


def one_matter(installation: Installation) -> None:
    """A street, and a matter registered in it as a programme does."""
    street = json.loads(installation.run("-m", "deploy.seed", "1"))
    installation.start()
    body = json.dumps({"text": "演练：楼上漏水，两家争执不下。", "area_id": street["areas"][0]}).encode()
    headers = {"Authorization": f"Bearer {street['tokens'][0]}", "Content-Type": "application/json"}
    with urlopen(Request(f"{installation.base}/api/v1/cases", body, headers)) as answer:  # noqa: S310
        json.load(answer)
    installation.kill()


def columns(database: Database) -> list[str]:
    """The columns of the table of matters that are copied as they are."""
    own = {"id", "number", "district_id", "registered_at", "closed_at"}
    found = database.run("SELECT column_name FROM information_schema.columns WHERE table_name = 'cases' AND is_generated = 'NEVER' ORDER BY ordinal_position")
    return [name for name in found.splitlines() if name not in own]


def copies(names: list[str], rows: int, districts: str = f"1 + g % {DISTRICTS}") -> str:
    """A select of so many copies, spread over districts and years, one in twenty open."""
    years = f"{YEARS[0]} + (g / 7) % {len(YEARS)}"
    given = ", ".join(f"one.{name}" for name in names)
    at = f"make_timestamptz({years}, 1 + g % 12, 1 + g % 28, g % 24, 0, 0)"
    return (
        f"SELECT {given}, g AS id, 'X' || g AS number, {districts} AS district_id, {at} AS registered_at, "  # noqa: S608
        f"CASE WHEN g % 20 = 0 THEN NULL ELSE {at} + interval '9 days' END AS closed_at FROM cases_one AS one, generate_series(1, {rows}) AS g"
    )


def lay_plain(main: Database, names: list[str], rows: int) -> None:
    """One table, as the programme has it, with the indexes the questions use."""
    listed = ", ".join([*names, "id", "number", "district_id", "registered_at", "closed_at"])
    main.run(
        "CREATE TABLE cases_one AS SELECT * FROM cases LIMIT 1",
        "CREATE TABLE plain (LIKE cases)",
        f"INSERT INTO plain ({listed}) {copies(names, rows)}",
        *indexes("plain"), "ANALYZE plain",
    )  # fmt: skip


def indexes(table: str) -> tuple[str, ...]:
    """Those the questions use."""
    return (
        f"CREATE INDEX ON {table} (id)",
        f"CREATE INDEX ON {table} (district_id, registered_at) WHERE closed_at IS NULL",
    )


def lay_parts(main: Database) -> None:
    """Cut by year, each year by district: old years can lie on slow disks, be dumped and dropped whole."""
    made = ["CREATE TABLE parts (LIKE cases) PARTITION BY RANGE (registered_at)"]
    for year in YEARS:
        made.append(f"CREATE TABLE parts_{year} PARTITION OF parts FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01') PARTITION BY LIST (district_id)")
        made += [f"CREATE TABLE parts_{year}_{n} PARTITION OF parts_{year} FOR VALUES IN ({n})" for n in range(1, DISTRICTS + 1)]
    main.run(*made, "INSERT INTO parts SELECT * FROM plain", *indexes("parts"), "ANALYZE parts")


def lay_shards(main: Database, shards: list[Database]) -> None:
    """A district's matters on the district's server; the province's database sees all of them as one table."""
    made = ["CREATE EXTENSION postgres_fdw", "CREATE TABLE spread (LIKE cases) PARTITION BY LIST (district_id)"]
    for number, shard in enumerate(shards, start=1):
        where = f"host '127.0.0.1', port '{main.server.port}', dbname '{shard.name}', async_capable 'true', fetch_size '10000', batch_size '1000'"
        made += [
            f"CREATE SERVER {shard.name} FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({where})",
            f"CREATE USER MAPPING FOR postgres SERVER {shard.name} OPTIONS (user 'postgres')",
            f"CREATE FOREIGN TABLE spread_{number} PARTITION OF spread FOR VALUES IN ({number}) SERVER {shard.name} OPTIONS (table_name 'spread')",
        ]
    layout = main.server.run("pg_dump", "-h", "127.0.0.1", "-p", str(main.server.port), "-U", "postgres", "-s", "-t", "plain", "postgres")
    for shard in shards:
        path = main.server.place / f"{shard.name}.sql"
        path.write_text(layout.replace("public.plain", "public.spread").replace("plain_", "spread_"), encoding="utf-8")
        path.chmod(0o644)
        shard.run(f"\\i {path}")
    main.run(*made, "INSERT INTO spread SELECT * FROM plain", "ANALYZE spread")


def measure(rows: int, place: Path) -> dict[str, object]:
    """All three ways, the same rows, the same questions."""
    server = Postgres(place / "server")
    server.run("initdb", "-D", str(server.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    server.start()
    try:
        main = Database(server, "postgres")
        one_matter(migrated(main, place))
        shards = [Database(server, f"district{n}") for n in range(1, DISTRICTS + 1)]
        lay_plain(main, columns(main), rows)
        lay_parts(main)
        lay_shards(main, shards)
        main.run("ALTER SYSTEM SET enable_partitionwise_aggregate = on", "SELECT pg_reload_conf()")
        return {
            name: {table: main.cost(question.format(table=table)) for table in ("plain", "parts", "spread")}
            for name, question in QUESTIONS.items()
        }
    finally:
        server.stop()


def main() -> int:
    """Print and keep the results."""
    parser = argparse.ArgumentParser(prog="python -m deploy.shards")
    parser.add_argument("--rows", type=int, default=100_000)
    given = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="casemgr-shards-"))
    place.chmod(0o755)
    found = {"rows": given.rows, "questions": measure(given.rows, place)}
    print(json.dumps(found, ensure_ascii=False))
    target = ROOT / "var" / "drills" / "shards.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")
    shutil.rmtree(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
