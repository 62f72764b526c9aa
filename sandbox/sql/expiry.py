"""When a backup expires: asked for as an instant, or as a number of days."""

from datetime import datetime, timedelta

from sandbox.kernel.clock import instant, stamp_ms
from sandbox.kernel.state import Document
from sandbox.sql import errors

LONGEST = 365  # days


def expiry(asked: Document, now: datetime) -> str:
    """The instant, by an expiryTime or by ttlDays; empty where neither is given.

    ReasonError (400) for both, for what lies in the past, or more than 365 days ahead; texts unverified.
    """
    days, at = asked.get("ttlDays"), asked.get("expiryTime")
    if days is not None and at:
        raise errors.invalid("only one of ttlDays and expiryTime can be set.")
    if days is not None:
        if not 1 <= int(days) <= LONGEST:
            raise errors.invalid(f"ttlDays {days} is not between 1 and {LONGEST}.")
        return stamp_ms(now + timedelta(days=int(days)))
    if not at:
        return ""
    try:
        found = instant(at)
    except ValueError as error:
        raise errors.invalid(f"expiryTime: {error}") from error
    if not now < found <= now + timedelta(days=LONGEST):
        raise errors.invalid(f"expiryTime {at} is not within the next {LONGEST} days.")
    return stamp_ms(found)
