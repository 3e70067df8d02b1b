"""Where a matter is: the deepest area that the place words or the text of a message name without doubt.
Pure; the areas come in as plain values."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workflows.reading.scan import Scanner, Searched, normal

KIND_OF_AREA = (
    "社区居委会",
    "居民委员会",
    "村民委员会",
    "街道办事处",
    "居委会",
    "村委会",
    "社区",
    "街道",
    "网格",
    "村",
    "镇",
    "乡",
)
SHORTEST = 2  # characters of a name that is looked for; one alone stands in too many words
ORDINALS = "一二三四五六七八九十百第0123456789号"


@dataclass(frozen=True, slots=True)
class PlaceArea:
    """An area that can be named: its parent and the names of estates, roads and villages within it."""

    area_id: int
    parent_id: int | None
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """The area chosen and the words that led to it; no words where nothing was named and the default was taken."""

    area_id: int
    words: tuple[str, ...] = ()
    in_text: bool = False  # found in the text, not in a place column: a weaker ground


class Places:
    """All areas under a default one, ready to be looked for in many messages."""

    def __init__(self, areas: Iterable[PlaceArea], default_id: int) -> None:
        """Areas outside the default one are left out: an import stays where it was sent to."""
        known = {area.area_id: area for area in areas}
        if default_id not in known:
            raise ValueError(f"area {default_id} is not among the areas")
        self._default_id = default_id
        paths = {area_id: _path(area_id, known) for area_id in known}
        self._paths = {i: path[path.index(default_id) :] for i, path in paths.items() if default_id in path}
        self._areas_of: dict[str, set[int]] = {}
        for area_id in self._paths:
            for name in names_of(known[area_id]):
                self._areas_of.setdefault(name, set()).add(area_id)
        self._scanner = Scanner({"areas": self._areas_of})

    def find(self, words: Sequence[str], title: str = "", text: str = "") -> FoundPlace:
        """The deepest area named without doubt: by the place words, else by the title, else by the text.
        Several that are named equally well give the area around them all."""
        for part, in_text in ((" ".join(words), False), (title, True), (text, True)):
            found = self._in(part)
            if found:
                return FoundPlace(*found, in_text=in_text)
        return FoundPlace(self._default_id)

    def _in(self, text: str) -> tuple[int, tuple[str, ...]] | None:
        spoken = self._scanner.find(Searched(normal(text)))["areas"]
        words_of: dict[int, list[str]] = {}
        for word in spoken:
            for area_id in self._areas_of[word]:
                words_of.setdefault(area_id, []).append(word)
        if not words_of:
            return None
        borne_out = {i: sum(1 for above in self._paths[i] if above in words_of) for i in words_of}
        most = max(borne_out.values())
        best = [self._paths[i] for i, times in borne_out.items() if times == most]
        area_id = _around(best)
        if area_id == self._default_id and self._default_id not in words_of:
            return None
        led = {word for path in best for step in path for word in words_of.get(step, ())}
        return area_id, tuple(sorted(led, key=lambda word: spoken[word][0]))


def names_of(area: PlaceArea) -> set[str]:
    """The names an area is looked for by, in half width and lower case; 幸福里社区 also as 幸福里, 第一网格 as it is."""
    names = {normal(name.strip()) for name in (area.name, *area.aliases)}
    for name in tuple(names):
        bare = next((name.removesuffix(kind) for kind in KIND_OF_AREA if name.endswith(kind)), "")
        if len(bare) >= SHORTEST and not all(char in ORDINALS for char in bare):
            names.add(bare)
    return {name for name in names if len(name) >= SHORTEST}


def _path(area_id: int, known: dict[int, PlaceArea]) -> tuple[int, ...]:
    """From the topmost known area down to this one."""
    path: list[int] = []
    step: int | None = area_id
    while step in known and step not in path:
        path.append(step)
        step = known[step].parent_id
    return tuple(reversed(path))


def _around(paths: Sequence[tuple[int, ...]]) -> int:
    """The deepest area that lies on all the paths; all start at the default area."""
    shared = paths[0][0]
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        shared = level[0]
    return shared
