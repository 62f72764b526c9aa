"""How often something may be done: a bucket of tokens for each thing it is done to.

"There's a maximum of five tokens in the bucket ... Every 10 minutes, a new token is added ... If it fails,
the token is returned" (https://docs.cloud.google.com/sql/docs/postgres/backup-recovery/backup-options).
Restores of one backup are limited to three in 30 minutes
(https://docs.cloud.google.com/sql/docs/mysql/backup-recovery/restore).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.kernel.clock import instant, now, stamp
from sandbox.kernel.state import State

WINDOW = timedelta(minutes=50)  # in which an empty bucket of backups fills up


@dataclass(frozen=True)
class Bucket:
    """Tokens at an instant. Parts of a token are on their way."""

    tokens: float
    at: datetime

    def refilled(self, size: int, now: datetime, window: timedelta = WINDOW) -> "Bucket":
        return Bucket(min(size, self.tokens + (now - self.at) / (window / size)), now)

    def add(self, count: int) -> "Bucket":
        return Bucket(self.tokens + count, self.at)

    def next_token_at(self, size: int, window: timedelta = WINDOW) -> datetime:
        """When there is a whole token again; now, if there is one."""
        return self.at + max(1 - self.tokens, 0) * (window / size)


class Quota:
    """A bucket for each name, on disk."""

    def __init__(self, state: State, kind: str, size: int, window: timedelta = WINDOW) -> None:
        self._kept = state.collection(kind)
        self._size = size
        self._window = window

    def spend(self, name: str) -> datetime | None:
        """Take a token; where there is none, when there will be one again."""
        bucket = self._bucket(name)
        if bucket.tokens < 1:
            return bucket.next_token_at(self._size, self._window)
        self._keep(name, bucket.add(-1))
        return None

    def put_back(self, name: str) -> None:
        self._keep(name, self._bucket(name).add(1))

    def forget(self, name: str) -> None:
        self._kept.delete(name)

    def _bucket(self, name: str) -> Bucket:
        kept = self._kept.get(name)
        if not kept:
            return Bucket(self._size, now())
        return Bucket(kept["tokens"], instant(kept["at"])).refilled(self._size, now(), self._window)

    def _keep(self, name: str, bucket: Bucket) -> None:
        self._kept.put(name, {"tokens": bucket.tokens, "at": stamp(bucket.at)})
