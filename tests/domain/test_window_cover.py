"""Whether the recovery window covers an instant: waited for, lost, or no longer to be expected."""

from datetime import timedelta

import pytest

from domain.recovery_set import Window
from domain.window_cover import Cover, cover
from tests.domain.recovery_sets import DAY, NOW

WEEK = 7 * DAY
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def window(begins: timedelta, ends: timedelta = timedelta(minutes=5)) -> Window:
    """From and until so long before now."""
    return Window(NOW - begins, NOW - ends)


@pytest.mark.parametrize(
    ("found", "ago", "verdict"),
    [
        pytest.param(None, HOUR, Cover.NOT_YET, id="empty"),
        pytest.param(window(WEEK), timedelta(0), Cover.NOT_YET, id="its end trails"),
        pytest.param(window(WEEK), timedelta(minutes=5), Cover.COVERED, id="its very end"),
        pytest.param(window(WEEK), WEEK, Cover.COVERED, id="its very beginning"),
        pytest.param(window(2 * HOUR), 3 * HOUR, Cover.MISSING, id="begun after it: restored, or switched"),
        pytest.param(window(HOUR), 5.9 * DAY, Cover.MISSING, id="lost, though it should be kept"),
        pytest.param(window(6.5 * DAY), 6.9 * DAY, Cover.OUTLIVED, id="its oldest backup just went"),
        pytest.param(window(WEEK), 30 * DAY, Cover.OUTLIVED, id="older than the log is kept"),
        pytest.param(window(HOUR), 30 * DAY, Cover.OUTLIVED, id="older, whatever happened since"),
    ],
)
def test_what_a_window_is_to_an_instant(found: Window | None, ago: timedelta, verdict: Cover) -> None:
    assert cover(found, NOW - ago, WEEK) is verdict


@pytest.mark.parametrize(
    ("ago", "verdict"), [(13 * HOUR, Cover.OUTLIVED), (11 * HOUR, Cover.MISSING)], ids=["older", "younger"]
)
def test_where_the_log_is_kept_for_a_day_half_of_it_is_certain(ago: timedelta, verdict: Cover) -> None:
    assert cover(window(HOUR, timedelta(0)), NOW - ago, DAY) is verdict


@pytest.mark.parametrize(
    ("begins", "verdict"),
    [
        pytest.param(40 * MINUTE, Cover.COVERED, id="with the set's own backup, the instance's first"),
        pytest.param(39 * MINUTE, Cover.MISSING, id="with a backup after it"),
    ],
)
def test_a_window_may_begin_with_the_backup_itself(begins: timedelta, verdict: Cover) -> None:
    """Noted an hour ago, before a backup that took 20 minutes."""
    just_after = Window(NOW - begins + timedelta(milliseconds=1), NOW)
    assert cover(just_after, NOW - HOUR, WEEK, NOW - 40 * MINUTE) is verdict
