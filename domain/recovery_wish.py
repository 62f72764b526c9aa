"""A recovery as the operator asks for it: by which way, to what, and what they take upon them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Way(StrEnum):
    """How an environment is recovered."""

    FAILOVER = "failover"  # a replica is promoted
    SET = "set"  # a recovery set's backup, restored into a new instance
    INSTANT = "instant"  # the database as it was at an instant, in a new instance
    SEARCH = "search"  # the index alone: from a snapshot, then from the database

    @property
    def restores(self) -> bool:
        """Whether a new instance is made, out of a recovery point."""
        return self in {Way.SET, Way.INSTANT}

    @property
    def changes_database(self) -> bool:
        """Whether the service is given another database than it has."""
        return self is not Way.SEARCH


SAID = {
    Way.FAILOVER: "failover to a replica",
    Way.SET: "restore of a recovery set",
    Way.INSTANT: "restore to an instant",
    Way.SEARCH: "recovery of the search index",
}
OPTION = {
    Way.FAILOVER: "--failover",
    Way.SET: "--set ID",
    Way.INSTANT: "--at INSTANT",
    Way.SEARCH: "--search",
}


@dataclass(frozen=True)
class Wish:
    """What is wanted. `set_id` and `replica` may be empty: then the best there is."""

    way: Way
    set_id: str = ""
    at: datetime | None = None
    replica: str = ""
    accept_loss: bool = False  # more than the objective, or what cannot be told
    fenced_by_hand: bool = False  # the operator's word that the old primary takes no write
