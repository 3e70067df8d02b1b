"""Facts of a matter (names of warning.FACTS) found in a message, each with the words that say so.

Cautious: a number is a fact only where the words beside it say what it counts. Whether a crowd is a party or
only the public that uses a road is decided by the kind of the message, not here.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from workflows.reading.numbers import NUMBER, number
from workflows.reading.words import Words

GROUP = ("业主|居民|村民|住户|职工|员工|工人|农民工|民工|工友|家长|学生|学员|老师|教师|司机|的士师傅|驾驶员|群众|老百姓|百姓|市民|"
         "投资人|出借人|投资者|受害者|受害人|消费者|会员|商户|租户|商家|经营户|购房者|客户|农户|用户|退休人员|退伍军人|老人|女工|技工")
PEOPLE = re.compile(rf"({NUMBER})(?:多|余|来)?(?:名|位|个|户|家|多名|多户|余名|余户)?(?:的)?(?:{GROUP})"
                    rf"|({NUMBER})(?:多|余|来)?(?:户人家|户人|户|人|口人)(?!次|民|均|口|生|行|数|为|工|员|大)"
                    rf"|({NUMBER})(?:多|余|来)?(?:名|位)(?!置|业|额|单|义)")
WORKERS = re.compile(rf"({NUMBER})(?:多|余|来)?(?:名|位|个|多名|余名)?(?:职工|员工|工人|农民工|民工|工友|老师|教师|人)")
SIGNED = re.compile(rf"(?:联名|联合|签名|签字|代表|集体|我们|共计|一共|总共|涉及|受害|聚集|维权).{{0,12}}?({NUMBER})(?:多|余|来)?(?:名|位|个|户|人|家)")
BACKGROUND = ("人口", "容纳", "常住", "每天", "每日", "流量", "万人", "一家", "我家", "家里", "限坐", "乘坐", "招收", "招聘", "录取", "名额", "共有", "拥有")
OPEN_CROWD = ("万",)
UNPAID = re.compile(r"(?:拖欠|欠发|克扣|不发|未发|没发|发不出|讨要|讨薪|追讨|欠)[^。！？]{0,16}?(?:工资|薪水|薪资|工钱|血汗钱|报酬|劳务费)"
                    r"|(?:工资|薪水|薪资|工钱|血汗钱|劳务费)[^。！？]{0,10}?(?:拖欠|没发|未发|不发|没有发|要不到|没着落|没结)")
MONEY = re.compile(rf"(?:拖欠|欠|损失|赔偿|赔付|退还|退回|退款|退费|退房款|诈骗|被骗|骗走|骗取|骗了|押金|定金|订金|工程款|补偿款|克扣|卷走|集资)"
                   rf"[^。！？；\n]{{0,14}}?(\d{{1,9}}(?:\.\d{{1,4}})?|[一二三四五六七八九十几两]{{1,4}})(多|余|来)?(百|千|万|亿)?(多|余|来)?(?:元|块|人民币)")
CALLS = re.compile(rf"(?:报警|报了警|拨打110|打110|110)[^。！？\d]{{0,4}}?({NUMBER})(?:多|余)?次|({NUMBER})(?:多|余)?次(?:拨打110|打110|报警)")
COMMUNITIES = re.compile(rf"({NUMBER})(?:多|余)?个(?:社区|村(?!民|组|小组))")
YEARS = re.compile(rf"({NUMBER}|半)(多|余|来|几)?个?(多)?年(多|半|来)?(?:以来|时间|之久|了|来|都|还|未|没|不|仍|一直|过去|有余|无人|的时间|前|之前)?")
MONTHS = re.compile(rf"({NUMBER})(多|余|来)?个(多)?月")
SINCE = re.compile(r"(?:自|从|早在|于)?((?:19|20)\d\d|0[0-9]|1[0-9])年(?:(\d{1,2})月)?[^。！？]{0,20}?(?:至今|到现在|到今天|以来|开始|起|就)")
LASTING = ("一直", "至今", "长期", "多年", "未", "没", "仍", "还", "不", "无", "迟迟", "拖", "过去了", "之久", "以来", "了")


@dataclass(frozen=True, slots=True)
class Mention:
    """One fact as the text gives it. `aside` = it may be the public at large, not the parties."""

    fact: str
    value: object
    words: str
    aside: bool = False


def find_mentions(text: str, flags: Mapping[str, tuple[int, ...]], words: Words, sent_on: date | None) -> list[Mention]:
    """Every fact said in the text (normal, as long as the original); `flags` are the words of the fact lists found in it."""
    mentions = [Mention(words.fact_words[word][0], words.fact_words[word][1] or True, word) for word in flags]
    mentions += _people(text)
    mentions += _wages(text)
    mentions += _money(text)
    mentions += [Mention("police_calls", number(match[1] or match[2]), match[0]) for match in CALLS.finditer(text)]
    mentions += [Mention("communities", number(match[1]), match[0]) for match in COMMUNITIES.finditer(text)]
    mentions += _age(text, sent_on)
    return mentions


def settle(mentions: Iterable[Mention]) -> dict[str, object]:
    """One value per fact: the largest number, the gravest threat, true if anything says so."""
    facts: dict[str, object] = {}
    for mention in mentions:
        old = facts.get(mention.fact)
        if old is None or mention.fact == "threat" and mention.value in ("violence", "self_harm"):
            facts[mention.fact] = mention.value
        elif not isinstance(old, bool | str):
            facts[mention.fact] = max(old, mention.value)
    return facts


def _people(text: str) -> list[Mention]:
    found = []
    for match in PEOPLE.finditer(text):
        raw = match[1] or match[2] or match[3]
        count = number(raw)
        if count < 2 or _no_count(raw, text[max(0, match.start() - 1):match.start()]):
            continue
        before = text[max(0, match.start() - 8):match.start()]
        aside = any(word in before or word in match[0] for word in BACKGROUND)
        found.append(Mention("people", count, match[0], aside))
    return found


def _no_count(raw: str, before: str) -> bool:
    """"第三人", a year or a house number is no count of people; nor is "一二人" spelt without a unit."""
    return before in ("第", "号", "-", "栋", "室") or (len(raw) == 4 and raw.startswith(("19", "20")) and raw.isdigit())


def _wages(text: str) -> list[Mention]:
    owed = UNPAID.search(text)
    if not owed:
        return []
    near = text[max(0, owed.start() - 60):owed.end() + 60]
    return [Mention("unpaid_workers", number(match[1]), match[0]) for match in WORKERS.finditer(near) if number(match[1]) > 1]


def _money(text: str) -> list[Mention]:
    found = []
    for match in MONEY.finditer(text):
        amount = number(match[1] + (match[3] or "")) if match[1] not in ("几", "") else number("几" + (match[3] or ""))
        if amount:
            found.append(Mention("money", amount, match[0]))
    return found


def _age(text: str, sent_on: date | None) -> list[Mention]:
    found = []
    for match in YEARS.finditer(text):
        days = _years(match)
        after = text[match.end():match.end() + 10]
        if days and _is_span(match, text, after):
            found.append(Mention("days_old", days, match[0]))
    for match in MONTHS.finditer(text):
        if 12 < number(match[1]) < 600 and _lasts(text[match.end():match.end() + 10]):
            found.append(Mention("days_old", number(match[1]) * 30, match[0]))
    if sent_on:
        found += _dates(text, sent_on)
    return found


def _years(match: re.Match) -> int:
    if match[1] == "半" or (match[1].isdigit() and len(match[1]) in (2, 4) and int(match[1]) > 60):
        return 0
    more = any(match[group] for group in (2, 3, 4))
    return min(number(match[1]), 80) * 365 + (30 if more else 0)


def _is_span(match: re.Match, text: str, after: str) -> bool:
    before = text[max(0, match.start() - 6):match.start()]
    if any(word in before for word in ("工作", "使用", "工龄", "每", "第", "满", "保质", "任", "结婚", "交了", "未来", "有效", "今后")):
        return False
    return _lasts(match[0] + after)


def _lasts(after: str) -> bool:
    return any(word in after for word in LASTING)


def _dates(text: str, sent_on: date) -> list[Mention]:
    found = []
    for match in SINCE.finditer(text):
        year = int(match[1]) + (2000 if len(match[1]) == 2 else 0)
        month = min(max(int(match[2] or 6), 1), 12)
        days = (sent_on - date(year, month, 15)).days
        if 0 < days < 40 * 365:
            found.append(Mention("days_old", days, match[0]))
    return found


