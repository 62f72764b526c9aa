"""What a drill will cost, with its reasons, and the refusal above the cap."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drill_cost import Estimate, Prices, cost_problems, estimate, money

HOUR = timedelta(hours=1)
PRICES = Prices(cap=5, hour=0.2, gigabyte=0.01, expected=timedelta(minutes=30))


@pytest.mark.parametrize(
    ("size", "past", "keep_for", "amount", "why"),
    [
        pytest.param(
            1_400_000_000,
            [],
            timedelta(0),
            0.114,
            "0.10 for the instance (30 min, cost.expected) and 0.01 for storage (1.4 GB restored)",
            id="the first drill",
        ),
        pytest.param(
            0,
            [HOUR, 3 * HOUR, HOUR, HOUR, HOUR, 9 * HOUR],
            timedelta(0),
            0.6,
            "0.60 for the instance (3 h, the longest of the last 5 drills) and 0.00 for storage "
            "(0 bytes restored)",
            id="the longest of the last five, not of all",
        ),
        pytest.param(
            None,
            [HOUR],
            2 * HOUR,
            0.6,
            "0.60 for the instance (1 h, the longest of the last 1 drill, kept for 2 h) and 0.00 for storage "
            "(bytes nobody could tell, not reckoned)",
            id="kept, and of a size that nobody could tell",
        ),
    ],
)
def test_the_estimate(
    size: int | None, past: list[timedelta], keep_for: timedelta, amount: float, why: str
) -> None:
    found = estimate(PRICES, size, past, keep_for)
    assert found.sum == pytest.approx(amount)
    assert found.why == why


def test_above_the_cap_it_is_refused_and_says_by_how_much() -> None:
    assert not cost_problems(Estimate(5, "x"), 5)
    [problem] = cost_problems(Estimate(6.5, "6.50 for the instance"), 5)
    assert problem.what == "the drill would cost 6.50, 1.50 above the cap of 5.00: 6.50 for the instance"
    assert "drill.cost.cap" in problem.remedy


@given(
    st.integers(0, 10**15),
    st.lists(st.timedeltas(timedelta(0), timedelta(days=2))),
    st.timedeltas(timedelta(0), timedelta(days=2)),
)
def test_more_never_costs_less(size: int, past: list[timedelta], keep_for: timedelta) -> None:
    first = estimate(PRICES, size, past, keep_for).sum
    assert 0 <= first <= estimate(PRICES, size + 1_000_000_000, past, keep_for + HOUR).sum
    assert first >= estimate(PRICES, size, [], keep_for).sum or past


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0.00"), (0.004, "under 0.01"), (12.345, "12.35"), (1204.4, "1,204")]
)
def test_an_amount_is_never_nothing_of_something(amount: float, text: str) -> None:
    assert money(amount) == text
