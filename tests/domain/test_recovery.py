"""What was lost, and how long it took: never better than the truth, and never a figure that nobody has."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import Acknowledged, Through
from domain.loss import Beat, Loss, Unmeasurable
from domain.recovery import SILENCE, achieved_rto, in_order, loss, phases, skew
from domain.timeline import Moment, Timeline

T = datetime(2026, 11, 23, 8, tzinfo=UTC)  # when the heartbeats of these tables begin
A, B = 1000, 2000  # epochs


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def acked(epoch: int, sequences: Iterable[int], began: float = 0, step: float = 0) -> list[Acknowledged]:
    """Each acknowledged at its own second after `began`; `step`: of the clock, from the middle on."""
    listed = list(sequences)
    middle = listed[len(listed) // 2]
    return [
        Acknowledged(Through.ROW, Beat(epoch, n), at(began + n + (step if n >= middle else 0)))
        for n in listed
    ]


def beats(epoch: int, sequences: Iterable[int]) -> list[Beat]:
    return [Beat(epoch, n) for n in sequences]


@pytest.mark.parametrize(
    ("acknowledged", "present", "lost_at", "rpo", "last", "lost", "phantom"),
    [
        pytest.param(
            acked(A, range(1, 11)), beats(A, range(1, 11)), 10.4, 0.4, Beat(A, 10), [], [], id="nothing lost"
        ),
        pytest.param(
            acked(A, range(1, 11)),
            beats(A, range(1, 7)),
            10.4,
            4.4,
            Beat(A, 6),
            beats(A, range(7, 11)),
            [],
            id="the last four",
        ),
        pytest.param(
            acked(A, range(1, 11)),
            beats(A, [1, 2, 3, 5, 6, 8, 9, 10]),
            10,
            7,
            Beat(A, 3),
            beats(A, [4, 7]),
            [],
            id="holes in what came back: only what is before the first counts",
        ),
        pytest.param(
            acked(A, [1, 2, 3, 7, 8]),
            beats(A, [1, 2, 3]),
            8.5,
            5.5,
            Beat(A, 3),
            beats(A, [7, 8]),
            [],
            id="the heartbeat was silent around the cut: the most that it can be",
        ),
        pytest.param(
            acked(A, [1, 2, 3, 7, 8]),
            beats(A, [1, 2, 3, 7, 8]),
            8.5,
            0.5,
            Beat(A, 8),
            [],
            [],
            id="a gap that nothing was acknowledged in is no loss",
        ),
        pytest.param(
            acked(A, [1, 2, 4, 5]),
            beats(A, [1, 2, 3, 4]),
            5.2,
            1.2,
            Beat(A, 4),
            beats(A, [5]),
            beats(A, [3]),
            id="a commit whose answer was lost is there: told, and no loss",
        ),
        pytest.param(
            acked(A, [1, 2]) + acked(B, [1, 2], 10),
            beats(A, [1, 2, 3]) + beats(B, [1]),
            12.5,
            1.5,
            Beat(B, 1),
            beats(B, [2]),
            beats(A, [3]),
            id="a commit whose answer was lost as the process ended",
        ),
        pytest.param(
            acked(B, [1, 2, 3]),
            beats(B, [1, 2, 3, 4]),
            3.5,
            0.5,
            Beat(B, 3),
            [],
            [],
            id="the newest beat may be on its way to the ledger",
        ),
        pytest.param(
            acked(A, range(1, 6)) + acked(B, range(1, 6), 7),
            beats(A, range(1, 6)) + beats(B, [1, 2]),
            12.5,
            3.5,
            Beat(B, 2),
            beats(B, [3, 4, 5]),
            [],
            id="two epochs, one after the other",
        ),
        pytest.param(
            acked(A, range(1, 6)) + acked(B, range(1, 6), 7),
            beats(A, range(1, 4)) + beats(B, range(1, 6)),
            12.5,
            9.5,
            Beat(A, 3),
            beats(A, [4, 5]),
            [],
            id="two epochs, of the first the end is lost",
        ),
        pytest.param(
            acked(A, range(1, 11)) + acked(B, range(1, 11), 0.5),
            beats(A, range(1, 9)) + beats(B, range(1, 11)),
            10.6,
            2.1,
            Beat(B, 8),
            beats(A, [9, 10]),
            [],
            id="two processes at once",
        ),
        pytest.param(
            acked(A, range(1, 11), step=-100),
            beats(A, range(1, 5)),
            10.5,
            104.5,
            Beat(A, 4),
            beats(A, range(5, 11)),
            [],
            id="the clock was set back: earlier beats are no later than later ones",
        ),
        pytest.param(
            acked(A, range(1, 15)),
            beats(A, range(1, 8)),
            9.9,
            2.9,
            Beat(A, 7),
            beats(A, [8, 9]),
            [],
            id="what was acknowledged after the loss is no part of it",
        ),
        pytest.param(
            acked(A, range(50, 61)),
            beats(A, range(1, 58)),
            60.3,
            3.3,
            Beat(A, 57),
            beats(A, [58, 59, 60]),
            [],
            id="rows older than the ledger are no phantoms",
        ),
        pytest.param(
            acked(A, range(1, 6)),
            beats(A, [1, 2]),
            3600,
            3598,
            Beat(A, 2),
            beats(A, [3, 4, 5]),
            [],
            id="the heartbeat had ended long before, and some of it is lost: the most that it can be",
        ),
    ],
)
def test_the_loss(
    acknowledged: list[Acknowledged],
    present: list[Beat],
    lost_at: float,
    rpo: float,
    last: Beat,
    lost: list[Beat],
    phantom: list[Beat],
) -> None:
    found = loss(acknowledged, present, at(lost_at))
    assert isinstance(found, Loss), found
    assert found.achieved_rpo.total_seconds() == pytest.approx(rpo)
    assert (found.last, list(found.lost), list(found.phantom)) == (last, lost, phantom)
    assert found.last_at
    assert found.last_at + found.achieved_rpo == at(lost_at)


@pytest.mark.parametrize(
    ("acknowledged", "present", "lost_at", "why"),
    [
        pytest.param([], [], 10, "no beat was ever acknowledged", id="no heartbeat at all"),
        pytest.param([], beats(A, [1]), 10, "no beat was ever acknowledged", id="rows, and no ledger"),
        pytest.param(
            acked(A, [10, 11]),
            beats(A, [10, 11]),
            4,
            "not running at the loss: its first beat was acknowledged 6 s later",
            id="it began after the loss",
        ),
        pytest.param(
            acked(A, range(1, 6)),
            beats(A, range(1, 6)),
            3605,
            "no beat was acknowledged in the 1 h before the loss",
            id="it was not running at the loss",
        ),
        pytest.param(
            acked(A, range(1, 61)),
            [],
            60,
            "not even the first beat that the ledger knows is there: more than 59 s is lost",
            id="nothing came back",
        ),
        pytest.param(
            acked(A, range(1, 61)),
            beats(A, range(2, 61)),
            60,
            "not even the first beat",
            id="not the first one",
        ),
    ],
)
def test_what_cannot_be_measured_is_no_figure(
    acknowledged: list[Acknowledged], present: list[Beat], lost_at: float, why: str
) -> None:
    found = loss(acknowledged, present, at(lost_at))
    assert isinstance(found, Unmeasurable), found
    assert why in found.why


@given(
    st.sets(st.integers(1, 60), min_size=1),
    st.integers(0, 60),
    st.sets(st.integers(1, 60)),
    st.floats(0, 60),
    st.booleans(),
)
def test_never_better_than_the_truth(
    known: Collection[int], cut: int, holes: Collection[int], lost_at: float, two: bool
) -> None:
    """Everything up to a cut came back, but for some holes. The truth is no less than from the last instant
    of which all came back; and each beat that is missing is told."""
    epochs = [A, B] if two else [A]
    acknowledged = [each for epoch in epochs for each in acked(epoch, sorted(known), 0.25 * (epoch == B))]
    present = [
        each.beat for each in acknowledged if each.beat.sequence <= cut and each.beat.sequence not in holes
    ]
    found = loss(acknowledged, present, at(lost_at))
    missing = [each for each in acknowledged if each.at <= at(lost_at) and each.beat not in present]
    if isinstance(found, Loss):
        assert set(found.lost) == {each.beat for each in missing}
        assert found.achieved_rpo >= timedelta(0)
        if missing:
            first = min(each.at for each in missing)
            assert found.achieved_rpo >= at(lost_at) - first
            assert found.last_at
            assert found.last_at <= first
        else:
            assert found.achieved_rpo <= SILENCE
        assert found.phantom == ()


@given(st.lists(st.tuples(st.sampled_from([A, B]), st.integers(1, 50), st.floats(-100, 100)), max_size=60))
def test_the_order_is_that_of_time_and_within_an_epoch_of_numbers(told: list[tuple[int, int, float]]) -> None:
    given_ = [Acknowledged(Through.ROW, Beat(epoch, n), at(shift)) for epoch, n, shift in told]
    ordered = in_order(given_)
    assert [each.at for each in ordered] == sorted(each.at for each in ordered)
    for epoch in (A, B):
        numbers = [each.beat.sequence for each in ordered if each.beat.epoch == epoch]
        assert numbers == sorted(set(numbers))
    for each in ordered:
        assert each.at <= min(one.at for one in given_ if one.beat == each.beat)


ROW = Loss(timedelta(seconds=1), Beat(A, 40), at(40), (), ())


@pytest.mark.parametrize(
    ("search", "said"),
    [
        pytest.param(None, "", id="no search"),
        pytest.param(ROW, "no skew: database and index are at the same beat, give or take one", id="none"),
        pytest.param(
            Loss(timedelta(seconds=6), Beat(A, 35), at(35), (), ()),
            "the index is 5 beats behind the database",
            id="behind",
        ),
        pytest.param(
            Loss(timedelta(seconds=6), Beat(A, 42), at(42), (), ()),
            "the index is 2 beats ahead of the database",
            id="ahead",
        ),
        pytest.param(
            Loss(timedelta(seconds=6), Beat(A - 1, 7), at(10), (), ()),
            "the index is 30 s behind the database",
            id="in another epoch: by time",
        ),
        pytest.param(
            Unmeasurable("nobody beats"), "the skew cannot be told: of the index, nobody beats", id="unknown"
        ),
    ],
)
def test_the_skew(search: Loss | Unmeasurable | None, said: str) -> None:
    assert skew(ROW, search) == said


def timeline(**seconds: float) -> Timeline:
    return Timeline({Moment(name): at(second) for name, second in seconds.items()})


WHOLE = {"T0": 0, "T1": 5, "T2": 30, "T3": 31, "T4": 32, "T5": 50, "T6": 58, "T7": 60, "T8": 70}


def test_the_achieved_rto_is_from_the_last_good_answer_to_the_first_of_ten() -> None:
    assert achieved_rto(timeline(**WHOLE)) == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("moments", "why"),
    [
        pytest.param({"T1": 5, "T7": 60}, "no good answer was seen before the loss", id="never good before"),
        pytest.param({"T0": 0, "T5": 50}, "ten good answers in a row were not seen", id="never good after"),
        pytest.param({"T0": 10, "T7": 5}, "the clock was set", id="a clock that was set back"),
    ],
)
def test_without_its_ends_there_is_no_rto(moments: dict[str, float], why: str) -> None:
    found = achieved_rto(timeline(**moments))
    assert isinstance(found, Unmeasurable)
    assert why in found.why


UNSEEN = (
    "detect (T1) was not seen apart; decide (T2) was not seen apart; fence (T3) was not seen apart; "
    "prepare (T4) was not seen apart"
)


@pytest.mark.parametrize(
    ("moments", "told"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"T0": 0}, [], id="one moment"),
        pytest.param(
            WHOLE,
            [
                ("detect", 5, ""),
                ("decide", 25, ""),
                ("fence", 1, ""),
                ("prepare", 1, ""),
                ("restore", 18, ""),
                ("re-point", 8, ""),
                ("serve", 2, ""),
                ("check", 10, ""),
            ],
            id="all of them",
        ),
        pytest.param(
            {"T0": 0, "T2": 0, "T4": 3, "T7": 9},
            [
                ("decide", 0, "detect (T1) was not seen apart"),
                ("prepare", 3, "fence (T3) was not seen apart"),
                ("serve", 6, "restore (T5) was not seen apart; re-point (T6) was not seen apart"),
            ],
            id="some were not seen",
        ),
        pytest.param(
            {"T0": 0, "T4": 5, "T3": 7, "T7": 9},
            [
                ("fence", 7, "detect (T1) was not seen apart; decide (T2) was not seen apart"),
                ("prepare", 0, "T4 came 2 s before T3"),
                ("serve", 2, "restore (T5) was not seen apart; re-point (T6) was not seen apart"),
            ],
            id="in another order",
        ),
        pytest.param(
            {"T0": 0, "T5": 5, "T6": 12, "T7": 9},
            [("restore", 5, UNSEEN), ("re-point", 4, "T6 came 3 s after T7"), ("serve", 0, "")],
            id="noted when users were served already",
        ),
    ],
)
def test_the_phases(moments: dict[str, float], told: list[tuple[str, float, str]]) -> None:
    found = phases(timeline(**moments))
    assert [(each.name, each.took.total_seconds(), each.said) for each in found] == told


@given(st.dictionaries(st.sampled_from(Moment), st.floats(0, 1000)))
def test_phases_have_no_gap_and_sum_to_the_rto(seconds: dict[Moment, float]) -> None:
    moments = Timeline({moment: at(second) for moment, second in seconds.items()})
    found = phases(moments)
    for before, each in pairwise(found):
        assert before.ended == each.began
    assert all(each.took >= timedelta(0) for each in found)
    rto = achieved_rto(moments)
    if isinstance(rto, timedelta):
        assert sum((each.took for each in found if each.name != "check"), timedelta(0)) == rto
