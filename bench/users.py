"""The users' side: how many requests they sent, which of them no revision answered, and who met which."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bench.cloud import Cloud
from examples.load.tally import PLATFORM

T = TypeVar("T")

SETTLED = 2.5  # seconds after which the tally, written once a second, tells of what was asked before


@dataclass(frozen=True)
class Count:
    """What users saw in some time."""

    requests: int
    slowest: float  # seconds within which 99 in a hundred were answered, since the beginning
    lost: Counter[str]  # by kind: refused or cut, never answered, or answered by the platform with a status

    def and_of(self, other: "Count") -> "Count":
        return Count(self.requests + other.requests, max(self.slowest, other.slowest), self.lost + other.lost)


@dataclass(frozen=True)
class Seen(Generic[T]):
    """What came of something, and what users saw meanwhile."""

    outcome: T
    count: Count


class Users:
    """A hundred users at 100 requests/s, or at another rate, from now on."""

    def __init__(self, cloud: Cloud, rate: float = 100) -> None:
        self._file = cloud.home / "users.json"
        self._process = cloud.processes.start(
            "users", sys.executable, "-m", "examples.load", cloud.stage.service,
            "--rate", f"{rate:g}", "--clients", "100", "--json", self._file,
        )  # fmt: skip

    def stop(self) -> None:
        """They have gone once this returns."""
        self._process.terminate()
        self._process.wait(30)

    def during(self, action: Callable[[], T]) -> Seen[T]:
        """Do it, and count from before it until its last requests have been answered."""
        before = self.count()
        outcome = action()
        after = self.count()
        lost = after.lost - before.lost
        return Seen(outcome, Count(after.requests - before.requests, after.slowest, lost))

    def count(self) -> Count:
        """All since the beginning; takes a moment."""
        tally = self._tally()
        lost = Counter(tally["revisions"].get(PLATFORM, {}).get("errors", {}))
        return Count(tally["total"]["requests"], tally["total"]["p99"], lost)

    def met(self, revision: str) -> int:
        """How many requests that revision answered."""
        found: int = self._tally()["revisions"].get(revision, {}).get("requests", 0)
        return found

    def _tally(self) -> dict[str, Any]:
        time.sleep(SETTLED)
        found: dict[str, Any] = json.loads(self._file.read_text())
        return found
