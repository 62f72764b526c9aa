"""The retention of one object (https://cloud.google.com/storage/docs/object-lock).

Texts as the service was seen to answer in September 2026.
"""

from datetime import datetime
from typing import Any

from sandbox.kernel.clock import instant, stamp_ms
from sandbox.kernel.errors import ReasonError
from sandbox.kernel.state import Document
from sandbox.storage.errors import invalid

MODES = ("Unlocked", "Locked")
FIELDS = ("mode", "retainUntilTime")
UNLOCKED = (
    "The unlocked object retention cannot be removed and its retention period cannot be shortened "
    "without overriding unlocked retention intent and permission."
)
LOCKED = (
    "The locked object retention cannot be removed. Its retention mode cannot be changed and its "
    "retention period cannot be shortened."
)
NOT_A_TIME = (
    "Parse Error: Invalid value for type.googleapis.com/google.protobuf.Timestamp field: 'Field "
    "'retainUntilTime', Illegal timestamp format; timestamps must end with 'Z' or have a valid timezone "
    "offset.'."
)


def changed(
    old: Document | None, asked: Any, *, enabled: bool, override: bool, at: datetime
) -> Document | None:
    """The retention that the object has then, or None.

    Extending it is free. Shortening, removing or locking an unlocked one takes the override; a locked one
    can only be extended. `enabled`: whether the bucket admits retention of objects.
    """
    if asked == {}:
        return old
    if asked is None or all(name in asked and asked[name] is None for name in FIELDS):
        if old:
            _check_override(old, override=override)
        return None
    wanted = first(asked, enabled=enabled, at=at)
    if old:
        shortened = instant(wanted["retainUntilTime"]) < instant(old["retainUntilTime"])
        if shortened or wanted["mode"] != old["mode"]:
            _check_override(old, override=override)
    return wanted


def first(asked: Any, *, enabled: bool, at: datetime) -> Document:
    """That of an object without one; 400 when it is not one that may be set."""
    if not enabled:
        raise invalid("Object retention is not enabled on the bucket.")
    mode, until = (asked.get(name) for name in FIELDS)
    both = "Both mode and retain until time are required."
    if mode is None:
        raise invalid(f"Missing retention mode. {both}")
    if until is None:
        raise invalid(f"Missing retain until time. {both}")
    if mode not in MODES:
        raise invalid(f"Invalid value for: {mode} is not a valid value")
    try:
        until_at = instant(until)
    except ValueError as error:
        raise invalid(NOT_A_TIME) from error
    if until_at <= at:
        raise invalid("Retain until time cannot be in the past.")
    return {"mode": mode, "retainUntilTime": stamp_ms(until_at)}


def check_with_hold(fields: Document) -> None:
    """400 for an object that is to have both a retention and an event-based hold."""
    if fields.get("retention") and fields.get("eventBasedHold"):
        raise invalid("Retention and event based holds cannot be configured together.")


def _check_override(old: Document, *, override: bool) -> None:
    if old["mode"] == "Locked":
        raise ReasonError(403, "forbidden", LOCKED)
    if not override:
        raise ReasonError(403, "forbidden", UNLOCKED)
