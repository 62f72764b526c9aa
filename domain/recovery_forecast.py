"""What a recovery is predicted to lose, to take and to cost."""

from datetime import datetime, timedelta

from domain import wording
from domain.loss import Unmeasurable
from domain.recovery_facts import Facts
from domain.recovery_wish import Way

Forecast = tuple[timedelta | Unmeasurable, str]  # a loss, and how it is known


def behind(facts: Facts, holds_until: datetime | None, who: str) -> Forecast:
    """What was written last, less what is held."""
    if holds_until is None:
        return Unmeasurable(f"what is held cannot be told: {who}".rstrip(": ")), "it cannot be told"
    loss = max(facts.newest_at - holds_until, timedelta(0))
    if facts.acknowledged_at:
        since = wording.length(facts.now - facts.newest_at)
        newest = f"{facts.acknowledged_at:%Y-%m-%dT%H:%M:%SZ}, {since} ago"
        return loss, f"by the ledger: the newest acknowledged write was {newest}"
    why = "its ledger is empty" if facts.heartbeat else "there is no heartbeat"
    return loss, f"at most: what was written last is not known, as {why}"


def takes(facts: Facts, way: Way) -> str:
    past = facts.past.get(way, ())
    if not past:
        return "no drill of this way has told yet"
    least, most = wording.length(min(past)), wording.length(max(past))
    span = least if least == most else f"{least} to {most}"
    return f"{span}, by {wording.counted(len(past), 'past drill')}"


def cost(facts: Facts, size: int | None) -> str:
    """What the new instance costs while both are there."""
    if facts.prices is None:
        return "a second instance like the first, until the old one is deleted"
    hour, gigabyte = facts.prices.hour, facts.prices.gigabyte
    restored = f", and {gigabyte * size / 1e9:.2f} for what is restored" if size else ""
    return f"{hour:.2f} an hour for a second instance, until the old one is deleted{restored}"
