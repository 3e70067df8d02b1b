"""Facts of a matter (names of warning.FACTS) found in a message, each with the words that say so.

Cautious: a number is a fact only where the words beside it say what it counts, and what is only feared or
announced for others is no fact. Which facts fit which kind of message is decided in triage.py.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from workflows.reading.numbers import NUMBER, number
from workflows.reading.scan import Places
from workflows.reading.words import Words

NUMBER_START = re.compile(r"[\d上成近约零〇一二两三四五六七八九几数十百千万]")   # every match of PEOPLE, YEARS, MONTHS, COMMUNITIES begins so
GROUP = ("业主|居民|村民|住户|职工|员工|工人|农民工|民工|工友|家长|学生|学员|老师|教师|司机|师傅|驾驶员|群众|老百姓|投资人|出借人|投资者|受害者|受害人|消费者|会员|商户|租户|"
         "商家|经营户|购房者|客户|农户|用户|退休人员|退伍军人|老人|女工|技工|同事|乘客|股东|代表|业主代表|组民|社员|户主|家庭")
MEASURE = "名|位|个|户|家"
PEOPLE = re.compile(rf"({NUMBER})(?:(?P<some>多|余|来)(?:{MEASURE})?|(?P<unit>{MEASURE}))(?:的)?[\u4e00-\u9fff]{{0,4}}?(?:{GROUP})"
                    rf"|(?P<about>[上成近约]{NUMBER}|[几数]?[十百千万]+)[\u4e00-\u9fff]{{0,4}}?(?:{GROUP})"
                    rf"|(?P<bare>{NUMBER})(?:多|余|来)?(?:户人家|户人|户|人|名|位)(?![次民均口生行数为工员大置业额单义于])")
PARTY = re.compile("我们|业主|居民|村民|职工|员工|工人|民工|家长|投资|出借|受害|被骗|联名|签名|签字|集体|涉及|一共|总共|共计|聚集|上访|维权|拖欠|欠")
SIGNED = re.compile("联名|联合|签名|签字|集体|代表|联署|请愿")
HARMED = re.compile("投资人|投资者|投资户|出借人|受害|被骗|集资|爆雷|暴雷|吸收公众存款|农民工|购房者")   # never the public at large
NUMBERS = re.compile(NUMBER)
AFTER_NUMBER = 6
NO_COUNT_BEFORE = re.compile(r"[第号栋室\-—.a-z\d]$")
BACKGROUND = re.compile("人口|容纳|常住|每天|每日|流量|一家|我家|家里|限坐|乘坐|招收|招募|招聘|录取|名额|招生|报考|编制|身高|限额|每班|班上|班级|载客")
WORKERS = re.compile(rf"({NUMBER})(?:多|余|来)?(?:名|位|个|多名|余名)?[\u4e00-\u9fff]{{0,2}}?(?:职工|员工|工人|农民工|民工|工友|老师|教师|人)")
UNPAID = re.compile(r"(?:拖欠|欠发|克扣|不发|未发|没发|发不出|讨要|讨薪|追讨|欠)[^。！？]{0,16}?(?:工资|薪水|薪资|工钱|血汗钱|报酬|劳务费)"
                    r"|(?:工资|薪水|薪资|工钱|血汗钱|劳务费)[^。！？]{0,10}?(?:拖欠|没发|未发|不发|没有发|要不到|没着落|没结)")
PAY = ("工资", "薪水", "薪资", "工钱", "血汗钱", "报酬", "劳务费")   # one of them stands in every match of UNPAID
MONEY = re.compile(r"(?:拖欠|欠|损失|赔偿|赔付|退还|退回|退款|退费|退房款|诈骗|被骗|骗走|骗取|骗了|押金|定金|订金|工程款|补偿款|克扣|卷走|集资)"
                   r"[^。！？；\n]{0,14}?(\d{1,9}(?:\.\d{1,4})?|[一二三四五六七八九十几两]{1,4})(?:多|余|来)?(百|千|万|亿)?(?:多|余|来)?(?:元|块|人民币)")
CALLS = re.compile(rf"(?:报警|报了警|拨打110|打110)[^。！？\d]{{0,4}}?({NUMBER})(?:多|余)?次|({NUMBER})(?:多|余)?次(?:拨打110|打110|报警)")
COMMUNITIES = re.compile(rf"({NUMBER})(?:多|余)?个(?:社区|村(?![民组里]))")
YEARS = re.compile(rf"({NUMBER})(多|余|来|几)?个?(多)?年(?!级|段)(多|半|来)?")
MONTHS = re.compile(rf"({NUMBER})(?:多|余|来)?个(?:多)?月")
SINCE = re.compile(r"(?:自|从|早在|于)?((?:19|20)\d\d|0[0-9]|1[0-9])年(?:(\d{1,2})月)?[^。！？\n]{0,20}?(?:至今|到现在|到今天|以来|开始|起|就)")
SINCE_START = re.compile(r"[自从早于\d]")
LASTING = re.compile("一直|至今|长期|多年|未|没|仍|还|不|无|迟迟|拖|过去了|之久|以来|了|来")
OTHER_SPAN = re.compile("工作|使用|工龄|每|第|满|保质|任|结婚|交了|未来|有效|今后|年龄|房龄|教龄|期限|合同|买|购")
OTHER_START = re.compile("购买|买房|买的|入职|入住|结婚|工作|参加|出台|实施|颁布|毕业|出生|户口|缴纳|参保")
FEARED = re.compile("差点|险些|可能|容易|万一|如果|一旦|要是|会|怕|防止|避免|以免|免得|隐患|威胁|担心|极易|造成|将|向|找|准备|想|可以|难道|是否|是不是|不要|别|曾有|他人|别人|等着|等到|出了|直到")
REALLY_SO = frozenset(("injury", "media", "threat"))


@dataclass(frozen=True, slots=True)
class Mention:
    """One fact as the text gives it. `aside` = a crowd that may be the public at large, not parties."""

    fact: str
    value: object
    words: str
    aside: bool = False


def _matches(pattern: re.Pattern[str], text: str, starts: list[int]) -> Iterator[re.Match[str]]:
    """What pattern.finditer(text) gives, tried only where it can begin (`starts`, ascending)."""
    free = 0
    for at in starts:
        if at >= free:
            match = pattern.match(text, at)
            if match:
                free = match.end()
                yield match


def find_mentions(text: str, flags: Places, words: Words, sent_on: date | None) -> list[Mention]:
    """Every fact said in a normal() text; `flags` are the words of the fact lists found in it, with their places."""
    numbers = [match.start() for match in NUMBER_START.finditer(text)]
    return [*_flags(text, flags, words), *_people(text, numbers), *_wages(text), *_money(text), *_calls(text, numbers),
            *_age(text, numbers, sent_on)]


def settle(mentions: Iterable[Mention]) -> dict[str, object]:
    """One value per fact: the largest number, the gravest threat, true if anything says so."""
    facts: dict[str, Any] = {}
    for mention in mentions:
        old = facts.get(mention.fact)
        if old is None or mention.fact == "threat" and old == "public_danger":
            facts[mention.fact] = mention.value
        elif not isinstance(old, bool | str):
            facts[mention.fact] = max(old, mention.value)
    return facts


def _flags(text: str, flags: Places, words: Words) -> Iterator[Mention]:
    for word, places in flags.items():
        fact, value = words.fact_words[word]
        if fact not in REALLY_SO or any(not FEARED.search(text, max(0, at - 8), at) for at in places):
            yield Mention(fact, value or True, word, fact == "all_owners" and not _joined(word))


def _joined(word: str) -> bool:
    """Whether a word for a whole group says that it acts together, or is only "all of us"."""
    return word.startswith("全体") or SIGNED.search(word) is not None or HARMED.search(word) is not None


def _people(text: str, numbers: list[int]) -> Iterator[Mention]:
    for match in _matches(PEOPLE, text, numbers):
        count = max(number(match[1] or match["about"] or match["bare"]), *map(number, NUMBERS.findall(match[0])), 0)
        before, after = text[max(0, match.start() - 12):match.start()], text[match.end():match.end() + AFTER_NUMBER]
        if count < 2 or NO_COUNT_BEFORE.search(before) or _is_year(match[1] or match["bare"] or ""):
            continue
        if "分之" in before[-3:] + match[0]:
            continue
        if match["bare"] and not PARTY.search(before + after):
            continue
        aside = not (SIGNED.search(before + match[0] + after) or HARMED.search(match[0] + after))
        if not BACKGROUND.search(before[-8:] + match[0]):
            yield Mention("people", count, match[0], aside)


def _is_year(raw: str) -> bool:
    return len(raw) == 4 and raw.isdigit() and raw.startswith(("19", "20"))


def _wages(text: str) -> Iterator[Mention]:
    owed = UNPAID.search(text) if any(word in text for word in PAY) else None
    if owed:
        near = text[max(0, owed.start() - 60):owed.end() + 60]
        for match in WORKERS.finditer(near):
            if number(match[1]) > 1 and not _is_year(match[1]):
                yield Mention("unpaid_workers", number(match[1]), match[0])


def _money(text: str) -> Iterator[Mention]:
    for match in MONEY.finditer(text):
        amount = number(match[1] + (match[2] or ""))
        if amount:
            yield Mention("money", amount, match[0])


def _calls(text: str, numbers: list[int]) -> Iterator[Mention]:
    if "警" in text or "110" in text:
        for match in CALLS.finditer(text):
            yield Mention("police_calls", number(match[1] or match[2]), match[0])
    if "个社区" in text or "个村" in text:
        for match in _matches(COMMUNITIES, text, numbers):
            yield Mention("communities", number(match[1]), match[0])


def _age(text: str, numbers: list[int], sent_on: date | None) -> Iterator[Mention]:
    for match in _matches(YEARS, text, numbers) if "年" in text else ():
        days = _years(match)
        before, after = text[max(0, match.start() - 6):match.start()], text[match.end():match.end() + 10]
        if days and not OTHER_SPAN.search(before + match[0] + after[:4]) and LASTING.search((match[4] or "") + after):
            yield Mention("days_old", days, match[0])
    for match in _matches(MONTHS, text, numbers) if "月" in text else ():
        if 12 < number(match[1]) < 600 and LASTING.search(text, match.end(), match.end() + 10):
            yield Mention("days_old", number(match[1]) * 30, match[0])
    if sent_on is None or "年" not in text:
        return
    for match in _matches(SINCE, text, [match.start() for match in SINCE_START.finditer(text)]):
        days = _days_since(int(match[1]), int(match[2] or 6), sent_on)
        if 0 < days < 40 * 365 and not OTHER_START.search(match[0]):
            yield Mention("days_old", days, match[0])


def _years(match: re.Match[str]) -> int:
    """Days of a span of years; 0 where the number is a calendar year."""
    if match[1].isdigit() and len(match[1]) in (2, 4) and int(match[1]) > 60:
        return 0
    if len(match[1]) > 1 and match[1].isdigit() and match[1].startswith(("0", "1")) and not any(match.groups()[1:]):
        return 0
    more = any(match[group] for group in (2, 3, 4))
    return min(number(match[1]), 80) * 365 + (30 if more else 0)


def _days_since(year: int, month: int, sent_on: date) -> int:
    start = date(year + (2000 if year < 100 else 0), min(max(month, 1), 12), 15)
    return (sent_on - start).days
