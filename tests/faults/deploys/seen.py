"""What was seen of a run: all that the invariants look at, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.record import ReleaseRecord
from tests.faults.command import Ended
from tests.faults.deploys.releases import Release
from tests.faults.deploys.traces import Ask, Change
from tests.faults.slack import Thread


@dataclass(frozen=True)
class State:
    """The service at one moment: who serves, what stands on it, whether it works."""

    shares: Mapping[str, int]
    tags: Mapping[str, str]
    marks: Mapping[str, str]
    schema: str
    wrong: tuple[str, ...]  # answers of the service's own address that a user would not want


@dataclass(frozen=True)
class Seen:
    """One run, from its beginning to the end of the rerun."""

    runbook: str
    release: Release
    baseline: str  # the revision that served at the beginning; empty where there was none
    canary: str
    database: bool
    ended: tuple[Ended, ...]  # the command under test, and its twin if there was one
    settled: State  # when others had settled what they left
    settled_at: datetime
    records: tuple[ReleaseRecord, ...]  # when it was settled
    threads: tuple[Thread, ...]  # likewise
    met_errors: int  # users' errors on the canary by then
    rerun: Ended
    wanted_codes: frozenset[int]  # of the rerun
    wanted: str  # the revision that is to serve in the end
    final: State
    changes: tuple[Change, ...]  # in their order
    asks: tuple[Ask, ...]
    left: tuple[str, ...]  # in the end
    lost: Mapping[str, int]  # users' requests that no revision answered, by kind
    secrets: Mapping[str, str]  # what must not be read, by what it is
    texts: Mapping[str, str]  # all that was written, by where
    late: int = 0  # changes that may have been on their way when a process was stopped

    @property
    def states(self) -> tuple[tuple[str, State], ...]:
        return ("when it was settled", self.settled), ("in the end", self.final)

    @property
    def deploys(self) -> set[str]:
        """Those that changed the service before it was settled."""
        return {one.deploy for one in self.changes if one.deploy and one.at < self.settled_at}

    @property
    def met_canary(self) -> int:
        """Users' requests on the canary before it was settled."""
        return sum(
            ask.revision == self.canary and not ask.ours and not ask.tagged and ask.at < self.settled_at
            for ask in self.asks
        )
