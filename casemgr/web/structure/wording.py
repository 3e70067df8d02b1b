"""Words of the structure: levels, loads, posts, categories. Display only."""

from collections.abc import Iterable

from flask_babel import format_decimal, gettext

from workflows.categories import DISPUTE_CATEGORIES
from workflows.grid_standard import GridLoad
from workflows.roles import POST_ROLES

LEVEL_WORDS = {
    "city": "City",
    "district": "District",
    "street": "Street",
    "community": "Community",
    "grid": "Grid",
    "microgrid": "Micro-grid",
}


def level_words(level: str) -> str:
    """A level in words."""
    return gettext(LEVEL_WORDS.get(level, level))


def load_words(load: GridLoad) -> str:
    """How a load stands to the standard."""
    percent = format_decimal(abs(load.percent), format="0.0")
    if load.verdict == "over":
        return gettext("%(percent)s %% over the standard", percent=percent)
    if load.verdict == "under":
        return gettext("%(percent)s %% under the standard", percent=percent)
    return gettext("within the standard") if load.verdict == "within" else gettext("not counted")


def per_grid_words(load: GridLoad) -> str:
    """Households of one grid, with half ones where it is an average."""
    return "" if load.per_grid is None else str(format_decimal(float(load.per_grid), format="#,##0.#"))


def said_post(role: str, name: str, place: str = "") -> str:
    """A post in words: its own name, or the role with the place."""
    return name or f"{place} {gettext(POST_ROLES[role])}".strip()


def category_words(codes: Iterable[str]) -> str:
    """Dispute categories in words."""
    return gettext(", ").join(gettext(DISPUTE_CATEGORIES.get(code, code)) for code in codes)


def category_choices() -> list[tuple[str, str]]:
    """Every class and kind of disputes, kinds set in."""
    return [
        (code, gettext(label) if len(code) == 2 else f"{gettext(DISPUTE_CATEGORIES[code[:2]])} · {gettext(label)}" if code[:2] in DISPUTE_CATEGORIES else gettext(label))
        for code, label in DISPUTE_CATEGORIES.items()
    ]  # fmt: skip
