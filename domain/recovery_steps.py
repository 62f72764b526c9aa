"""What a recovery does, step by step, as its plan tells it."""

from datetime import datetime

from domain.recovery_facts import Facts
from domain.recovery_wish import Way


def steps(way: Way, old: str, new: str, set_id: str, at: datetime | None) -> tuple[str, ...]:
    """Until users are served: from fencing `old` to all traffic on `new`."""
    if way is Way.SEARCH:
        lost = f"restore what is missing of the indices from the snapshot of {set_id}; what is there stays"
        return (
            *([lost] if set_id else []),
            "bring the index to what the database says, where there is a job for it (reindex)",
            "see that the service serves: ten passes in a row",
        )
    brought = {
        Way.FAILOVER: f"promote {new}; it takes backups from then on",
        Way.SET: f"restore the backup of {set_id} into a new instance, {new}",
        Way.INSTANT: f"bring {old} as it was at {clock(at)} into a new instance, {new}",
    }[way]
    return (
        f"fence {old}: stop it, and see that it takes no write",
        brought,
        f"re-point the logins to {new}, with new passwords"
        + ("; all others of its logins get passwords that nobody knows" if way.restores else ""),
        "re-point the service by a new revision: at 0 %, smoked, then all traffic, then smoked there",
    )


def in_the_end(facts: Facts, way: Way) -> tuple[str, ...]:
    """While users are served already."""
    if not way.changes_database or not facts.reindexes:
        return ()
    return ("bring the index to what the database says now (reindex)",)


def clock(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else "the latest instant"
