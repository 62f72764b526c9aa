"""Plans that are refused as a whole, and why."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.recovery_set import RecoverySet
from domain.retention import plan
from domain.retention_permit import permit_apply
from domain.retention_policy import Policy
from tests.domain.recovery_sets import (
    DAY,
    INCOMPLETE,
    NOW,
    PROVEN,
    catalogues,
    pin,
    policies,
    taken,
)

STRICT = Policy(all_for=DAY, weekly=0, monthly=0, yearly=0, minimum=1)
LOCKED = NOW + 60 * DAY


def some(count: int, **fields: Any) -> list[RecoverySet]:
    """Old sets, none of which is the newest."""
    return [taken(100 + number, **fields) for number in range(count)]


FRESH = [taken(0, PROVEN), taken(0.1), taken(0.2)]


@pytest.mark.parametrize(
    ("policy", "sets", "unread", "said"),
    [
        pytest.param(STRICT, [*FRESH, *some(3)], (), [], id="half of the sets"),
        pytest.param(
            STRICT, [*FRESH, *some(4)], (),
            ["the plan deletes 4 of 7 sets (57 %), and at once at most 50 % may be"], id="more than half",
        ),
        pytest.param(
            replace(STRICT, most_percent=60), [*FRESH, *some(4)], (), [], id="more than half, and it is meant"
        ),
        pytest.param(
            STRICT, [*FRESH, *some(9, locked_until=LOCKED)], (), [], id="most are locked: none of them goes"
        ),
        pytest.param(
            STRICT, [*FRESH, *some(9, locked_until=NOW)], (),
            ["the plan deletes 9 of 12 sets (75 %), and at once at most 50 % may be"],
            id="the locks have ended",
        ),
        pytest.param(
            STRICT, [*FRESH, *some(4), *(taken(0.3 + n / 100, INCOMPLETE) for n in range(9))], (),
            ["the plan deletes 4 of 7 restorable sets (57 %), and at once at most 50 % may be"],
            id="more than half of those that count, among incomplete ones",
        ),
        pytest.param(
            STRICT, [*FRESH, *some(4, expires_at=NOW)], (),
            ["the plan deletes 4 of 7 sets (57 %), and at once at most 50 % may be"],
            id="marked before, by a policy that is no longer so",
        ),
        pytest.param(
            STRICT, [taken(0), taken(0.1), taken(9)], (),
            ["the plan leaves 0 proven sets of the 1 that must be left"], id="nothing was ever proven",
        ),
        pytest.param(
            replace(STRICT, minimum_proven=2), [*FRESH, taken(9)], (),
            ["the plan leaves 1 proven set of the 2 that must be left"], id="fewer are proven than must be",
        ),
        pytest.param(
            STRICT, [taken(0), taken(0.1), taken(3, PROVEN, deleting=True, expires_at=NOW)], (),
            ["the plan leaves 0 proven sets of the 1 that must be left"],
            id="the one that is proven is being deleted",
        ),
        pytest.param(STRICT, [taken(0), taken(0.1)], (), [], id="nothing proven, nothing to delete"),
        pytest.param(STRICT, [], (), [], id="an empty vault"),
        pytest.param(
            STRICT, FRESH, ("sets/a: 503",), ["the catalogue could not be read fully: sets/a: 503"],
            id="one could not be read",
        ),
        pytest.param(
            STRICT, FRESH, ("a: 503", "b: 503", "c: altered", "d", "e"),
            ["the catalogue could not be read fully: a: 503, b: 503, c: altered and 2 more"],
            id="several could not",
        ),
        pytest.param(
            STRICT, some(5), ("a: 503",),
            ["the catalogue could not be read fully: a: 503",
             "the plan leaves 0 proven sets of the 1 that must be left",
             "the plan deletes 3 of 5 sets (60 %), and at once at most 50 % may be"],
            id="all that is in the way, at once",
        ),
    ],
)  # fmt: skip
def test_refused_as_a_whole(
    policy: Policy, sets: list[RecoverySet], unread: tuple[str, ...], said: list[str]
) -> None:
    problems = permit_apply(plan(policy, sets, NOW, unread))
    assert [problem.what for problem in problems] == said
    assert all(problem.remedy for problem in problems)


@given(policy=policies(), sets=catalogues(latest=400), days=st.integers(-366, 366))
def test_what_is_permitted_leaves_enough(policy: Policy, sets: list[RecoverySet], days: int) -> None:
    now = NOW + days * DAY
    made = plan(policy, sets, now)
    if permit_apply(made) or not made.expire:
        return
    kept = [decision.set for decision in made.keep]
    going = [decision.set for decision in made.expire]
    assert sum(each.proven for each in kept) >= policy.minimum_proven
    deletable = [each for each in going if not each.locked_until or each.locked_until <= now]
    assert len(deletable) * 100 <= policy.most_percent * len(sets)


def test_a_pin_is_what_a_person_does_about_too_many() -> None:
    pinned = [replace(each, pins=(pin(1),)) for each in some(4)]
    assert not permit_apply(plan(STRICT, [*FRESH, *pinned], NOW))
