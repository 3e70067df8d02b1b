"""What events of accounts and settings were about, in words made of names as they are now. Never of a matter."""

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext, ngettext

from casemgr.queries.trail import Names, TrailLine
from casemgr.web.structure.wording import said_post

STREAM_WORDS = {"settings": "Structure and settings", "account": "Accounts and log-ins", "case": "Matters"}
WHAT = {
    "area": "Area name",
    "department": "Department",
    "committee": "Mediation committee",
    "team": "Team",
    "member": "Team member",
    "post": "Post",
    "relation": "Declared tie",
    "structure": "Structure file",
    "fixed_unit": "Fixed unit",
}
HOW = {
    "added": "Added",
    "changed": "Changed",
    "moved": "Moved",
    "closed": "Closed",
    "reopened": "Opened again",
    "ended": "Ended",
    "removed": "Removed",
}
TAKEN = {"trail": "Trail", "readings": "Who read what is confidential"}
LOGGED_IN = {"outside": "By the outside log-in", "code": "With a code", "recovery": "With a recovery code"}
FIELDS = {
    "name": "Its name",
    "urban": "Urban or rural",
    "households": "Households living there",
    "shops": "Shops",
    "aliases": "Estates, roads and villages",
    "short_name": "Short name",
    "active": "In use",
    "categories": "Kinds of disputes it takes",
}


class Details:
    """Says what an event was about; `names` are what its ids are called."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def of(self, line: TrailLine) -> str:
        """One short line, "" when the kind says it all."""
        return " · ".join(part for part in self.parts(line) if part)

    def parts(self, line: TrailLine) -> Iterable[str]:
        """The facts of an event, in order."""
        data = line.data
        yield line.about
        if data.get("what"):
            yield gettext("%(what)s: %(how)s", what=gettext(WHAT.get(data["what"], data["what"])), how=gettext(HOW.get(data.get("how", ""), "Added")))
        yield self.subject(data)
        if data.get("fields"):
            yield gettext(", ").join(gettext(FIELDS.get(name, name)) for name in data["fields"])
        if data.get("to_id"):
            yield gettext("from %(before)s to %(after)s", before=self.area(data.get("from_id")), after=self.area(data["to_id"]))
        if data.get("from_on") or data.get("to_on"):
            yield gettext("%(first)s to %(last)s", first=data.get("from_on") or "…", last=data.get("to_on") or gettext("open"))
        yield self.numbers(data)
        yield from (gettext(LOGGED_IN[value]) for value in (data.get("way"), data.get("factor")) if value in LOGGED_IN)
        yield self.names.reasons.get((line.stream_id, line.seq), "") if line.stream == "account" else ""

    def subject(self, data: dict[str, Any]) -> str:
        """What or whom it was about, by name."""
        names = self.names
        found = []
        if isinstance(data.get("post"), int):
            role, place = names.posts.get(data["post"], ("", ""))
            found.append(said_post(role, "", place) if role else str(data["post"]))
        kinds = {"area": names.areas, "team": names.teams, "department": names.departments, "account": names.accounts}
        found += [kinds[kind].get(data[kind], str(data[kind])) for kind in kinds if isinstance(data.get(kind), int)]
        if data.get("what") in kinds and isinstance(data.get("id"), int):
            found.append(kinds[data["what"]].get(data["id"], str(data["id"])))
        if data.get("what") == "post" and isinstance(data.get("id"), int):
            role, place = names.posts.get(data["id"], (data.get("role", ""), ""))
            found.append(said_post(role, "", place) if role else str(data["id"]))
        return " ".join(found)

    def area(self, id: int | None) -> str:
        """An area by name."""
        return self.names.areas.get(id, str(id)) if id else "–"

    def numbers(self, data: dict[str, Any]) -> str:
        """Codes, versions and counts, as they are."""
        found = [str(data[name]) for name in ("code", "key", "version") if data.get(name) is not None]
        if data.get("capacity"):
            found.append(gettext("at most %(count)s open matters", count=data["capacity"]))
        if data.get("table"):
            found.append(f"{gettext(TAKEN[data['table']])} · {ngettext('%(num)d row', '%(num)d rows', data['rows'])}")
        if isinstance(data.get("days"), dict):
            found.append(gettext("%(count)s days", count=len(data["days"])))
        if "sha256" in data and "rows" in data:
            found.append(gettext("%(rows)s rows, %(created)s created, %(changed)s changed, %(refused)s refused", **counts(data)))
        return " ".join(found)


def counts(data: dict[str, Any]) -> dict[str, int]:
    """The counts of an import."""
    return {name: data.get(name, 0) for name in ("rows", "created", "changed", "refused")}
