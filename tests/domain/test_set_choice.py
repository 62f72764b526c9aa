"""Which set a drill restores: why that one, or why not the one that was asked for."""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drill import Which
from domain.recovery_set import RecoverySet
from domain.refusal import Problem
from domain.set_choice import SOON, Chosen, choose
from tests.domain.recovery_sets import CHECKED, DAY, INCOMPLETE, NOW, PROVEN, catalogues, taken

DELETING: dict[str, Any] = {"deleting": True, "expires_at": NOW - DAY}


def choice(
    sets: list[RecoverySet], which: Which | str = Which.NEWEST, draw: float = 0, elsewhere: str = ""
) -> Chosen | Problem:
    return choose(sets, which, draw, now=NOW, environment="production", elsewhere=elsewhere)


@pytest.mark.parametrize(
    ("sets", "picked", "why"),
    [
        pytest.param(
            [taken(3, PROVEN), taken(1), taken(2, CHECKED)], "1 d",
            "the newest, as a recovery would take it; taken 24 h ago, complete",
            id="the newest, although it was not checked",
        ),
        pytest.param(
            [taken(0.2, INCOMPLETE), taken(0.3, **DELETING), taken(5, PROVEN)], "5 d",
            "taken 5 days ago, proven by restore drill 7",
            id="not one that is incomplete or goes",
        ),
        pytest.param([taken(1, expires_at=NOW + SOON), taken(2)], "2 d", "newest", id="not one that goes"),
        pytest.param([taken(1, expires_at=NOW + 2 * SOON)], "1 d", "newest", id="marked, and in its grace"),
        pytest.param([taken(-1)], "-1 d", "taken 24 h after now", id="of the future, by another clock"),
    ],
)  # fmt: skip
def test_the_newest(sets: list[RecoverySet], picked: str, why: str) -> None:
    found = choice(sets)
    assert isinstance(found, Chosen)
    assert found.set.id == picked
    assert why in found.why


@pytest.mark.parametrize(
    ("draw", "picked", "why"),
    [
        (0.0, "1 d", "drawn at random, the newest of 4 that can be restored; taken 24 h ago, complete"),
        (0.2499, "1 d", "newest of 4"),
        (0.25, "2 d", "the 2nd newest of 4"),
        (0.74, "3 d", "the 3rd newest of 4"),
        (0.9999999, "4 d", "the 4th newest of 4"),
    ],
)
def test_a_random_one(draw: float, picked: str, why: str) -> None:
    sets = [taken(days) for days in (4, 2, 1, 3)] + [taken(0.5, INCOMPLETE), taken(9, **DELETING)]
    found = choice(sets, Which.RANDOM, draw)
    assert isinstance(found, Chosen)
    assert found.set.id == picked
    assert why in found.why


@pytest.mark.parametrize(
    ("each", "what", "remedy"),
    [
        pytest.param(
            taken(1, INCOMPLETE, name="x"), "x is incomplete: its backup has not come to its end, or died",
            "take another, such as 9 d, the newest; muster sets production lists them", id="a draft",
        ),
        pytest.param(
            taken(1, INCOMPLETE, name="x", manifest_sha256="ab"),
            "x is incomplete: a check or a drill found something of it missing or wrong",
            "see what, with muster verify production x, or take another", id="found wrong",
        ),
        pytest.param(
            taken(1, name="x", **DELETING), "x: its deletion has begun, so parts of it may be gone",
            "take another, such as 9 d", id="being deleted",
        ),
        pytest.param(
            taken(1, name="x", expires_at=NOW - DAY),
            "x has expired: it is deleted from 2026-11-21 14:00 UTC on",
            "keep it, with muster pin production x, then muster expire production --apply", id="expired",
        ),
    ],
)  # fmt: skip
def test_an_id_that_cannot_be_restored(each: RecoverySet, what: str, remedy: str) -> None:
    found = choice([taken(9), each], "x")
    assert isinstance(found, Problem)
    assert found.what == what
    assert remedy in found.remedy


def test_an_id_that_is_not_there() -> None:
    assert choice([taken(9)], "x") == Problem(
        "production: there is no recovery set x",
        "take another, such as 9 d, the newest; muster sets production lists them",
    )
    assert choice([], "x") == Problem(
        "production: there is no recovery set x",
        "take one with muster backup; muster sets production lists them",
    )


def test_an_id_of_another_environment() -> None:
    found = choice([taken(9)], "x", elsewhere="staging")
    assert isinstance(found, Problem)
    assert found.what == "x is a recovery set of staging, not of production"
    assert found.remedy.startswith("drill staging with it, or take another, such as 9 d")


@pytest.mark.parametrize("which", list(Which))
def test_nothing_to_restore(which: Which) -> None:
    remedy = "take one with muster backup production"
    assert choice([], which) == Problem("production: there is no recovery set", remedy)
    found = choice([taken(1, INCOMPLETE), taken(2, **DELETING)], which)
    what = "no set can be restored: of 2 sets each is incomplete, or about to be deleted"
    assert found == Problem(f"production: {what}", remedy)


@pytest.mark.parametrize(
    ("which", "hides"),
    [(Which.NEWEST, True), ("x", True), ("9 d", False), (Which.RANDOM, False)],
    ids=["it may be the newest", "it is asked for", "another is asked for", "any will do"],
)
def test_what_could_not_be_read(which: Which | str, hides: bool) -> None:
    unread = ["gs://v/manifests/production/x.json: its summary cannot be read"]
    found = choose([taken(9)], which, 0, now=NOW, environment="production", unread=unread)
    assert isinstance(found, Problem) is hides
    if isinstance(found, Problem):
        assert found.what == unread[0]
        assert found.remedy.startswith("write its summary again from the manifest, or name another set")


@pytest.mark.parametrize("draw", [-0.1, 1.0, 7])
def test_a_number_that_was_not_drawn_from_0_to_1(draw: float) -> None:
    with pytest.raises(ValueError, match="was drawn"):
        choice([taken(1)], Which.RANDOM, draw)


@given(catalogues(latest=2), st.sampled_from(Which), st.floats(0, 1, exclude_max=True))
def test_what_is_chosen_can_be_restored_and_stays(sets: list[RecoverySet], which: Which, draw: float) -> None:
    found = choice(sets, which, draw)
    able = [one for one in sets if one.restorable and not (one.expires_at and one.expires_at <= NOW + SOON)]
    assert isinstance(found, Chosen) is bool(able)
    if isinstance(found, Chosen):
        assert found.set in able
        if which is Which.NEWEST:
            assert found.set.taken_at == max(one.taken_at for one in able)
        assert choice(sets, found.set.id, draw) == replace(
            found, why=f"asked for by its id; {found.why.partition('; ')[2]}"
        )


@given(st.integers(1, 12))
def test_a_random_one_is_drawn_evenly(count: int) -> None:
    sets = [taken(days) for days in range(count)]
    drawn = Counter(
        found.set.id
        for step in range(count * 10)
        if isinstance(found := choice(sets, Which.RANDOM, (step + 0.5) / (count * 10)), Chosen)
    )
    assert set(drawn.values()) == {10}
    assert len(drawn) == count
