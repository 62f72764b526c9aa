"""What the router knows of a revision: where its instance is, and how many requests it holds."""

import asyncio
import time
from typing import Any, NamedTuple

from sandbox.run.tally import Tally


class Place(NamedTuple):
    """Where a revision's instance is."""

    address: str
    instance: str


class Backend:
    """A revision as the router sees it. `idle` is set while it holds no request.

    Of its instance it hears by tables and by answers to its own questions, which overtake each other: what
    the API process `said` last counts, by that one's clock.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.place: Place | None = None
        self._said = 0
        self.in_flight = 0
        self.last_used = time.monotonic()
        self.tally = Tally()
        self.latency = 0.0
        self.error_rate = 0.0
        self.turns = asyncio.Semaphore(80)
        self.concurrency = 80
        self.idle = asyncio.Event()
        self.idle.set()

    def found(self, place: Place | None, said: int) -> None:
        """Where its instance was then; None: it had none."""
        if said >= self._said:
            self.place, self._said = place, said

    def update(self, row: dict[str, Any], said: int) -> None:
        """What a table says of it; without an address it has no instance."""
        self.found(Place(row["address"], row["instance"]) if row["address"] else None, said)
        self.latency, self.error_rate = row["latency"], row["error_rate"]
        if row["concurrency"] != self.concurrency:
            self.concurrency = row["concurrency"]
            self.turns = asyncio.Semaphore(self.concurrency)

    def usage(self) -> dict[str, Any]:
        """What it holds, how many seconds it has held nothing, and what it answered in the last minute."""
        now = time.monotonic()
        requests, errors = self.tally.before(int(now))
        idle = 0 if self.in_flight else now - self.last_used
        return {"in_flight": self.in_flight, "idle": idle, "requests": requests, "errors": errors}

    def enter(self) -> None:
        self.in_flight += 1
        self.idle.clear()

    def answered(self, status: int) -> None:
        self.tally.add(int(time.monotonic()), error=status >= 500)

    def leave(self) -> None:
        self.in_flight -= 1
        self.last_used = time.monotonic()
        if not self.in_flight:
            self.idle.set()
