"""The test of the canary's share of requests, against exact sums."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.share_test import p_value


def exactly(successes: int, trials: int, probability: Fraction) -> Fraction:
    """Twice the smaller of P(X <= successes) and P(X >= successes), at most 1."""

    def chance(number: int) -> Fraction:
        return comb(trials, number) * probability**number * (1 - probability) ** (trials - number)

    lower = sum((chance(number) for number in range(successes + 1)), Fraction())
    upper = sum((chance(number) for number in range(successes, trials + 1)), Fraction())
    return min(Fraction(1), 2 * min(lower, upper))


COUNTS = st.integers(0, 60).flatmap(lambda trials: st.tuples(st.integers(0, trials), st.just(trials)))
PERCENTS = st.integers(1, 99)


@given(counts=COUNTS, percent=PERCENTS)
def test_it_agrees_with_an_exact_sum(counts: tuple[int, int], percent: int) -> None:
    wanted = exactly(*counts, Fraction(percent, 100))
    assert p_value(*counts, percent / 100) == pytest.approx(float(wanted), rel=1e-9)


@given(counts=COUNTS, percent=PERCENTS)
def test_it_is_two_sided(counts: tuple[int, int], percent: int) -> None:
    got, total = counts
    mirrored = p_value(total - got, total, 1 - percent / 100)
    assert p_value(got, total, percent / 100) == pytest.approx(mirrored, rel=1e-9)


@pytest.mark.parametrize(
    ("got", "total", "percent", "p"),
    [
        pytest.param(0, 0, 10, 1.0, id="no requests say nothing"),
        pytest.param(100, 1_000, 10, 1.0, id="just what was set"),
        pytest.param(0, 10, 50, 2 / 1024, id="none of ten where half were sent"),
        pytest.param(10, 10, 50, 2 / 1024, id="all of ten where half were sent"),
        pytest.param(0, 0, 0, 1.0, id="nothing sent and nothing got"),
        pytest.param(0, 50, 0, 1.0, id="none got where none were sent"),
        pytest.param(1, 50, 0, 0.0, id="one got where none were sent"),
        pytest.param(50, 50, 100, 1.0, id="all got where all were sent"),
    ],
)
def test_known_values(got: int, total: int, percent: int, p: float) -> None:
    assert p_value(got, total, percent / 100) == pytest.approx(p)


@pytest.mark.parametrize(
    ("got", "total", "percent", "odd"),
    [
        pytest.param(100_300, 1_000_000, 10, False, id="a million requests, one deviation off"),
        pytest.param(101_500, 1_000_000, 10, True, id="a million requests, five deviations off"),
        pytest.param(0, 1_000_000, 50, True, id="a million requests, none of half"),
        pytest.param(0, 65, 10, False, id="none of six and a half to be expected"),
        pytest.param(0, 73, 10, True, id="none of seven to be expected"),
    ],
)
def test_large_and_small_numbers_are_told_apart(got: int, total: int, percent: int, odd: bool) -> None:
    p = p_value(got, total, percent / 100)
    assert 0 <= p <= 1
    assert (p < 0.001) is odd


@given(percent=PERCENTS, total=st.integers(1, 400))
def test_under_the_split_that_was_set_it_cries_wolf_once_in_a_thousand(percent: int, total: int) -> None:
    """The probability of all counts that would be called odd, summed."""
    chance = percent / 100
    odd = (got for got in range(total + 1) if p_value(got, total, chance) < 0.001)
    assert sum(comb(total, got) * chance**got * (1 - chance) ** (total - got) for got in odd) <= 0.001
