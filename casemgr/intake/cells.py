"""One cell of a spreadsheet to one clean value: text, instants, phones, ID numbers, counts, paths of words.
Pure functions; what cannot be read raises CellProblem. No columns, no files, no clock here."""

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from casemgr.intake.problems import CellProblem

SHANGHAI = ZoneInfo("Asia/Shanghai")
EARLIEST_YEAR = 1980
EXACT_DIGITS = 15  # Excel keeps no more significant digits in a number
SHOWN = 40  # characters of a wrong value quoted in a problem

EMPTY_WORDS = frozenset(
    "不详 不祥 未知 无 没有 暂无 空 未填 未提供 不愿透露 不愿提供 匿名 保密 要求保密 null none nan n/a na nil - -- — —— / \\ . 、".split()
)
SECRET_WORDS = frozenset("保密 要求保密 不愿透露 不愿提供".split())

_EXCEL_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\ufffb]")
_BLANK_LINES = re.compile(r"\n{2,}")
_SPACES = re.compile(r"[^\S\n]+")
_CSV_QUOTED_FORMULA = re.compile(r'^="([^"]*)"$')


def clean_text(value: object) -> str:
    """Any cell as text: line breaks kept, control and invisible characters dropped, blank lines and spaces joined."""
    text = _EXCEL_ESCAPE.sub(_unescape, _as_text(value))
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = "".join(c for c in _INVISIBLE.sub("", text) if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _BLANK_LINES.sub("\n", "\n".join(lines)).strip()


def one_line(value: object) -> str:
    """Any cell as text on one line; a number forced to text in CSV (`="007"`, `'007`) is unwrapped."""
    text = clean_text(value).replace("\n", " ")
    quoted = _CSV_QUOTED_FORMULA.match(text)
    if quoted:
        return quoted.group(1).strip()
    return text[1:] if re.fullmatch(r"'[0-9]+", text) else text


def known(value: object) -> str:
    """The cell on one line, or '' where it only says that nothing is known (不详, 保密, -)."""
    text = one_line(value)
    return "" if squeeze(text) in EMPTY_WORDS else text


def is_secret(value: object) -> bool:
    """Whether the cell asks for confidentiality in place of a value."""
    return squeeze(one_line(value)) in SECRET_WORDS


def is_formula(value: object) -> bool:
    """Whether the cell holds a spreadsheet formula rather than a value."""
    text = _as_text(value)
    return len(text) > 1 and text[0] == "=" and text[1] not in "= " and not _CSV_QUOTED_FORMULA.match(text)


def squeeze(text: str) -> str:
    """Half width, lower case, no white space: the form in which words and keys are compared."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def shown(value: object) -> str:
    """The cell as quoted in a problem: one line, not longer than a glance."""
    text = one_line(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def digits_lost(value: object) -> bool:
    """Whether a long number has gone through a spreadsheet number and lost its last digits."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return math.isfinite(value) and abs(value) >= 10**EXACT_DIGITS
    return bool(re.fullmatch(r"\d(\.\d+)?[eE]\+?(1[5-9]|[2-9]\d)", _as_text(value).strip()))


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e22 else repr(value)
    text = getattr(value, "text", value)  # array formulas carry their text
    return text if isinstance(text, str) else str(text)


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match.group(1), 16))


# --- instants ---------------------------------------------------------------------------------------------------

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?", re.ASCII)
_DIGIT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?", re.ASCII)
_TIME = re.compile(
    r"(上午|凌晨|早上|下午|晚上|中午|am|pm)?\s*(\d{1,2})\s*[:时点]\s*(?:(\d{1,2})\s*(?:[:分]\s*(?:(\d{1,2})(?:[.,]\d+)?\s*秒?)?)?)?"
    r"\s*(am|pm)?\s*(z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_WEEKDAY = re.compile(r"[(\[]?(?:星期|周)[一二三四五六日天][)\]]?")
_SERIAL = re.compile(r"\d{1,7}(\.\d+)?", re.ASCII)
_NO_DATE = re.compile(r"(0000|0001)\D.*|1899\D12\D3[01].*|1900\D0?1\D0?0\D?.*|0+(\.0+)?", re.ASCII)
_SERIAL_START = dt.date(1899, 12, 30)
_LAST_SERIAL = 2_958_465  # 9999-12-31


@dataclass(frozen=True, slots=True)
class Moment:
    """A local date with or without a time of day, or (day None) a time of day alone. Asia/Shanghai, no zone."""

    day: dt.date | None
    time: dt.time | None = None

    def at(self) -> dt.datetime:
        """The aware UTC instant; without a time, the start of the day. Needs a day."""
        if self.day is None:
            raise ValueError("a time of day alone is no instant")
        return dt.datetime.combine(self.day, self.time or dt.time.min, SHANGHAI).astimezone(dt.UTC)


def read_moment(value: object) -> Moment | None:
    """The cell as a local moment; None where it is empty or a placeholder such as 0001-01-01.

    Takes dates, Excel serial numbers (1900 system) and text: 2025/3/7, 2025-03-07 09:00:00, ISO 8601, 2025年3月7日 9时.
    Raises CellProblem: date_impossible for a date or time no calendar has, date_unreadable for anything else.
    """
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, dt.date):
        return None if value.year == 1 else Moment(value)
    if isinstance(value, dt.time):
        return Moment(None, value.replace(tzinfo=None, microsecond=0))
    if isinstance(value, (bool, dt.timedelta)):
        raise CellProblem("date_unreadable", value=shown(value))
    text = unicodedata.normalize("NFKC", known(value)).lower().strip()
    if not text or _NO_DATE.fullmatch(text):
        return None
    return _moment_of_text(text, shown(value))


def read_instant(value: object, *, today: dt.date | None = None) -> dt.datetime | None:
    """The cell as an aware UTC instant, None where empty. With `today` (local) given, a later date and one before
    1980 are refused. Raises CellProblem as read_moment, and date_in_future, date_too_old."""
    moment = read_moment(value)
    return checked_instant(moment, shown(value), today=today) if moment else None


def checked_instant(moment: Moment, value: str, *, today: dt.date | None) -> dt.datetime:
    """The moment as a UTC instant, refused outside 1980 .. `today` where that is given. `value` is quoted."""
    if moment.day is None:
        raise CellProblem("date_unreadable", value=value)
    if today is not None and moment.day > today:
        raise CellProblem("date_in_future", value=value)
    if moment.day.year < EARLIEST_YEAR:
        raise CellProblem("date_too_old", value=value, year=str(EARLIEST_YEAR))
    return moment.at()


def _moment(value: dt.datetime) -> Moment | None:
    if value.tzinfo is not None:
        value = _localised(value)
    if value.year == 1 or value.date() in (dt.date(1899, 12, 30), dt.date(1899, 12, 31)):
        return None
    time = value.time().replace(microsecond=0)
    return Moment(value.date(), time if time != dt.time.min else None)


def _localised(value: dt.datetime) -> dt.datetime:
    try:
        return value.astimezone(SHANGHAI).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise CellProblem("date_impossible", value=shown(value)) from None


def _moment_of_text(text: str, quoted: str) -> Moment | None:
    packed = _DIGIT_DATE.fullmatch(text)
    if packed:
        return _built(packed.groups(), quoted)
    if _SERIAL.fullmatch(text):
        return _moment_of_serial(float(text), quoted)
    date = _DATE.match(text)
    rest = _WEEKDAY.sub("", text[date.end() :] if date else text).lstrip("t,").strip()
    time = _TIME.fullmatch(rest)
    if (date is None and time is None) or (rest and time is None):
        raise CellProblem("date_unreadable", value=quoted)
    return _assembled(date, time, quoted)


def _assembled(date: re.Match[str] | None, time: re.Match[str] | None, quoted: str) -> Moment | None:
    clock, zone = _clock(time) if time else ((), None)
    if date is None:
        return Moment(None, _built(("2000", "1", "1", *clock), quoted).time)
    moment = _built((*date.groups(), *clock), quoted)
    if zone and moment.day:
        offset = "+00:00" if zone == "z" else zone
        aware = dt.datetime.fromisoformat(f"{dt.datetime.combine(moment.day, moment.time or dt.time.min)}{offset}")
        return _moment(_localised(aware))
    return moment


def _clock(time: re.Match[str]) -> tuple[tuple[str | None, ...], str | None]:
    """The hour in 24-hour count, minute and second as strings, and the zone if one is written."""
    before, hour, minute, second, after, zone = time.groups()
    half = before or after
    if half in ("下午", "晚上", "pm") and int(hour) < 12 or half == "中午" and int(hour) < 10:
        hour = str(int(hour) + 12)
    elif half in ("凌晨", "am") and hour == "12":
        hour = "0"
    return (hour, minute, second), zone


def _built(parts: tuple[str | None, ...], quoted: str) -> Moment:
    year, month, day, hour, minute, second = (int(p) if p else 0 for p in (*parts, None, None, None)[:6])
    has_time = len(parts) > 3 and parts[3] is not None
    try:
        date = dt.date(year, month, day)
        if (hour, minute, second) == (24, 0, 0):
            return Moment(date + dt.timedelta(days=1))
        return Moment(date, dt.time(hour, minute, second) if has_time else None)
    except (ValueError, OverflowError):
        raise CellProblem("date_impossible", value=quoted) from None


def _moment_of_serial(serial: float, quoted: str) -> Moment | None:
    if serial > _LAST_SERIAL:
        raise CellProblem("date_unreadable", value=quoted)
    days, seconds = divmod(round(serial * 86_400), 86_400)
    time = dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60) if seconds else None
    return Moment(_SERIAL_START + dt.timedelta(days=days), time) if days else Moment(None, time)


# --- phones, ID numbers, counts, words --------------------------------------------------------------------------

_PHONE = re.compile(
    r"(?:\+?86)?(1\d{10}|0\d{9,11}|[2-9]\d{6,7}|[48]00\d{7}|1\d{4,5}|9\d{4,5})(?:[-转#x]\d{1,6})?", re.ASCII
)
_MASKED_PHONE = re.compile(r"\d{0,8}[*×x✱•#]{3,10}\d{0,8}", re.ASCII)
_PHONE_BREAK = re.compile(r"[;,、/|\n]|或|和|\s{1,}(?=\+?\d{7,})")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_COUNT = re.compile(r"(\d{1,7})(?:\s*[-~至到]\s*(\d{1,7}))?", re.ASCII)
_CHINESE_COUNT = re.compile(r"[零一二两三四五六七八九十百千万]+")
_CHINESE_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}
_MOST_PEOPLE = 1_000_000
_PATH_BREAK = re.compile(r"\s*(?:->|=>|→|＞|>|_|/|\\|\||-|—)\s*")


@dataclass(frozen=True, slots=True)
class Phones:
    """The first phone of a cell (digits, or as masked in the source) and any others beside it."""

    first: str = ""
    masked: bool = False
    others: tuple[str, ...] = ()


def read_phones(value: object) -> Phones:
    """The phones of a cell. Empty words give none. Raises CellProblem phone_unreadable if nothing in it is a phone."""
    text = unicodedata.normalize("NFKC", known(value))
    if not text:
        return Phones()
    found = [p for p in (_one_phone(part) for part in _PHONE_BREAK.split(text)) if p]
    if not found:
        raise CellProblem("phone_unreadable", value=shown(value))
    found.sort(key=lambda p: not p.isdigit())  # a whole number before a masked one
    return Phones(found[0], not found[0].replace("-", "").isdigit(), tuple(found[1:]))


def _one_phone(text: str) -> str:
    bare = re.sub(r"[\s().()]|(?<=\d)-(?=\d{3,})", "", text.lower())
    bare = re.sub(r"^\D*[::]", "", bare)
    if _MASKED_PHONE.fullmatch(bare) and any(c.isdigit() for c in bare):
        return re.sub(r"\D", "*", bare)
    match = _PHONE.fullmatch(bare)
    return bare.removeprefix("+").removeprefix("86") if match and len(bare) > 11 else (bare if match else "")


def read_id_no(value: object) -> str:
    """A resident ID number of 18 characters with a right check character, '' where empty.
    Raises CellProblem: digits_lost, id_masked, id_wrong."""
    text = squeeze(known(value)).upper()
    if not text:
        return ""
    if digits_lost(value):
        raise CellProblem("digits_lost", value=shown(value))
    if re.search(r"[*×X]{2,}", text):
        raise CellProblem("id_masked")
    if not is_id_no(text):
        raise CellProblem("id_wrong")
    return text


def is_id_no(text: str) -> bool:
    """Whether the text is an ID number by GB 11643: 17 digits and the check character."""
    if not re.fullmatch(r"\d{17}[\dX]", text, re.ASCII):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(text, _ID_WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == text[17]


def read_count(value: object) -> int | None:
    """A number of people: 3, 3人, 约30余人, 5-10人 (the larger), 三十多户. None where empty.
    Raises CellProblem count_unreadable."""
    text = squeeze(known(value))
    if not text:
        return None
    count = _digit_count(text) if re.search(r"\d", text, re.ASCII) else _chinese_count(text)
    if count is None or count > _MOST_PEOPLE:
        raise CellProblem("count_unreadable", value=shown(value))
    return count


def _digit_count(text: str) -> int | None:
    number = _COUNT.search(text)
    if number is None or re.match(r"-\d", text) or re.search(r"\d\.\d*[1-9]", text):
        return None
    return max(int(n) for n in number.groups() if n) * _CHINESE_UNITS.get(text[number.end() : number.end() + 1], 1)


def _chinese_count(text: str) -> int | None:
    words = _CHINESE_COUNT.search(text)
    vague = words and text[max(0, words.start() - 1) : words.start()] in ("数", "几")
    return None if words is None or vague else _chinese_number(words.group())


def _chinese_number(words: str) -> int:
    """三十二 -> 32, 一百零五 -> 105, 百(余人) -> 100."""
    total, digit = 0, 0
    for place, char in enumerate(words):
        if char in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[char]
        elif char == "万":
            total, digit = (total + digit or 1) * 10_000, 0
        else:
            total += (digit or (1 if place == 0 else 0)) * _CHINESE_UNITS[char]
            digit = 0
    return total + digit


def read_path(value: object) -> tuple[str, ...]:
    """A class written level by level (a->b->c, a_b_c, a/b/c, a-b-c) as its words."""
    text = unicodedata.normalize("NFKC", known(value))
    return tuple(word for word in _PATH_BREAK.split(text) if word and squeeze(word) not in EMPTY_WORDS)
