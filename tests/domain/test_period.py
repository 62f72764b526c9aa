"""Weeks, months and years, at their edges."""

from datetime import date, datetime

import pytest

from domain.period import Period, utc_day


@pytest.mark.parametrize(
    ("day", "names"),
    [
        pytest.param(date(2026, 11, 22), ["week 2026-W47", "month 2026-11", "year 2026"], id="a Sunday"),
        pytest.param(date(2026, 11, 23), ["week 2026-W48", "month 2026-11", "year 2026"], id="a Monday"),
        pytest.param(
            date(2027, 1, 1), ["week 2026-W53", "month 2027-01", "year 2027"], id="a week of the year before"
        ),
        pytest.param(
            date(2024, 12, 31),
            ["week 2025-W01", "month 2024-12", "year 2024"],
            id="a week of the year to come",
        ),
    ],
)
def test_a_day_is_of_a_week_a_month_and_a_year(day: date, names: list[str]) -> None:
    assert [period.of(day) for period in Period] == names


def test_days_are_those_of_utc() -> None:
    assert utc_day(datetime.fromisoformat("2027-01-01T05:00:00+13:00")) == date(2026, 12, 31)
