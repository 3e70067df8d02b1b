"""Kills, cuts and jumps of one run, all of them following from its seed: what is struck, and how long is waited between.

After a blow to a server or the database the next one waits until clients have been heard again, so that blows fall into
work and not into ruins.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.chaos.databases import Database
from tests.chaos.journal import Journal
from tests.chaos.processes import Nursery, Process, children_of, kill, until
from tests.chaos.proxy import Proxy
from tests.chaos.shifted import ShiftedClock

WEIGHTS = {"scheduler": 34, "importer": 14, "worker": 18, "web": 8, "database": 14}  # of blows; a run has what it has
CUT_SHARE = 0.25  # of turns break a connection besides
JUMPS = (  # at this share of the kills the clock goes by so much; a week passes with no scheduler alive
    (0.20, timedelta(hours=9), False), (0.35, timedelta(hours=-2), False), (0.50, timedelta(days=7), True),
    (0.65, timedelta(hours=-20), False), (0.80, timedelta(days=3), False),
)  # fmt: skip
HEARD = 3  # answers between two blows to what clients need
LONGEST = 15.0  # seconds that these are waited for


@dataclass
class Killer:
    """The hand that strikes."""

    dice: random.Random
    nursery: Nursery
    database: Database
    proxies: dict[str, Proxy]
    journal: Journal
    clock: ShiftedClock
    pause: tuple[float, float] = (0.2, 0.6)
    kills: Counter[str] = field(default_factory=Counter)
    cuts: Counter[str] = field(default_factory=Counter)
    jumps: list[float] = field(default_factory=list)  # hours
    latest: datetime | None = None
    asleep: bool = False

    def strike(self, kills: int) -> None:
        """Until so many processes were killed."""
        jumps = list(JUMPS)
        while self.kills.total() < kills:
            time.sleep(self.dice.uniform(*self.pause))
            if jumps and self.kills.total() >= jumps[0][0] * kills:
                self.jump(*jumps.pop(0)[1:])
            if self.dice.random() < CUT_SHARE:
                self.cut()
            self.blow()
        for jump in jumps:
            self.jump(*jump[1:])
        self.wake()

    def blow(self) -> None:
        """Kill one process, and start it again."""
        self.revive()
        kinds = [kind for kind in WEIGHTS if self.there(kind)]
        kind = self.dice.choices(kinds, [WEIGHTS[k] for k in kinds])[0]
        heard = self.journal.granted
        if kind == "database":
            how = self.dice.choice(self.database.kinds)
            if self.database.kill(how, self.dice):
                self.kills[how if " " in how else f"database {how}"] += 1
                self.database.mend()
        elif kind == "worker":
            master = self.dice.choice(self.of("web"))
            workers = children_of(master.pid)
            self.kills["web worker"] += bool(workers) and kill(self.dice.choice(workers))
        elif kind == "web":
            self.fell(self.dice.choice(self.of(kind)), alone=self.dice.random() < 0.5)
        else:
            victim = self.dice.choice(self.of(kind))
            self.kills[kind] += kill(victim.pid)
            self.nursery.again(victim)
        if kind in ("database", "worker", "web"):
            until(lambda: self.journal.granted >= heard + HEARD, LONGEST)

    def fell(self, server: Process, *, alone: bool) -> None:
        """Kill a web server with all its workers, or its master alone: its workers then end by themselves."""
        pids = [server.pid] if alone else [server.pid, *children_of(server.pid)]
        self.kills["web master" if alone else "web server"] += sum(kill(pid) for pid in pids) > 0
        self.nursery.again(server)

    def revive(self) -> None:
        """Start again what ended by itself, as systemd does: a master whose port was still held by the workers of the last."""
        for process in [*self.of("web"), *self.of("scheduler")]:
            if not process.alive:
                self.nursery.again(process)

    def there(self, kind: str) -> bool:
        """Whether this run has such a thing, and it may be struck now."""
        if kind == "database":
            return bool(self.database.kinds)
        return bool(self.of("web" if kind == "worker" else kind))

    def of(self, role: str) -> list[Process]:
        """The processes of a role that run; an importer that has ended is left to who looks after it."""
        if role == "scheduler" and self.asleep:
            return []
        return [p for p in self.nursery.family.values() if p.role == role and (role != "importer" or p.alive)]

    def cut(self) -> None:
        """Break a connection, now or in the middle of what it sends."""
        name = self.dice.choice(sorted(self.proxies))
        half = self.dice.random() < 0.5
        if self.proxies[name].cut(self.dice, half=half):
            self.cuts[f"{name.rstrip('0123456789')}{', half sent' if half else ''}"] += 1

    def jump(self, by: timedelta, asleep: bool) -> None:
        """Put the clock forward or back. `asleep`: no scheduler lives for the next blows."""
        if self.asleep:
            self.wake()
        if asleep:
            for process in self.of("scheduler"):
                self.kills["scheduler"] += kill(process.pid)
            self.asleep = True
        self.latest = max(self.clock.now(), self.clock.jump(by), self.latest or self.clock.now())
        self.jumps.append(by.total_seconds() / 3600)

    def wake(self) -> None:
        """The schedulers run again."""
        if self.asleep:
            self.asleep = False
            for process in self.of("scheduler"):
                self.nursery.again(process)
