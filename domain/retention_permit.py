"""When a retention plan is not to be applied, not even a part of it."""

from collections.abc import Iterator

from domain import wording
from domain.refusal import Problem
from domain.retention import Plan

NAMED = 3  # of what could not be read, in one sentence


def permit_apply(plan: Plan) -> list[Problem]:
    """What forbids to apply it; empty when nothing does."""
    return [*_unread(plan), *_too_few_proven(plan), *_too_many_at_once(plan)]


def _unread(plan: Plan) -> Iterator[Problem]:
    """What could not be read may share parts with what expires, or be what should be kept."""
    if not plan.unread:
        return
    more = len(plan.unread) - NAMED
    named = [*plan.unread[:NAMED], *([f"{wording.count(more)} more"] if more > 0 else [])]
    yield Problem(
        f"the catalogue could not be read fully: {wording.listed(named)}",
        "mend what could not be read, and plan again",
    )


def _too_few_proven(plan: Plan) -> Iterator[Problem]:
    left = sum(decision.set.proven for decision in plan.keep)
    floor = plan.policy.minimum_proven
    if plan.expire and left < floor:
        yield Problem(
            f"the plan leaves {wording.counted(left, 'proven set')} of the {floor} that must be left",
            "let a restore drill prove a newer set, and plan again",
        )


def _too_many_at_once(plan: Plan) -> Iterator[Problem]:
    """Of all sets, and of those that can be restored: many incomplete ones must not hide how few others stay.

    Locked ones are aside: they cannot be deleted yet, and would forbid every plan until they can.
    """
    going = [
        decision.set
        for decision in plan.expire
        if decision.set.locked_until is None or decision.set.locked_until <= plan.made_at
    ]
    known, most = plan.sets, plan.policy.most_percent
    for noun, part, whole in (
        ("set", len(going), len(known)),
        (
            "restorable set",
            sum(each.restorable for each in going),
            sum(each.restorable for each in known),
        ),
    ):
        if part * 100 > most * whole:
            yield Problem(
                f"the plan deletes {wording.count(part)} of {wording.counted(whole, noun)} "
                f"({wording.share(part, whole)}), and at once at most {most} % may be",
                "look at clock, policy and catalogue; if it is meant, raise most_percent for one run",
            )
            return
