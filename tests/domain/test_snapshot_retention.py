"""Which frequent snapshots are kept: tables by hand, and what holds for any."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.snapshot import Snapshot, State
from domain.snapshot_retention import Ground, page, plan
from tests.domain.recovery_sets import NOW, YEAR

KEEP_FOR = timedelta(hours=48)
USUAL = Ground(KEEP_FOR, NOW, {})


def snapshot(hours: float, state: State = State.SUCCESS, *, name: str = "", set_id: str = "") -> Snapshot:
    """One that began so many hours before NOW."""
    began, whole = NOW - timedelta(hours=hours), state is State.SUCCESS
    return Snapshot(
        repository="vault",
        name=name or f"{hours:g} h",
        uuid=name,
        state=state,
        started_at=began,
        ended_at=None if state is State.IN_PROGRESS else began,
        indices=("documents",),
        shards=1,
        shards_failed=0 if whole or state is State.IN_PROGRESS else 1,
        failures=(),
        version="9.2.4",
        set_id=set_id,
    )


@pytest.mark.parametrize(
    ("snapshots", "ground", "kept"),
    [
        pytest.param([], USUAL, {}, id="none at all"),
        pytest.param(
            [snapshot(0), snapshot(1), snapshot(48), snapshot(49)],
            USUAL,
            {
                "0 h": "the newest that succeeded",
                "1 h": "within 2 days of the newest",
                "48 h": "within 2 days of the newest",
            },
            id="those of two days",
        ),
        pytest.param(
            [snapshot(1000), snapshot(1001), snapshot(1049)],
            USUAL,
            {"1000 h": "the newest that succeeded", "1001 h": "within 2 days of the newest"},
            id="time alone expires nothing: the span counts back from the newest",
        ),
        pytest.param(
            [snapshot(1), snapshot(100, set_id="7")],
            USUAL,
            {"1 h": "the newest that succeeded", "100 h": "part of recovery set 7"},
            id="never one that was taken for a set",
        ),
        pytest.param(
            [snapshot(1), snapshot(100)],
            Ground(KEEP_FOR, NOW, {"vault/100 h": "8"}),
            {"1 h": "the newest that succeeded", "100 h": "part of recovery set 8"},
            id="nor one that a set names",
        ),
        pytest.param(
            [snapshot(1), snapshot(2, State.PARTIAL), snapshot(3, State.FAILED)],
            USUAL,
            {"1 h": "the newest that succeeded"},
            id="failed ones go once a newer one succeeded",
        ),
        pytest.param(
            [snapshot(1, State.PARTIAL), snapshot(2)],
            USUAL,
            {
                "1 h": "newer than the last that succeeded: vault/1 h is PARTIAL: 1 of 1 shard failed",
                "2 h": "the newest that succeeded",
            },
            id="a failed one that is the newest says why",
        ),
        pytest.param(
            [snapshot(1, State.FAILED), snapshot(200, State.PARTIAL)],
            USUAL,
            {"1 h": "none has succeeded", "200 h": "none has succeeded"},
            id="nothing goes while none has succeeded",
        ),
        pytest.param(
            [snapshot(1), snapshot(100, State.IN_PROGRESS)],
            USUAL,
            {"1 h": "the newest that succeeded", "100 h": "under way"},
            id="one under way is left alone, however old",
        ),
        pytest.param(
            [snapshot(-1000), snapshot(1), snapshot(2)],
            USUAL,
            {
                "-1000 h": "41 days ahead of now: a clock is wrong",
                "1 h": "the newest that succeeded",
                "2 h": "within 2 days of the newest",
            },
            id="one of the future stands for nothing",
        ),
        pytest.param(
            [snapshot(1), snapshot(100)],
            Ground(KEEP_FOR, NOW, {}, ("gs://vault/x: altered",)),
            {
                "1 h": "the catalogue could not be read fully: gs://vault/x: altered",
                "100 h": "the catalogue could not be read fully: gs://vault/x: altered",
            },
            id="nothing goes while a set could not be read",
        ),
    ],
)
def test_what_is_kept_and_why(snapshots: list[Snapshot], ground: Ground, kept: dict[str, str]) -> None:
    planned = plan(snapshots, ground)
    assert {each.snapshot.name: each.reasons[0] for each in planned.keep} == kept
    assert {each.snapshot.name for each in planned.expire} == {each.name for each in snapshots} - set(kept)


def test_what_expires_says_why() -> None:
    planned = plan([snapshot(0), snapshot(1, State.PARTIAL), snapshot(60), snapshot(61)], USUAL)
    assert [str(each) for each in planned.expire] == [
        "1 h: 0 h succeeded since: vault/1 h is PARTIAL: 1 of 1 shard failed",
        "60 h: more than 2 days before the newest",
        "61 h: more than 2 days before the newest",
    ]
    assert "| deleted | 2 | more than 2 days before the newest | 60 h ... 61 h |" in page(planned)
    assert "| kept | 1 | the newest that succeeded | 0 h |" in page(planned)


SNAPSHOTS = st.lists(
    st.tuples(st.integers(-500, 900), st.sampled_from(State), st.booleans()), max_size=12
).map(
    lambda drawn: [
        snapshot(hours, state, name=f"s{n}", set_id="7" if of_set else "")
        for n, (hours, state, of_set) in enumerate(drawn)
    ]
)
GROUNDS = st.builds(
    Ground,
    st.sampled_from([timedelta(minutes=10), KEEP_FOR]),
    st.sampled_from([NOW, NOW - YEAR, NOW + YEAR]),
    st.sampled_from([{}, {"vault/s1": "8"}]),
)


@given(SNAPSHOTS, GROUNDS)
def test_whatever_the_clock_says(snapshots: list[Snapshot], ground: Ground) -> None:
    planned = plan(snapshots, ground)
    kept = [each.snapshot for each in planned.keep]
    assert len(planned.keep) + len(planned.expire) == len(snapshots)
    assert all(each.reasons for each in (*planned.keep, *planned.expire))
    assert any(each.successful for each in kept) is any(each.successful for each in snapshots)
    for each in (decision.snapshot for decision in planned.expire):
        assert not each.set_id
        assert not each.under_way
        assert any(one.successful and one.started_at >= each.started_at for one in kept)
    assert not plan(kept, ground).expire, "a second plan expires nothing"


@given(SNAPSHOTS, GROUNDS)
def test_more_time_never_keeps_less(snapshots: list[Snapshot], ground: Ground) -> None:
    more = Ground(ground.keep_for * 3, ground.now, ground.needed_by)
    fewer = {each.snapshot.name for each in plan(snapshots, ground).keep}
    assert fewer <= {each.snapshot.name for each in plan(snapshots, more).keep}
