"""Codes of areas, from the district to the micro-grid."""

import pytest

from workflows.area_codes import NOT_BELOW, NOT_DIGITS, WRONG_LENGTH, fault_of, level_of, parent_of, trimmed


@pytest.mark.parametrize(
    "code, level, parent",
    [
        ("500199", "district", "5001"), ("500199001", "street", "500199"), ("500199001002", "community", "500199001"),
        ("500199001002003", "grid", "500199001002"), ("50019900100200304", "microgrid", "500199001002003"),
        ("5001", "city", ""), ("50", "", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_level_and_parent_follow_from_the_length(code: str, level: str, parent: str) -> None:
    assert (level_of(code), parent_of(code)) == (level, parent)


def test_filling_zeros_are_dropped() -> None:
    assert trimmed("500199001000") == "500199001"
    assert trimmed("500199000000") == "500199"
    assert trimmed("500199001010") == "500199001010"
    assert trimmed("500199001002000") == "500199001002000"


@pytest.mark.parametrize(
    "code, level, parent, fault",
    [
        ("500199001002003", "grid", "500199001002", ""), ("500199001002003", "grid", "500199001003", NOT_BELOW),
        ("50019900100200", "grid", "500199001002", WRONG_LENGTH), ("50019900100200A", "grid", "", NOT_DIGITS),
        ("500199001002003", "community", "", WRONG_LENGTH), ("", "grid", "", NOT_DIGITS),
        ("５００１９９", "district", "", NOT_DIGITS),
    ],
)  # fmt: skip
def test_faults(code: str, level: str, parent: str, fault: str) -> None:
    assert fault_of(code, level, parent) == fault
