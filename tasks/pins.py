"""Pins: somebody's word that a set is kept, noted where its state is."""

from dataclasses import replace
from datetime import UTC, datetime

from clients.environment import Environment
from domain.expiry_report import stamp
from domain.recovery_set import Pin, RecoverySet
from domain.refusal import refuse
from tasks.catalogue import change_set


def pin_set(env: Environment, set_id: str, pin: Pin) -> RecoverySet:
    """Note the pin, in place of one by the same person for the same reason. May be called again.

    Raises:
        Refused: there is no such set, its deletion has begun, or the pin would have ended already.
    """
    if pin.until <= datetime.now(UTC):
        raise refuse(
            f"{set_id}: the pin would have ended on {stamp(pin.until)}", "write an end to come: --until 90d"
        )

    def pinned(each: RecoverySet) -> RecoverySet:
        if each.deleting:
            raise refuse(
                f"{each.id}: its deletion has begun", f"pin another: muster sets {env.name} lists them"
            )
        others = tuple(one for one in each.pins if (one.who, one.why) != (pin.who, pin.why))
        return replace(each, pins=(*others, pin))

    return change_set(env, set_id, pinned).set


def unpin_set(env: Environment, set_id: str, who: str = "") -> tuple[list[Pin], list[Pin]]:
    """Take back that person's pins, or everybody's; those that were lifted, and those that are left.

    Raises:
        Refused: there is no such set.
    """
    before: list[Pin] = []

    def unpinned(each: RecoverySet) -> RecoverySet:
        before[:] = each.pins
        return replace(each, pins=tuple(pin for pin in each.pins if who not in {"", pin.who}))

    left = change_set(env, set_id, unpinned).set.pins
    return [pin for pin in before if pin not in left], list(left)
