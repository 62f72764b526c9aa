"""The lease: when it has lapsed, when to renew it, when to go back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.lease import SLACK, Lease, Reading, due, expiring, patience

WRITTEN = datetime(2026, 11, 22, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LENGTHS = st.timedeltas(timedelta(seconds=5), timedelta(hours=1))
SPANS = st.timedeltas(timedelta(0), timedelta(hours=2))


def reading(age: timedelta, length: timedelta = MINUTE) -> Reading:
    return Reading(Lease("5f", 7, length, "deploy v1"), 1, WRITTEN, WRITTEN + age)


@pytest.mark.parametrize(
    ("age", "lapsed"),
    [
        pytest.param(timedelta(0), False, id="just renewed"),
        pytest.param(MINUTE, False, id="its length has passed"),
        pytest.param(MINUTE + SLACK, False, id="its length and the slack have passed"),
        pytest.param(MINUTE + SLACK + timedelta(milliseconds=1), True, id="a moment more"),
        pytest.param(timedelta(days=1), True, id="a day old"),
        pytest.param(timedelta(seconds=-1), False, id="written within the second of the Date"),
    ],
)
def test_a_lease_lapses_after_its_length_and_the_slack(age: timedelta, lapsed: bool) -> None:
    assert reading(age).lapsed is lapsed


@given(length=LENGTHS, age=SPANS, more=SPANS)
def test_a_lease_that_lapsed_stays_so(length: timedelta, age: timedelta, more: timedelta) -> None:
    assume(reading(age, length).lapsed)
    assert reading(age + more, length).lapsed


@given(length=LENGTHS, since=SPANS, within=st.timedeltas(timedelta(0), timedelta(microseconds=999_999)))
def test_whoever_takes_a_lease_finds_the_holder_already_going_back(
    length: timedelta, since: timedelta, within: timedelta
) -> None:
    """The Date that a reader sees is cut to the second, and the holder counts from before its own call."""
    assume(reading(since - within, length).lapsed)
    assert expiring(length, since)


@pytest.mark.parametrize(
    ("length", "since", "time"),
    [
        pytest.param(60, 5.9, False, id="less than a tenth of a minute"),
        pytest.param(60, 6, True, id="a tenth of a minute"),
        pytest.param(5, 0.9, False, id="a short one no more than once a second"),
        pytest.param(5, 1, True, id="a short one once a second"),
    ],
)
def test_a_lease_is_renewed_at_a_tenth_but_not_more_than_once_a_second(
    length: float, since: float, time: bool
) -> None:
    assert due(timedelta(seconds=length), timedelta(seconds=since)) is time


@pytest.mark.parametrize(
    ("since", "now"),
    [
        pytest.param(40, False, id="two thirds"),
        pytest.param(40.1, True, id="more than two thirds"),
    ],
)
def test_going_back_begins_after_two_thirds(since: float, now: bool) -> None:
    assert expiring(MINUTE, timedelta(seconds=since)) is now


@given(length=LENGTHS)
def test_one_call_leaves_time_to_renew_and_time_to_go_back(length: timedelta) -> None:
    """A call that began just before a renewal was due, and took all of its patience, is no emergency."""
    began = max(length / 10, timedelta(seconds=1))
    assert not expiring(length, began + patience(length))
    assert due(length, began)
