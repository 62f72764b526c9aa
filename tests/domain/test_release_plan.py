"""The plan of a deploy: names that derive, and what moved since it was made."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.migration import Migration, Step
from domain.release_plan import Plan, revision_name
from domain.service import Revision
from domain.traffic import split

FINGERPRINT = "0123456789abcdef"
STEM = "ali-0123456789"
MIGRATION = Migration("0003", "0004", (Step("0004", "0003", "", "SELECT 1;", ""),))
PLAN = Plan("image", "ali-2", "ali-1", split=split({"ali-1": 100}, {}), schema="0003")


def failed(name: str) -> Revision:
    return Revision(name, ready=False, failed=True)


@pytest.mark.parametrize(
    ("existing", "name"),
    [
        pytest.param([], STEM, id="none is there"),
        pytest.param([Revision(STEM, ready=True)], STEM, id="an earlier run made it"),
        pytest.param([Revision(STEM, ready=False)], STEM, id="an earlier run is still making it"),
        pytest.param([failed(STEM)], f"{STEM}-2", id="it failed"),
        pytest.param([failed(STEM), failed(f"{STEM}-2")], f"{STEM}-3", id="it failed twice"),
        pytest.param(
            [failed(STEM), Revision(f"{STEM}-2", ready=True)], f"{STEM}-2", id="the second attempt is up"
        ),
        pytest.param([failed("ali-ffffffffff")], STEM, id="another release failed"),
    ],
)
def test_a_revisions_name_derives_from_what_it_is_made_of(existing: list[Revision], name: str) -> None:
    assert revision_name("ali", FINGERPRINT, {revision.name: revision for revision in existing}) == name


@given(service=st.from_regex(r"[a-z]([a-z0-9-]{0,47}[a-z0-9])?", fullmatch=True), attempts=st.integers(0, 20))
def test_a_revisions_name_is_one_that_cloud_run_takes(service: str, attempts: int) -> None:
    existing: dict[str, Revision] = {}
    for _ in range(attempts):
        name = revision_name(service, FINGERPRINT, existing)
        existing[name] = failed(name)
    found = revision_name(service, FINGERPRINT, existing)
    assert found not in existing
    assert len(found) <= 63
    assert found.startswith(f"{service}-")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        pytest.param(PLAN, [], id="nothing"),
        pytest.param(replace(PLAN, secrets={"key": "2"}), [], id="what confirm does not look at"),
        pytest.param(
            replace(PLAN, baseline="ali-9", split=split({"ali-9": 100}, {})),
            ["the baseline was ali-1 and is ali-9", "the split was 100 % ali-1 and is 100 % ali-9"],
            id="another deploy was promoted",
        ),
        pytest.param(
            replace(PLAN, split=split({"ali-1": 50, "ali-0": 50}, {})),
            ["the split was 100 % ali-1 and is 50 % ali-0, 50 % ali-1"],
            id="someone split the traffic",
        ),
        pytest.param(replace(PLAN, schema="0004"), ["the schema was 0003 and is 0004"], id="the schema"),
        pytest.param(
            replace(PLAN, schema=""), ["the schema was 0003 and is none"], id="the schema was taken away"
        ),
        pytest.param(
            replace(PLAN, baseline="", split=None),
            ["the baseline was ali-1 and is none", "the split was 100 % ali-1 and is none"],
            id="the service was deleted",
        ),
    ],
)
def test_what_moved_since_the_plan_is_named(now: Plan, said: list[str]) -> None:
    assert PLAN.moved(now) == said


def test_a_split_written_in_another_order_has_not_moved() -> None:
    one = replace(PLAN, split=split({"ali-1": 50, "ali-0": 50}, {"qa": "ali-1"}))
    other = replace(PLAN, split=split({"ali-0": 50, "ali-1": 50}, {"qa": "ali-0"}))
    assert one.moved(other) == []


@pytest.mark.parametrize(
    ("plan", "nothing"),
    [
        pytest.param(replace(PLAN, unchanged=True), True, id="it serves already"),
        pytest.param(replace(PLAN, unchanged=True, migration=MIGRATION), False, id="the schema is behind"),
        pytest.param(PLAN, False, id="it is new"),
    ],
)
def test_nothing_is_to_do_where_revision_and_schema_are_as_asked(plan: Plan, nothing: bool) -> None:
    assert plan.nothing_to_do is nothing


@pytest.mark.parametrize(
    ("plan", "left"),
    [
        pytest.param(PLAN, False, id="no deploy died"),
        pytest.param(replace(PLAN, proven_schema="0003"), False, id="it died before it migrated"),
        pytest.param(replace(PLAN, proven_schema="0002"), True, id="it died after it migrated"),
        pytest.param(
            replace(PLAN, proven_schema="0002", broken="it errs"),
            False,
            id="a broken baseline proves nothing",
        ),
    ],
)
def test_a_deploy_that_died_may_have_left_a_schema_unproven(plan: Plan, left: bool) -> None:
    assert plan.left_schema is left


@pytest.mark.parametrize(
    ("plan", "begins"),
    [
        pytest.param(PLAN, False, id="the schema stays"),
        pytest.param(replace(PLAN, migration=MIGRATION), True, id="the schema will change"),
        pytest.param(
            replace(PLAN, migration=MIGRATION, broken="it errs"), False, id="there is no proof on it"
        ),
        pytest.param(
            replace(PLAN, migration=MIGRATION, proven_schema="0002"),
            False,
            id="what a deploy left comes first",
        ),
    ],
)
def test_the_baseline_is_proven_before_the_schema_changes(plan: Plan, begins: bool) -> None:
    assert plan.begins_on_baseline is begins


def test_a_broken_baseline_gets_no_canary_steps() -> None:
    assert list(PLAN.steps((5, 50))) == [5, 50]
    assert list(replace(PLAN, broken="it errs").steps((5, 50))) == []


def test_a_plan_without_a_baseline_is_a_first_deploy() -> None:
    assert replace(PLAN, baseline="").first
    assert not PLAN.first
