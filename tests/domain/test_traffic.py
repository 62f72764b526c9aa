"""The traffic split: what cannot be built, and what no sequence of steps may break."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.traffic import CANARY, PREVIOUS, Split, Target, baseline_alone, kept_tags, split, with_canary

ALL = Split((Target("a-1", 100),))

REVISIONS = st.sampled_from(["a-1", "a-2", "a-3", "a-4"])
TAGS = st.dictionaries(st.sampled_from([CANARY, PREVIOUS, "pr-7", "qa", "v1"]), REVISIONS)


@st.composite
def splits(draw: st.DrawFn) -> Split:
    """Any split that a service may be found with, ours or not."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), max_size=3)))
    parts = [upper - lower for lower, upper in zip([0, *cuts], [*cuts, 100], strict=True)]
    shares: dict[str, int] = {}
    for part in parts:
        revision = draw(REVISIONS)
        shares[revision] = shares.get(revision, 0) + part
    return split(shares, draw(TAGS))


@pytest.mark.parametrize(
    ("targets", "said"),
    [
        pytest.param((), "this one 0 %", id="nothing gets anything"),
        pytest.param((Target("a-1", 90),), "this one 90 %: 90 % a-1", id="a tenth of the users go nowhere"),
        pytest.param((Target("a-1", 60), Target("a-2", 60)), "this one 120 %", id="more than all"),
        pytest.param((Target("a-1", 110), Target("a-2", -10)), "totals 100 %", id="a share below zero"),
        pytest.param(
            (Target("a-1", 100, "qa"), Target("a-2", 0, "qa")),
            "a tag leads to one revision",
            id="a tag twice",
        ),
    ],
)
def test_a_split_that_is_none_cannot_be_built(targets: tuple[Target, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Split(targets)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param(
            (Target("a-1", 60), Target("a-1", 40)), (Target("a-1", 100),), True, id="a share in two parts"
        ),
        pytest.param(
            (Target("a-1", 100), Target("a-1", 0, "qa")), (Target("a-1", 100, "qa"),), True, id="a tag apart"
        ),
        pytest.param(
            (Target("a-1", 100), Target("a-2", 0)), (Target("a-1", 100),), True, id="a share of nothing"
        ),
        pytest.param(
            (Target("a-1", 100),), (Target("a-1", 100, "qa"),), False, id="a tag that the other does not have"
        ),
        pytest.param((Target("a-1", 100),), (Target("a-2", 100),), False, id="another revision"),
    ],
)
def test_splits_are_equal_when_they_send_requests_to_the_same_places(
    one: tuple[Target, ...], other: tuple[Target, ...], same: bool
) -> None:
    assert Split(one).equals(Split(other)) is same


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        pytest.param({"a-1": 10, "a-2": 90}, "90 % a-2, 10 % a-1", id="the larger share first"),
        pytest.param({"a-2": 50, "a-1": 50}, "50 % a-1, 50 % a-2", id="equal shares by name"),
    ],
)
def test_a_split_reads_as_a_person_says_it(shares: dict[str, int], text: str) -> None:
    assert str(split(shares, {})) == text


def test_a_tagged_revision_has_its_share_and_its_tag_in_one_target() -> None:
    assert split({"a-1": 90, "a-2": 10}, {CANARY: "a-2"}).targets == (
        Target("a-1", 90),
        Target("a-2", 10, CANARY),
    )


def test_a_step_gives_the_canary_its_share_and_its_tag() -> None:
    found = with_canary(ALL, "a-1", "a-2", 10)
    assert found.shares == {"a-1": 90, "a-2": 10}
    assert found.tags == {CANARY: "a-2"}


def test_a_canary_without_a_share_still_has_its_tag() -> None:
    found = with_canary(ALL, "a-1", "a-2", 0)
    assert found.shares == {"a-1": 100}
    assert found.tags == {CANARY: "a-2"}


def test_a_baseline_is_no_canary_of_itself() -> None:
    with pytest.raises(ValueError, match="totals 100"):
        with_canary(ALL, "a-1", "a-1", 10)


def test_going_back_leaves_the_former_baseline_its_address() -> None:
    current = split({"a-2": 90, "a-3": 10}, {CANARY: "a-3", PREVIOUS: "a-1", "qa": "a-3"})
    found = baseline_alone(current, "a-2")
    assert found.shares == {"a-2": 100}
    assert found.tags == {PREVIOUS: "a-1", "qa": "a-3"}


@given(current=splits(), revision=REVISIONS)
def test_going_back_twice_is_going_back_once(current: Split, revision: str) -> None:
    once = baseline_alone(current, revision)
    assert baseline_alone(once, revision) == once


@given(shares=splits(), tags=TAGS)
def test_a_split_is_made_of_just_the_shares_and_tags_given(shares: Split, tags: dict[str, str]) -> None:
    made = split(shares.shares, tags)
    assert made.shares == shares.shares
    assert made.tags == tags


STEPS = st.one_of(
    st.tuples(st.just("step"), REVISIONS, REVISIONS, st.integers(0, 100)),
    st.tuples(st.just("back"), REVISIONS, REVISIONS, st.just(0)),
)


@given(found=splits(), steps=st.lists(STEPS, max_size=6))
def test_whatever_a_deploy_does_all_users_go_somewhere_and_others_keep_their_tags(
    found: Split, steps: list[tuple[str, str, str, int]]
) -> None:
    current = found
    for kind, baseline, canary, percent in steps:
        if kind == "back":
            current = baseline_alone(current, baseline)
        elif baseline != canary:
            current = with_canary(current, baseline, canary, percent)
        assert sum(current.shares.values()) == 100
        assert kept_tags(current) == kept_tags(found)
        assert current.tags.get(PREVIOUS) == found.tags.get(PREVIOUS)
