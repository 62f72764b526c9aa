"""The instants of a recovery, by one clock: from the last good answer before the loss to the end of checks.

T0 to T8, after the definitions of docs/glossary.md. What did not happen, or was not seen, is absent.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Moment(StrEnum):
    """In the order in which they come."""

    LAST_GOOD = "T0"  # the last good answer to a user before the loss
    DETECTED = "T1"
    DECLARED = "T2"  # or approved
    FENCED = "T3"  # the old primary takes no write any more
    BEGUN = "T4"  # the recovery
    WRITABLE = "T5"  # the database accepts writes
    REPOINTED = "T6"  # the service is bound to it
    SERVED = "T7"  # the start of the first ten successes in a row of write, read and search
    CHECKED = "T8"


LEADS_TO = {  # what the time that ends with a moment was spent on
    Moment.DETECTED: "detect",
    Moment.DECLARED: "decide",
    Moment.FENCED: "fence",
    Moment.BEGUN: "prepare",
    Moment.WRITABLE: "restore",
    Moment.REPOINTED: "re-point",
    Moment.SERVED: "serve",
    Moment.CHECKED: "check",
}


@dataclass(frozen=True)
class Timeline:
    """When each moment came."""

    at: dict[Moment, datetime] = field(default_factory=dict)

    def with_(self, moment: Moment, at: datetime) -> "Timeline":
        """The same with one more moment."""
        return Timeline({**self.at, moment: at})
