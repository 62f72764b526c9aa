"""What outlives a drill goes; what a live one made, what is kept, and what is none of a drill's, stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.drill_draft import DrillDraft
from domain.drill_names import target_name
from domain.lease import Lease, Reading
from domain.reaping import Plan, Sort, Thing, UnderWay, drill_under_way, outlived, why_not_over

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LENGTH = timedelta(minutes=10)
YEAR = timedelta(days=365)
A, B, C = "20261123-110000-00000a", "20261123-111500-00000b", "20261123-113000-00000c"


def thing(
    drill: str = A,
    age: timedelta = timedelta(hours=1),
    sort: Sort = Sort.INSTANCE,
    *,
    environment: str = "shop",
    length: timedelta | None = LENGTH,
    name: str = "",
) -> Thing:
    """One with a drill's labels."""
    return Thing(sort, name or target_name(drill), age, drill, environment, length)


def draft(drill: str = A, **known: object) -> DrillDraft:
    began = NOON - timedelta(hours=1)
    made = DrillDraft(drill, "restore drill", "shop", "api", "ann", began, LENGTH, target_name(drill))
    return replace(made, **known)  # type: ignore[arg-type]


def planned(
    *things: Thing,
    drafts: tuple[DrillDraft, ...] = (),
    live: UnderWay | None = None,
    over: tuple[str, ...] = (),
) -> Plan:
    return outlived("shop", things, drafts, live=live, now=NOON, usual=LENGTH, over=over)


def live(drill: str) -> UnderWay:
    return UnderWay(f"restore drill ({drill}, by ann)", drill)


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        pytest.param(planned(thing()), "its drill is over, and it is 1 h old", id="by its labels alone"),
        pytest.param(
            planned(thing(), drafts=(draft(),), live=live(B)),
            "its drill is over, and it is 1 h old",
            id="while another drill is under way",
        ),
        pytest.param(
            planned(Thing(Sort.INSTANCE, target_name(A), 2 * LENGTH), drafts=(draft(),)),
            "its drill is over, and it is 20 min old",
            id="a clone without labels, by its name in the draft",
        ),
        pytest.param(
            planned(Thing(Sort.INSTANCE, target_name(A), 2 * LENGTH), over=(A,)),
            "its drill is over, and it is 20 min old",
            id="a clone without labels, whose drill's report stands",
        ),
        pytest.param(
            planned(thing(length=None, age=LENGTH + timedelta(seconds=1))),
            "its drill is over, and it is 10 min 1 s old",
            id="a length that cannot be read is the usual one",
        ),
        pytest.param(
            planned(thing(), drafts=(draft(kept_until=NOON),)),
            "its drill is over, and it is 1 h old",
            id="kept until now",
        ),
    ],
)
def test_it_goes(plan: Plan, why: str) -> None:
    assert [decision.why for decision in plan.remove] == [why]
    assert not plan.spare


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        pytest.param(
            planned(thing(), live=live(A)),
            f"restore drill ({A}, by ann) is under way",
            id="its drill is under way",
        ),
        pytest.param(
            planned(thing(), live=UnderWay("somebody", "")),
            "somebody is under way",
            id="who is under way names no drill: it may be this one",
        ),
        pytest.param(planned(thing(age=timedelta(minutes=4))), "left alone for 6 min more", id="too young"),
        pytest.param(
            planned(thing(), drafts=(draft(kept_until=NOON + timedelta(hours=1)),)),
            "kept until 2026-11-23 13:00:00 UTC",
            id="kept",
        ),
        pytest.param(
            planned(thing(age=-YEAR)),
            "left alone for 8760 h 10 min more",
            id="made in a year, as its server says",
        ),
    ],
)
def test_it_stays(plan: Plan, why: str) -> None:
    assert [decision.why for decision in plan.spare] == [why]
    assert not plan.remove


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(Thing(Sort.INSTANCE, "shop-db", YEAR), id="no drill's at all"),
        pytest.param(thing(environment="stage"), id="another environment's drill's"),
        pytest.param(thing(name="shop-db"), id="a drill's labels on what has another name"),
        pytest.param(thing(name=target_name(B)), id="a drill's labels on what another drill has named"),
        pytest.param(Thing(Sort.INSTANCE, target_name(B), YEAR), id="a drill's name, and no drill of ours"),
    ],
)
def test_what_is_none_of_this_environment_s_drills_is_never_named(other: Thing) -> None:
    assert planned(other, drafts=(draft(),), over=(C,)) == Plan((), ())


def test_what_uses_another_goes_before_it() -> None:
    name = target_name(A)
    things = [
        thing(sort=Sort.SECRET, name=f"{name}-database-url"),
        thing(),
        thing(name=f"{name}-replica"),
        thing(sort=Sort.SERVICE),
        thing(sort=Sort.JOB),
    ]
    gone = [(decision.thing.sort, decision.thing.name) for decision in planned(*things).remove]
    assert gone == [
        (Sort.SERVICE, name),
        (Sort.JOB, name),
        (Sort.SECRET, f"{name}-database-url"),
        (Sort.INSTANCE, f"{name}-replica"),
        (Sort.INSTANCE, name),
    ]


@pytest.mark.parametrize(
    ("known", "holder", "why"),
    [
        pytest.param({}, None, "", id="over"),
        pytest.param({}, live(A), f"restore drill ({A}, by ann) is under way", id="under way"),
        pytest.param({}, live(B), "", id="over, another is under way"),
        pytest.param({"kept_until": NOON + LENGTH}, None, "kept until 2026-11-23 12:10:00 UTC", id="kept"),
        pytest.param(
            {"began_at": NOON - timedelta(minutes=1)}, None, "left alone for 9 min more", id="begun just now"
        ),
    ],
)
def test_whether_a_drill_is_over(known: dict[str, Any], holder: UnderWay | None, why: str) -> None:
    assert why_not_over(draft(**known), holder, NOON) == why


def test_a_lease_that_has_lapsed_is_of_nobody() -> None:
    lease = Lease("n", 1, timedelta(minutes=1), f"restore drill ({A}, by ann)")
    alive = Reading(lease, 1, NOON, NOON + timedelta(seconds=62))
    assert drill_under_way(alive) == live(A)
    assert drill_under_way(replace(alive, server_now=NOON + timedelta(seconds=63))) is None
    assert drill_under_way(None) is None


ages = st.timedeltas(-YEAR, YEAR)
lengths = st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=1))
things = st.lists(
    st.builds(
        thing,
        drill=st.sampled_from([A, B, C]),
        age=ages,
        sort=st.sampled_from(Sort),
        environment=st.sampled_from(["shop", "stage"]),
        length=lengths,
    )
    | st.builds(Thing, st.sampled_from(Sort), st.sampled_from([target_name(A), "shop-db"]), ages)
)
instants = st.none() | st.datetimes(
    min_value=(NOON - YEAR).replace(tzinfo=None),
    max_value=(NOON + YEAR).replace(tzinfo=None),
    timezones=st.just(UTC),
)
some_drafts = st.lists(
    st.builds(draft, st.sampled_from([A, B, C]), kept_until=instants), unique_by=lambda d: d.id
)
nows = st.timedeltas(-YEAR, YEAR).map(lambda off: NOON + off)


@given(things, some_drafts, st.sampled_from([A, B, C, ""]), nows)
def test_nothing_of_a_live_drill_goes_whatever_the_clocks_say(
    found: list[Thing], drafts: list[DrillDraft], drill: str, now: datetime
) -> None:
    plan = outlived("shop", found, drafts, live=live(drill), now=now, usual=LENGTH)
    assert drill or not plan.remove
    assert drill not in {decision.drill for decision in plan.remove}


@given(things, some_drafts, nows)
def test_each_thing_of_ours_is_decided_once_and_by_the_rules(
    found: list[Thing], drafts: list[DrillDraft], now: datetime
) -> None:
    plan = outlived("shop", found, drafts, live=None, now=now, usual=LENGTH)
    kept = {each.id for each in drafts if each.kept_until and now < each.kept_until}
    for decision in plan.remove:
        assert decision.drill not in kept
        assert decision.thing.age > (decision.thing.length or LENGTH)
    for decision in plan.spare:
        assert decision.drill in kept or decision.thing.age <= (decision.thing.length or LENGTH)
    ours = [each for each in found if each.environment == "shop"]
    ours += [
        each for each in found if not each.drill and each.name != "shop-db" and A in {d.id for d in drafts}
    ]
    assert len(plan.remove) + len(plan.spare) == len(ours)
