"""The server's clock, learnt from the Date headers of its answers.

A log is stamped by the platform, and this machine's clock may be minutes off. Each Date has whole seconds:
the truth lies in [Date, Date + 1 s) at some moment between the request and its answer, so every exchange
narrows the offset to the monotonic clock from both sides.
"""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class ServerClock:
    """Bounds of (server time - monotonic time), in seconds."""

    low: float = float("-inf")
    high: float = float("inf")

    def learn(self, date: datetime, asked: float, answered: float) -> "ServerClock":
        """A clock that also knows of an exchange: `asked` and `answered` are monotonic seconds."""
        low = date.timestamp() - answered
        high = date.timestamp() + 1 - asked
        narrowed = ServerClock(max(self.low, low), min(self.high, high))
        return narrowed if narrowed.low <= narrowed.high else ServerClock(low, high)  # its clock was set

    def earliest(self, monotonic: float) -> datetime:
        """The earliest that it can be on the server: whatever happens after is stamped no earlier."""
        return self._at(monotonic + self.low)

    def latest(self, monotonic: float) -> datetime:
        """The latest that it can be on the server: whatever is stamped later happens after this moment."""
        return self._at(monotonic + self.high)

    def _at(self, seconds: float) -> datetime:
        if abs(seconds) == float("inf"):
            raise ValueError("nothing was heard of the server's clock yet")
        return datetime.fromtimestamp(seconds, UTC)
