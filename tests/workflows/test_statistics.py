"""Dispute categories counted as statistics types: every category has one, and the plain cases are right."""

import pytest

from workflows.categories import DISPUTE_CATEGORIES, STATISTICS_OF, STATISTICS_TYPES, statistics_type


@pytest.mark.parametrize("category,counted", [
    ("0101", "01"), ("01", "01"), ("0299", "02"), ("0402", "15"), ("0401", "06"), ("0499", "99"), ("0502", "13"),
    ("0503", "14"), ("0501", "06"), ("0506", "17"), ("0601", "12"), ("0699", "04"), ("0703", "10"), ("0804", "04"),
    ("0901", "07"), ("0902", "03"), ("1001", "16"), ("1102", "08"), ("1103", "99"), ("1601", "99"), ("99", "99"),
])
def test_counted_as(category, counted):
    assert statistics_type(category) == counted


def test_every_category_counts_as_one_type():
    assert {statistics_type(code) for code in DISPUTE_CATEGORIES} <= set(STATISTICS_TYPES)
    assert set(STATISTICS_OF) <= set(DISPUTE_CATEGORIES)
    assert len(STATISTICS_TYPES) == 18


def test_an_unknown_category_is_an_error():
    with pytest.raises(KeyError):
        statistics_type("77")
