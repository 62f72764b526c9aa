"""What a plan of a recovery is made from, as it was found."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.database_instance import Instance
from domain.drill_report import Promise
from domain.recovery_record import RecoveryRecord
from domain.recovery_set import RecoverySet, Window
from domain.recovery_wish import Way


@dataclass(frozen=True)
class Replica:
    """One that follows the primary."""

    name: str
    state: str  # Cloud SQL's own word
    holds_until: datetime | None = None  # what was written by then is there; None: that cannot be told
    why: str = ""  # it cannot


@dataclass(frozen=True)
class Prices:
    """What the environment's file says that things cost, in its own currency."""

    hour: float
    gigabyte: float
    cap: float


@dataclass(frozen=True)
class Facts:
    """All that is known before a recovery."""

    environment: str
    now: datetime
    failover: Promise
    restore: Promise
    database: str = ""  # the instance's name in the environment's file; empty: a service without a database
    instance: Instance | None = None  # None where there is none of that name, or it cannot be told
    binding: bool = False  # it is known how the service finds its database
    replicas: tuple[Replica, ...] = ()
    window: Window | None = None
    sets: tuple[RecoverySet, ...] = ()
    searches: bool = False  # it has a search
    reindexes: bool = False  # and a job that makes the index say what the database says
    heartbeat: bool = False  # one is configured
    acknowledged_at: datetime | None = (
        None  # the newest write that the ledger knows to have been acknowledged
    )
    past: Mapping[Way, tuple[timedelta, ...]] = field(default_factory=dict)  # achieved RTOs of drills, by way
    prices: Prices | None = None
    record: RecoveryRecord | None = None  # of the last recovery, which may not have come to its end

    @property
    def newest_at(self) -> datetime:
        """When something was written last: as far as the ledger knows, else now."""
        return min(self.acknowledged_at, self.now) if self.acknowledged_at else self.now
