"""What retention is asked for. A policy that makes no sense cannot be built."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from domain import wording
from domain.refusal import Problem, Refused

SHORTEST = timedelta(days=1)


@dataclass(frozen=True)
class Policy:
    """Which recovery sets are kept. Each rule keeps; none takes away what another keeps.

    Raises:
        Refused: with every problem, and what to write instead.
    """

    all_for: timedelta = timedelta(days=30)  # before the newest set: see `retention.plan`
    weekly: int = 8  # the newest set of each of so many weeks that have one
    monthly: int = 12
    yearly: int = 2
    minimum: int = 3  # of sets that can be restored, however old
    minimum_proven: int = 1  # the floor: a plan that leaves fewer is not applied
    maximum: int | None = None  # `all_for` and the periods look at no more sets than these, the newest
    grace: timedelta = timedelta(days=1)  # between the mark and the deletion
    most_percent: int = 50  # of the sets, that one plan may delete

    def __post_init__(self) -> None:
        problems = tuple(_problems(self))
        if problems:
            raise Refused(problems)


def _problems(policy: Policy) -> Iterator[Problem]:
    if policy.all_for < SHORTEST:
        yield Problem(
            f"retention: all sets are kept for {wording.length(policy.all_for)}",
            "keep them for a day or more: all_for: 30d",
        )
    for name in ("weekly", "monthly", "yearly"):
        count = getattr(policy, name)
        if count < 0:
            yield Problem(f"retention: {name} is {count}", f"write 0 for none, or more: {name}: 4")
    for name, floor in (("minimum", policy.minimum), ("minimum_proven", policy.minimum_proven)):
        if floor < 1:
            yield Problem(
                f"retention: {name} is {floor}, and a vault may be emptied", f"write 1 or more: {name}: 1"
            )
        elif policy.maximum is not None and floor > policy.maximum:
            yield Problem(
                f"retention: {name} ({floor}) is above maximum ({policy.maximum})",
                f"write a maximum of {floor} or more, or none",
            )
    if policy.maximum is not None and policy.maximum < 1:
        yield Problem(f"retention: maximum is {policy.maximum}", "write 1 or more, or none for no maximum")
    if policy.grace <= timedelta(0):
        yield Problem(
            "retention: without a grace no deletion can be undone", "write a length of time: grace: 1d"
        )
    if not 1 <= policy.most_percent <= 100:
        yield Problem(
            f"retention: most_percent is {policy.most_percent}",
            "write a percentage from 1 to 100: most_percent: 50",
        )
