"""What was seen during one hold: requests of each arm by number, each log entry counted once."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.canary import Arm
from domain.requests import Request

OVERLAP = 3  # times the log's lag is reread at each look: entries arrive in any order


@dataclass
class Hold:
    """The counts of a hold on one step, which began at `since`."""

    percent: int
    since: datetime
    until: datetime
    lag: timedelta
    canary: Arm = field(default_factory=Arm)
    baseline: Arm = field(default_factory=Arm)
    received: datetime | None = None
    _known: deque[tuple[datetime, set[str]]] = field(default_factory=deque)

    def count(self, entries: Iterable[Request], canary: str) -> list[Request]:
        """Count what is new and began within the hold; the new entries."""
        known = set().union(*(ids for _, ids in self._known))
        new = [entry for entry in entries if entry.id not in known]
        for entry in new:
            if entry.at > self.until:
                continue
            if entry.revision == canary:
                self.canary = Arm(self.canary.requests + 1, self.canary.errors + entry.failed)
            else:
                self.baseline = Arm(self.baseline.requests + 1, self.baseline.errors + entry.failed)
        return new

    @property
    def reread_from(self) -> datetime | None:
        return self.received - OVERLAP * self.lag if self.received else None

    def remember(self, entries: Iterable[Request], newest: datetime | None) -> None:
        """Keep the ids that a later look will read again."""
        if newest is None:
            return
        self.received = max(self.received, newest) if self.received else newest
        self._known.append((self.received, {entry.id for entry in entries}))
        while self._known and self._known[0][0] < self.received - 2 * OVERLAP * self.lag:
            self._known.popleft()
