"""What passes tell of an outage: its beginning no later, and its end no earlier, than it was."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.passes import Pass, first_bad, last_good, streak

T = datetime(2026, 11, 23, 8, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def passes(told: str, length: float = 0.5) -> list[Pass]:
    """A pass a second: . good, ~ good though it hesitated, x bad."""
    return [
        Pass(at(n), at(n + length), "503" if kind == "x" else "", kind == "~") for n, kind in enumerate(told)
    ]


@pytest.mark.parametrize(
    ("told", "lost_at", "good", "seen", "served"),
    [
        pytest.param("...xxx...", 2.2, 2, 3.5, 6, id="an outage"),
        pytest.param("...xxx~..", 2.2, 2, 3.5, 6.5, id="the first good one hesitated: its end"),
        pytest.param("...x..x...", 2.2, 2, 3.5, 7, id="good in between, for too short"),
        pytest.param("...xxx..", 2.2, 2, 3.5, None, id="not good for long enough yet"),
        pytest.param("xxx...", 2.2, None, 2.5, 3, id="never good before"),
        pytest.param(".........", 2.2, 2, None, 3, id="nobody noticed"),
        pytest.param("", 0, None, None, None, id="no pass at all"),
    ],
)
def test_an_outage(
    told: str, lost_at: float, good: float | None, seen: float | None, served: float | None
) -> None:
    found = passes(told)
    assert last_good(found, at(lost_at)) == (None if good is None else at(good))
    assert first_bad(found, at(lost_at)) == (None if seen is None else at(seen))
    assert streak(found, at(lost_at), 3) == (None if served is None else at(served))


def test_the_last_good_pass_of_all() -> None:
    assert last_good(passes("..x..x")) == at(4)


@given(st.integers(0, 200), st.integers(1, 200), st.floats(0.01, 3))
def test_an_outage_is_never_told_shorter_than_it_was(began: int, lasted: int, length: float) -> None:
    """A pass is good if it began and ended outside of the outage; one after the other, without a pause."""
    ended, found, now = began + lasted, [], 0.0
    while now < ended + 12 * length:
        end = now + length
        fault = "" if end < began or now >= ended else "503"
        found.append(Pass(at(now), at(end), fault))
        now = end
    before, after = last_good(found, at(began)), streak(found, at(began))
    assert after
    if before:
        assert timedelta(seconds=lasted) <= after - before <= timedelta(seconds=lasted + 3 * length)
