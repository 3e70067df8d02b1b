"""Programs that register, take steps, attach files and hand in items without pause, and write all of it into the journal.

What got no answer, or one of the server's own faults, is sent again under the same key until something is said.
"""

import hashlib
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.chaos.journal import Journal
from tests.chaos.street import Street

PNG = b"\x89PNG\r\n\x1a\n"
TIMEOUT = (3.0, 40.0)  # to connect, to answer: SQLite waits 30 s for another writer
GIVING_UP = 120.0  # seconds after the end of a run in which everything must have got its answer
TEXTS = ("楼上漏水，物业不修。", "邻居半夜吵闹，多次劝说无效。", "停车占道，两家争执。", "装修噪声，商量不成。")


@dataclass
class Matter:
    """A matter that a client registered, as far as it knows."""

    id: int
    place: str  # community
    done: set[str] = field(default_factory=set)
    requests: list[int] = field(default_factory=list)


@dataclass
class Crowd:
    """What all clients share: the street, the servers, the journal, the matters under way, and when to stop."""

    street: Street
    ports: list[int]
    journal: Journal
    seed: int
    rest: float  # seconds between an answer and the next request, on average
    matters: deque[Matter] = field(default_factory=lambda: deque(maxlen=40))
    stop: threading.Event = field(default_factory=threading.Event)
    end: float = 0.0  # by the monotonic clock, once it is known
    faults: list[str] = field(default_factory=list)

    def close(self) -> None:
        """Nothing new is begun; what has been asked is asked until it is answered."""
        self.end = time.monotonic() + GIVING_UP
        self.stop.set()

    @property
    def patient(self) -> bool:
        """Whether an answer is still waited for."""
        return not self.stop.is_set() or time.monotonic() < self.end


class Client(threading.Thread):
    """One program; `work` is what it does again and again."""

    def __init__(self, crowd: Crowd, name: str, work: "Callable[[Client], None]") -> None:
        super().__init__(name=name, daemon=True)
        self.crowd, self.work = crowd, work
        self.dice = random.Random(f"{crowd.seed}:{name}")
        self.line = requests.Session()
        self.count = 0

    def run(self) -> None:
        while not self.crowd.stop.wait(self.dice.uniform(0, 2 * self.crowd.rest)):
            try:
                self.work(self)
            except Exception as error:  # a fault of this harness is no silence
                self.crowd.faults.append(f"{self.name}: {error!r}")
                raise

    def mark(self) -> str:
        """Words that stand nowhere else."""
        self.count += 1
        return f"{self.name}-{self.crowd.seed}-{self.count}"

    def place(self) -> str:
        """A community; most of what happens, happens in two of them."""
        return self.dice.choice("aaabbbcd")

    def once(self, who: str, path: str, key: str, **sent: Any) -> requests.Response:
        """One try: by a kept connection, or a new one."""
        if self.dice.random() < 0.2:
            self.line.close()
            self.line = requests.Session()
        port = self.dice.choice(self.crowd.ports)
        headers = {"Authorization": f"Bearer {self.crowd.street.tokens[who]}", "Idempotency-Key": key, **sent.pop("headers", {})}
        return self.line.post(f"http://127.0.0.1:{port}/api/v1{path}", headers=headers, timeout=TIMEOUT, **sent)

    def ask(self, act: str, who: str, path: str, note: dict[str, Any], **sent: Any) -> Any:
        """Ask for a change until it is answered; the answer's JSON when it was granted, else None."""
        key = f"{self.name}-{self.dice.getrandbits(64):016x}"
        number = self.crowd.journal.asks(self.name, act, key, who=who, path=path, **note)
        while self.crowd.patient:
            try:
                answer = self.once(who, path, key, **again(sent))
            except requests.RequestException as error:
                self.crowd.journal.hears(number, lost=type(error).__name__)
                self.crowd.stop.wait(0.05) or time.sleep(0.05)
                continue
            told = body_of(answer)
            self.crowd.journal.hears(
                number, status=answer.status_code, code=told.get("code", ""), replayed="Idempotent-Replayed" in answer.headers,
                **{name: told[name] for name in ("case_id", "entry", "number", "sha256", "state", "id") if name in told},
                **({"detail": told.get("detail") or told.get("errors") or answer.text[:200]} if answer.status_code >= 400 else {}),
            )
            if answer.status_code < 500 and answer.status_code != 429:
                return told if answer.ok else None
            time.sleep(0.1)
        self.crowd.journal.hears(number, lost="gave up")
        return None


def again(sent: dict[str, Any]) -> dict[str, Any]:
    """What is sent, fresh for another try: files are read anew."""
    files = sent.get("files")
    return sent | ({"files": dict(files)} if files else {})


def body_of(answer: requests.Response) -> dict[str, Any]:
    """The JSON of an answer; nothing where there is none."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


# --- what clients do


def registering(client: Client) -> None:
    """Register a dispute with the person who came; some with many people, so that they are red."""
    place, mark = client.place(), client.mark()
    body: dict[str, Any] = {
        "text": f"{client.dice.choice(TEXTS)}{mark}", "area_id": client.crowd.street.areas[f"grid_{place}{client.dice.choice('12')}"],
        "name": "周某", "phone": f"139{client.dice.randrange(10**8):08}",
    }  # fmt: skip
    if client.dice.random() < 0.1:
        body["settlement"] = f"当场说和。{mark}"
    who = f"worker_{place}1" if body["area_id"] == client.crowd.street.areas[f"grid_{place}1"] else f"worker_{place}2"
    told = client.ask("register", who, "/cases", {"mark": mark, "settled": "settlement" in body}, json=body)
    if told and "settlement" not in body:
        client.crowd.matters.append(Matter(told["case_id"], place))


def stepping(client: Client) -> None:
    """The next step of a matter, whoever else is at it; now and then one that is not lawful, or from a page that is old."""
    if not client.crowd.matters:
        client.crowd.stop.wait(0.05)
        return
    matter = client.dice.choice(list(client.crowd.matters))
    act, who, body = next_step(client, matter)
    mark = client.mark()
    body = {name: value.replace("MARK", mark) if isinstance(value, str) else value for name, value in body.items()}
    kind = "requests" if act == "extend" else "steps"
    told = client.ask(
        act, who, f"/cases/{matter.id}/{kind}/{act}", {"mark": mark, "case": matter.id, "body": body}, json=body, headers={"If-Match": "*"}
    )
    if told is not None:
        matter.done.add(act)
        if act == "extend":
            matter.requests.append(told["case_id"])


def next_step(client: Client, matter: Matter) -> tuple[str, str, dict[str, Any]]:
    """Which step, by whom, with what answers."""
    p, accounts = matter.place, client.crowd.street.accounts
    course: list[tuple[str, str, dict[str, Any]]] = [
        ("accept", f"head_{p}", {"category": "0299"}),
        ("assign", f"head_{p}", {"handler_id": accounts[f"mediator_{p}"]}),
        ("take", f"mediator_{p}", {}),
        ("add_party", f"mediator_{p}", {"side": "respondent", "name": "佳和物业 MARK", "person_kind": "organisation"}),
        ("record_contact", f"mediator_{p}", {"way": "phone", "said": "谈过了 MARK"}),
    ]
    notes = [("record_note", f"{role}_{p}", {"note": "再去看了一次 MARK"}) for role in ("head", "mediator")]
    notes += [("record_fact", f"head_{p}", {"people": client.dice.choice((2, 6, 40))})]
    if client.dice.random() < 0.4:
        return client.dice.choice(notes)
    left = [step for step in course if step[0] not in matter.done]
    if left and client.dice.random() < 0.7:
        return left[0]
    return client.dice.choice(
        [
            ("extend", f"head_{p}", {"length": "3 days", "reason": "等鉴定 MARK"}),
            ("terminate", f"head_{p}", {"ground": "refuses"}),
            *notes,
        ]
    )


def deciding(client: Client) -> None:
    """Decide what was asked for, while others close the matter it is about."""
    waiting = [(matter, id) for matter in list(client.crowd.matters) for id in matter.requests]
    if not waiting:
        client.crowd.stop.wait(0.05)
        return
    matter, id = client.dice.choice(waiting)
    act = client.dice.choice(("approve", "refuse"))
    body = {"note": ""} if act == "approve" else {"reason": "不同意"}
    who = client.dice.choice([f"secretary_{matter.place}", f"grid_secretary_{matter.place}1", f"street_secretary_{'a' if matter.place in 'ab' else 'b'}"])
    client.ask(act, who, f"/cases/{id}/steps/{act}", {"case": id, "body": body}, json=body, headers={"If-Match": "*"})
    if client.dice.random() < 0.5 and id in matter.requests:
        matter.requests.remove(id)


def attaching(client: Client) -> None:
    """A photo of some size on a matter."""
    if not client.crowd.matters:
        client.crowd.stop.wait(0.05)
        return
    matter = client.dice.choice(list(client.crowd.matters))
    content = PNG + client.dice.randbytes(client.dice.choice((200, 5_000, 120_000)))
    sha256 = hashlib.sha256(content).hexdigest()
    mark = client.mark()
    client.ask(
        "attach", f"head_{matter.place}", f"/cases/{matter.id}/files", {"mark": mark, "case": matter.id, "sha256": sha256},
        files={"file": (f"{mark}.png", content)}, data={"kind": "photo"},
    )  # fmt: skip


def handing_in(client: Client) -> None:
    """Some items of the hotline, a few of them sent before."""
    mark = client.mark()
    street = client.dice.choice("ab")
    items = [
        {"external_number": f"RX-{mark}-{n}", "channel": "hotline", "text": f"{client.dice.choice(TEXTS)}{mark}", "reporter": {"name": "李某", "phone": "13900001111"}}
        for n in range(client.dice.randint(1, 4))
    ]
    note = {"numbers": [item["external_number"] for item in items]}
    client.ask("hand_in", f"street_operator_{street}", "/incoming", note, json={"items": items})


WORKS = {
    "registrar": registering, "stepper": stepping, "decider": deciding, "attacher": attaching, "handler": handing_in,
}  # fmt: skip


def make_clients(crowd: Crowd, counts: dict[str, int]) -> list[Client]:
    """So many of each kind, not started yet."""
    return [Client(crowd, f"{kind}{n}", WORKS[kind]) for kind, count in counts.items() for n in range(count)]
