"""How old everything may be, told from what there is."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.freshness import Artefact, Limits, Live, freshness
from domain.recovery_set import Copy, Kind, Part, RecoverySet, Window
from domain.refusal import Refused
from tests.domain.recovery_sets import (
    CHECKED,
    COMPLETE,
    DAY,
    INCOMPLETE,
    NOW,
    PROVEN,
    catalogues,
    taken,
)

NONE = Limits(complete=None, proven=None)
HOUR = timedelta(hours=1)
EXPORT = Part(Kind.EXPORT, ("gs://vault/sets/3/orders.sql.gz",), NOW - 3 * DAY)
COPIED = (Copy("europe", ("gs://europe/3",)),)


def window(minutes: float) -> Window:
    return Window(NOW - 7 * DAY, NOW - timedelta(minutes=minutes))


def live_window(minutes: float) -> Live:
    return Live(window(minutes))


def live_snapshot(minutes: float) -> Live:
    return Live(snapshot=Artefact("vault/frequent", NOW - timedelta(minutes=minutes)))


@pytest.mark.parametrize(
    ("limits", "sets", "live", "fresh", "reason"),
    [
        pytest.param(
            replace(NONE, complete=DAY), [taken(3), taken(1, CHECKED)], None, True,
            "the newest complete set, 1 d, is 24 h old; at most 24 h is asked for", id="just fresh enough",
        ),
        pytest.param(
            replace(NONE, complete=DAY), [taken(3), taken(1.5)], None, False,
            "the newest complete set, 1.5 d, is 36 h old; at most 24 h is asked for", id="too old",
        ),
        pytest.param(
            replace(NONE, complete=DAY), [taken(0.1, INCOMPLETE), taken(3)], None, False,
            "the newest complete set, 3 d, is 3 days old; at most 24 h is asked for",
            id="an incomplete one refreshes nothing",
        ),
        pytest.param(
            replace(NONE, complete=DAY), [taken(0.1, deleting=True, expires_at=NOW)], None, False,
            "there is no complete set; at most 24 h is asked for", id="nor does one that is being deleted",
        ),
        pytest.param(
            replace(NONE, checked=DAY), [taken(0.1), taken(0.5, PROVEN)], None, True,
            "the newest checked set, 0.5 d, is 12 h old; at most 24 h is asked for",
            id="what is proven is checked",
        ),
        pytest.param(
            replace(NONE, checked=DAY), [taken(0.1)], None, False,
            "there is no checked set; at most 24 h is asked for", id="what is complete is not checked",
        ),
        pytest.param(
            replace(NONE, proven=35 * DAY), [taken(0.1, CHECKED), taken(40, PROVEN)], None, False,
            "the newest proven set, 40 d, is 40 days old; at most 35 days is asked for",
            id="proven, and what it holds is old",
        ),
        pytest.param(
            replace(NONE, search_snapshot=DAY), [taken(0.5)], None, True,
            "the newest search snapshot, snapshot of 0.5 d of 0.5 d, is 12 h old; at most 24 h is asked for",
            id="a snapshot",
        ),
        pytest.param(
            replace(NONE, search_snapshot=DAY), [taken(0.5, parts=(EXPORT,))], None, False,
            "there is no search snapshot; at most 24 h is asked for", id="a set without a snapshot",
        ),
        pytest.param(
            replace(NONE, search_snapshot=HOUR), [taken(3)], live_snapshot(10), True,
            "the newest search snapshot, vault/frequent, is 10 min old; at most 1 h is asked for",
            id="a snapshot of no set",
        ),
        pytest.param(
            replace(NONE, search_snapshot=HOUR), [taken(0)], Live(), False,
            "there is no search snapshot; at most 1 h is asked for",
            id="what a set names, and the repository does not have",
        ),
        pytest.param(
            replace(NONE, export=7 * DAY), [taken(3, parts=(EXPORT,)), taken(1)], None, True,
            "the newest export, gs://vault/sets/3/orders.sql.gz of 3 d, is 3 days old; "
            "at most 7 days is asked for", id="an export",
        ),
        pytest.param(
            replace(NONE, second_copy=2 * DAY), [taken(3, copies=COPIED), taken(1)], None, False,
            "the newest set with a second copy, 3 d in europe, is 3 days old; at most 2 days is asked for",
            id="the copies have fallen behind",
        ),
        pytest.param(
            replace(NONE, recovery_window=HOUR), [], live_window(5), True,
            "the newest instant to which the database can be brought back, the recovery window's end, "
            "is 5 min old; at most 1 h is asked for", id="a window that reaches to now",
        ),
        pytest.param(
            replace(NONE, recovery_window=HOUR), [taken(0, window=window(0))], live_window(90), False,
            "the newest instant to which the database can be brought back, the recovery window's end, "
            "is 1 h 30 min old; at most 1 h is asked for",
            id="the window as it is, not as a set remembers it",
        ),
        pytest.param(
            replace(NONE, recovery_window=HOUR), [taken(0, window=window(0))], None, False,
            "there is no instant to which the database can be brought back; at most 1 h is asked for",
            id="no window",
        ),
        pytest.param(
            replace(NONE, complete=DAY), [taken(-1), taken(0.1)], None, False,
            "the newest complete set, -1 d, is 24 h ahead of now: a clock is wrong",
            id="of the future: nobody knows how old it is",
        ),
        pytest.param(
            replace(NONE, complete=DAY), [taken(-4 / 1440, name="next")], None, True,
            "the newest complete set, next, is 0 s old; at most 24 h is asked for",
            id="ahead by as much as clocks differ",
        ),
    ],
)  # fmt: skip
def test_an_age_is_held_against_its_limit(
    limits: Limits, sets: list[RecoverySet], live: Live | None, fresh: bool, reason: str
) -> None:
    (finding,) = freshness(limits, sets, NOW, live)
    assert finding.reason == reason
    assert finding.fresh is fresh


def test_what_nobody_asks_for_is_not_told() -> None:
    assert freshness(NONE, [taken(1)], NOW) == []


def test_everything_that_is_asked_for_is_told() -> None:
    everything = Limits(DAY, DAY, DAY, DAY, DAY, DAY, DAY)
    found = freshness(everything, [], NOW)
    assert len(found) == 7
    assert not any(finding.fresh for finding in found)
    assert all(finding.age is None for finding in found)


@pytest.mark.parametrize("span", [timedelta(0), -DAY], ids=["no time", "less than no time"])
def test_a_limit_that_nothing_keeps_is_refused(span: timedelta) -> None:
    with pytest.raises(Refused) as refused:
        Limits(export=span, proven=span)
    assert [str(problem) for problem in refused.value.problems] == [
        "freshness: proven has no time to be fresh: write a length of time: proven: 1d",
        "freshness: export has no time to be fresh: write a length of time: export: 1d",
    ]


@given(sets=catalogues(), hours=st.integers(0, 1000))
def test_what_is_not_fresh_does_not_become_so_by_waiting(sets: list[RecoverySet], hours: int) -> None:
    limits = Limits(checked=2 * DAY, search_snapshot=DAY)
    today, later = (freshness(limits, sets, NOW + timedelta(hours=wait)) for wait in (0, hours))
    assert [new.fresh for old, new in zip(today, later, strict=True) if not old.fresh].count(True) == 0


@given(sets=catalogues())
def test_what_is_known_of_a_set_only_grows_older_by_state(sets: list[RecoverySet]) -> None:
    complete, checked, proven = (
        timedelta.max if finding.age is None else finding.age
        for finding in freshness(Limits(DAY, DAY, DAY), sets, NOW)
    )
    assert complete <= checked <= proven
    assert COMPLETE in {each.state for each in sets} or complete == checked
