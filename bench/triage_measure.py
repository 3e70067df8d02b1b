"""How well triage reads labelled messages: prints hit rates for kind, category, team and tier.

    python bench/triage_measure.py FOLDER [--errors kind|category|team|tier] [--part looked|opened|unseen]
    python bench/triage_measure.py

Without a folder the invented short messages of tests/workflows/short_messages.csv are measured, part by part.
FOLDER holds spreadsheets of messages (header row with 留言编号, 留言主题, 留言详情, 留言时间), some with the right
category in 一级分类, and csv files with message_id, kind, mediation_team, tier. Rows are split by a
hash of their number: a half looked at while the words were chosen, a quarter opened later, a quarter of which
no errors were looked at. Errors are printed for the first two only.
"""

import argparse
import csv
import hashlib
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import openpyxl

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from workflows.triage import Reading, load_words, read  # noqa: E402

PARTS = ("looked", "opened", "looked", "unseen")
INVENTED = ROOT / "tests" / "workflows" / "short_messages.csv"
ASPECTS = ("kind", "category", "team", "tier")
TARGETS = {"kind": 0.70, "category": 0.85, "team": 0.70, "tier": 0.78, "red": 0.60}
RULES = tomllib.loads((ROOT / "workflows" / "rules" / "default.toml").read_text("utf-8"))
Message = tuple[str, str, date | None]


def part(number: str) -> str:
    """Which part a row belongs to, by a hash of its number."""
    return PARTS[int(hashlib.sha256(number.encode()).hexdigest(), 16) % 4]


def spreadsheet_rows(path: Path) -> Iterator[dict[str, object]]:
    """The rows of the first sheet as header -> value."""
    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    rows = sheet.iter_rows(values_only=True)
    head = [str(cell or "").strip() for cell in next(rows, ())]
    for row in rows:
        yield dict(zip(head, row, strict=False))


def day(value: object) -> date | None:
    """A date cell or a date as text ("2019/7/19 18:19:54", "2019-07-19"); None if it is neither."""
    if isinstance(value, datetime):
        return value.date()
    try:
        year, month, rest = str(value).replace("-", "/").split("/", 2)
        return date(int(year), int(month), int(rest.split()[0]))
    except (ValueError, IndexError):
        return None


def load(folder: Path) -> tuple[dict[str, Message], dict[str, dict[str, str]]]:
    """Messages by number, and the right answers by number: aspect -> answer."""
    messages: dict[str, Message] = {}
    right: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.xlsx")):
        for row in spreadsheet_rows(path):
            number = str(row.get("留言编号") or "")
            if number and "留言主题" in row:
                messages[number] = (str(row["留言主题"] or ""), str(row["留言详情"] or ""), day(row.get("留言时间")))
                if row.get("一级分类"):
                    right.setdefault(number, {})["category"] = str(row["一级分类"]).strip()
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                if {"message_id", "kind", "mediation_team", "tier"} <= row.keys():
                    answers = {"kind": row["kind"], "team": row["mediation_team"], "tier": row["tier"]}
                    right.setdefault(row["message_id"], {}).update(answers)
    return messages, right


def rates(readings: dict[str, Reading], right: dict[str, dict[str, str]], numbers: list[str]) -> dict[str, tuple[int, int]]:
    """Aspect -> (hits, rows). "team" counts rows where one is due, "red" rows that are red."""
    found: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for number in numbers:
        for aspect, answer in right[number].items():
            hit = getattr(readings[number], aspect) == answer
            names = {"team": ("team all", "team"), "tier": ("tier", "red")}.get(aspect, (aspect,))
            for name in names:
                if (name, answer) == ("team", "none") or (name == "red" and answer != "red"):
                    continue
                rows[name] += 1
                found[name] += hit
    return {name: (found[name], rows[name]) for name in sorted(rows)}


def invented() -> dict[str, dict[str, tuple[int, int]]]:
    """Part -> aspect -> (hits, rows) of the invented short messages; any of the teams given is right."""
    words = load_words()
    found: dict[str, Counter[str]] = {}
    rows: dict[str, Counter[str]] = {}
    with INVENTED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            reading = read(row["title"], row["text"], words=words, rules=RULES)
            hits, all_rows = found.setdefault(row["part"], Counter()), rows.setdefault(row["part"], Counter())
            teams = row["teams"].split()
            names = ("kind", "team all", *(() if "none" in teams else ("team",)))
            all_rows.update(names)
            hits.update(name for name in names if (reading.kind == row["kind"] if name == "kind" else reading.team in teams))
    return {part: {name: (found[part][name], count) for name, count in sorted(rows[part].items())} for part in rows}


def show(title: str, figures: dict[str, tuple[int, int]], targets: dict[str, float] = TARGETS) -> None:
    print(title)
    for name, (hits, rows) in figures.items():
        target = targets.get(name)
        verdict = "" if target is None else f"  target {target:.2f} {'reached' if hits / rows >= target else 'MISSED'}"
        print(f"  {name:10} {hits:4}/{rows:<4} {hits / rows:.3f}{verdict}")


def show_errors(aspect: str, readings: dict[str, Reading], right, messages, numbers: list[str]) -> None:
    for number in numbers:
        answer = right[number].get(aspect)
        reading = readings[number]
        if answer is not None and getattr(reading, aspect) != answer:
            print(f"{number} {answer} <- {getattr(reading, aspect)} [{reading.kind}] | {messages[number][0]}")
            for clue in reading.why[aspect]:
                print(f"      {clue.rule} {clue.subject}: {' '.join(clue.words)}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Hit rates of triage on labelled messages.")
    parser.add_argument("folder", type=Path, nargs="?", help="labelled messages; without it the invented ones")
    parser.add_argument("--errors", choices=ASPECTS, help="print the wrong ones, never those of the unseen part")
    parser.add_argument("--part", choices=sorted(set(PARTS)), help="only this part")
    asked = parser.parse_args(arguments)
    if asked.folder is None:
        for name, figures in invented().items():
            show(name, figures, {})
        return 0
    messages, right = load(asked.folder)
    words = load_words()
    started = time.process_time()
    readings = {number: read(title, text, words=words, rules=RULES, sent_on=sent)
                for number, (title, text, sent) in messages.items()}
    seconds = time.process_time() - started
    known = [number for number in right if number in messages]
    for name in ("looked", "opened", "unseen"):
        if asked.part in (None, name):
            show(f"{name} part", rates(readings, right, [number for number in known if part(number) == name]))
    if asked.part is None:
        show("all", rates(readings, right, known))
    print(f"{len(messages)} messages in {seconds:.2f} s of processor time = {len(messages) / max(seconds, 1e-9):.0f} a second")
    if asked.errors:
        show_errors(asked.errors, readings, right, messages, [number for number in known if part(number) != "unseen"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
