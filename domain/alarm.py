"""An alarm that lasts: one message for it all, which says since when, and a new one each day.

A new message each time would be a hundred a day, which nobody reads; one alone would be forgotten.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain import wording
from domain.messages import Message
from domain.strict_json import instant, iso, members, text, texts

AGAIN = timedelta(days=1)  # after which it is said anew


@dataclass(frozen=True)
class Alarm:
    """An alarm that rings: since when, what about, and the message that says so now."""

    began_at: datetime
    said_at: datetime
    message: str  # by which its message is found
    what: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "began_at": iso(self.began_at),
            "said_at": iso(self.said_at),
            "message": self.message,
            "what": list(self.what),
        }


def alarm_from_json(value: Any) -> Alarm:
    """ValueError for what is none."""
    found = members(value, "an alarm", ("began_at", "said_at", "message", "what"))
    return Alarm(
        instant(found["began_at"], "began_at"),
        instant(found["said_at"], "said_at"),
        text(found["message"], "message"),
        texts(found["what"], "what"),
    )


def rings(before: Alarm | None, what: Sequence[str], now: datetime, new: str) -> Alarm:
    """The alarm about `what`: the one before, going on; or a new message, under the name `new`."""
    if before is None:
        return Alarm(now, now, new, tuple(what))
    if now - before.said_at >= AGAIN:
        return Alarm(before.began_at, now, new, tuple(what))
    return Alarm(before.began_at, before.said_at, before.message, tuple(what))


def difference(before: Alarm | None, alarm: Alarm) -> str:
    """What a thread is told; the empty text where nothing has changed."""
    if before is None or before.what == alarm.what:
        return ""
    more = [each for each in alarm.what if each not in before.what]
    less = [each for each in before.what if each not in alarm.what]
    parts = [f"now too: {wording.listed(more)}"] if more else []
    parts += [f"no longer: {wording.listed(less)}"] if less else []
    return "; ".join(parts)


def ringing(alarm: Alarm, title: str, reasons: Sequence[str], now: datetime, runbook: str) -> Message:
    """The message while it rings."""
    since = wording.age(now - alarm.began_at)
    head = (
        f":rotating_light: *not fresh* for {since}"
        if now - alarm.began_at >= timedelta(minutes=1)
        else (":rotating_light: *not fresh*")
    )
    context = f"since {alarm.began_at:%Y-%m-%d %H:%M} UTC, looked at {now:%H:%M} UTC; what to do: {runbook}"
    return _message(alarm, title, "\n".join([head, *(f"• {reason}" for reason in reasons)]), context)


def over(alarm: Alarm, title: str, now: datetime) -> Message:
    """The message once it is over."""
    lasted = wording.age(now - alarm.began_at)
    context = f"since {alarm.began_at:%Y-%m-%d %H:%M} UTC, until {now:%Y-%m-%d %H:%M} UTC"
    return _message(alarm, title, f":white_check_mark: all is *fresh again*, after {lasted}", context)


def _message(alarm: Alarm, title: str, told: str, context: str) -> Message:
    return Message(title, told, context, (), run=alarm.message, since=alarm.said_at)
