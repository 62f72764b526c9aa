"""What is done next about each set, and what becomes of a vault when runs are killed at any step."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.expiry import (
    BeginDeletion,
    DeleteManifest,
    DeletePart,
    Mark,
    SparePart,
    Step,
    Unmark,
    Wait,
    steps,
)
from domain.recovery_set import Copy, Kind, Part, RecoverySet
from domain.refusal import Refused
from domain.retention import plan
from domain.retention_policy import Policy
from tests.domain.recovery_sets import (
    DAY,
    INCOMPLETE,
    NOW,
    PROVEN,
    YEAR,
    catalogues,
    newest,
    pin,
    policies,
    taken,
)

STRICT = Policy(all_for=DAY, weekly=0, monthly=0, yearly=0, minimum=1)
FRESH = [taken(0, PROVEN), taken(0.1)]
HOUR = timedelta(hours=1)


def deletion(name: str) -> list[Step]:
    return [
        BeginDeletion(name),
        DeletePart(name, Kind.SEARCH, f"snapshot of {name}"),
        DeletePart(name, Kind.DATABASE, f"backup of {name}"),
        DeleteManifest(name),
    ]


@pytest.mark.parametrize(
    ("each", "done"),
    [
        pytest.param(taken(0.2), [], id="kept: nothing"),
        pytest.param(
            taken(0.2, expires_at=NOW - HOUR), [Unmark("0.2 d", "all are kept for 24 h")],
            id="kept again: the mark is lifted, though its grace is over",
        ),
        pytest.param(
            taken(9, expires_at=NOW - HOUR, pins=(pin(1),)),
            [Unmark("9 d", "pinned by ana until 2026-11-23 14:00 UTC: audit")],
            id="pinned in its grace",
        ),
        pytest.param(taken(9), [Mark("9 d", NOW + DAY)], id="expires: marked"),
        pytest.param(
            taken(9, expires_at=NOW + HOUR), [Wait("9 d", NOW + HOUR, "marked to expire")], id="in its grace"
        ),
        pytest.param(
            taken(9, expires_at=NOW + YEAR), [Mark("9 d", NOW + DAY)], id="marked by a clock a year ahead"
        ),
        pytest.param(taken(9, expires_at=NOW), deletion("9 d"), id="its grace is over"),
        pytest.param(
            taken(9, expires_at=NOW, locked_until=NOW + 5 * DAY),
            [Wait("9 d", NOW + 5 * DAY, "retention lock")], id="locked, grace or no grace",
        ),
        pytest.param(
            taken(9, locked_until=NOW + 5 * DAY), [Mark("9 d", NOW + DAY)],
            id="locked: the grace runs meanwhile",
        ),
        pytest.param(taken(9, expires_at=NOW, locked_until=NOW), deletion("9 d"), id="its lock has ended"),
        pytest.param(
            taken(9, expires_at=NOW + YEAR, deleting=True), deletion("9 d")[1:], id="begun: finished at once"
        ),
        pytest.param(
            taken(9, expires_at=NOW, deleting=True, used_by=("dr drill 9",)),
            [Wait("9 d", None, "dr drill 9")],
            id="begun, and a drill uses what is left of it",
        ),
        pytest.param(
            taken(9, expires_at=NOW, deleting=True, holds=("hold on it",)), [Wait("9 d", None, "hold on it")],
            id="begun, and held",
        ),
        pytest.param(
            taken(9, INCOMPLETE, parts=(), expires_at=NOW), [BeginDeletion("9 d"), DeleteManifest("9 d")],
            id="one that never had a part",
        ),
    ],
)  # fmt: skip
def test_what_is_next(each: RecoverySet, done: list[Step]) -> None:
    assert steps(plan(STRICT, [*FRESH, each], NOW), NOW) == done


def test_parts_go_in_order_and_secrets_stay() -> None:
    kinds = [Kind.SECRETS, Kind.CONFIGURATION, Kind.DATABASE, Kind.EXPORT, Kind.SEARCH]
    parts = tuple(Part(kind, (f"{kind} 1", f"{kind} 2"), NOW - 9 * DAY) for kind in kinds)
    each = taken(9, parts=parts, copies=(Copy("europe", ("gs://europe/9",)),), expires_at=NOW)
    deleted = [
        step.reference
        for step in steps(plan(STRICT, [*FRESH, each], NOW), NOW)
        if isinstance(step, DeletePart)
    ]
    assert deleted == [
        "gs://europe/9",
        *("search snapshot 1", "search snapshot 2", "export 1", "export 2"),
        *("database backup 1", "database backup 2", "configuration 1", "configuration 2"),
    ]


def sharing(days: float, **fields: Any) -> RecoverySet:
    """A set whose snapshot is another's too."""
    parts = (Part(Kind.SEARCH, ("repository/7",), NOW - days * DAY),)
    return taken(days, parts=parts, **fields)


def test_what_a_kept_set_shares_stays() -> None:
    kept, going = sharing(0.3), sharing(9, expires_at=NOW)
    assert steps(plan(STRICT, [*FRESH, kept, going], NOW), NOW) == [
        BeginDeletion("9 d"),
        SparePart("9 d", Kind.SEARCH, "repository/7", "0.3 d"),
        DeleteManifest("9 d"),
    ]


def test_what_a_set_in_its_grace_shares_stays_as_it_may_be_kept_again() -> None:
    done = steps(plan(STRICT, [*FRESH, sharing(8), sharing(9, expires_at=NOW)], NOW), NOW)
    assert SparePart("9 d", Kind.SEARCH, "repository/7", "8 d") in done


def test_what_is_shared_goes_with_the_last() -> None:
    going = [sharing(days, expires_at=NOW) for days in (8, 9)]
    done = steps(plan(STRICT, [*FRESH, *going], NOW), NOW)
    assert [step for step in done if isinstance(step, DeletePart | SparePart)] == [
        SparePart("9 d", Kind.SEARCH, "repository/7", "8 d"),
        DeletePart("8 d", Kind.SEARCH, "repository/7"),
    ]


def test_marks_are_lifted_before_anything_is_deleted() -> None:
    sets = [*FRESH, taken(0.2, expires_at=NOW), taken(9), taken(10, expires_at=NOW)]
    kinds = [type(step) for step in steps(plan(STRICT, sets, NOW), NOW)]
    assert kinds == [Unmark, Mark, BeginDeletion, DeletePart, DeletePart, DeleteManifest]


def test_nothing_at_all_is_done_of_a_plan_that_is_refused() -> None:
    sets = [taken(0.1, expires_at=NOW), taken(0.2), taken(9)]
    with pytest.raises(Refused, match="let a restore drill prove a newer set"):
        steps(plan(STRICT, sets, NOW), NOW)


class Vault:
    """What there is, and what each step makes of it."""

    def __init__(self, sets: list[RecoverySet]) -> None:
        self.listed = {each.id: each for each in sets}
        self.things = {reference for each in sets for _, reference in each.deletable()}

    def run(self, policy: Policy, now: datetime, killed_after: int | None = None) -> list[Step]:
        """A run of retention, killed after so many steps; what it had to do."""
        made = plan(policy, self.listed.values(), now)
        try:
            wanted = steps(made, now)
        except Refused:
            return []
        for step in wanted[:killed_after]:
            self.take(step)
            self.hold_together()
        return wanted

    def take(self, step: Step) -> None:
        each = self.listed[step.id]
        match step:
            case Unmark():
                self.listed[step.id] = replace(each, expires_at=None)
            case Mark():
                self.listed[step.id] = replace(each, expires_at=step.expires_at)
            case BeginDeletion():
                self.listed[step.id] = replace(each, deleting=True)
            case DeletePart():
                self.things.discard(step.reference)
            case DeleteManifest():
                assert each.deleting
                del self.listed[step.id]
            case Wait() | SparePart():
                pass

    def hold_together(self) -> None:
        """Whatever counts has all its parts, and whatever is there belongs to something."""
        for each in self.listed.values():
            if not each.deleting:
                assert {reference for _, reference in each.deletable()} <= self.things
        assert self.things <= {ref for each in self.listed.values() for _, ref in each.deletable()}


RUNS = st.lists(st.tuples(st.integers(0, 72), st.none() | st.integers(0, 12)), min_size=1, max_size=5)


def whole(sets: list[RecoverySet]) -> list[RecoverySet]:
    """With enough that is proven, and with parts of their own for those whose deletion has begun."""
    return [*FRESH, taken(0.2, PROVEN), taken(0.3, PROVEN), *sets]


@settings(max_examples=40)
@given(policy=policies(), sets=catalogues(), runs=RUNS)
def test_killed_anywhere_and_run_again_it_ends_as_planned(
    policy: Policy, sets: list[RecoverySet], runs: list[tuple[int, int | None]]
) -> None:
    policy, now = replace(policy, most_percent=100), NOW
    vault = Vault(whole(sets))
    for hours, killed_after in runs:
        now += timedelta(hours=hours)
        vault.run(policy, now, killed_after)
    for _ in range(2):  # marked by the first, deleted by the second, when graces, locks and pins have ended
        now += 30 * DAY
        vault.run(policy, now)
    made = plan(policy, vault.listed.values(), now)
    assert all(decision.set.expires_at is None for decision in made.keep)
    assert all(decision.set.deleting for decision in made.expire), "held, or used by a drill"
    assert [step for step in vault.run(policy, now) if not isinstance(step, Wait)] == []


@given(policy=policies(), sets=catalogues(), days=st.integers(-366, 366), steps_of_days=st.integers(0, 3))
def test_a_clock_off_by_a_year_never_empties_the_vault(
    policy: Policy, sets: list[RecoverySet], days: int, steps_of_days: int
) -> None:
    """However often retention runs by it, and whatever share it may delete."""
    vault = Vault(whole(sets))
    best = newest([each for each in vault.listed.values() if each.proven])
    for run in range(4):
        now = NOW + (days + run * steps_of_days) * DAY
        vault.run(replace(policy, most_percent=100), now)
    left = [each for each in vault.listed.values() if each.restorable]
    assert best is not None
    assert best.id in {each.id for each in left}
    assert len(left) >= policy.minimum or len(left) == len([e for e in whole(sets) if e.restorable])


@given(policy=policies(), sets=catalogues())
def test_nothing_is_deleted_that_was_not_marked_a_grace_before(
    policy: Policy, sets: list[RecoverySet]
) -> None:
    unmarked = [replace(each, expires_at=None, deleting=False) for each in whole(sets)]
    vault = Vault(unmarked)
    generous = replace(policy, most_percent=100)
    vault.run(generous, NOW)
    vault.run(generous, NOW + policy.grace - timedelta(seconds=1))
    assert set(vault.listed) == {each.id for each in unmarked}
    assert not any(each.deleting for each in vault.listed.values())
