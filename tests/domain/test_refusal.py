"""Refusals tell every problem at once, each with what to do."""

import pytest

from domain.refusal import Problem, Refused, refuse


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        pytest.param(
            refuse("ali: no such service", "deploy it"), "ali: no such service: deploy it", id="one"
        ),
        pytest.param(
            Refused([Problem("a", "do b"), Problem("c", "do d")]),
            "a: do b\nc: do d",
            id="every one, in order",
        ),
        pytest.param(Refused(iter([Problem("a", "do b")])), "a: do b", id="from an iterator"),
    ],
)
def test_a_refusal_says_every_problem_with_its_remedy(refusal: Refused, said: str) -> None:
    assert str(refusal) == said
    assert "\n".join(str(problem) for problem in refusal.problems) == said
