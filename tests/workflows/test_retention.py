"""How long what is kept: years by process, whole ones, and for ever."""

from datetime import date

import pytest

from workflows import WORKFLOWS, rulebook
from workflows.retention import BadYears, kept_from, years_of

PACKAGED = rulebook.packaged().raw


def test_every_process_but_requests_has_its_years() -> None:
    assert set(years_of(PACKAGED, PACKAGED)) == set(WORKFLOWS) - {"request"}
    assert years_of({}, PACKAGED) == years_of(PACKAGED, PACKAGED), "rules without the section take the defaults"
    assert "legacy" not in years_of({"retention": {"legacy": 0}}, PACKAGED), "for ever"


@pytest.mark.parametrize("years", [-1, 101, 1.5, "ten"])
def test_what_is_no_number_of_years_is_refused(years: object) -> None:
    with pytest.raises(BadYears):
        years_of({"retention": {"dispute": years}}, PACKAGED)


def test_the_day() -> None:
    assert kept_from(date(2026, 3, 2), 10) == date(2016, 3, 2)
    assert kept_from(date(2024, 2, 29), 10) == date(2014, 2, 28)
