"""A Cloud SQL instance as a recovery sees it: where it is, whom it follows, whose labels it carries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.database_instance import RUNNABLE


@dataclass(frozen=True)
class SqlInstance:
    """One instance, of any role."""

    name: str
    state: str  # Cloud SQL's own word
    region: str
    connection: str  # PROJECT:REGION:INSTANCE
    created_at: datetime
    host: str = ""  # its private address where it has one, else its public one; empty until it has any
    labels: Mapping[str, str] = field(default_factory=dict)
    replica_of: str = ""
    replicas: tuple[str, ...] = ()
    stopped: bool = False  # its state stays RUNNABLE all the same
    protected: bool = False  # it cannot be deleted until that is taken off
    backups: bool = False  # it takes some by itself
    retains_backups: bool = False  # when it is deleted
    final_backup: bool = False  # one is taken when it is deleted

    @property
    def runs(self) -> bool:
        """It should answer: what its API knows of a server that has died is no more than that."""
        return self.state == RUNNABLE and not self.stopped
