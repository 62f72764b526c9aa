"""Figures as a person reads them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import wording


@pytest.mark.parametrize(
    ("number", "said"),
    [
        pytest.param(0, "0 requests", id="none"),
        pytest.param(1, "1 request", id="one"),
        pytest.param(2, "2 requests", id="two"),
        pytest.param(1_200, "1,200 requests", id="many"),
    ],
)
def test_numbers_have_their_noun(number: int, said: str) -> None:
    assert wording.counted(number, "request") == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        pytest.param(0, "0 bytes", id="nothing"),
        pytest.param(812, "812 bytes", id="bytes"),
        pytest.param(1_000, "1 kB", id="a thousand"),
        pytest.param(4_240, "4.2 kB", id="one digit more"),
        pytest.param(42_400, "42 kB", id="two digits"),
        pytest.param(310_400_000, "310 MB", id="three digits"),
        pytest.param(999_600, "1 MB", id="as good as the next unit"),
        pytest.param(1_390_000_000, "1.4 GB", id="a database"),
        pytest.param(2_500_000_000_000, "2.5 TB", id="a large one"),
        pytest.param(2_500_000_000_000_000, "2,500 TB", id="there is no larger unit"),
    ],
)
def test_sizes_have_two_or_three_digits(number: int, said: str) -> None:
    assert wording.size(number) == said


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [
        pytest.param(0, 0, "0 %", id="none of none"),
        pytest.param(0, 500, "0 %", id="none"),
        pytest.param(1, 1_000_000, "under 0.01 %", id="one in a million is not 0 %"),
        pytest.param(2, 10_000, "0.02 %", id="few"),
        pytest.param(9_940, 1_000_000, "0.99 %", id="nearly a hundredth"),
        pytest.param(9_960, 1_000_000, "1.0 %", id="as good as a hundredth"),
        pytest.param(16, 1_000, "1.6 %", id="some"),
        pytest.param(996, 10_000, "10 %", id="as good as a tenth"),
        pytest.param(1, 5, "20 %", id="a fifth"),
        pytest.param(7, 7, "100 %", id="all"),
    ],
)
def test_shares_have_the_digits_that_matter(part: int, whole: int, said: str) -> None:
    assert wording.share(part, whole) == said


@given(part=st.integers(1, 10**9), whole=st.integers(1, 10**9))
def test_something_is_never_nothing(part: int, whole: int) -> None:
    said = wording.share(min(part, whole), whole)
    assert said.startswith("under") or float(said.removesuffix(" %")) > 0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        pytest.param(0, "0 s", id="no time"),
        pytest.param(0.04, "0 s", id="next to no time"),
        pytest.param(0.42, "0.4 s", id="a part of a second"),
        pytest.param(8, "8 s", id="seconds"),
        pytest.param(9.97, "10 s", id="nearly ten"),
        pytest.param(10.4, "10 s", id="tenths no longer matter"),
        pytest.param(59.6, "1 min", id="as good as a minute"),
        pytest.param(125, "2 min 5 s", id="minutes"),
        pytest.param(600, "10 min", id="whole minutes"),
        pytest.param(4_200, "1 h 10 min", id="hours"),
        pytest.param(3_605, "1 h", id="seconds no longer matter"),
        pytest.param(90_000, "25 h", id="more than a day"),
    ],
)
def test_spans_are_said_as_a_person_says_them(seconds: float, said: str) -> None:
    assert wording.length(timedelta(seconds=seconds)) == said


@pytest.mark.parametrize(
    ("span", "said"),
    [
        pytest.param(timedelta(minutes=5), "5 min", id="minutes"),
        pytest.param(timedelta(hours=47, minutes=59), "47 h 59 min", id="less than two days"),
        pytest.param(timedelta(days=2), "2 days", id="two days"),
        pytest.param(timedelta(days=1200, hours=23), "1,200 days", id="years, in whole days"),
    ],
)
def test_ages_are_said_in_days_from_two_on(span: timedelta, said: str) -> None:
    assert wording.age(span) == said


@pytest.mark.parametrize(
    ("e_value", "said"),
    [
        pytest.param(1e-9, "under 0.01", id="all but certain that it is no worse"),
        pytest.param(0.3, "0.3", id="for the canary"),
        pytest.param(1.0, "1", id="neither way"),
        pytest.param(4.68, "4.7", id="a little"),
        pytest.param(41.2, "41", id="much"),
        pytest.param(99.97, "99", id="not quite the limit"),
        pytest.param(100.0, "100", id="the limit"),
        pytest.param(2_345.6, "2,345", id="more than enough"),
        pytest.param(1e6, "over a million", id="beyond doubt"),
        pytest.param(1e300, "over a million", id="far beyond doubt"),
    ],
)
def test_evidence_is_never_said_to_be_more_than_it_is(e_value: float, said: str) -> None:
    assert wording.evidence(e_value) == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param([], "", id="none"),
        pytest.param(["a"], "a", id="one"),
        pytest.param(["a", "b"], "a and b", id="two"),
        pytest.param(["a", "b", "c"], "a, b and c", id="three"),
    ],
)
def test_words_are_listed(words: list[str], said: str) -> None:
    assert wording.listed(words) == said
