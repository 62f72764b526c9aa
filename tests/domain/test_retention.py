"""Which recovery sets are kept, which expire, and the reasons that are given."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.recovery_set import RecoverySet
from domain.retention import Plan, plan
from domain.retention_policy import Policy
from tests.domain.recovery_sets import (
    CHECKED,
    COMPLETE,
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
    with_more,
)

# one rule at a time: beside it only what every policy has, a newest set and a newest proven one
BARE = Policy(all_for=DAY, weekly=0, monthly=0, yearly=0, minimum=1, minimum_proven=1)
NEWEST = taken(0, PROVEN, name="newest")
CLOCKS = st.integers(-366, 366).map(lambda days: NOW + days * DAY)


def reasons(made: Plan) -> dict[str, tuple[str, ...]]:
    return {decision.set.id: decision.reasons for decision in made.keep}


def gone(made: Plan) -> dict[str, tuple[str, ...]]:
    return {decision.set.id: decision.reasons for decision in made.expire}


@pytest.mark.parametrize(
    ("policy", "each", "reason"),
    [
        pytest.param(
            replace(BARE, all_for=30 * DAY), taken(30), "all are kept for 30 days",
            id="just as old as all are kept",
        ),
        pytest.param(
            replace(BARE, all_for=30 * DAY), taken(9, INCOMPLETE), "all are kept for 30 days",
            id="incomplete: perhaps still under way",
        ),
        pytest.param(
            replace(BARE, weekly=2), taken(7), "newest of week 2026-W46", id="one of the week before"
        ),
        pytest.param(
            replace(BARE, monthly=2), taken(200), "newest of month 2026-05",
            id="months without a set do not count: they were not kept, they were not there",
        ),
        pytest.param(replace(BARE, yearly=2), taken(700), "newest of year 2024", id="two years before"),
        pytest.param(
            replace(BARE, minimum=2), taken(700), "one of the newest 2 sets that can be restored",
            id="old, and there are few",
        ),
        pytest.param(
            replace(BARE, minimum_proven=2), taken(700, PROVEN), "one of the newest 2 proven sets",
            id="old, and few are proven",
        ),
        pytest.param(
            BARE, taken(50, pins=(pin(3),)), "pinned by ana until 2026-11-25 14:00 UTC: audit", id="pinned"
        ),
        pytest.param(
            BARE, taken(50, INCOMPLETE, pins=(pin(3),)), "pinned by ana until 2026-11-25 14:00 UTC: audit",
            id="incomplete and pinned: to be looked at",
        ),
        pytest.param(
            BARE, taken(50, holds=("temporary hold on it",)), "held: temporary hold on it", id="held"
        ),
        pytest.param(BARE, taken(50, used_by=("dr drill 9",)), "in use by dr drill 9", id="under a drill"),
        pytest.param(
            BARE, taken(-400), "taken 400 days after now: one of two clocks is wrong", id="of the future"
        ),
        pytest.param(replace(BARE, all_for=30 * DAY), taken(40, expires_at=NOW), "", id="none: old"),
        pytest.param(BARE, taken(50, INCOMPLETE), "", id="none: incomplete"),
        pytest.param(replace(BARE, minimum=2), taken(3, INCOMPLETE), "", id="none: no set to count on"),
        pytest.param(replace(BARE, weekly=9), taken(30, INCOMPLETE), "", id="none: stands for no week"),
        pytest.param(replace(BARE, weekly=1), taken(7), "", id="none: one week is kept, the newest"),
        pytest.param(
            replace(BARE, minimum_proven=2), taken(9, CHECKED), "", id="none: checked is not proven"
        ),
        pytest.param(BARE, taken(50, pins=(pin(-3),)), "", id="none: its pin has ended"),
        pytest.param(
            BARE, taken(0.5, pins=(pin(3),), used_by=("d",), deleting=True, expires_at=NOW), "",
            id="none: its deletion has begun, it is whole no more",
        ),
    ],
)  # fmt: skip
def test_a_rule_keeps_and_says_so(policy: Policy, each: RecoverySet, reason: str) -> None:
    made = plan(policy, [NEWEST, each], NOW)
    assert reasons(made).get(each.id, ()) == ((reason,) if reason else ())
    assert (each.id in gone(made)) is not bool(reason)


@pytest.mark.parametrize(
    ("policy", "each", "said"),
    [
        pytest.param(BARE, taken(40), ("40 days older than the newest set",), id="old"),
        pytest.param(
            replace(BARE, weekly=2), taken(9),
            ("9 days older than the newest set", "newer sets stand for week 2026-W46"),
            id="outdone in its week",
        ),
        pytest.param(
            replace(BARE, weekly=2, monthly=1), taken(99),
            ("99 days older than the newest set",
             "week 2026-W33 and month 2026-08: before all that are kept"),
            id="older than all weeks and months that are kept",
        ),
        pytest.param(
            replace(BARE, weekly=3, monthly=1), taken(21),
            ("21 days older than the newest set", "newer sets stand for month 2026-11",
             "week 2026-W44: before all that are kept"),
            id="outdone in its month, before the weeks",
        ),
        pytest.param(
            BARE, taken(40, INCOMPLETE), ("40 days older than the newest set", "incomplete"), id="incomplete"
        ),
        pytest.param(
            BARE, taken(40, pins=(pin(-3),)),
            ("the pin by ana ended 3 days ago", "40 days older than the newest set"), id="its pin has ended",
        ),
        pytest.param(
            replace(BARE, maximum=3, all_for=90 * DAY), taken(40),
            ("40 days older than the newest set", "not one of the newest 3, the maximum"),
            id="past the maximum",
        ),
        pytest.param(
            BARE, taken(40, deleting=True, expires_at=NOW), ("its deletion has begun",), id="under deletion"
        ),
    ],
)  # fmt: skip
def test_what_expires_has_its_reasons_too(policy: Policy, each: RecoverySet, said: tuple[str, ...]) -> None:
    between = [taken(7), taken(14)]
    assert gone(plan(policy, [*between, each, NEWEST], NOW))[each.id] == said


def test_a_set_has_every_reason_for_which_it_is_kept() -> None:
    made = plan(Policy(), [taken(0, PROVEN, pins=(pin(3), pin(5, "handover")))], NOW)
    assert str(made.keep[0]) == (
        "0 d (proven): pinned by ana until 2026-11-25 14:00 UTC: audit; "
        "pinned by ana until 2026-11-27 14:00 UTC: handover; the newest proven set; "
        "the newest set that can be restored; all are kept for 30 days; "
        "newest of week 2026-W47; newest of month 2026-11; newest of year 2026"
    )


def test_a_year_of_days_becomes_days_weeks_months_and_years() -> None:
    made = plan(Policy(minimum=1), [taken(days, PROVEN) for days in range(366)], NOW)
    kept = [decision.set.taken_at.date() for decision in made.keep]
    assert kept[:31] == [(NOW - days * DAY).date() for days in range(31)]
    assert [f"{day:%m-%d}" for day in kept[31:]] == [
        *("10-18", "10-11", "10-04"),  # with those of the last 30 days, eight Sundays
        *("09-30", "08-31", "07-31", "06-30", "05-31", "04-30", "03-31", "02-28", "01-31", "12-31"),
    ]
    assert reasons(made)["326 d"] == ("newest of month 2025-12", "newest of year 2025")


def test_the_maximum_bounds_what_the_rules_keep_and_nothing_that_is_wanted() -> None:
    sets = [taken(days, PROVEN if days == 20 else COMPLETE) for days in range(30)]
    sets[25] = replace(sets[25], pins=(pin(1),))
    made = plan(Policy(maximum=10), sets, NOW)
    assert [decision.set.id for decision in made.keep] == [
        *(f"{days} d" for days in range(10)),
        "20 d",
        "25 d",
    ]


def test_a_day_is_one_of_utc() -> None:
    """A set taken on a Monday morning east of Greenwich, on Sunday in UTC."""
    east = datetime.fromisoformat("2026-11-16T05:00:00+13:00")
    made = plan(replace(BARE, weekly=2), [NEWEST, replace(taken(7), taken_at=east)], NOW)
    assert reasons(made)["7 d"] == ("newest of week 2026-W46",)


def test_a_set_listed_twice_is_a_catalogue_read_wrongly() -> None:
    with pytest.raises(ValueError, match="recovery set 3 d is listed twice"):
        plan(Policy(), [taken(3), taken(2), taken(3, PROVEN)], NOW)


@given(policy=policies(), sets=catalogues(latest=400), now=CLOCKS)
def test_every_set_is_decided_once_and_with_a_reason(
    policy: Policy, sets: list[RecoverySet], now: datetime
) -> None:
    made = plan(policy, sets, now)
    assert sorted(each.id for each in made.sets) == sorted(each.id for each in sets)
    for decision in (*made.keep, *made.expire):
        assert decision.reasons
        assert all(decision.reasons)


@given(policy=policies(), sets=catalogues(latest=400), now=CLOCKS)
def test_the_newest_proven_set_is_in_every_keep(
    policy: Policy, sets: list[RecoverySet], now: datetime
) -> None:
    """Among many newer ones that are not proven, by which it is outdone in all other respects."""
    newer = [taken(days / 10, name=f"newer {days}") for days in range(9)]
    older = [replace(each, taken_at=each.taken_at - 1000 * DAY) for each in sets]
    for vault in (sets, [*newer, taken(900, PROVEN), *older], [*newer, *older]):
        kept = reasons(plan(policy, vault, now))
        proven = [each for each in vault if each.proven]
        for among in (proven, [each for each in proven if each.taken_at <= now]):
            best = newest(among)
            assert best is None or best.id in kept


@given(policy=policies(), sets=catalogues(latest=400), now=CLOCKS)
def test_a_plan_applied_twice_is_empty(policy: Policy, sets: list[RecoverySet], now: datetime) -> None:
    once = plan(policy, sets, now)
    again = plan(policy, [decision.set for decision in once.keep], now)
    assert again.expire == ()
    assert [decision.set.id for decision in again.keep] == [decision.set.id for decision in once.keep]


@given(data=st.data(), policy=policies(), sets=catalogues(latest=400), now=CLOCKS)
def test_more_policy_never_keeps_less(
    data: st.DataObject, policy: Policy, sets: list[RecoverySet], now: datetime
) -> None:
    more = data.draw(with_more(policy))
    assert set(reasons(plan(policy, sets, now))) <= set(reasons(plan(more, sets, now)))


@given(policy=policies(), sets=catalogues(latest=400), now=CLOCKS)
def test_a_wrong_clock_leaves_the_newest_and_the_minimum(
    policy: Policy, sets: list[RecoverySet], now: datetime
) -> None:
    restorable = [each for each in sets if each.restorable]
    left = [decision.set for decision in plan(policy, sets, now).keep if decision.set.restorable]
    assert len(left) >= min(policy.minimum, len(restorable))
    assert newest(restorable) is None or newest(restorable) in left


@given(policy=policies(), sets=catalogues(), ahead=st.timedeltas(timedelta(0), YEAR))
def test_time_alone_expires_nothing(policy: Policy, sets: list[RecoverySet], ahead: timedelta) -> None:
    """Where there is a set to be restored, and no pin ends: a clock ahead, or backups that have stopped."""
    unpinned = [NEWEST, *(replace(each, pins=()) for each in sets)]
    today, later = (set(reasons(plan(policy, unpinned, now))) for now in (NOW, NOW + ahead))
    assert today == later


@given(policy=policies(), sets=catalogues(), behind=st.timedeltas(timedelta(0), YEAR))
def test_a_clock_behind_takes_only_what_was_old_before(
    policy: Policy, sets: list[RecoverySet], behind: timedelta
) -> None:
    made = plan(policy, sets, NOW - behind)
    assert all(decision.set.taken_at <= NOW - behind or decision.set.deleting for decision in made.expire)
