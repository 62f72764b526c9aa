"""The bound on how many restores would pass, against values that others have published."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.confidence import at_least, confidence, confidence_of
from domain.drill_report import Verdict
from tests.domain.drills import report


@pytest.mark.parametrize(
    ("passed", "of", "bound"),
    [
        pytest.param(9, 9, 0.05 ** (1 / 9), id="all of 9"),
        pytest.param(12, 12, 0.05 ** (1 / 12), id="a year of months: failures are under 22.1 %"),
        pytest.param(59, 59, 0.9505, id="59 passes for 95 %, the rule of attribute sampling"),
        pytest.param(299, 299, 0.99003, id="299 passes for 99 %, of the same tables"),
        pytest.param(9, 10, 0.6058, id="beta(9, 2) at 0.05"),
        pytest.param(19, 20, 0.7839, id="beta(19, 2) at 0.05"),
        pytest.param(95, 100, 0.8977, id="beta(95, 6) at 0.05"),
        pytest.param(1, 1, 0.05, id="one"),
        pytest.param(0, 7, 0.0, id="none"),
    ],
)
def test_published_values(passed: int, of: int, bound: float) -> None:
    assert at_least(passed, of) == pytest.approx(bound, abs=5e-5)


@given(st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_at_the_bound_so_many_passes_are_just_unlikely(drills: tuple[int, int]) -> None:
    """Reckoned in whole numbers, so without the bound's own arithmetic."""
    passed, of = drills
    p = Fraction(at_least(passed, of))
    likely = sum(comb(of, k) * p**k * (1 - p) ** (of - k) for k in range(passed, of + 1))
    assert abs(likely - Fraction(1, 20)) < Fraction(1, 10**8)


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_it_is_never_above_what_was_seen_and_grows_with_every_pass(drills: tuple[int, int]) -> None:
    passed, of = drills
    assert at_least(passed, of) <= passed / of
    assert at_least(passed + 1, of + 1) > at_least(passed, of)
    assert at_least(passed, of + 1) <= at_least(passed, of)


def test_thousands_of_drills_are_told_too() -> None:
    assert at_least(4990, 5000) == pytest.approx(0.99661, abs=1e-5)


@pytest.mark.parametrize(("passed", "of"), [(1, 0), (0, 0), (4, 3), (-1, 3)])
def test_what_cannot_be_is_refused(passed: int, of: int) -> None:
    with pytest.raises(ValueError, match="cannot have passed"):
        at_least(passed, of)


@pytest.mark.parametrize(
    ("passed", "of", "said"),
    [
        (9, 9, "9 of 9 drills passed: with 95 % confidence at least 71 % of restores would"),
        (1, 1, "1 of 1 drill passed: with 95 % confidence at least 5 % of restores would"),
        (0, 3, "0 of 3 drills passed: nothing can be said of how many restores would"),
        (0, 0, "no drill has been made yet: nothing is known of how many restores would pass"),
    ],
)
def test_it_is_said_in_a_sentence(passed: int, of: int, said: str) -> None:
    assert confidence(passed, of) == said


def test_what_was_planted_does_not_count_and_a_missed_objective_is_no_pass() -> None:
    drilled = [
        report(verdict=Verdict.PASSED),
        report(verdict=Verdict.MISSED),
        report(verdict=Verdict.FAILED),
        report(verdict=Verdict.PASSED, defect="bit flip"),
        report(verdict=Verdict.FAILED, defect="bit flip"),
    ]
    assert confidence_of(drilled).startswith("1 of 3 drills passed")
