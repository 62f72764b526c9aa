"""The instant to which somebody wants a database brought back, and what is wrong with it."""

from datetime import datetime

from domain.recovery_set import Window
from domain.refusal import Problem


def instant_problems(at: datetime, now: datetime, window: Window | None = None) -> list[Problem]:
    """Why a database cannot be brought back to that instant, as far as can be told before it is tried; by the
    recovery window too, where it is given."""
    if at.utcoffset() is None:
        return [Problem(f"{at}: it has no time zone", f"write {at.isoformat()}Z, if it is UTC")]
    if at > now:
        return [Problem(f"{at.isoformat()}: it is in the future", "name an instant that has been")]
    if window and not window.earliest_at <= at <= window.latest_at:
        side = "after" if at > window.latest_at else "before"
        return [Problem(f"{at.isoformat()}: it is {side} the recovery window", within(window))]
    return []


def within(window: Window | None) -> str:
    """What to do about an instant that cannot be reached."""
    if window is None:
        return "there is no recovery window (yet): wait until the first backup beside the log is archived"
    return (
        f"name an instant from {window.earliest_at.isoformat()} to {window.latest_at.isoformat()}, "
        "which is the recovery window now"
    )
