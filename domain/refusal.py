"""Saying no before anything is touched: every problem at once, each with what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the way: what it is, and what to do next."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}: {self.remedy}"


class Refused(Exception):
    """Nothing was touched, and this is why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def refuse(what: str, remedy: str) -> Refused:
    """A refusal for one problem."""
    return Refused([Problem(what, remedy)])
