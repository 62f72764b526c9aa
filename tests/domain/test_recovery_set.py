"""Recovery sets: what cannot be built, what counts, and what goes with a set."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.recovery_set import Copy, Kind, Part, Pin, Proof, RecoverySet, State, Window
from tests.domain.recovery_sets import CHECKED, COMPLETE, INCOMPLETE, NOW, PROVEN, proof, taken

NAIVE = datetime(2026, 11, 22, 14, 0)  # noqa: DTZ001 - what must be refused
WHOLE = taken(1)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(lambda: replace(WHOLE, id=""), "has an id", id="no id"),
        pytest.param(
            lambda: replace(WHOLE, taken_at=NAIVE), "1 d: taken_at .* no time zone", id="of no zone"
        ),
        pytest.param(
            lambda: replace(WHOLE, expires_at=NAIVE), "expires_at .* no time zone", id="a mark of no zone"
        ),
        pytest.param(
            lambda: replace(WHOLE, locked_until=NAIVE), "locked_until .* no time", id="a lock of no zone"
        ),
        pytest.param(lambda: replace(WHOLE, state=PROVEN), "proven by a drill", id="proven by nothing"),
        pytest.param(
            lambda: replace(WHOLE, proof=proof()), "no other has a proof", id="a proof, and not proven"
        ),
        pytest.param(lambda: replace(WHOLE, parts=()), "complete without a part", id="complete, and empty"),
        pytest.param(lambda: replace(WHOLE, deleting=True), "never marked", id="deleted without a mark"),
        pytest.param(lambda: Part(Kind.EXPORT, (), NOW), "export refers to nothing", id="a part of nothing"),
        pytest.param(lambda: Part(Kind.EXPORT, ("",), NOW), "refers to nothing", id="a part without a name"),
        pytest.param(lambda: Part(Kind.EXPORT, ("a",), NAIVE), "no time zone", id="a part of no zone"),
        pytest.param(lambda: Part(Kind.EXPORT, ("a",), NOW, -1), "-1 bytes", id="less than no bytes"),
        pytest.param(lambda: Copy("", ("a",)), "a copy has a location", id="a copy nowhere"),
        pytest.param(lambda: Copy("europe", ()), "refers to something", id="a copy of nothing"),
        pytest.param(lambda: Window(NOW, NOW - timedelta(1)), "before it begins", id="a window backwards"),
        pytest.param(lambda: Window(NAIVE, NOW), "no time zone", id="a window of no zone"),
        pytest.param(lambda: Pin("", "audit", NOW), "who wants", id="pinned by nobody"),
        pytest.param(lambda: Pin("ana", "", NOW), "and why", id="pinned for nothing"),
        pytest.param(lambda: Pin("ana", "audit", NAIVE), "no time zone", id="pinned to no zone"),
        pytest.param(
            lambda: Proof("d", NAIVE, timedelta(1), timedelta(1)), "no time", id="proven in no zone"
        ),
    ],
)
def test_a_set_that_is_none_cannot_be_built(make: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.parametrize(
    ("each", "restorable", "proven"),
    [
        pytest.param(taken(1, INCOMPLETE), False, False, id="incomplete"),
        pytest.param(taken(1, COMPLETE), True, False, id="complete"),
        pytest.param(taken(1, CHECKED), True, False, id="checked"),
        pytest.param(taken(1, PROVEN), True, True, id="proven"),
        pytest.param(
            taken(1, PROVEN, expires_at=NOW), True, True, id="marked to expire: it may be kept again"
        ),
        pytest.param(taken(1, PROVEN, expires_at=NOW, deleting=True), False, False, id="being deleted"),
    ],
)
def test_what_counts(each: RecoverySet, restorable: bool, proven: bool) -> None:
    assert (each.restorable, each.proven) == (restorable, proven)


def test_the_size_is_that_of_the_parts_that_tell() -> None:
    assert WHOLE.size == 2_300
    assert replace(WHOLE, parts=(Part(Kind.DATABASE, ("backup",), NOW),)).size == 0


def test_the_newest_part_of_a_kind_is_found() -> None:
    older, newer = (Part(Kind.EXPORT, (name,), at) for name, at in (("a", NOW - timedelta(1)), ("b", NOW)))
    each = replace(WHOLE, parts=(newer, older))
    assert each.part(Kind.EXPORT) is newer
    assert each.part(Kind.SEARCH) is None


def test_what_a_set_refers_to_twice_goes_once() -> None:
    parts = (Part(Kind.DATABASE, ("a", "b"), NOW), Part(Kind.EXPORT, ("b",), NOW))
    assert list(replace(WHOLE, parts=parts).deletable()) == [
        (Kind.EXPORT, "b"),
        (Kind.DATABASE, "a"),
    ]


def test_states_rise() -> None:
    assert list(State) == [INCOMPLETE, COMPLETE, CHECKED, PROVEN]
