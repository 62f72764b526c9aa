"""The calendar's periods, in UTC: weeks as ISO 8601 counts them, months, years."""

from datetime import UTC, date, datetime
from enum import StrEnum


class Period(StrEnum):
    """A span of the calendar, for which one set may stand."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    def of(self, day: date) -> str:
        """The one that a day lies in, by name: week 2026-W47, month 2026-11, year 2026."""
        if self is Period.WEEK:
            year, week, _ = day.isocalendar()
            return f"week {year}-W{week:02d}"
        return f"month {day:%Y-%m}" if self is Period.MONTH else f"year {day:%Y}"


def utc_day(at: datetime) -> date:
    """The day that an instant lies in."""
    return at.astimezone(UTC).date()
