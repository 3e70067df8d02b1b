"""Names of estates, roads, villages and other places as a message writes them. No gazetteer: form only."""

import re
from collections.abc import Iterator

LONG = ("小区|社区|街道|大道|花园|家园|公寓|新村|大厦|广场|公园|小学|中学|学校|学院|大学|幼儿园|医院|市场|工业园|开发区|国道|大桥|新城|安置区|居委会|派出所"
        "|火车站|汽车站|地铁站")
SHORT = ("村(?![民组委里干支务上口子])|路(?![段口面灯况边线由人上过的名])|街(?![道上区])|镇(?!定)|乡(?![村镇亲下])|巷(?!子)|园(?![区林艺长内])"
         "|城(?![市区管建乡镇中里])|组(?![织合建长团成装员])|府(?!邸)|庭(?![院审外])|苑|湾")
BREAKS = ("我们", "住在", "位于", "居住", "反映", "投诉", "举报", "咨询", "请问", "关于", "希望", "请求", "建议", "强烈", "反对", "要求", "附近", "旁边",
          "由于", "因为", "目前", "现在", "以及", "还有", "或者", "通过", "经过", "前往", "来到", "到达", "进入", "属于", "整个", "所有", "各个", "这个",
          "那个", "一个", "多个", "几个", "两个", "本人", "业主", "居民", "领导", "您好", "你好", "书记", "市长", "为何", "为什么", "什么", "没有",
          "恢复", "办理", "能否", "修建", "新建", "交汇", "门口", "对面", "北面", "南面", "东面", "西面", "住房", "住宅", "买房",
          "的", "在", "是", "和", "与", "至", "到", "从", "由", "对", "于", "及", "了", "我", "你", "他", "们", "让", "把", "被", "将", "请", "离",
          "往", "去", "这", "那", "该", "各", "每", "某", "市", "区", "县", "省", "就", "都", "也", "又", "给", "跟", "处", "个", "条", "所", "等",
          "不", "边", "旁", "畔")
HARD = frozenset("，。！？；：、,.!?;:()（）“”\"'《》<>【】[] \t\r\n\u3000—-…~·")
NO_NAME = ("道路", "公路", "马路", "线路", "铁路", "电路", "一路上", "修路", "思路", "问路", "出路", "网络", "政府", "农村", "乡村", "全村", "同村", "城乡",
           "家庭", "法庭", "校园", "农民工", "小组", "项目组", "工作组", "机构", "居民小区", "住宅小区", "安置小区", "周边小区", "公立幼儿园", "公办幼儿园",
           "民办幼儿园", "菜市场", "省会城", "进城", "环路", "支路", "车路", "水泥路", "村村")
LONGEST_NAME = 10
MOST_PLACES = 12
_BREAKS_BY_END = {last: tuple(word for word in BREAKS if word[-1] == last) for last in {word[-1] for word in BREAKS}}
_PLACE = re.compile(f"(?:{LONG}|{SHORT})+")


def find_places(title: str, text: str) -> tuple[str, ...]:
    """Names found, each once, those of the title first; at most MOST_PLACES. Each occurs in one of the two texts."""
    names: dict[str, None] = {}
    for part in (title, text):
        for name in _names(part):
            names.setdefault(name)
            if len(names) == MOST_PLACES:
                return tuple(names)
    return tuple(names)


def _names(text: str) -> Iterator[str]:
    last = 0
    for match in _PLACE.finditer(text):
        start = _start(text, max(last, match.start() - LONGEST_NAME), match.start())
        name = text[start:match.end()]
        last = match.end()
        if len(name) >= 3 and match.start() > start and not name.endswith(NO_NAME):
            yield name


def _start(text: str, low: int, suffix: int) -> int:
    """Where the name before a suffix begins: after the last character or word that cannot be part of a name."""
    for end in range(suffix, low, -1):
        last = text[end - 1]
        if last in HARD or (last in _BREAKS_BY_END and text.endswith(_BREAKS_BY_END[last], low, end)):
            return end
    return low
