"""Work on a Cloud SQL instance, from its turn to its end. An operation that is DONE may carry an error."""

from collections.abc import Callable
from datetime import timedelta

from clients.environment import Environment
from clients.sql_operations import Operation, list_operations, read_operation
from tasks.turns import in_turn
from tasks.waiting import CLOSELY, wait_for

Keep = Callable[[], None]


class WorkFailed(Exception):
    """Cloud SQL did not carry out what it was asked for."""


def work(
    env: Environment, instance: str, what: str, call: Callable[[], str], *, keep: Keep, within: timedelta
) -> None:
    """Make a call that begins an operation on that instance, when it is the call's turn, and see it through.

    `what` says so, such as `drill-1: its deletion`. The call tells the operation's name, or nothing where
    there was nothing (more) to do: then what is under way on the instance is seen through.

    Raises:
        WorkFailed: it ended with an error.
        Unavailable: its turn, or its end, did not come in time.
    """
    operation = in_turn(instance, call, keep)
    see_through(env, instance, what, operation, keep=keep, within=within)


def see_through(
    env: Environment, instance: str, what: str, operation: str, *, keep: Keep, within: timedelta
) -> None:
    """Wait until that operation has ended; without a name, until nothing is under way on the instance.

    Raises:
        WorkFailed, Unavailable: as for `work`.
    """
    seen: dict[str, Operation] = {}

    def ended() -> bool | None:
        if operation:
            found = read_operation(env, operation)
            seen.update({operation: found} if found else {})
            return True if found is None or found.ended else None
        listed = list_operations(env, instance=instance)
        seen.update({each.name: each for each in listed if not each.ended or each.name in seen})
        return None if any(not each.ended for each in listed) else True

    wait_for(ended, within, what, keep, growth=CLOSELY)
    errors = [each.error for each in seen.values() if each.error]
    if errors:
        raise WorkFailed(f"{what}: it failed: {'; '.join(errors)}")
