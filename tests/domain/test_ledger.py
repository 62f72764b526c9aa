"""The ledger's text: what is written is what is read, and what is no ledger is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import (
    Acknowledged,
    Segment,
    Through,
    beats_in,
    folder,
    lost_to_text,
    next_epoch,
    parse,
    parse_lost,
    segment_name,
    word,
)
from domain.loss import Beat

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LINES = st.tuples(
    st.sampled_from(Through),
    st.integers(1, 10**7),
    st.integers(0, 10**9).map(lambda ms: timedelta(0, 0, 0, ms)),
)
BEATS = st.builds(Beat, st.integers(0, 10**10 - 1), st.integers(0, 10**7))


@given(st.integers(0, 10**10 - 1), st.lists(LINES))
def test_a_segment_is_read_as_it_was_written(epoch: int, lines: list[tuple[Through, int, timedelta]]) -> None:
    written = Segment(
        epoch, "w1", tuple(Acknowledged(way, Beat(epoch, number), NOW + at) for way, number, at in lines)
    )
    assert parse(written.to_text()) == written


def test_the_text_of_a_segment() -> None:
    at = datetime.fromtimestamp(1763885042.123, UTC)
    segment = Segment(1763885000, "5f1c0ab2", (Acknowledged(Through.ROW, Beat(1763885000, 42), at),))
    assert segment.to_text() == "muster ledger 1 epoch 1763885000 writer 5f1c0ab2\nrow 42 1763885042.123\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("muster ledger 2 epoch 1 writer w\n", id="of another version"),
        pytest.param("muster ledger 1 epoch 1 writer w\nrow 1 17638", id="cut off"),
        pytest.param(
            "muster ledger 1 epoch 1 writer w\nrow 1 1763885042\n", id="an instant without thousandths"
        ),
        pytest.param("muster ledger 1 epoch 1 writer w\ncolumn 1 1763885042.000\n", id="another way"),
    ],
)
def test_what_is_no_segment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="it is no"):
        parse(text)


@given(st.sets(st.tuples(st.sampled_from(Through), BEATS)))
def test_what_was_lost_is_read_as_it_was_noted(lost: set[tuple[Through, Beat]]) -> None:
    assert parse_lost(lost_to_text(lost)) == lost


def test_what_is_no_list_of_lost_beats_is_refused() -> None:
    with pytest.raises(ValueError, match="it is no list"):
        parse_lost("lost row 1 2\nfound row 1 3\n")


@given(BEATS, BEATS)
def test_a_beat_is_found_by_its_word_in_any_text(one: Beat, other: Beat) -> None:
    assert beats_in(f'{{"title": "{word(one)}", "body": "of {word(other)}."}}') == {one, other}


@given(BEATS, BEATS)
def test_words_sort_by_epoch(one: Beat, other: Beat) -> None:
    if one.epoch < other.epoch:
        assert word(one) < word(other)


@pytest.mark.parametrize(
    ("known", "epoch"),
    [
        pytest.param([], 1_795_420_800, id="the first: the time"),
        pytest.param([1_795_420_000], 1_795_420_800, id="a former one is below"),
        pytest.param([1_795_420_800], 1_795_420_801, id="begun within the same second"),
        pytest.param([1_799_999_999, 7], 1_800_000_000, id="the clock was ahead once"),
    ],
)
def test_epochs_rise_whatever_the_clock_says(known: list[int], epoch: int) -> None:
    names = [segment_name("production", each, 3) for each in known]
    assert next_epoch(names, NOW) == epoch


def test_a_segment_lies_in_its_environments_folder() -> None:
    assert segment_name("production", 7, 3) == f"{folder('production')}0000000007/000003.txt"
