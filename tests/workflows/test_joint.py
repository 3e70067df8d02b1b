"""Which messages are about one matter: invented ones. Signs one by one, groups at once and one by one, reasons in words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from workflows.joint.grouping import grouped
from workflows.joint.likeness import MOST, SENTENCES, reasons, score, share
from workflows.joint.online import Gathering, places
from workflows.joint.profiles import Profile, grams, profile
from workflows.joint.rarity import Rarity, rarity_of, weighed
from workflows.joint.replay import reached, replayed
from workflows.reading.words import load_words

WORDS = load_words()
START = datetime(2026, 3, 1, 8, tzinfo=UTC)


def told(title: str, text: str = "", sender: str = "", day: int = 0) -> Profile:
    return profile(title, text, words=WORDS, sender=sender, sent_at=START + timedelta(days=day))


NOISE = told("云栖雅苑楼下烧烤店半夜噪音扰民", "每天晚上十二点以后烧烤店还在营业,油烟和噪音很大,老人孩子睡不着。", "甲", 1)
NOISE_AGAIN = told("投诉云栖雅苑烧烤店油烟噪音", "我住云栖雅苑3栋,楼下烧烤店半夜还在营业,噪音油烟扰民,孩子睡不着。", "乙", 2)
NOISE_TURNED = told("栖云雅苑一楼烧烤店深夜扰民没人管", "烧烤店油烟噪音大,打了电话没人管,晚上睡不着。", "丙", 3)
NOISE_ELSEWHERE = told("锦绣澜庭楼下烧烤店半夜噪音扰民", "每天晚上十二点以后烧烤店还在营业,油烟和噪音很大,老人孩子睡不着。", "丁", 4)
LIFT = told("云栖雅苑电梯经常停运没人修", "3栋电梯一个月坏五次,物业收了维修费不修,业主上下楼困难。", "戊", 5)
WAGES = told("恒跃机械厂拖欠工资四个月", "恒跃机械厂拖欠四十名工人工资,社保也停缴,老板不接电话。", "己", 6)
WAGES_AGAIN = told("恒跃机械厂何时发工资", "我在恒跃机械厂上班,厂里拖欠工资四个月,社保没有缴。", "庚", 7)
BUS = told("请求恢复317路公交车", "317路公交车停运以后居民出行困难,老人去医院要走很远。", "辛", 8)
OTHER_BUS = told("请求恢复318路公交车", "318路公交车停运以后居民出行困难,老人去医院要走很远。", "壬", 9)
NOTHING = told("", " … ")
ALL = [NOISE, WAGES, NOISE_AGAIN, LIFT, NOISE_TURNED, WAGES_AGAIN, NOISE_ELSEWHERE, BUS, OTHER_BUS, NOTHING]


@pytest.fixture(scope="module")
def rarity() -> Rarity:
    return rarity_of(ALL, WORDS)


def mark(a: Profile, b: Profile, rarity: Rarity) -> float:
    return score(weighed(a, rarity), weighed(b, rarity))


def rules(a: Profile, b: Profile, rarity: Rarity) -> set[str]:
    return {reason.rule for reason in reasons(weighed(a, rarity), weighed(b, rarity))}


def test_the_same_matter_is_above_0_and_another_below(rarity: Rarity) -> None:
    assert mark(NOISE, NOISE_AGAIN, rarity) > 0
    assert mark(WAGES, WAGES_AGAIN, rarity) > 0
    assert mark(NOISE, WAGES, rarity) < 0
    assert mark(NOISE, LIFT, rarity) < 0, "the same estate, another matter"
    assert mark(NOISE, NOISE_ELSEWHERE, rarity) < mark(NOISE, NOISE_AGAIN, rarity), "the same words, another estate"


def test_it_is_symmetric_and_bounded(rarity: Rarity) -> None:
    marks = {(n, m): mark(a, b, rarity) for n, a in enumerate(ALL) for m, b in enumerate(ALL)}
    assert all(marks[n, m] == pytest.approx(marks[m, n]) for n, m in marks)
    assert all(-MOST <= one <= MOST for one in marks.values())
    assert share(-MOST) < 0.01 < 0.5 == share(0)


def test_nothing_said_is_like_nothing(rarity: Rarity) -> None:
    assert mark(NOTHING, NOISE, rarity) == mark(NOTHING, NOTHING, rarity) == -MOST


def test_a_name_turned_round_is_still_the_name(rarity: Rarity) -> None:
    assert grams("云栖") == grams("栖云")
    assert mark(NOISE, NOISE_TURNED, rarity) > 0


def test_reasons_are_sentences_with_words_of_the_messages(rarity: Rarity) -> None:
    found = reasons(weighed(NOISE, rarity), weighed(NOISE_AGAIN, rarity))
    assert {"names", "subject"} <= {reason.rule for reason in found}
    assert all(reason.sentence == SENTENCES[reason.rule] for reason in found)
    names = next(reason for reason in found if reason.rule == "names")
    assert names.words and all(word in NOISE.body and word in NOISE_AGAIN.body for word in names.words)
    assert [abs(reason.adds) for reason in found] == sorted((abs(reason.adds) for reason in found), reverse=True)


def test_what_speaks_against_is_said_too(rarity: Rarity) -> None:
    assert "other_number" in rules(BUS, OTHER_BUS, rarity)
    assert "other_names" in rules(NOISE, NOISE_ELSEWHERE, rarity)
    assert "other_subject" in rules(NOISE, WAGES, rarity)
    here, there = told("湖西街道停水三天", "湖西街道停水"), told("桥东街道停水三天", "桥东街道停水")
    assert "other_district" in rules(here, there, rarity)
    assert "district" in rules(here, here, rarity)


def test_one_sender_speaks_for_one_matter_and_no_sender_for_nothing(rarity: Rarity) -> None:
    again = told(BUS.title, "", "辛")
    assert "sender" in rules(BUS, again, rarity)
    assert "sender" not in rules(NOTHING, NOTHING, rarity)


def test_groups_keep_the_order_and_lose_nobody(rarity: Rarity) -> None:
    groups = grouped(ALL, rarity)
    assert groups == [[0, 2, 4], [1, 5], [3], [6], [7], [8], [9]]
    assert grouped([], rarity) == []


def test_what_is_known_to_be_apart_is_not_joined_by_its_words(rarity: Rarity) -> None:
    assert grouped([WAGES, WAGES_AGAIN], rarity, apart=lambda one, other: True) == [[0], [1]]


def test_a_message_finds_its_group_and_says_why(rarity: Rarity) -> None:
    groups = {"noise": [weighed(NOISE, rarity), weighed(NOISE_AGAIN, rarity)], "wages": [weighed(WAGES, rarity)]}
    found = places(weighed(NOISE_TURNED, rarity), groups)
    assert [place.group for place in found] == ["noise"]
    assert found[0].close > 0 and found[0].reasons
    assert places(weighed(BUS, rarity), groups) == []


def test_one_by_one_each_meets_only_those_before_it() -> None:
    gathering = Gathering(WORDS)
    assert gathering.add(WAGES) is None
    joined = gathering.add(WAGES_AGAIN)
    assert joined is not None and joined.group == 0 and joined.reasons
    assert gathering.groups() == [[0, 1]] and gathering.group(1) == [0, 1]


def test_a_replay_goes_by_date_and_tells_when_a_matter_had_so_many_persons() -> None:
    several = [told(f"恒跃机械厂拖欠工资{n}个月", "恒跃机械厂拖欠工资,社保停缴", f"工人{n % 6}", n) for n in range(2, 9)]
    groups = replayed([*reversed(several), BUS], WORDS)
    assert groups == [[0, 1, 2, 3, 4, 5, 6], [7]]
    assert reached(several) == {5: date(2026, 3, 7)}
    assert reached([told("无人", "", "", 1), told("无名", "", "", 2)], steps=(2,)) == {2: date(2026, 3, 3)}
