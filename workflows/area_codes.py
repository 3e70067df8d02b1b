"""The codes of areas: how long at which level, and that each begins with its parent's. Text only, no database.

Sources 5.3: the statistical division code of 12 digits (2+2+2+3+3), +3 for the grid, +2 for the micro-grid;
a grid belongs to one community, never straight to a street (DB6101/T 3185-2024).
"""

import re

LENGTHS = {"city": 4, "district": 6, "street": 9, "community": 12, "grid": 15, "microgrid": 17}
FULL = 12  # statistics write a district or a street with zeros up to the community's place

NOT_DIGITS = "A code has digits only."
WRONG_LENGTH = "The code does not have as many digits as its level: 6 for a district, 9 for a street, 12 for a community, 15 for a grid, 17 for a micro-grid."
NOT_BELOW = "The code does not begin with the code of the area above."


def trimmed(code: str) -> str:
    """The code without the zeros that fill it up: 500199001000 is the street 500199001."""
    if len(code) == FULL and code.isdigit():
        for length in (LENGTHS["district"], LENGTHS["street"]):
            if not code[length:].strip("0"):
                return code[:length]
    return code


def level_of(code: str) -> str:
    """The level a code of that length stands for, "" for none."""
    return next((level for level, length in LENGTHS.items() if length == len(code)), "")


def parent_of(code: str) -> str:
    """The code of the area above, "" at the top or for no code at all."""
    lengths = list(LENGTHS.values())
    return code[: lengths[lengths.index(len(code)) - 1]] if len(code) in lengths[1:] else ""


def fault_of(code: str, level: str, parent: str = "") -> str:
    """What is wrong with the code of an area of that level below that parent, as an English msgid; "" when nothing is."""
    if not re.fullmatch(r"[0-9]+", code):
        return NOT_DIGITS
    if len(code) != LENGTHS.get(level):
        return WRONG_LENGTH
    return NOT_BELOW if parent and not code.startswith(parent) else ""
