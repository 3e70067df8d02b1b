"""Copies of the street: several in a district, several districts below the one city, each with its people and their chains."""

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass

from bench.ground.plates import Plates, Row
from bench.ground.stamping import Batch, Ids, compact
from casemgr import audit

DISTRICTS = 6
NUMERALS = "一二三四五六七八九十"
CITY = "city"


@dataclass
class Ground:
    """The ids of every copy, the codes of the areas, and the rows of the places and people by table."""

    ids: list[Ids]
    codes: dict[int, str]
    rows: Batch


def lay(plates: Plates, copies: int) -> Ground:
    """`copies` copies of the template's district, those of one district of the ground sharing its offices."""
    ground = Ground([], {}, defaultdict(list))
    last = {name: max((row[t.at("id")] for row in plates.places[name]), default=0) for name, t in plates.tables.items() if name in plates.places and "id" in t.columns}
    shared = shared_rows(plates)
    for copy in range(copies):
        first = copy % DISTRICTS
        ids: Ids = {}
        for name, top in last.items():
            old = [row[plates.tables[name].at("id")] for row in plates.places[name]]
            ids[name] = {id: id + top * copy for id in old}
            for id in shared["city"][name]:
                ids[name][id] = id
            if copy != first:
                ids[name] |= {id: ground.ids[first][name][id] for id in shared["district"][name]}
        ground.ids.append(ids)
        add_copy(plates, ground, ids, copy, first, shared)
    add_paths(plates, ground)
    return ground


def shared_rows(plates: Plates) -> dict[str, dict[str, set[int]]]:
    """The rows that all streets of the city, and of a district, have in common: the area, its posts and their accounts."""
    found: dict[str, dict[str, set[int]]] = {"city": defaultdict(set), "district": defaultdict(set)}
    posts, appointments = plates.tables["posts"], plates.tables["appointments"]
    at = {row[posts.at("id")]: plates.levels.get(row[posts.at("area_id")], "") for row in plates.places["posts"]}
    for level, mine in found.items():
        mine["areas"] = {id for id, found_at in plates.levels.items() if found_at == level}
        mine["posts"] = {id for id, found_at in at.items() if found_at == level}
        for row in plates.places["appointments"]:
            if row[appointments.at("post_id")] in mine["posts"]:
                mine["appointments"].add(row[appointments.at("id")])
                mine["accounts"].add(row[appointments.at("account_id")])
    return found


def add_copy(plates: Plates, ground: Ground, ids: Ids, copy: int, first: int, shared: dict[str, dict[str, set[int]]]) -> None:
    """The rows of one copy: names and codes told apart, what is shared written once."""
    for name, rows in plates.places.items():
        table = plates.tables[name]
        own = table.at("id") if "id" in table.columns else -1
        for row in rows:
            if own >= 0 and copy and (row[own] in shared["city"][name] or (copy != first and row[own] in shared["district"][name])):
                continue
            fresh = list(row)
            for at, target in table.refers:
                if fresh[at] is not None:
                    fresh[at] = ids[target][fresh[at]]
            tell_apart(plates, name, row, fresh, copy, first)
            if name == "areas":
                ground.codes[fresh[own]] = fresh[table.at("code")]
            if name == "accounts":
                fresh[table.at("trail_hash")] = chain_of(plates, ground, ids, row[own])
            ground.rows[name].append(tuple(fresh))


def tell_apart(plates: Plates, name: str, row: Row, fresh: Row, copy: int, first: int) -> None:
    """Codes, logins and names that stand once."""
    table = plates.tables[name]
    if name == "areas" and plates.levels[row[table.at("id")]] != CITY:
        code = row[table.at("code")]
        district = f"{int(code[:6]) - first:06d}"
        place = copy // DISTRICTS
        fresh[table.at("code")] = district if len(code) == 6 else f"{district}{int(code[6:9]) + 10 * place:03d}{code[9:]}"
        level = plates.levels[row[table.at("id")]]
        if level == "district" and first:
            fresh[table.at("name")] = f"云{NUMERALS[first]}区"
        if level == "street" and copy:
            fresh[table.at("name")] = f"{row[table.at('name')][:-2]}{numeral(copy)}街道"
    if name == "departments" and copy:
        fresh[table.at("code")] = f"{row[table.at('code')]}-{copy}"
    if name == "accounts" and copy:
        fresh[table.at("login")] = f"{row[table.at('login')]}.{copy}"


def numeral(number: int) -> str:
    """1 to 99 in Chinese figures."""
    tens, ones = divmod(number, 10)
    return (NUMERALS[tens - 1] if tens > 1 else "") + ("十" if tens else "") + (NUMERALS[ones - 1] if ones else "")


def chain_of(plates: Plates, ground: Ground, ids: Ids, account: int) -> str:
    """The events of an account's copy, hashed anew; the head."""
    head = audit.START
    new = ids["accounts"][account]
    for _, id, seq, kind, at, actor, actor_id, post_id, text, _, _ in sorted(plates.account_events["events"], key=lambda r: r[1:3]):
        if id != account:
            continue
        data = json.loads(text)
        if "post" in data:
            data["post"] = ids["posts"][data["post"]]
        actor_id, post_id = actor_id and ids["accounts"][actor_id], post_id and ids["posts"][post_id]
        body = (
            f'{head}{{"actor":"{actor}","actor_id":{actor_id or "null"},"at":"{at[:10]}T{at[11:]}+00:00","data":{compact(data)},'
            f'"kind":"{kind}","post_id":{post_id or "null"},"seq":{seq},"stream":"account","stream_id":{new}}}'
        )
        prev, head = head, hashlib.sha256(body.encode()).hexdigest()
        ground.rows["events"].append(("account", new, seq, kind, at, actor, actor_id, post_id, compact(data), prev, head))
    for stream, id, seq, name, value, salt, erased in plates.account_events["event_values"]:
        if id == account:
            ground.rows["event_values"].append((stream, new, seq, name, value, salt, erased))
    return head


def add_paths(plates: Plates, ground: Ground) -> None:
    """The closure of the areas."""
    found = {
        (ids["areas"][above], ids["areas"][area], depth)
        for ids in ground.ids for area, way in plates.up.items() for depth, above in enumerate(way)
    }  # fmt: skip
    ground.rows["area_paths"] = sorted(found)
