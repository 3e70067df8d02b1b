"""Chinese and Arabic numbers as people write them ("三十余", "近三千", "1.2万", "数百") -> a cautious integer."""

import re

DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8,
          "九": 9, "几": 2, "数": 2, "仨": 3, "半": 0}
TENS = {"十": 10, "百": 100, "千": 1000}
BIG = {"万": 10**4, "亿": 10**8}
LARGEST = 10**10

NUMBER = (r"(?:\d{1,9}(?:[,，]\d{3})*(?:\.\d{1,4})?[百千万亿]{0,2}"
          r"|[上成近]?[零〇一二两三四五六七八九几数][零〇一二两三四五六七八九十百千万]{0,8}"
          r"|[上成近][十百千万]{1,2}|十[一二两三四五六七八九百千万]{0,3}|[百千万](?=[多余]))")
_ARABIC = re.compile(r"(\d+(?:\.\d+)?)([百千万亿]*)\Z")


def number(text: str) -> int:
    """The value of a text that matches NUMBER. "几" and "数" count as 2, "上千" as 1000. At most LARGEST."""
    plain = text.lstrip("上成近约").replace(",", "").replace("，", "")
    arabic = _ARABIC.match(plain)
    if arabic:
        value = float(arabic[1])
        for unit in arabic[2]:
            value *= TENS.get(unit) or BIG[unit]
        return min(int(value + 1e-6), LARGEST)
    return min(_chinese(plain), LARGEST)


def _chinese(text: str) -> int:
    total = section = digit = 0
    if len(text) > 1 and all(char in DIGITS for char in text):
        return _spelt(text)
    for char in text:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char in TENS:
            section += (digit or 1) * TENS[char]
            digit = 0
        elif char in BIG:
            total += (section + digit or 1) * BIG[char]
            section = digit = 0
    return total + section + digit


def _spelt(text: str) -> int:
    """Digits without units: "二〇一九" is read digit by digit, "两三" (two or three) as the smaller."""
    digits = [DIGITS[char] for char in text]
    if len(digits) == 2 and digits[1] == digits[0] + 1:
        return digits[0]
    return int("".join(map(str, digits)))
