"""A database that was brought back, on an instance of its own."""

from dataclasses import dataclass
from datetime import datetime

from domain import wording


@dataclass(frozen=True)
class RestoredDatabase:
    """What was restored, and when it could be used."""

    instance: str
    host: str
    to: str  # what it was brought to, in a sentence
    begun_at: datetime  # when the instance was asked for
    writable_at: datetime  # when it had taken a write
    size: int | None  # bytes, of the service's database

    @property
    def told(self) -> str:
        """8.1 MB on drill-1 (10.0.0.5): the set's own backup ...; a write was taken 9 s after it was begun"""
        took = wording.length(self.writable_at - self.begun_at)
        size = wording.size(self.size) if self.size is not None else "bytes nobody could tell"
        return (
            f"{size} on {self.instance} ({self.host}): {self.to}; a write was taken {took} after it was begun"
        )
