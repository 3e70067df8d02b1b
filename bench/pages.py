"""What people of different scopes read, and what they send: the lines of the measurement over HTTP."""

import itertools
import re
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from bench.ground import words
from bench.person import TOKEN, Answer, Person, log_in
from bench.rounds import Line
from casemgr.queries.filters import LISTED

CASE = re.compile(r'href="/(?:cases|sorting)/(\d+)(?:[?"#])')  # what waits to be sorted opens at the sorting desk
NEXT = re.compile(r'href="([^"]*[?&;]after=[^"]*)"')
HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
TEXT = "楼上卫生间漏水到楼下客厅，物业两次上门没有修好，双方为赔偿多少争执不下，楼下住户说再不解决就停交物业费。" * 4
DEEP = 12  # pages down
PEOPLE = {  # who reads what: scope -> login
    "grid": "worker", "community": "secretary", "mediator": "mediator", "street": "street.secretary", "district": "supervisor",
    "city": "city.supervisor", "operator": "operator", "head": "head",
}  # fmt: skip
SECRETARIES = ("community", "street")  # who lead what is red or orange there, confidential or not


@dataclass
class House:
    """The people who have logged in at a server, and the database for looking up what to ask for."""

    port: int
    floor: Person
    engine: sa.Engine
    people: dict[str, Person] = field(default_factory=dict)

    def who(self, login: str) -> Person:
        """Somebody, logged in once."""
        if login not in self.people:
            self.people[login] = log_in(self.port, login)
        return self.people[login]

    def one(self, query: str, **args: Any) -> Any:
        """One value from the database."""
        with self.engine.connect() as connection:
            return connection.execute(sa.text(query), args).scalar()

    def area_of(self, login: str) -> int:
        """The area of somebody's post."""
        return int(self.one(
            "SELECT min(p.area_id) FROM accounts a JOIN appointments x ON x.account_id = a.id JOIN posts p ON p.id = x.post_id "
            "WHERE a.login = :login", login=login,
        ))  # fmt: skip


def reading_lines(house: House) -> list[Line]:
    """The floor page and all pages that are read."""
    lines = [Line("floor page", lambda n: house.floor.get("/page"))]

    def add(name: str, scope: str, path: str, target: float) -> None:
        person = house.who(PEOPLE[scope])
        lines.append(Line(f"{name} ({scope})", lambda n: person.get(path), "floor page", target))

    for scope in ("grid", "mediator", "community", "operator", "street", "district"):
        add("desk", scope, "/desk", 3)
    for scope in ("grid", "mediator", "community", "street", "district", "city"):
        add("open list", scope, "/matters?status=open", 3)
    for scope in ("street", "district"):
        add("deep filtered page", scope, deep_page(house.who(PEOPLE[scope])), 3)
    for scope, target in (("community", 3), ("street", 3), ("district", 6), ("city", 6)):
        add("board", scope, "/board", target)
    scope, long = long_case(house)
    add("case of 50 events", scope, f"/cases/{long}", 4)
    for scope in ("community", "street", "district"):
        for run in (words.PAIRS[0], words.FOURS[0]):
            add(f"search of {len(run)} characters", scope, f"/matters?q={quote(run)}", 6)
    return lines


def deep_page(person: Person) -> str:
    """The address of a page far down a filtered list."""
    path = "/matters?status=closed&process=dispute&order=newest"
    for _ in range(DEEP):
        found = NEXT.findall(person.get(path).text)
        if not found:
            break
        path = found[-1].replace("&amp;", "&")
        path = path if path.startswith("/") else f"/matters{path}"
    return path


def long_case(house: House) -> tuple[str, int]:
    """A matter with fifty events or more and the scope of who asks for it: of the big street, in a small ground of the city."""
    for scope in ("street", "city"):
        found = house.one(
            "SELECT min(c.id) FROM cases c JOIN area_paths p ON p.descendant_id = c.area_id WHERE p.ancestor_id = :street "
            "AND c.trail_seq >= 50 AND c.process = 'dispute' AND NOT c.confidential AND c.parent_id IS NULL", street=house.area_of(PEOPLE[scope]),
        )  # fmt: skip
        if found:
            return scope, int(found)
    raise LookupError("no matter with fifty events in this ground")


def planted_found(house: House) -> dict[str, Any]:
    """Whether everyone finds every planted row of their area, and nothing besides: by scope and run, of how many."""
    told: dict[str, Any] = {}
    for scope in ("street", "district"):
        person, area = house.who(PEOPLE[scope]), house.area_of(PEOPLE[scope])
        for run in (*words.PAIRS, *words.FOURS):
            wanted = in_area(house, area, run, leads=scope in SECRETARIES)
            seen = listed(person, f"/matters?status=all&q={quote(run)}")
            told[f"{scope} {run}"] = {"planted": len(wanted), "found": len(wanted & seen), "besides": len(seen - wanted)}
    return told


def in_area(house: House, area: int, run: str, *, leads: bool) -> set[int]:
    """The matters below an area that stand in lists and hold a run in title, text or number, read from the rows themselves.
    Confidential ones only where they are led from that area and not kept from it: its secretary sees these, a supervisor none."""
    query = sa.text(
        "SELECT c.id FROM cases c JOIN area_paths p ON p.descendant_id = c.area_id WHERE p.ancestor_id = :area "
        "AND (c.text LIKE :run OR c.title LIKE :run OR c.number LIKE :run) AND c.process IN :listed "
        "AND (NOT c.confidential OR (:leads AND c.lead_area_id = :area "
        "AND NOT EXISTS (SELECT 1 FROM barred b WHERE b.case_id = c.id AND b.area_id = :area)))"
    ).bindparams(sa.bindparam("listed", expanding=True))
    with house.engine.connect() as connection:
        return set(connection.execute(query, {"area": area, "run": f"%{run}%", "listed": list(LISTED), "leads": leads}).scalars())


def listed(person: Person, path: str) -> set[int]:
    """The matters of a list, all its pages."""
    found: set[int] = set()
    for _ in range(2000):
        page = person.get(path).text
        main = page[page.find("<main"):page.find("</main>")]
        found |= {int(id) for id in CASE.findall(main)}
        after = NEXT.findall(main)
        if not after:
            return found
        path = after[-1].replace("&amp;", "&")
        path = path if path.startswith("/") else f"/matters{path}"
    return found


@dataclass
class Desk:
    """One who registers: the token of the form is asked for once, as a browser that stays on the page has it."""

    person: Person
    area: int
    token: str = ""

    def register(self, n: int = 0) -> Answer:
        """One matter more."""
        self.token = self.token or self.person.token("/cases/new")
        return self.person.post("/cases/new", {
            "csrf_token": self.token, "text": TEXT[:200], "area_id": str(self.area), "result": "help", "key": uuid.uuid4().hex,
        })  # fmt: skip


def desk_of(house: House, login: str) -> Desk:
    """Somebody at the register of his own area."""
    return Desk(house.who(login), house.area_of(login))


def writing_lines(house: House) -> list[Line]:
    """The floor write, registering, and the step that brings most with it."""
    desk, head = desk_of(house, PEOPLE["grid"]), house.who(PEOPLE["head"])
    made: list[str] = []

    def register(n: int) -> Answer:
        answer = desk.register()
        made.append(answer.location)
        return answer

    def accept(n: int) -> Answer:
        if n >= len(made):
            register(n)
        return accepted(head, made[n])

    return [
        Line("floor write", lambda n: house.floor.post("/write", {"words": TEXT[:200]})),
        Line("register", register, "floor write", 5, (302,)),
        Line("step with all consequences", accept, "floor write", 5, (302,)),
    ]


def accepted(head: Person, address: str) -> Answer:
    """Accept a new matter: its tier, holder, deadlines, ladders and notices follow. Only the sending is timed."""
    page = head.get(f"{address}/steps/accept").text
    form = page[page.find(f'action="{address}/steps/accept') if f'action="{address}/steps/accept' in page else page.find("<main"):]
    hidden = dict(pair(one) for one in HIDDEN.findall(form[: form.find("</form>")]))
    data = {**hidden, "category": "0402", "people": "12", "money": "46000"}
    if "csrf_token" not in data and (found := TOKEN.search(page)):
        data["csrf_token"] = found[1]
    return head.post(f"{address}/steps/accept", data)


def pair(tag: str) -> tuple[str, str]:
    """Name and value of a hidden field."""
    name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
    return name[1] if name else "", value[1] if value else ""


def together(acts: Sequence[Callable[[int], Answer]], seconds: float, good: Sequence[int]) -> dict[str, Any]:
    """All of these clients at once for so long: how many went well in a second."""
    counts, wrong, start = [0] * len(acts), [0] * len(acts), threading.Barrier(len(acts) + 1)

    def go(which: int) -> None:
        start.wait()
        for n in itertools.count():
            if time.monotonic() >= ends[0]:
                return
            answer = acts[which](n)
            if answer.status in good:
                counts[which] += 1
            else:
                wrong[which] += 1

    ends = [float("inf")]
    threads = [threading.Thread(target=go, args=(n,)) for n in range(len(acts))]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    ends[0] = began + seconds
    start.wait()
    for thread in threads:
        thread.join()
    return {"each": counts, "wrong": sum(wrong), "per_second": round(sum(counts) / (time.monotonic() - began), 1)}


def throughput(house: House, rounds: int, seconds: float) -> dict[str, Any]:
    """Four who register in one street, and in four, against four who write a floor row; turn by turn."""
    floors = [Person(house.floor.port) for _ in range(4)]
    writes = [lambda n, one=one: one.post("/write", {"words": TEXT[:200]}) for one in floors]
    area = house.area_of("worker")
    one_street = [Desk(log_in(house.port, "worker"), area) for _ in range(4)]
    others = [login for login in ("worker.1", "worker.2", "worker.3") if house.one("SELECT id FROM accounts WHERE login = :login", login=login)]
    four = [desk_of(house, login) for login in (["worker", *others] * 2)[:4]]
    told: dict[str, list[dict[str, Any]]] = {"floor write": [], "one street": [], "four streets": []}
    for _ in range(rounds):
        told["floor write"].append(together(writes, seconds, (200,)))
        told["one street"].append(together([d.register for d in one_street], seconds, (302,)))
        told["four streets"].append(together([d.register for d in four], seconds, (302,)))
    return told


def gaps(house: House) -> int:
    """How many numbers are missing or given twice, over all series."""
    query = (
        "SELECT count(*) FROM (SELECT substr(number, 1, length(number) - 6) AS series, count(*) AS given, "
        "max(CAST(substr(number, length(number) - 5) AS INTEGER)) AS last FROM cases WHERE number IS NOT NULL GROUP BY 1) s "
        "WHERE s.given <> s.last"
    )
    return int(house.one(query))


def mixed(house: House, requests: int, seconds: float, memory: Callable[[], list[int]]) -> dict[str, Any]:
    """Many requests of all kinds by several people at once; the memory of the web workers on the way, in MB."""
    paths = ["/desk", "/matters?status=open", "/matters?status=all&order=newest", "/board", f"/matters?q={quote(words.PAIRS[0])}", "/notices", "/cases/new"]
    readers = [house.who(PEOPLE[scope]) for scope in ("grid", "mediator", "community", "street", "district", "operator")]
    turn, lock, seen, wrong = itertools.count(), threading.Lock(), [], []
    end = time.monotonic() + seconds

    def go(person: Person) -> None:
        while time.monotonic() < end:
            with lock:
                n = next(turn)
                if n % max(requests // 10, 1) == 0:
                    seen.append([n, *memory()])
            if n >= requests:
                return
            status = person.get(paths[n % len(paths)]).status
            if status not in (200, 403):
                wrong.append(status)

    threads = [threading.Thread(target=go, args=(person,)) for person in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"requests": next(turn), "memory": seen, "end": memory(), "wrong": wrong[:5], "most": max(memory())}


