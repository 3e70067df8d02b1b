"""What the clients asked and what they were told, one line of JSON each, on the disk before anybody goes on.

It is the only witness of a run: the verdict compares the database with it and with nothing else the processes said.
"""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Asked:
    """One change that was asked for, under one key, and all that was heard of it."""

    number: int
    who: str
    act: str
    key: str
    args: dict[str, Any]
    heard: list[dict[str, Any]] = field(default_factory=list)

    @property
    def last(self) -> dict[str, Any]:
        """The last answer; empty when there was none."""
        return self.heard[-1] if self.heard else {}

    @property
    def granted(self) -> bool:
        """Whether it was acknowledged."""
        return 200 <= self.last.get("status", 0) < 300

    @property
    def refused(self) -> bool:
        """Whether it was refused for good."""
        return 400 <= self.last.get("status", 0) < 500


class Journal:
    """An append-only file; every line is synced before the call returns."""

    def __init__(self, path: Path) -> None:
        self.path, self.lock, self.number = path, threading.Lock(), 0
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.granted = 0

    def write(self, line: dict[str, Any]) -> None:
        """Append one line and sync it."""
        os.write(self.file, (json.dumps(line, ensure_ascii=False) + "\n").encode())
        os.fsync(self.file)

    def asks(self, client: str, act: str, key: str, **args: Any) -> int:
        """Note what is going to be asked; its number."""
        with self.lock:
            self.number += 1
            number = self.number
        self.write({"n": number, "who": client, "act": act, "key": key, "args": args})
        return number

    def hears(self, asked: int, **told: Any) -> None:
        """Note an answer, or that there was none (`lost`: why)."""
        self.write({"n": asked, **told})
        if 200 <= told.get("status", 0) < 300:
            with self.lock:
                self.granted += 1


def read(path: Path) -> list[Asked]:
    """The journal in the order of asking."""
    asked: dict[int, Asked] = {}
    for line in lines_of(path):
        if "act" in line:
            asked[line["n"]] = Asked(line["n"], line["who"], line["act"], line["key"], line["args"])
        else:
            asked[line["n"]].heard.append({name: value for name, value in line.items() if name != "n"})
    return list(asked.values())


def lines_of(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a journal."""
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
