"""Copies of groups with ids, places, people, words, numbers and hashes of their own."""

import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.ground import words
from bench.ground.plates import INSIDE, JSON_WITH_IDS, Group, Plates, Row
from casemgr import audit
from casemgr.keys import Keyring
from casemgr.models.cases import PLACES
from casemgr.search import grams, marks
from workflows import WORKFLOWS

Ids = dict[str, dict[int, int]]
Batch = dict[str, list[Row]]
UNIQUE_WORDS = {("incoming_items", "key"), ("legacy_cases", "key"), ("attachments", "stored")}


@dataclass
class Press:
    """Stamps groups one after another. `places` are the ids of places and people, by copy of the street; ids of matters and
    of all their rows run on from here, and so do the numbers of each series (process, street, year)."""

    plates: Plates
    places: list[Ids]
    codes: Mapping[int, str]
    keys: Keyring
    chance: random.Random
    last: Counter[str] = field(default_factory=Counter)
    series: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    texts: list[tuple[int, list[str]]] = field(default_factory=list)  # (case, grams of the index)
    made: dict[int, "Plate"] = field(default_factory=dict)

    def stamp(self, number: int, copy: int, into: Batch) -> None:
        """One copy of the `number`-th group in the `copy`-th copy of the street, its rows added by table."""
        plate = self.made.get(number)
        if plate is None:
            plate = self.made[number] = Plate(self.plates, self.plates.groups[number])
        ids = dict(self.places[copy])
        for table, old in plate.own.items():
            start = self.last[table]
            ids[table] = {id: start + n for n, id in enumerate(old, start=1)}
            self.last[table] = start + len(old)
        for table, rows, refers, inside, unique in plate.plain:
            out = into[table]
            for row in rows:
                fresh = list(row)
                for at, target in refers:
                    if (id := fresh[at]) is not None:
                        fresh[at] = ids[target][id]
                for at, name in inside:
                    fresh[at] = json.dumps(moved(json.loads(fresh[at]), ids, name))
                for at in unique:
                    fresh[at] = fresh[at] and f"{fresh[at]}-{self.last['cases']}"
                out.append(tuple(fresh))
        names = self.stamp_persons(plate, ids, into)
        told = self.stamp_cases(plate, ids, into, names)
        self.stamp_words(plate, ids, into, told)

    def stamp_persons(self, plate: "Plate", ids: Ids, into: Batch) -> dict[int, str]:
        """Persons with names and numbers of their own; the names by old id."""
        at = plate.at["persons"]
        names: dict[int, str] = {}
        for row in plate.group.rows["persons"]:
            fresh = list(row)
            fresh[at["id"]] = ids["persons"][row[at["id"]]]
            if row[at["kind"]] == "person":
                fresh[at["name"]] = words.name(self.chance)
            if row[at["phone"]]:
                phone = words.phone(self.chance)
                fresh[at["phone"]] = self.keys.seal(phone, "persons.phone")
                fresh[at["phone_index"]] = self.keys.find(phone, "phone")
                fresh[at["phone_tail_index"]] = self.keys.find(phone[-4:], "phone_tail")
            into["persons"].append(tuple(fresh))
            names[row[at["id"]]] = fresh[at["name"]]
        return names

    def stamp_cases(self, plate: "Plate", ids: Ids, into: Batch, names: Mapping[int, str]) -> dict[int, tuple[str, str]]:
        """The matters themselves, their chains and their disputes' or orders' rows; title and text by old id."""
        told: dict[int, tuple[str, str]] = {}
        found: dict[int, list[str]] = {}
        heads: dict[int, str] = {}
        for row in plate.group.rows["cases"]:
            id = ids["cases"][row[plate.id]]
            told[row[plate.id]], found[row[plate.id]] = self.words_of(row, plate, id)
        self.stamp_events(plate, ids, into, told, heads)
        at = plate.at["cases"]
        for row in plate.group.rows["cases"]:
            fresh = list(row)
            for position, target in plate.plates.tables["cases"].refers:
                if fresh[position] is not None:
                    fresh[position] = ids[target][fresh[position]]
            fresh[at["title"]], fresh[at["text"]] = told[row[plate.id]]
            fresh[at["trail_hash"]] = heads[row[plate.id]]
            if row[at["number"]]:
                fresh[at["number"]] = self.number(row[at["process"]], row[at["number"]], ids, plate.street_of(row))
            named = [gram for person in plate.parties.get(row[plate.id], ()) for gram in grams(names[person])]
            lies = [fresh[position] for position in plate.lies]
            self.texts.append((fresh[plate.id], [*found[row[plate.id]], *named, *marks(lies)]))
            into["cases"].append(tuple(fresh))
        return told

    def words_of(self, row: Row, plate: "Plate", id: int) -> tuple[tuple[str, str], list[str]]:
        """What a matter says, texts as long as they should be wherever it had any; and the grams of that."""
        at = plate.at["cases"]
        title, in_title = words.cut(self.chance, words.TITLE) if row[at["title"]] else ("", [])
        text, in_text = words.body(self.chance, id) if row[at["text"]] else ("", [])
        return (title, text), in_title + in_text

    def number(self, process: str, old: str, ids: Ids, street: int) -> str:
        """The next number of the series of the new street."""
        word, rest = old.split("〔")
        year, street = int(rest[:4]), ids["areas"][street]
        series = process if word == WORKFLOWS[process].number else f"{process}:{word}"
        self.series[series, street, year] += 1
        return f"{word}〔{year}〕{self.codes[street][3:9]}-{self.series[series, street, year]:06d}"

    def stamp_events(self, plate: "Plate", ids: Ids, into: Batch, told: Mapping[int, tuple[str, str]], heads: dict[int, str]) -> None:
        """The chains, hashed anew: the bytes are those of audit.canonical."""
        out, cases, accounts, posts = into["events"], ids["cases"], ids["accounts"], ids["posts"]
        for case, seq, kind, at, actor, actor_id, post_id, data, digests in plate.events:
            new = cases[case]
            actor_id, post_id = actor_id and accounts[actor_id], post_id and posts[post_id]
            if digests:
                data = self.told_data(data, digests, told[case])
            if not isinstance(data, str):
                data = compact(moved(data, ids))
            prev = heads.get(case, audit.START)
            text = (
                f'{prev}{{"actor":"{actor}","actor_id":{actor_id or "null"},"at":"{at[:10]}T{at[11:]}+00:00","data":{data},'
                f'"kind":"{kind}","post_id":{post_id or "null"},"seq":{seq},"stream":"case","stream_id":{new}}}'
            )
            heads[case] = hash = hashlib.sha256(text.encode()).hexdigest()
            out.append(("case", new, seq, kind, at, actor, actor_id, post_id, data, prev, hash))

    def told_data(self, data: dict[str, Any], digests: Mapping[str, str], told: tuple[str, str]) -> dict[str, Any]:
        """The data of a first event with the digests of the new words; `digests` maps name to salt."""
        new = {name: audit.salted(word, digests[name]) for name, word in zip(("title", "text"), told, strict=True) if name in digests}
        return data | {"digests": data["digests"] | new}

    def stamp_words(self, plate: "Plate", ids: Ids, into: Batch, told: Mapping[int, tuple[str, str]]) -> None:
        """The kept words of the events."""
        out, cases = into["event_values"], ids["cases"]
        for case, seq, name, value, salt, erased in plate.values:
            if seq == 1 and name in ("title", "text"):
                value = json.dumps({"v": told[case][name == "text"]}, ensure_ascii=False)
            out.append(("case", cases[case], seq, name, value, salt, erased))


class Plate:
    """A group made ready for stamping: what changes in it, and where."""

    def __init__(self, plates: Plates, group: Group) -> None:
        """Rows are sorted as their tables' keys are, so that the copies come in that order too."""
        self.plates, self.group = plates, group
        tables = plates.tables
        self.at = {name: {c: n for n, c in enumerate(tables[name].columns)} for name in ("cases", "persons")}
        self.id = self.at["cases"]["id"]
        self.own = {
            name: [row[tables[name].at("id")] for row in rows] for name, rows in group.rows.items() if "id" in tables[name].columns
        }
        self.lies = [self.at["cases"][column] for column in ("area_id", *PLACES.values())]
        self.parties: dict[int, list[int]] = defaultdict(list)
        party = tables["parties"]
        for row in group.rows["parties"]:
            self.parties[row[party.at("case_id")]].append(row[party.at("person_id")])
        apart = {"cases", "persons", "events", "event_values"}
        self.plain = []
        for name, rows in group.rows.items():
            if name in apart or not rows:
                continue
            table = tables[name]
            inside = [(table.at(column), column) for t, column in JSON_WITH_IDS if t == name]
            unique = [table.at(column) for t, column in UNIQUE_WORDS if t == name]
            self.plain.append((name, sorted(rows, key=str), table.refers, inside, unique))
        self.values = [row[1:] for row in sorted(group.rows["event_values"], key=lambda r: r[1:4])]
        salts = {(case, name): salt for case, seq, name, _, salt, _ in self.values if seq == 1 and name in ("title", "text")}
        self.events = [self.event(row, salts) for row in sorted(group.rows["events"], key=lambda r: r[1:3])]

    def event(self, row: Row, salts: Mapping[tuple[int, str], str]) -> Row:
        """An event as stamp_events takes it: its data as text where no id and no changed word is in it."""
        _, case, seq, kind, at, actor, actor_id, post_id, text, _, _ = row
        data = json.loads(text)
        digests = {name: salts[case, name] for name in ("title", "text") if (case, name) in salts} if seq == 1 else {}
        plain = not digests and not any(f'"{name}"' in text for name in INSIDE)
        return case, seq, kind, at, actor, actor_id, post_id, compact(data) if plain else data, digests

    def street_of(self, row: Row) -> int:
        """The street that numbers a matter."""
        return next(a for a in self.plates.up[row[self.at["cases"]["area_id"]]] if self.plates.levels[a] == "street")


def compact(data: Any) -> str:
    """JSON as it stands in audit.canonical."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def moved(value: Any, ids: Ids, under: str = "") -> Any:
    """A JSON value with the ids in it those of the copy."""
    if isinstance(value, dict):
        return {name: moved(inner, ids, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [moved(inner, ids, under) for inner in value]
    if under in INSIDE and isinstance(value, int) and not isinstance(value, bool):
        return ids[INSIDE[under]].get(value, value)
    return value
