"""Timing by rounds: the floor and every line take turns, so that what else the machine does falls on all of them alike."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.person import Answer


@dataclass
class Line:
    """One thing measured: `act(n)` does it for the n-th time. `floor` names what it is a multiple of, `target` how many at most."""

    name: str
    act: Callable[[int], Answer]
    floor: str = ""
    target: float = 0.0
    good: Sequence[int] = (200,)
    per_round: list[list[float]] = field(default_factory=list)
    done: int = 0
    wrong: list[str] = field(default_factory=list)

    def once(self) -> float:
        """Do it once more; seconds."""
        answer = self.act(self.done)
        self.done += 1
        if answer.status not in self.good:
            self.wrong.append(f"{answer.status} {answer.location}")
        return answer.seconds

    def round(self, least: int, seconds: float) -> None:
        """As often as goes into that time, but so often at least."""
        end, found = time.monotonic() + seconds, []
        while len(found) < least or time.monotonic() < end:
            found.append(self.once())
        self.per_round.append(found)

    @property
    def all(self) -> list[float]:
        """Every time taken."""
        return [one for some in self.per_round for one in some]


def measure(lines: Sequence[Line], *, rounds: int, seconds: float, least: int = 3, warm: int = 3) -> dict[str, dict[str, Any]]:
    """Warm up, then turn by turn; what is told of each line. The ratio is the median of the ratios within a round."""
    for line in lines:
        for _ in range(warm):
            line.once()
    for _ in range(rounds):
        for line in lines:
            line.round(least, seconds)
    floors = {line.name: line for line in lines}
    return {line.name: told(line, floors.get(line.floor)) for line in lines}


def told(line: Line, floor: Line | None) -> dict[str, Any]:
    """The figures of a line, in milliseconds."""
    found = sorted(line.all)
    facts: dict[str, Any] = {
        "n": len(found), "p50": milli(statistics.median(found)), "p95": milli(at_share(found, 0.95)), "wrong": line.wrong[:5],
    }  # fmt: skip
    if floor:
        pairs = zip(line.per_round, floor.per_round, strict=True)
        ratio = statistics.median(statistics.median(mine) / statistics.median(least) for mine, least in pairs)
        tail = at_share(found, 0.95) / statistics.median(found) * ratio
        facts |= {
            "floor": line.floor, "ratio": round(ratio, 2), "p95_ratio": round(tail, 2), "target": line.target,
            "met": ratio <= line.target and tail <= 2 * line.target and not line.wrong,
        }  # fmt: skip
    return facts


def at_share(found: Sequence[float], share: float) -> float:
    """The value that this share of the sorted ones does not exceed."""
    return found[min(round(share * (len(found) - 1)), len(found) - 1)]


def milli(seconds: float) -> float:
    """Milliseconds."""
    return round(seconds * 1000, 2)
