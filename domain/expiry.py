"""What is to be done next about each set of a retention plan: in two phases, and so that it may end anywhere.

A set that expires is marked, and deleted when a grace is over; whatever keeps it until then lifts the mark.
Before the first of its parts goes, it is noted that its deletion has begun: nothing may count on it any more.
Its manifest, by which it is found, goes last. So the next run finishes what one that was killed has left.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.recovery_set import RecoverySet
from domain.refusal import Refused
from domain.retention import Decision, Plan
from domain.retention_permit import permit_apply


@dataclass(frozen=True, slots=True)
class Unmark:
    """The set is kept again."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The set expires: from that instant it may be deleted."""

    id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing can be done about the set before that instant; None where it is not known."""

    id: str
    until: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class BeginDeletion:
    """Note on the set that its deletion has begun: nothing undoes it from there.

    To be written over just what the plan was made from: a pin that came since must not be overlooked.
    """

    id: str


@dataclass(frozen=True, slots=True)
class DeletePart:
    """Delete what no other set needs. What is gone already is gone."""

    id: str
    what: str
    reference: str


@dataclass(frozen=True, slots=True)
class SparePart:
    """Leave what another set needs: it goes with the last that does."""

    id: str
    what: str
    reference: str
    needed_by: str


@dataclass(frozen=True, slots=True)
class DeleteManifest:
    """The last of a set: its manifest, or the draft of one that was never complete."""

    id: str


Step = Unmark | Mark | Wait | BeginDeletion | DeletePart | SparePart | DeleteManifest


def steps(plan: Plan, now: datetime) -> list[Step]:
    """All that can be done now, in order: what lifts marks, what sets them, then set by set what deletes.

    Raises:
        Refused: the plan is not to be applied, see `permit_apply`.
    """
    problems = permit_apply(plan)
    if problems:
        raise Refused(problems)
    unmarked: list[Step] = [
        Unmark(decision.set.id, decision.reasons[0]) for decision in plan.keep if decision.set.expires_at
    ]
    due, later = [], []
    for decision in reversed(plan.expire):  # the oldest first
        step = _before_deletion(decision, plan, now)
        if step:
            later.append(step)
        else:
            due.append(decision.set)
    return [*unmarked, *later, *_deletions(plan, due)]


def _before_deletion(decision: Decision, plan: Plan, now: datetime) -> Step | None:
    """What comes before the set can be deleted; None when nothing does any more."""
    each, grace = decision.set, plan.policy.grace
    if not each.deleting:
        if each.expires_at is None or each.expires_at > now + grace:  # that one was set by a clock ahead
            return Mark(each.id, now + grace)
        if each.expires_at > now:
            return Wait(each.id, each.expires_at, "marked to expire")
    if each.locked_until and each.locked_until > now:
        return Wait(each.id, each.locked_until, "retention lock")
    for wanted in (*each.holds, *each.used_by):  # of one whose deletion has begun, as any other is kept
        return Wait(each.id, None, wanted)
    return None


def _deletions(plan: Plan, due: list[RecoverySet]) -> Iterator[Step]:
    """A part goes with the last set that refers to it, in whatever state that one is."""
    if not due:
        return
    needed: defaultdict[str, dict[str, None]] = defaultdict(dict)  # by whom, the newest first
    parts = {each.id: tuple(each.deletable()) for each in plan.sets}
    for owner, own in parts.items():
        for _, reference in own:
            needed[reference][owner] = None
    for each in due:
        if not each.deleting:
            yield BeginDeletion(each.id)
        for what, reference in parts[each.id]:
            del needed[reference][each.id]
            if needed[reference]:
                yield SparePart(each.id, what, reference, next(iter(needed[reference])))
            else:
                yield DeletePart(each.id, what, reference)
        yield DeleteManifest(each.id)
