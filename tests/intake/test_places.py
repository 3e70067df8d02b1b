"""Place words and texts to areas: the deepest one named without doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casemgr.intake.places import FoundPlace, PlaceArea, Places

STREET, EAST, WEST, E1, E2, W1, OTHER, O1 = range(1, 9)
AREAS = [
    PlaceArea(STREET, None, "和畅街道"),
    PlaceArea(EAST, STREET, "东风社区", ("东风新村", "解放东路")),
    PlaceArea(WEST, STREET, "西苑社区", ("西苑小区",)),
    PlaceArea(E1, EAST, "第一网格", ("幸福里",)),
    PlaceArea(E2, EAST, "第二网格", ("幸福里二期", "锦绣园")),
    PlaceArea(W1, WEST, "第一网格", ("锦绣园", "a1公寓")),
    PlaceArea(OTHER, None, "远方街道"),
    PlaceArea(O1, OTHER, "远方社区", ("远方花园",)),
]
PLACES = Places(AREAS, STREET)


@pytest.mark.parametrize(
    ("words", "text", "area", "led"),
    [
        (("和畅街道", "东风社区", "第一网格"), "", E1, ("和畅街道", "东风社区", "第一网格")),
        (("东风", "第二网格"), "", E2, ("东风", "第二网格")),
        (("第一网格",), "", STREET, ()),  # there are two: not without doubt
        (("幸福里3号楼",), "", E1, ("幸福里",)),
        (("幸福里二期3号楼",), "", E2, ("幸福里二期",)),  # the longer name
        (("锦绣园",), "", STREET, ()),
        (("锦绣园", "西苑社区"), "", W1, ("锦绣园", "西苑社区")),
        (("幸福里", "锦绣园"), "", STREET, ()),
        (("解放东路12号",), "", EAST, ("解放东路",)),
        (("幸福里", "幸福里二期"), "", EAST, ("幸福里", "幸福里二期")),
        (("Ａ１公寓",), "", W1, ("a1公寓",)),
        (("远方花园",), "", STREET, ()),  # outside
        ((), "我住在幸福里，楼上漏水。", E1, ("幸福里",)),
        (("西苑小区",), "与幸福里无关", WEST, ("西苑小区",)),  # the column speaks before the text
        (("不知哪里",), "", STREET, ()),
        ((), "", STREET, ()),
        (("和畅街道",), "", STREET, ("和畅街道",)),
    ],
)
def test_the_deepest_area_without_doubt(words, text, area, led):
    found = PLACES.find(words, "", text)
    assert (found.area_id, found.words) == (area, led)


def test_a_title_speaks_before_the_text_and_is_marked_as_text():
    assert PLACES.find((), "幸福里漏水", "锦绣园二期") == FoundPlace(E1, ("幸福里",), in_text=True)


def test_an_unknown_default_is_refused():
    with pytest.raises(ValueError, match="99"):
        Places(AREAS, 99)


@given(text=st.text(alphabet="幸福里锦绣园第一二网格东风西苑社区和畅街道ab ", max_size=60))
def test_always_some_area_of_the_street(text):
    found = PLACES.find((), "", text)
    assert found.area_id in (STREET, EAST, WEST, E1, E2, W1)
    assert all(word in text.lower() for word in found.words)
