"""Invented Chinese texts: 20 characters of title, 200 of body, and rare runs of characters whose rows are known."""

import random
from functools import cache
from itertools import accumulate

from casemgr.search import grams

TITLE, BODY = 20, 200
LONG = 1_000_000  # characters that all texts are cut from
SYLLABLES = (
    "安白宝北本笔边冰布才菜草层茶长场车城池初窗春村大带单道灯地点店电东洞豆段队多儿房飞风夫服府富高歌格根工公谷关光国果海"
    "合河黑红湖户花华画话淮环黄回火机家坚间江讲角街节金进京井九居军开康客口快来蓝老乐雷里力立利连良亮林岭流龙楼路绿马麦满"
    "毛门米面民明木南年鸟牛农女盘旁跑皮片平坡七齐气前桥青清庆秋区泉群人日容如三沙山商上少社深生声师石时市事收手书树双水顺"
    "四松苏台太堂天田条铁亭通同土团外湾王望文屋五午西溪喜下线乡香向小校新星兴行秀雪学烟岩燕阳羊药野业叶一衣医银英永勇油友"
    "有于鱼雨玉元园圆远月云运早站章照镇正枝知中重州舟竹主住庄子自祖左坐"
)
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜", "安博晨达恩芳光海佳凯岚明宁平琪荣思涛薇晓雅远泽珍"
PAIRS = ("龘靐", "麤犇", "鱻羴")  # two characters that no other text holds together
FOURS = ("鑫焱淼垚", "骉骁骅骊")
EVERY_PAIR, EVERY_FOUR = 151, 149  # one case in so many holds one of them


@cache
def vocabulary() -> tuple[list[str], list[float]]:
    """3,000 invented words of two characters, and how often each is said (Zipf), as running sums."""
    chance = random.Random(20)
    words = sorted({"".join(chance.sample(SYLLABLES, 2)) for _ in range(3300)})
    chance.shuffle(words)
    words = words[:3000]
    return words, list(accumulate(1 / (rank + 20) for rank in range(len(words))))


@cache
def book() -> tuple[str, list[str]]:
    """A long invented text that all others are cut from, and its grams."""
    words, sums = vocabulary()
    text = "".join(random.Random(21).choices(words, cum_weights=sums, k=LONG // 2))
    return text, grams(text)


def cut(chance: random.Random, length: int) -> tuple[str, list[str]]:
    """A text of that many characters, and its grams."""
    text, pairs = book()
    at = chance.randrange(LONG - length)
    return text[at : at + length], pairs[at : at + length - 1]


def planted(number: int) -> str:
    """The rare run that the text of the n-th case holds, or nothing."""
    if number % EVERY_PAIR == 0:
        return PAIRS[number // EVERY_PAIR % len(PAIRS)]
    if number % EVERY_FOUR == 0:
        return FOURS[number // EVERY_FOUR % len(FOURS)]
    return ""


def body(chance: random.Random, number: int) -> tuple[str, list[str]]:
    """The text of the n-th case, with its rare run somewhere inside, and its grams."""
    rare = planted(number)
    if not rare:
        return cut(chance, BODY)
    text, at = cut(chance, BODY)[0], chance.randrange(2, BODY - 6)
    text = text[:at] + rare + text[at + len(rare) :]
    return text, grams(text)


def name(chance: random.Random) -> str:
    """The name of a person who is nobody."""
    return chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, chance.choice((1, 2, 2))))


def phone(chance: random.Random) -> str:
    """A number of eleven digits in a range that is given to nobody."""
    return f"1{chance.randrange(10**9):010d}"
