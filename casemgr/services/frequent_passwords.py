"""Passwords that are tried first, and those made of one: capitals, digits, signs put around it, letters written as digits. No database."""

import gzip
import re
from functools import cache
from pathlib import Path

LIST = Path(__file__).parent / "frequent" / "common-passwords.txt.gz"
SHIFTED = str.maketrans("!@#$%^&*()", "1234567890")  # one finger on the shift key: 1qaz@WSX
LIKE_LETTERS = str.maketrans("@401357$!", "aaoiestsi")  # p@ssw0rd
ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
SHORTEST = 5  # letters of what is found inside
OF_THE_HOUSE = frozenset({"casemgr", "mediation", "petition", "jiedao", "tiaojie", "xinfang", "zongzhi", "wangge"})  # 街道 调解 信访 综治 网格


@cache
def frequent() -> frozenset[str]:
    """All of them, in small letters; read once, by the first who sets a password."""
    return frozenset(gzip.decompress(LIST.read_bytes()).decode().split()) | OF_THE_HOUSE


def is_frequent(password: str) -> bool:
    """Whether a password is on the list, or is little more than one that is."""
    small = password.lower()
    cores = {core for text in (small, small.translate(LIKE_LETTERS)) if len(core := ENDS.sub("", text)) >= SHORTEST and 2 * len(core) >= len(small)}
    return not frequent().isdisjoint({small, small.translate(SHIFTED), small.translate(LIKE_LETTERS), *cores})
