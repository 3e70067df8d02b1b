"""Finds the messages of a file that are about one and the same matter: for measuring, and for a look before an import.
Nothing is stored; what belongs together is workflows.joint."""

from collections.abc import Iterable
from dataclasses import dataclass

from casemgr.intake.rows import Row
from workflows.joint.grouping import grouped
from workflows.joint.profiles import Profile, profile
from workflows.joint.rarity import rarity_of
from workflows.reading.words import Words


@dataclass(frozen=True, slots=True)
class Several:
    """Rows about one matter, in the order of the file, and by how many persons: those without a name count one each."""

    rows: tuple[Row, ...]
    persons: int

    @property
    def numbers(self) -> list[str]:
        """The outside numbers, "row N" for a row without one."""
        return [row.number or f"row {row.line}" for row in self.rows]


def find_joint(rows: Iterable[Row], *, words: Words) -> list[Several]:
    """The groups of two rows and more, the largest first."""
    told = [row for row in rows if row.title or row.text]
    profiles = [profile_of(row, words) for row in told]
    groups = grouped(profiles, rarity_of(profiles, words))
    found = [several(tuple(told[place] for place in group)) for group in groups if len(group) > 1]
    return sorted(found, key=lambda group: -len(group.rows))


def profile_of(row: Row, words: Words) -> Profile:
    """What is compared of a row."""
    place = " ".join((*row.place, row.home))
    return profile(row.title, row.text, words=words, sender=sender(row), sent_at=row.received_at, place=place)


def several(rows: tuple[Row, ...]) -> Several:
    """A group with its persons counted."""
    known = {sender(row) for row in rows} - {""}
    return Several(rows, len(known) + sum(not sender(row) for row in rows))


def sender(row: Row) -> str:
    """A key of the person who wrote: name or user name, else the phone."""
    return row.person or (row.phone if row.phone and not row.masked else "")
