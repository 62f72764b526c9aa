"""Where a database was at an instant: what a set that is taken afterwards holds at least."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.manifest import Fact
from domain.strict_json import iso

NOTED_AT = "database.noted_at"


@dataclass(frozen=True)
class Heartbeat:
    """The newest row of the heartbeat: an epoch and a sequence within it, committed at that instant."""

    epoch: int
    sequence: int
    at: datetime


@dataclass(frozen=True)
class Position:
    """One look at a primary. Whatever is seen of heartbeat and schema was committed before `lsn`."""

    lsn: str  # of its write-ahead log, such as 0/2000028
    at: datetime  # by the server's own clock
    schema: str  # the revision; empty where there is no version table yet
    heartbeat: Heartbeat | None = None  # None where nobody writes one

    def facts(self) -> Mapping[str, Fact]:
        """As a manifest tells it."""
        beat = self.heartbeat
        return {
            "database.lsn": self.lsn,
            NOTED_AT: iso(self.at),
            "database.schema": self.schema,
            **(
                {
                    "heartbeat.epoch": beat.epoch,
                    "heartbeat.sequence": beat.sequence,
                    "heartbeat.at": iso(beat.at),
                }
                if beat
                else {}
            ),
        }
