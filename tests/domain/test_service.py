"""What a service tells of itself: its baseline, whose trial it is on, and whether it is healthy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusal import Problem
from domain.service import (
    PREFIX,
    UNPROVEN,
    Mark,
    Revision,
    Service,
    baseline_of,
    mark_on,
    never_proven,
    others_annotations,
    unready,
)
from domain.traffic import CANARY, Split, split

READY = {name: Revision(name, ready=True) for name in ("a-1", "a-2", "a-3")}
ON_TRIAL = {"muster/baseline": "a-1", "muster/deploy": "20261122-141503-1a2b3c", "muster/lease": "5f"}


def service(
    served: Split | None, annotations: dict[str, str] | None = None, *, settled: bool = True
) -> Service:
    return Service("ali", "https://ali", "e1", served, served, settled, annotations=annotations or {})


ALONE = split({"a-1": 100}, {})
SPLIT = split({"a-1": 90, "a-2": 10}, {CANARY: "a-2"})


@pytest.mark.parametrize(
    ("found", "baseline"),
    [
        pytest.param(service(ALONE), "a-1", id="the one with all traffic"),
        pytest.param(service(SPLIT, ON_TRIAL), "a-1", id="the marked one while a canary has a share"),
        pytest.param(
            service(split({"a-2": 100}, {}), ON_TRIAL), "a-1", id="the marked one though the canary has all"
        ),
        pytest.param(service(None, ON_TRIAL), "a-1", id="the marked one though nothing is served"),
    ],
)
def test_the_baseline_is_known(found: Service, baseline: str) -> None:
    assert baseline_of(found) == baseline


@pytest.mark.parametrize(
    ("found", "what"),
    [
        pytest.param(
            service(SPLIT),
            "ali: its traffic is split (90 % a-1, 10 % a-2), and no deploy's mark says which is the baseline",
            id="two revisions and no mark",
        ),
        pytest.param(service(None), "ali: no revision has its traffic", id="nothing is served"),
    ],
)
def test_a_baseline_that_cannot_be_told_is_a_problem(found: Service, what: str) -> None:
    problem = baseline_of(found)
    assert isinstance(problem, Problem)
    assert problem.what == what


@pytest.mark.parametrize(
    ("annotations", "mark"),
    [
        pytest.param({}, None, id="no annotations"),
        pytest.param({"team": "search"}, None, id="others' annotations"),
        pytest.param({UNPROVEN: "a-1"}, None, id="a first release"),
        pytest.param({"muster/deploy": "x", "muster/lease": "y"}, None, id="no baseline to go back to"),
        pytest.param(ON_TRIAL, Mark("a-1", "20261122-141503-1a2b3c", "5f"), id="no schema"),
        pytest.param(
            {"muster/baseline": "a-1", "muster/schema": "0003"}, Mark("a-1", "", "", "0003"), id="half a mark"
        ),
    ],
)
def test_a_mark_needs_a_baseline(annotations: dict[str, str], mark: Mark | None) -> None:
    assert mark_on(service(ALONE, annotations)) == mark


WORDS = st.text("abc-123", max_size=8)


@given(baseline=st.text("abc-123", min_size=1), deploy=WORDS, lease=WORDS, schema=WORDS)
def test_a_mark_is_read_as_it_was_written(baseline: str, deploy: str, lease: str, schema: str) -> None:
    mark = Mark(baseline, deploy, lease, schema)
    assert mark_on(service(ALONE, mark.annotations())) == mark


@given(others=st.dictionaries(st.sampled_from(["team", "owner", "mustering"]), WORDS))
def test_annotations_of_others_are_told_from_ours(others: dict[str, str]) -> None:
    mixed = {**others, **ON_TRIAL, UNPROVEN: "a-1"}
    assert others_annotations(service(ALONE, mixed)) == others
    assert all(name.startswith(PREFIX) for name in mixed.keys() - others.keys())


@pytest.mark.parametrize(
    ("found", "never"),
    [
        pytest.param(service(ALONE), False, id="one that serves"),
        pytest.param(service(ALONE, {UNPROVEN: "a-1"}), True, id="a first release that was not smoked"),
        pytest.param(service(None), True, id="one that never served"),
    ],
)
def test_a_service_is_proven_by_its_first_release(found: Service, never: bool) -> None:
    assert never_proven(found) is never


FAILED = Revision("a-2", ready=False, failed=True, reason="it did not listen")


@pytest.mark.parametrize(
    ("served", "revisions", "said"),
    [
        pytest.param(ALONE, READY, [], id="the one with all traffic is ready"),
        pytest.param(ALONE, {**READY, "a-2": FAILED}, [], id="the newest crashed and has no traffic"),
        pytest.param(
            split({"a-1": 100}, {CANARY: "a-2"}), {**READY, "a-2": FAILED}, [], id="a tag without traffic"
        ),
        pytest.param(
            SPLIT,
            {**READY, "a-2": FAILED},
            ["ali: a-2 has 10 % of the traffic and is not ready (it did not listen)"],
            id="a tenth of the users meet a failed one",
        ),
        pytest.param(
            ALONE, {}, ["ali: a-1 has 100 % of the traffic and is not ready"], id="a revision that is gone"
        ),
        pytest.param(
            ALONE,
            {"a-1": Revision("a-1", ready=False)},
            ["ali: a-1 has 100 % of the traffic and is not ready"],
            id="one still starting",
        ),
        pytest.param(None, READY, [], id="nothing is served"),
    ],
)
def test_a_service_is_healthy_when_whatever_has_traffic_is_ready(
    served: Split | None, revisions: dict[str, Revision], said: list[str]
) -> None:
    assert [problem.what for problem in unready(service(served), revisions)] == said


@pytest.mark.parametrize(
    ("served", "settled", "done"),
    [
        pytest.param(ALONE, True, True, id="in force"),
        pytest.param(ALONE, False, False, id="in force with work under way"),
        pytest.param(SPLIT, True, False, id="another split"),
        pytest.param(None, True, False, id="nothing is served"),
    ],
)
def test_a_split_is_in_force_when_it_is_served_and_nothing_is_under_way(
    served: Split | None, settled: bool, done: bool
) -> None:
    assert service(served, settled=settled).done(ALONE) is done
