"""Policies that make no sense are refused before anything starts, with what to write instead."""

from datetime import timedelta
from typing import Any

import pytest

from domain.refusal import Refused
from domain.retention_policy import Policy

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("fields", "what", "remedy"),
    [
        pytest.param(
            {"all_for": timedelta(0)}, "all sets are kept for 0 s", "all_for: 30d", id="no days at all"
        ),
        pytest.param({"all_for": -30 * DAY}, "all sets are kept for", "all_for: 30d", id="days to come"),
        pytest.param({"weekly": -1}, "weekly is -1", "weekly: 4", id="fewer than no weeks"),
        pytest.param({"monthly": -1}, "monthly is -1", "monthly: 4", id="fewer than no months"),
        pytest.param({"yearly": -1}, "yearly is -1", "yearly: 4", id="fewer than no years"),
        pytest.param(
            {"minimum": 0}, "minimum is 0, and a vault may be emptied", "1 or more", id="no minimum"
        ),
        pytest.param(
            {"minimum_proven": 0},
            "minimum_proven is 0, and a vault may be emptied",
            "1 or more",
            id="no floor of proven sets",
        ),
        pytest.param(
            {"minimum": 8, "maximum": 5},
            "minimum (8) is above maximum (5)",
            "write a maximum of 8 or more, or none",
            id="a minimum above the maximum",
        ),
        pytest.param(
            {"minimum_proven": 8, "maximum": 5},
            "minimum_proven (8) is above maximum (5)",
            "write a maximum of 8 or more, or none",
            id="a floor above the maximum",
        ),
        pytest.param({"grace": timedelta(0)}, "no deletion can be undone", "grace: 1d", id="no grace"),
        pytest.param({"most_percent": 0}, "most_percent is 0", "1 to 100", id="a share of nothing"),
        pytest.param({"most_percent": 101}, "most_percent is 101", "1 to 100", id="more than all"),
    ],
)
def test_refused_with_what_to_do(fields: dict[str, Any], what: str, remedy: str) -> None:
    with pytest.raises(Refused) as refused:
        Policy(**fields)
    (problem,) = refused.value.problems
    assert problem.what.startswith("retention: ")
    assert what in problem.what
    assert remedy in problem.remedy


def test_a_maximum_of_nothing_is_above_no_minimum() -> None:
    with pytest.raises(Refused) as refused:
        Policy(minimum=1, maximum=0)
    assert [problem.what for problem in refused.value.problems] == [
        "retention: minimum (1) is above maximum (0)",
        "retention: minimum_proven (1) is above maximum (0)",
        "retention: maximum is 0",
    ]


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(Refused) as refused:
        Policy(all_for=timedelta(0), weekly=-1, minimum=0, minimum_proven=0, most_percent=0)
    assert len(refused.value.problems) == 5


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="the defaults"),
        pytest.param({"minimum": 5, "maximum": 5}, id="a minimum as high as the maximum"),
        pytest.param({"all_for": DAY, "weekly": 0, "monthly": 0, "yearly": 0}, id="a day and nothing more"),
    ],
)
def test_built(fields: dict[str, Any]) -> None:
    Policy(**fields)


def test_the_defaults_are_those_that_were_promised() -> None:
    policy = Policy()
    assert (policy.all_for, policy.minimum_proven) == (30 * DAY, 1)
    assert (policy.grace, policy.most_percent) == (DAY, 50)
