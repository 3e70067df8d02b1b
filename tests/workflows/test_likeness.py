"""How alike two texts are: bounds, symmetry, what counts, and how groups are made."""

from itertools import pairwise

import pytest

from workflows.likeness import LIKELY_SAME, grouped, likeness, profile

NOISE = profile("幸福小区楼下烧烤摊半夜噪音扰民", "每天晚上十二点以后楼下烧烤摊还在营业,噪音很大,老人孩子睡不着。")
NOISE_AGAIN = profile("幸福小区烧烤摊噪音扰民没人管", "楼下烧烤摊半夜十二点以后还在营业,吵得孩子睡不着,打过电话没人管。")
WAGES = profile("工地拖欠工资", "我们十二个人在城东工地干活,三个月没有发工资,老板不接电话。")
NOTHING = profile("", " … ")


def test_the_same_text_is_1_whatever_its_width_and_case() -> None:
    assert likeness(NOISE, NOISE) == pytest.approx(1)
    assert likeness(profile("A3区 WiFi"), profile("A3区wifi")) == pytest.approx(1)


def test_nothing_in_common_is_0_and_so_is_an_empty_text() -> None:
    assert likeness(profile("甲乙丙"), profile("子丑寅")) == 0
    assert likeness(NOTHING, NOISE) == likeness(NOTHING, NOTHING) == 0


def test_it_is_symmetric_and_the_same_matter_is_more_alike_than_another() -> None:
    assert likeness(NOISE, NOISE_AGAIN) == likeness(NOISE_AGAIN, NOISE)
    assert likeness(NOISE, NOISE_AGAIN) > LIKELY_SAME > likeness(NOISE, WAGES)


def test_more_in_common_is_more_alike() -> None:
    told = "楼上漏水把我家天花板泡坏了"
    marks = [likeness(profile(told), profile(told[:length])) for length in (3, 6, 9, 13)]
    assert all(less < more for less, more in pairwise(marks))


def test_groups_keep_the_order_and_lose_nobody() -> None:
    assert grouped([WAGES, NOISE, NOTHING, NOISE_AGAIN, NOTHING]) == [[0], [1, 3], [2], [4]]
    assert grouped([]) == []


def test_what_is_known_to_be_apart_is_not_joined_by_its_words():
    assert grouped([NOISE, NOISE_AGAIN, NOISE], apart=lambda head, one: one == 1) == [[0, 2], [1]]
