"""What is read from a message. All messages are invented; each stands for a way people write."""

import tomllib
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from workflows.categories import DISPUTE_CATEGORIES
from workflows.reading.numbers import LARGEST, NUMBER, number
from workflows.reading.places import find_places
from workflows.reading.words import WORDS_FILE
from workflows.triage import KINDS, NO_TEAM, SENTENCES, load_words, read
from workflows.warning import TIERS, rank

RULES = tomllib.loads((WORDS_FILE.parent / "default.toml").read_text("utf-8"))
WORDS = load_words()
SENT = date(2026, 6, 1)


def reading(title, text="", sent_on=SENT):
    return read(title, text, words=WORDS, rules=RULES, sent_on=sent_on)


MESSAGES = [
    # title, text, kind, category, team, tier
    ("投诉青云苑物业公司乱涨停车费", "我们小区的物业公司没有经过业主大会就把停车费涨了一倍，多次找物业反映，至今无果。",
     "dispute", "城乡建设", "property_management", "orange"),
    ("锦绣里三期房子还没交房就开裂", "我是锦绣里三期的业主，收房时发现墙面开裂、卫生间漏水，开发商拒绝整改，也不肯退房。",
     "dispute", "城乡建设", "consumer_contract", "orange"),
    ("工地通宵施工，附近居民无法入睡", "枫叶路旁边的工地每天凌晨两三点还在打桩，噪音很大，孩子睡不着。",
     "dispute", "环境保护", "environment", "yellow"),
    ("小区居民楼一楼住改商开麻将馆，通宵扰民", "和风苑5栋一楼被改成麻将馆，每天吵到深夜。",
     "dispute", None, ("environment", "neighbour"), "yellow"),
    ("邻居占用楼道私自搭建鞋柜和阳光房", "楼上业主霸占公共通道，擅自搭建，我家采光都被挡住了。",
     "dispute", "城乡建设", "neighbour", "yellow"),
    ("某建筑公司拖欠我们十五名农民工工资", "去年在工地干了半年，老板一直拖欠十五名农民工的工资，去讨薪还被赶出来。",
     "dispute", "劳动和社会保障", "labour", "red"),
    ("英语培训机构关门跑路，拒不退费", "我给孩子报了培训班，交了学费一万二，机构跑路了，不退款。",
     "dispute", None, "consumer_contract", "orange"),
    ("咨询退休后异地养老保险如何转移", "请问我在外地缴纳的养老保险能不能转回来，需要什么材料，怎么办理？",
     "consultation", "劳动和社会保障", NO_TEAM, "yellow"),
    ("请问小孩转学需要哪些手续？", "我想咨询一下孩子从外地转学到本区小学，需要什么条件和材料，谢谢。",
     "consultation", "教育文体", NO_TEAM, "yellow"),
    ("建议在文化路增设公交站", "建议公交公司优化线路，在文化路增设一站，方便市民出行。",
     "suggestion", "城乡建设", NO_TEAM, "yellow"),
    ("希望全市公交都能统一使用一张卡", "建议借鉴其他城市的做法，统一支付方式，提升城市形象。",
     "suggestion", "城乡建设", NO_TEAM, "yellow"),
    ("举报某中学违规有偿补课", "学校每个周六强迫学生补课，每人乱收费六百元，请教育局查处。",
     "report_of_wrongdoing", "教育文体", NO_TEAM, "yellow"),
    ("举报某宾馆涉黄，有人充当保护伞", "该宾馆长期卖淫嫖娼，请严查。",
     "report_of_wrongdoing", None, NO_TEAM, "yellow"),
    ("柳荫路路灯不亮、路面坑坑洼洼", "柳荫路的路灯坏了很久，请尽快维修。",
     "service_request", "城乡建设", NO_TEAM, "yellow"),
    ("请求硬化大樟树村三组的村道", "村里还是泥巴路，下雨天出行难，恳请政府硬化。",
     "service_request", "城乡建设", NO_TEAM, "yellow"),
    ("东风小区天天停水，什么时候能解决", "最近每天晚上停水，水压不足，希望自来水公司处理。",
     "service_request", "城乡建设", NO_TEAM, "yellow"),
    ("出租车司机拒载、不打表乱收费", "在车站打车，出租车司机拒载，还不打表。",
     None, "交通运输", NO_TEAM, "yellow"),
    ("医院误诊延误治疗", "医生误诊，患者住院手术后病情加重，医院不承认医疗事故。",
     "dispute", "卫生计生", NO_TEAM, "yellow"),
    ("化工厂夜里偷排废水污染河水", "工厂晚上偷排污水，河里全是死鱼，环保局应该查处。",
     None, "环境保护", None, "yellow"),
    ("不服社保局的认定，申请行政复议", "对处罚决定不服，已经提起行政复议和行政诉讼，请求撤销决定。",
     "appeal", None, NO_TEAM, "yellow"),
]

FORMS = [
    # title, text, kind, team: one for each way in which words stand together
    ("星河路地铁口什么时候开通？", "请问什么时候开通。", "consultation", NO_TEAM),
    ("为什么学院路这么差", "请问有关部门，路面到处是坑，一直没人修。", "service_request", NO_TEAM),
    ("希望8路公交车增加班次", "每次要等半个小时，建议增加班次。", "service_request", NO_TEAM),
    ("希望中心小学门口增设人行横道", "学生过马路很危险，请安装红绿灯。", "service_request", NO_TEAM),
    ("学院路与人民路路口车道设置不合理", "左转的车多，只有一条左转车道，直行的却有三条。", "suggestion", NO_TEAM),
    ("关于学院路周边环境改善的建议", "道路拥堵，绿化少，请改造路面，维修路灯，安装护栏。", "suggestion", NO_TEAM),
    ("青云苑小区消防通道被私家车占用", "业主进出很不方便，消防车进不来。", "service_request", None),
    ("星湖楼盘捂盘不售", "房子建好了一直不开盘，请住建部门核实。", "report_of_wrongdoing", None),
    ("电子城负一层消防通道上锁", "里面抽烟的人多，火灾隐患很大。", "report_of_wrongdoing", NO_TEAM),
    ("举报某科技公司违规作业", "员工没有安全防护，拒绝就罚款，扣绩效。", "report_of_wrongdoing", "labour"),
    ("和风苑5栋顶楼业主违建", "顶楼加盖了一层，请拆除。", "report_of_wrongdoing", "neighbour"),
    ("反对在青云苑小区门口设立专科医院", "我们小区业主坚决反对，担心环境污染和辐射，环评没有公示。", "dispute", "neighbour"),
    ("反对在小区旁边建变电站", "全体居民担心辐射，坚决反对。", "dispute", "environment"),
    ("我家的地被征收，补偿一分钱都没拿到", "我家承包地被征收三年，村里一直没有给补偿款。", "dispute", "land_expropriation"),
    ("某学院强制学生去工厂实习", "不去就不给学分。", "dispute", NO_TEAM),
    ("某电器公司不给离职员工结算", "公司一直拖着，离职的人都没有拿到。", "dispute", "labour"),
    ("星河苑噪音太大", "小区门口就是快速路和高架桥，大货车整夜鸣笛。", "service_request", NO_TEAM),
    ("高架施工砸坏路边车辆", "施工方的钢管掉落，把我的车砸坏了，施工单位一直不赔。", "dispute", "production_accident/injury"),
    ("青云苑5栋一楼开宾馆", "一楼是住宅性质，业主把架空层改了办公和经营，陌生人进进出出。", "dispute", "neighbour"),
    ("8路公交车早高峰等不到车", "每次要等四十分钟，希望增加车辆。", "service_request", NO_TEAM),
    ("请问河西会建公交首末站吗", "后续有没有这个计划？", "consultation", NO_TEAM),
    ("社保热线为什么一直没人接", "打了一天都打不通，请问领导知道吗？", "service_request", NO_TEAM),
    ("购房补贴申请为何不通过", "我的申请被驳回，材料都齐全。", "appeal", NO_TEAM),
]


@pytest.mark.parametrize(("title", "text", "kind", "team"), FORMS)
def test_words_that_stand_together_decide(title, text, kind, team):
    result = reading(title, text)
    assert result.kind == kind
    assert team in (None, result.team)


@pytest.mark.parametrize(("title", "text", "kind", "category", "team", "tier"), MESSAGES)
def test_a_message_is_read(title, text, kind, category, team, tier):
    result = reading(title, text)
    assert kind in (None, result.kind)
    assert category in (None, result.category)
    assert team is None or result.team in (team if isinstance(team, tuple) else (team,))
    assert result.tier == tier


def facts(text, title="投诉物业公司", sent_on=SENT):
    return reading(title, text, sent_on).facts


@pytest.mark.parametrize(("text", "name", "value"), [
    ("三十余名业主联名投诉", "people", 30),
    ("我们一百二十户居民受影响", "people", 120),
    ("近三千名职工不同意", "people", 3000),
    ("1,200多名业主", "people", 1200),
    ("几十位村民", "people", 20),
    ("全体业主一致反对", "all_owners", True),
    ("多次反映无果，互相踢皮球", "unanswered_before", True),
    ("开发商拒不退款", "refused_before", True),
    ("再不解决我们就集体上访拉横幅", "group_visit_announced", True),
    ("他持刀威胁，说要同归于尽", "threat", "violence"),
    ("老人说要跳楼", "threat", "self_harm"),
    ("扬言要投毒", "threat", "violence"),
    ("保安把业主打伤了", "injury", True),
    ("已经有电视台报道了这件事，媒体报道很多", "media", True),
    ("诈骗我们定金20万元", "money", 200_000),
    ("拖欠货款3.5万元", "money", 35_000),
    ("报警三次都没有用", "police_calls", 3),
    ("拖欠二十名工人的工资", "unpaid_workers", 20),
    ("这个问题拖了两年多了一直没解决", "days_old", 760),
    ("已经18个月没有处理", "days_old", 540),
    ("自2023年5月以来一直漏水", "days_old", 1113),
    ("属于历史遗留问题", "legacy", True),
    ("涉及3个社区", "communities", 3),
    ("数十甚至上百居民反映", "people", 100),
    ("两家互殴，有人拿刀", "threat", "violence"),
    ("孩子摔断了胳膊", "injury", True),
    ("说了好多次也不听", "unanswered_before", True),
])
def test_a_fact_is_found(text, name, value):
    assert facts(text).get(name) == value


@pytest.mark.parametrize(("text", "name"), [
    ("小区常住人口五千人", "people"),
    ("招聘保安10名", "people"),
    ("第三人称", "people"),
    ("住在3栋1204号的业主", "people"),
    ("打12345市民热线", "people"),
    ("这样下去会打伤人", "injury"),
    ("我要找媒体曝光", "media"),
    ("楼下被打扰", "injury"),
    ("2019年的房子", "days_old"),
    ("我工作十年了", "days_old"),
    ("房价一万二一平，家里存了50万元", "money"),
    ("上个月开始施工", "days_old"),
    ("从一年级到六年级一直没有", "days_old"),
    ("只有百分之十的业主同意", "people"),
    ("她们晚上要跳广场舞", "threat"),
    ("他说要砍我家门口的树", "threat"),
    ("塘里的鱼都养不活了", "threat"),
    ("井盖被大车压断了", "injury"),
])
def test_what_is_no_fact_is_not_taken_for_one(text, name):
    assert name not in facts(text)


def test_a_question_or_a_proposal_has_no_history_and_no_crowd():
    text = "请问办理居住证需要什么材料？我们社区有三千名居民，多次打电话没人接，已经两年多了。"
    result = reading("咨询居住证办理流程", text)
    assert (result.kind, result.tier, dict(result.facts)) == ("consultation", "yellow", {})


def test_those_who_lost_their_money_are_parties_whatever_they_ask_for():
    result = reading("平台案件侦办没有进展", "我们上千名投资人请求警方通报案情进展。")
    assert (result.facts.get("people"), result.tier) == (1000, "red")
    assert reading("请求增加班次", "附近上千名居民请求增加公交班次。").tier == "yellow"


def test_a_threat_counts_in_a_message_of_any_kind():
    assert reading("咨询工资问题", "请问怎么办？拿不到钱我就跳楼").tier == "red"


def test_without_the_day_it_was_sent_only_spans_give_an_age():
    assert "days_old" not in facts("自2023年5月以来一直漏水", sent_on=None)
    assert facts("漏水三年了没人管", sent_on=None)["days_old"] == 1095


@pytest.mark.parametrize(("text", "value"), [
    ("三十", 30), ("十", 10), ("十五", 15), ("一百零五", 105), ("两千三百", 2300), ("三万", 30_000), ("1.2万", 12_000), ("近百", 100),
    ("上千", 1000), ("数百", 200), ("几", 2), ("二〇一九", 2019), ("两三", 2), ("12", 12), ("1,024", 1024), ("亿", 10**8)])
def test_a_number_is_read(text, value):
    assert number(text) == value


@settings(deadline=None)
@given(st.from_regex(NUMBER, fullmatch=True))
def test_every_number_that_matches_has_a_value_in_bounds(text):
    assert 0 <= number(text) <= LARGEST


@pytest.mark.parametrize(("title", "text", "places"), [
    ("投诉青云苑物业", "我住在青云苑3栋", ("青云苑",)),
    ("文化路与解放大道交叉口堵车", "", ("文化路", "解放大道")),
    ("", "位于东湖街道红旗社区的枫叶小区", ("东湖街道", "红旗社区", "枫叶小区")),
    ("反映大樟树村修路的问题", "", ("大樟树村",)),
    ("咨询社保政策", "公路和道路都很好", ()),
])
def test_places_are_found_as_written(title, text, places):
    assert find_places(title, text) == places


def test_a_message_of_nothing_is_said_to_be_so():
    result = reading("", "")
    assert result.tier == "yellow"
    assert result.places == ()
    assert {clue.rule for clues in result.why.values() for clue in clues} <= {"no_words", "no_dispute", "no_fact", "no_team"}


def test_words_are_shown_as_written_in_whatever_width():
    clues = reading("ＡＰＰ网络诈骗", "举报Ｐ２Ｐ平台").why
    said = {word for kind in clues.values() for clue in kind for word in clue.words}
    assert "Ｐ２Ｐ" in said


PIECES = st.sampled_from([word for title, text, *_ in MESSAGES for word in (title, text)] + [
    "三十名业主", "2019年至今", "全体业主", "一万二千元", "第三人", "两三年了没有", "\n\t", "。", "？", "ａＢ１２", "İ", "😀", "十" * 9, "9" * 30])
ANY_TEXT = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=8).map("".join))


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT, st.one_of(st.none(), st.dates()))
@example("", "自00年起", date(1, 1, 1))
@example("99年99月至今", "自1999年99月起", date(9999, 12, 31))
def test_any_text_gives_a_whole_reading_whose_words_occur_in_it(title, text, sent_on):
    result = reading(title, text, sent_on)
    assert result.kind in KINDS
    assert result.tier in TIERS
    assert result.team == NO_TEAM or result.team in RULES["teams"]
    assert (result.dispute_category in DISPUTE_CATEGORIES) is (result.kind == "dispute")
    assert set(result.why) == {"kind", "category", "team", "tier"}
    whole = f"{title}\n{text}"
    for clues in result.why.values():
        assert clues
        for clue in clues:
            assert clue.rule in SENTENCES
            assert all(word in whole for word in clue.words)
    assert all(place in whole for place in result.places)


@settings(deadline=None)
@given(st.sampled_from(MESSAGES), st.integers(2, 400), st.integers(1, 5000))
def test_more_people_never_lower_the_tier(message, people, more):
    title, text = message[0], message[1]
    fewer = reading(title, f"{text}我们{people}名业主联名反映。")
    crowd = reading(title, f"{text}我们{people + more}名业主联名反映。")
    assert rank(crowd.tier) >= rank(fewer.tier)


@settings(deadline=None)
@given(ANY_TEXT, ANY_TEXT)
def test_the_same_message_is_read_the_same_way(title, text):
    assert reading(title, text) == reading(title, text)
