"""What a recovery goes by: the replica, the set, the instant; or why there is none that would do."""

from datetime import datetime

from domain import wording
from domain.database_instance import RUNNABLE
from domain.recovery_facts import Facts, Replica
from domain.recovery_set import Kind, RecoverySet, State
from domain.refusal import Problem


def chosen_replica(facts: Facts, wanted: str) -> Replica | Problem:
    """The replica that is named, or the one that holds most."""
    if not facts.replicas:
        return Problem(
            f"{facts.database}: it has no replica to promote",
            f"restore it: muster recover {facts.environment} --at INSTANT, or --set ID",
        )
    if wanted:
        found = [each for each in facts.replicas if each.name == wanted]
        names = wording.listed([each.name for each in facts.replicas])
        if not found:
            return Problem(f"{wanted}: it is no replica of {facts.database}", f"name one of {names}")
    else:
        found = [each for each in facts.replicas if each.state == RUNNABLE] or list(facts.replicas)
    chosen = max(found, key=lambda each: (each.holds_until is not None, each.holds_until or facts.now))
    if chosen.state != RUNNABLE:
        return Problem(
            f"{chosen.name}: it is {chosen.state}, so it cannot be promoted",
            f"wait until it is {RUNNABLE}, or restore: muster recover {facts.environment} --at INSTANT",
        )
    return chosen


def chosen_set(facts: Facts, set_id: str) -> RecoverySet | Problem:
    """The set of that id, or the newest that can be restored."""
    if set_id:
        found = next((each for each in facts.sets if each.id == set_id), None)
        if found is None:
            return Problem(
                f"{set_id}: {facts.environment} has no such recovery set",
                f"see which there are: muster sets {facts.environment}",
            )
        if found.deleting:
            return Problem(f"{set_id}: it is being deleted", "name another (muster sets)")
        if found.state is State.INCOMPLETE:
            return Problem(f"{set_id}: it is incomplete, so it counts nowhere", "name another (muster sets)")
        return found
    whole = [each for each in facts.sets if each.restorable and each.part(Kind.DATABASE)]
    if not whole:
        return Problem(
            f"{facts.environment}: there is no recovery set that can be restored",
            f"try an instant: muster recover {facts.environment} --at INSTANT",
        )
    return max(whole, key=lambda each: each.taken_at)


def chosen_instant(facts: Facts, wanted: datetime | None) -> datetime | Problem:
    """The instant that is named, or the latest there is; within the recovery window."""
    window = facts.window
    if window is None:
        return Problem(
            f"{facts.database}: it has no recovery window, so it cannot go back to an instant",
            f"restore a set: muster recover {facts.environment} --set ID",
        )
    at = wanted or window.latest_at
    if at < window.earliest_at:
        return Problem(
            f"{at:%Y-%m-%d %H:%M:%S} UTC is before the recovery window, which begins at "
            f"{window.earliest_at:%Y-%m-%d %H:%M:%S} UTC",
            f"name a later instant, or a set from before: muster sets {facts.environment}",
        )
    if at > window.latest_at:
        return Problem(
            f"{at:%Y-%m-%d %H:%M:%S} UTC is after the recovery window, which ends at "
            f"{window.latest_at:%Y-%m-%d %H:%M:%S} UTC",
            "name an instant within it; its end trails what is written by some minutes",
        )
    return at
