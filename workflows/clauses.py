"""Building blocks of a written agreement: read from rules/clauses.toml, filled, numbered, what is missing marked.

Pure. What was typed comes in as text and is judged here; names of parties come in by id. The paper itself: documents.
"""

import re
import tomllib
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from workflows.capitals import MOST, in_capitals

PACKAGED = Path(__file__).parent / "rules" / "clauses.toml"
KINDS = ("party", "money", "date", "number", "text", "hour")
BOTH = "both"
NUMERALS = "零一二三四五六七八九"
LONGEST, LONGEST_CLAUSE = 200, 1000  # characters of a blank
GAP = "____"
PLACEHOLDER = re.compile(r"{(\w+)}")
MADE = {"amount_capitals": "amount", "plan": "first_on"}  # what is worked out, and the blank it comes from


class BadClauses(ValueError):
    """A file of clauses that cannot be used; the text says where."""


@dataclass(frozen=True, slots=True)
class Blank:
    """A blank of a block. `least` and `most` bound a number; `example` shows what is meant; `long` takes several lines."""

    name: str
    kind: str
    label: str
    least: int = 0
    most: int = 0
    example: str = ""
    long: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A building block: its text with {blanks}, and where it stands in an agreement."""

    key: str
    label: str
    order: int
    text: str
    categories: tuple[str, ...] = ()
    blanks: tuple[Blank, ...] = ()

    def __post_init__(self) -> None:
        names = {blank.name for blank in self.blanks}
        used = {MADE.get(name, name) for name in PLACEHOLDER.findall(self.text)}
        if names != used or any(blank.kind not in KINDS for blank in self.blanks):
            raise BadClauses(f"{self.key}: blanks and text differ ({sorted(names ^ used)}), or a kind is unknown")


@dataclass(frozen=True, slots=True)
class Clause:
    """A block with what was typed into its blanks: a number in the agreement, its text, and the blanks that are missing or
    cannot be read, by name."""

    key: str
    number: str
    text: str
    values: Mapping[str, str]
    missing: tuple[str, ...] = ()
    faulty: tuple[str, ...] = ()


@cache
def packaged() -> Mapping[str, Block]:
    """The blocks that come with casemgr, by key, in the order of the file. Raises BadClauses."""
    raw = tomllib.loads(PACKAGED.read_text(encoding="utf-8"))
    blocks = [read_block(row) for row in raw["clause"]]
    if len({block.key for block in blocks}) < len(blocks):
        raise BadClauses("a key is used twice")
    return {block.key: block for block in blocks}


def read_block(row: Mapping[str, Any]) -> Block:
    """One block. Raises BadClauses."""
    try:
        blanks = tuple(Blank(**blank) for blank in row.get("blanks", ()))
        return Block(row["key"], row["label"], row["order"], row["text"], tuple(row.get("categories", ())), blanks)
    except (KeyError, TypeError) as error:
        raise BadClauses(f"{row.get('key', '?')}: {error}") from error


def fitting(category: str) -> tuple[list[Block], list[Block]]:
    """The blocks for a kind of dispute: those made for it or for any, and those made for others."""
    fits = lambda block: not block.categories or any(category.startswith(code) for code in block.categories)  # noqa: E731
    blocks = sorted(packaged().values(), key=lambda block: (not block.categories or not fits(block), block.order))
    return [block for block in blocks if fits(block)], [block for block in blocks if not fits(block)]


def written(clauses: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[Clause]:
    """The clauses {"key", "values"} filled and numbered in the order of their blocks; unknown blocks are left out.

    `names`: party id as text -> name. What is missing stands in the text as a gap.
    """
    known = [one for one in clauses if one.get("key") in packaged()]
    ordered = sorted(known, key=lambda one: packaged()[one["key"]].order)
    return [filled(packaged()[one["key"]], one.get("values", {}), names, number) for number, one in enumerate(ordered, start=1)]


def filled(block: Block, values: Mapping[str, str], names: Mapping[str, str], number: int) -> Clause:
    """One block filled."""
    read = {blank.name: read_blank(blank, values.get(blank.name, ""), names) for blank in block.blanks}
    missing = tuple(name for name in read if not values.get(name, "").strip())
    faulty = tuple(name for name, value in read.items() if value is None and name not in missing)
    words = {blank.name: say_blank(blank, read[blank.name], names) for blank in block.blanks}
    if isinstance(read.get("amount"), Decimal):
        words["amount_capitals"] = in_capitals(read["amount"])
    if "first_on" in read:
        words["plan"] = say_plan(read)
    text = PLACEHOLDER.sub(lambda found: words.get(found[1]) or GAP, block.text)
    return Clause(block.key, numeral(number), text, dict(values), missing, faulty)


def read_blank(blank: Blank, typed: str, names: Mapping[str, str]) -> Any:
    """What was typed as a value of its kind; None when nothing, or when it cannot be that."""
    text = typed.strip()
    try:
        return READ[blank.kind](blank, text, names) if text else None
    except (ValueError, InvalidOperation):
        return None


def read_money(blank: Blank, text: str, names: Mapping[str, str]) -> Decimal | None:
    """Yuan with at most two decimals, more than nothing."""
    value = Decimal(text.replace(",", "").replace("，", "").removesuffix("元"))
    return value if 0 < value <= MOST and value == value.quantize(Decimal("0.01")) else None


def read_number(blank: Blank, text: str, names: Mapping[str, str]) -> int | None:
    """A whole number within the bounds of the blank."""
    value = int(text)
    return value if blank.least <= value <= blank.most else None


def read_text(blank: Blank, text: str, names: Mapping[str, str]) -> str | None:
    """Words without a full stop of their own."""
    words = " ".join(text.split()) if not blank.long else text.removesuffix("。") + "。"
    return words if len(words) <= (LONGEST_CLAUSE if blank.long else LONGEST) else None


READ: Mapping[str, Any] = {
    "party": lambda blank, text, names: text if text in names or text == BOTH else None,
    "money": read_money,
    "number": read_number,
    "date": lambda blank, text, names: date.fromisoformat(text),
    "hour": lambda blank, text, names: time.fromisoformat(text.zfill(5)),
    "text": read_text,
}


def say_blank(blank: Blank, value: Any, names: Mapping[str, str]) -> str:
    """A value as the agreement writes it; nothing where there is none."""
    if value is None:
        return ""
    if blank.kind == "party":
        return "双方" if value == BOTH else names[value]
    if blank.kind == "date":
        return say_date(value)
    if blank.kind == "hour":
        return f"{value.hour}时" if not value.minute else f"{value.hour}时{value.minute}分"
    return say_amount(value) if blank.kind == "money" else str(value)


def say_date(on: date) -> str:
    """2026年4月1日."""
    return f"{on.year}年{on.month}月{on.day}日"


def say_amount(value: Decimal) -> str:
    """28000, or 28000.50 where there are fen."""
    return f"{value:.2f}".removesuffix(".00")


def say_plan(read: Mapping[str, Any]) -> str:
    """Every instalment with its day and amount; nothing until all of it is known."""
    if not all(read.get(name) for name in ("amount", "count", "first_on")):
        return ""
    parts = instalments(read["amount"], read["count"], read["first_on"])
    return "；".join(f"第{n}期{say_date(on)}前支付{say_amount(part)}元" for n, (on, part) in enumerate(parts, start=1))


def instalments(amount: Decimal, count: int, first_on: date) -> list[tuple[date, Decimal]]:
    """Equal parts month by month, in whole yuan where the amount is; the last takes what is left."""
    step = Decimal("1") if amount == int(amount) and amount >= count else Decimal("0.01")
    part = (amount / count).quantize(step, ROUND_DOWN)
    parts = [part] * (count - 1) + [amount - part * (count - 1)]
    return [(months_later(first_on, n), one) for n, one in enumerate(parts)]


def months_later(on: date, months: int) -> date:
    """The same day of a later month, or its last."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def last_day(clauses: Sequence[Mapping[str, Any]]) -> date | None:
    """The latest day by which anything is to be done, where days are given: the agreement is performed by then."""
    days = []
    for one in clauses:
        block, values = packaged().get(one.get("key", "")), one.get("values", {})
        read = {blank.name: read_blank(blank, values.get(blank.name, ""), {}) for blank in block.blanks} if block else {}
        if "count" in read and read.get("first_on") and read["count"]:
            days.append(months_later(read["first_on"], read["count"] - 1))
        days += [value for name, value in read.items() if isinstance(value, date) and name != "first_on"]
    return max(days, default=None)


def whole_text(clauses: Sequence[Clause]) -> str:
    """All clauses, each on a line with its number."""
    return "\n".join(f"{clause.number}、{clause.text}" for clause in clauses)


def numeral(number: int) -> str:
    """一 to 九十九."""
    tens, ones = divmod(number, 10)
    if not tens:
        return NUMERALS[ones]
    return (NUMERALS[tens] if tens > 1 else "") + "十" + (NUMERALS[ones] if ones else "")
