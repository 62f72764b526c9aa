"""What users saw, by the revision that answered them."""

from collections import Counter
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any

from examples.load.latency import Latencies

PLATFORM = "platform"  # whatever answers without the name of a revision, or does not answer at all


@dataclass(frozen=True)
class Seen:
    """What users saw of one revision, or of all.

    Every request is one that should succeed, so anything but a 2xx is an error: by status, "lost" for a
    connection refused or cut, "timeout" for an answer that never came.
    """

    requests: int
    errors: dict[str, int]
    users: int
    users_hit: int  # of them, those who saw an error
    p50: timedelta
    p95: timedelta
    p99: timedelta


@dataclass(frozen=True)
class Tally:
    """All that was seen up to one moment."""

    elapsed: timedelta
    in_flight: int
    retries: int  # of the requests, those that repeat one that failed
    total: Seen
    revisions: dict[str, Seen]

    @property
    def errors(self) -> int:
        return sum(self.total.errors.values())

    def to_json(self) -> dict[str, Any]:
        """The same for JSON, each length in seconds."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}


@dataclass
class Count:
    """Adds up answers. May be read from another thread at any time."""

    requests: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    users: set[int] = field(default_factory=set)
    users_hit: set[int] = field(default_factory=set)
    latencies: Latencies = field(default_factory=Latencies)

    def add(self, user: int, error: str | None, seconds: float) -> None:
        self.requests += 1
        self.users.add(user)
        self.latencies.add(seconds)
        if error is not None:
            self.errors[error] += 1
            self.users_hit.add(user)

    def seen(self) -> Seen:
        p50, p95, p99 = self.latencies.quantiles(0.50, 0.95, 0.99)
        return Seen(
            requests=self.requests,
            errors=dict(self.errors),
            users=len(self.users),
            users_hit=len(self.users_hit),
            p50=p50,
            p95=p95,
            p99=p99,
        )


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return round(value.total_seconds(), 4)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Seen):
        return _plain(vars(value))
    return value
