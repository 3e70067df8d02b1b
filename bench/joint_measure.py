"""How well messages about one and the same matter are found: prints precision and recall, at once and replayed by date.

    python bench/joint_measure.py FOLDER [--halves 100] [--days]

FOLDER holds spreadsheets of messages (header row with 留言编号, 留言用户, 留言主题, 留言详情, 留言时间; the one that has most of the gold
messages is read) and gold_groups.csv (group_id, message_id), gold_negative_pairs.csv and gold_repeat_pairs.csv (a, b) and
gold_borderline.csv (group_id, message_id). Borderline messages count neither way with their group; false joins are
counted on the negative pairs and between two groups only. --halves: the same figures on random halves of the groups.
"""

import argparse
import csv
import hashlib
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from statistics import mean

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from casemgr.intake.joint import profile_of  # noqa: E402
from casemgr.intake.problems import SheetError  # noqa: E402
from casemgr.intake.rows import Row, canonical_rows  # noqa: E402
from workflows.joint.grouping import grouped  # noqa: E402
from workflows.joint.profiles import Profile  # noqa: E402
from workflows.joint.rarity import rarity_of  # noqa: E402
from workflows.joint.replay import STEPS, by_date, reached, replayed  # noqa: E402
from workflows.reading.words import Words, load_words  # noqa: E402

TARGETS = {"at once": (0.97, 0.95, 0.96), "replayed": (0.96, 0.90, 0.90)}
Pair = tuple[str, str]


@dataclass(frozen=True)
class Gold:
    """What one person said of the messages. Pairs have the smaller number first."""

    groups: dict[str, list[str]]
    unclear: frozenset[Pair]
    apart: frozenset[Pair]
    repeats: frozenset[Pair]

    @property
    def group_of(self) -> dict[str, str]:
        return {number: group for group, numbers in self.groups.items() for number in numbers}


@dataclass(frozen=True)
class Figures:
    """Right joins, missed joins, false joins, and the mean recall per group."""

    right: int
    missed: int
    false: int
    per_group: float

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.false, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + self.missed, 1)

    def line(self) -> str:
        return f"precision {self.precision:.3f}  recall {self.recall:.3f}  mean recall per group {self.per_group:.3f}  ({self.false} false joins)"


def ordered(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


def table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def load_gold(folder: Path) -> Gold:
    """The gold files of a folder."""
    groups, borderline = defaultdict(list), defaultdict(list)
    for row in table(folder / "gold_groups.csv"):
        groups[row["group_id"]].append(row["message_id"])
    for row in table(folder / "gold_borderline.csv"):
        borderline[row["group_id"]].append(row["message_id"])
    unclear = frozenset(
        ordered(one, other) for group, ones in borderline.items() for one in ones
        for other in (*groups.get(group, ()), *ones) if one != other
    )  # fmt: skip
    apart, repeats = (
        frozenset(ordered(row["a"], row["b"]) for row in table(folder / f"gold_{name}_pairs.csv"))
        for name in ("negative", "repeat")
    )
    return Gold(dict(groups), unclear, apart - unclear, repeats)


def load_messages(folder: Path, gold: Gold, words: Words) -> dict[str, Profile]:
    """The messages of the spreadsheet that has most of the gold messages, by number, read as an import reads them."""
    best: list[Row] = []
    known = gold.group_of
    for path in sorted(folder.glob("*.xlsx")):
        try:
            rows = list(canonical_rows(path, "joint", at=datetime.now(UTC)))
        except SheetError:
            continue
        if sum(row.number in known for row in rows) > sum(row.number in known for row in best):
            best = rows
    return {row.number: profile_of(row, words) for row in best if row.title or row.text}


def looked(group: str) -> bool:
    """Whether the errors of a group were looked at while the method was made."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16) % 2 == 0


def owner(pair: Pair, gold: Gold, group_of: dict[str, str]) -> str:
    """The group that a negative pair goes with when groups are split; one of its own where neither is in a group."""
    return group_of.get(pair[0]) or group_of.get(pair[1]) or f"pair {pair[0]}"


def measure(place: dict[str, int], gold: Gold, keep: Callable[[str], bool] = lambda group: True) -> Figures:
    """Figures of messages put into groups (number -> group), on the groups to keep."""
    group_of = {number: group for number, group in gold.group_of.items() if keep(group) and number in place}
    right, missed, false, shares = 0, 0, set[Pair](), []
    for group, numbers in gold.groups.items():
        pairs = [ordered(a, b) for a, b in combinations([number for number in numbers if number in group_of], 2)]
        pairs = [pair for pair in pairs if pair not in gold.unclear] if keep(group) else []
        hits = sum(place[a] == place[b] for a, b in pairs)
        right, missed = right + hits, missed + len(pairs) - hits
        shares += [hits / len(pairs)] if pairs else []
    together = defaultdict(list)
    for number in group_of:
        together[place[number]].append(number)
    for numbers in together.values():
        false |= {ordered(a, b) for a, b in combinations(numbers, 2) if group_of[a] != group_of[b]} - gold.unclear
    everyone = gold.group_of
    false |= {
        (a, b) for a, b in gold.apart
        if a in place and b in place and place[a] == place[b] and keep(owner((a, b), gold, everyone))
    }  # fmt: skip
    return Figures(right, missed, len(false), mean(shares) if shares else 1.0)


def places_of(groups: list[list[int]], numbers: Sequence[str]) -> dict[str, int]:
    return {numbers[member]: name for name, group in enumerate(groups) for member in group}


def show(title: str, place: dict[str, int], gold: Gold, halves: int) -> None:
    """The figures of all groups, of the looked and the unseen half, of random halves, and of one sender's repeats."""
    whole = measure(place, gold)
    targets = TARGETS[title]
    reached_all = all(a >= b for a, b in zip((whole.precision, whole.recall, whole.per_group), targets, strict=True))
    print(f"{title}\n  all groups     {whole.line()}  targets {targets} {'reached' if reached_all else 'MISSED'}")
    print(f"  looked at      {measure(place, gold, looked).line()}")
    print(f"  never looked   {measure(place, gold, lambda group: not looked(group)).line()}")
    if halves:
        show_halves(place, gold, halves, targets)
    known = [pair for pair in gold.repeats if pair[0] in place and pair[1] in place]
    print(f"  repeats by one sender  {sum(place[a] == place[b] for a, b in known)}/{len(known)}")


def show_halves(place: dict[str, int], gold: Gold, halves: int, targets: tuple[float, float, float]) -> None:
    """Mean and lowest tenth over random halves of the groups."""
    chance = random.Random(7)
    names = sorted({*gold.groups, *(owner(pair, gold, gold.group_of) for pair in gold.apart)})
    found = []
    for _ in range(halves):
        half = set(chance.sample(names, len(names) // 2))
        found.append(measure(place, gold, half.__contains__))
    for name, target in zip(("precision", "recall", "per_group"), targets, strict=True):
        values = sorted(getattr(one, name) for one in found)
        print(f"  random halves  {name:10} mean {mean(values):.3f}  lowest tenth {values[halves // 10]:.3f}  "
              f"reached in {sum(value >= target for value in values)} of {halves}")


def show_days(groups: list[list[int]], messages: Sequence[Profile], numbers: Sequence[str]) -> None:
    """On which day each group reached so many distinct senders."""
    for group in groups:
        days = reached([messages[member] for member in group])
        if days:
            said = "  ".join(f"{step}: {days[step]}" for step in STEPS if step in days)
            first = group[by_date([messages[member] for member in group])[0]]
            print(f"  {numbers[first]:>8} {len(group):3} messages  {said}  {messages[first].title}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Precision and recall of finding messages about one matter.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--halves", type=int, default=100, help="random halves of the groups")
    parser.add_argument("--days", action="store_true", help="the days on which groups reached 5, 10 and 30 persons")
    asked = parser.parse_args(arguments)
    started = time.perf_counter()
    words = load_words()
    gold = load_gold(asked.folder)
    loaded = load_messages(asked.folder, gold, words)
    numbers, messages = list(loaded), list(loaded.values())
    print(f"{len(messages)} messages read in {time.perf_counter() - started:.1f} s, {len(gold.groups)} groups")
    started = time.perf_counter()
    groups = grouped(messages, rarity_of(messages, words))
    print(f"grouped at once in {time.perf_counter() - started:.1f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB in all")
    show("at once", places_of(groups, numbers), gold, asked.halves)
    started = time.perf_counter()
    groups = replayed(messages, words)
    print(f"replayed in {time.perf_counter() - started:.1f} s")
    show("replayed", places_of(groups, numbers), gold, asked.halves)
    if asked.days:
        show_days(groups, messages, numbers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
