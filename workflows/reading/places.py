"""Names of estates, roads, villages and other places as a message writes them. No gazetteer: form only."""

import re

SUFFIX = ("小区", "社区", "街道", "大道", "花园", "家园", "公寓", "新村", "大厦", "广场", "公园", "小学", "中学", "学校", "学院", "大学",
          "幼儿园", "医院", "市场", "工业园", "开发区", "高速", "国道", "大桥", "新城", "安置区", "居委会", "派出所", "火车站", "车站",
          "苑", "村", "路", "街", "镇", "乡", "巷", "园", "湾", "庭", "府", "城", "组")
BREAKS = ("我们", "住在", "位于", "居住", "反映", "投诉", "举报", "咨询", "请问", "关于", "希望", "请求", "建议", "强烈", "反对", "要求", "附近", "旁边",
          "由于", "因为", "目前", "现在", "以及", "还有", "或者", "通过", "经过", "前往", "来到", "到达", "进入", "属于", "整个", "所有", "各个", "这个",
          "那个", "一个", "多个", "几个", "两个", "本人", "业主", "居民", "领导", "您好", "你好", "书记", "市长", "为何", "为什么", "什么", "没有",
          "的", "在", "是", "和", "与", "至", "到", "从", "由", "对", "于", "及", "了", "我", "你", "他", "们", "让", "把", "被", "将", "请", "住",
          "离", "往", "去", "有", "这", "那", "该", "本", "各", "每", "某", "市", "区", "县", "省", "之", "就", "都", "也", "又", "给", "向", "跟",
          "沿", "处", "为", "上", "个", "条", "所", "座", "家", "老", "名", "等", "不", "求", "望", "新建", "修", "通", "过", "出", "走")
HARD = frozenset("，。！？；：、,.!?;:()（）“”\"'《》<>【】[] \t\r\n\u3000—-…~·")
COMMON = frozenset(("整个小区", "安置小区", "居民小区", "住宅小区", "周边小区", "其他小区", "多个小区", "各小区", "公立幼儿园", "公办幼儿园", "民办幼儿园",
                    "普惠幼儿园", "生活广场", "农贸市场", "菜市场", "省会城", "公路", "马路", "道路", "线路", "铁路", "高速公路", "出路", "电路", "一路",
                    "修路", "思路", "网络", "政府", "农村", "乡村", "全村", "同村", "街镇", "乡镇", "城镇", "集镇", "家庭", "法庭", "校园", "公园", "家园",
                    "人民医院", "私立学校", "公办学校", "全城", "进城", "文明城", "建筑工", "小组", "项目组", "村民小组", "工作组", "机构", "学生街"))
LONGEST_NAME = 10
MOST_PLACES = 12
_PLACE = re.compile("|".join(sorted(SUFFIX, key=len, reverse=True)))


def find_places(title: str, text: str) -> tuple[str, ...]:
    """Names found, each once, those of the title first; at most MOST_PLACES. Each occurs in one of the two texts."""
    names: dict[str, None] = {}
    for part in (title, text):
        for name in _names(part):
            names.setdefault(name)
            if len(names) == MOST_PLACES:
                return tuple(names)
    return tuple(names)


def _names(text: str):
    last = 0
    for match in _PLACE.finditer(text):
        start = _start(text, max(last, match.start() - LONGEST_NAME), match.start())
        name = text[start:match.end()]
        last = match.end()
        if match.start() - start >= (1 if len(match[0]) > 1 else 2) and name not in COMMON:
            yield name


def _start(text: str, low: int, suffix: int) -> int:
    """Where the name before a suffix begins: after the last character or word that cannot be part of a name."""
    start = low
    for place in range(low, suffix):
        if text[place] in HARD:
            start = place + 1
    window = text[start:suffix]
    cut = 0
    for word in BREAKS:
        at = window.rfind(word)
        if at >= 0 and at + len(word) > cut:
            cut = at + len(word)
    return start + cut
