"""Instants to which a database is to be brought back."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.recovery_set import Window
from domain.restore_point import instant_problems, within

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(NOW - 5 * HOUR, NOW - HOUR)


@pytest.mark.parametrize(
    ("at", "window", "said"),
    [
        pytest.param(NOW - 2 * HOUR, WINDOW, "", id="within the window"),
        pytest.param(WINDOW.earliest_at, WINDOW, "", id="its beginning"),
        pytest.param(WINDOW.latest_at, WINDOW, "", id="its end"),
        pytest.param(NOW - 9 * HOUR, None, "", id="not known to be outside"),
        pytest.param(NOW - 6 * HOUR, WINDOW, "before the recovery window", id="before it"),
        pytest.param(NOW, WINDOW, "after the recovery window", id="after it"),
        pytest.param(NOW + HOUR, WINDOW, "in the future", id="in the future"),
        pytest.param(datetime(2026, 11, 23, 10), WINDOW, "no time zone", id="of no zone"),  # noqa: DTZ001
    ],
)
def test_an_instant_that_cannot_be_had_is_told(at: datetime, window: Window | None, said: str) -> None:
    problems = instant_problems(at, NOW, window)
    assert len(problems) == bool(said)
    assert all(said in each.what and each.remedy for each in problems)


def test_what_to_name_instead() -> None:
    assert within(WINDOW).startswith("name an instant from 2026-11-23T07:00:00+00:00 to 2026-11-23T11:00")
    assert "wait" in within(None)
