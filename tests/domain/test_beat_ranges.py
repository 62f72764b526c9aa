"""Beats as ranges."""

from itertools import pairwise

import pytest
from hypothesis import given

from domain.beat_ranges import BeatRange, ranges, told
from domain.loss import Beat
from tests.domain.drills import BEATS, beats


@given(BEATS)
def test_ranges_are_all_of_the_beats_and_no_others(found: tuple[Beat, ...]) -> None:
    made = ranges(found)
    assert tuple(beat for each in made for beat in each) == found
    assert all((one.epoch, one.last + 1) < (other.epoch, other.first) for one, other in pairwise(made))


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param((), "none", id="none"),
        pytest.param(beats(7, epoch=5), "1 beat (epoch 5: 7)", id="one"),
        pytest.param(beats(9, 7, 8, 11, epoch=5), "4 beats (epoch 5: 7 to 9, 11)", id="in any order"),
        pytest.param(
            (*beats(1, 2, epoch=5), *beats(1, epoch=6)),
            "3 beats (epoch 5: 1 to 2, epoch 6: 1)",
            id="two lives",
        ),
        pytest.param(
            beats(*range(0, 40, 2), epoch=5),
            "20 beats (epoch 5: 0, 2, 4, 6, 8, 10, 12, 14, and 12 more ranges)",
            id="capped, with a count",
        ),
    ],
)
def test_they_are_told(found: tuple[Beat, ...], said: str) -> None:
    assert told(found) == said


def test_a_range_does_not_end_before_it_begins() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        BeatRange(1, 5, 4)
