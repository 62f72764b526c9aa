"""How often an instance may be backed up on demand: a bucket of tokens.

"There's a maximum of five tokens in the bucket ... Every 10 minutes, a new token is added ... If it fails,
the token is returned" (https://docs.cloud.google.com/sql/docs/postgres/backup-recovery/backup-options).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=50)  # in which an empty bucket fills up


@dataclass(frozen=True)
class Bucket:
    """Tokens at an instant. Parts of a token are on their way."""

    tokens: float
    at: datetime

    def refilled(self, size: int, now: datetime) -> "Bucket":
        return Bucket(min(size, self.tokens + (now - self.at) / (WINDOW / size)), now)

    def add(self, count: int) -> "Bucket":
        return Bucket(self.tokens + count, self.at)

    def next_token_at(self, size: int) -> datetime:
        """When there is a whole token again; now, if there is one."""
        return self.at + max(1 - self.tokens, 0) * (WINDOW / size)
