"""What was seen of a run about recovery sets: all that the invariants look at, and nothing else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from domain.recovery_set import RecoverySet
from tests.faults.command import Ended
from tests.faults.slack import Thread

TOO_LATE = ("Read timed out", "ConnectionTimeout", "could not be renewed")  # in what a command says
ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")  # of a set, and of a run


@dataclass(frozen=True)
class Found:
    """The catalogue at one moment, and all that carries a set's name."""

    sets: tuple[RecoverySet, ...]
    wrong: tuple[str, ...]  # summaries and manifests that cannot be read, or disagree
    backups: Mapping[str, str]  # the set's id by each Cloud SQL backup's reference
    snapshots: Mapping[str, str]  # likewise of each snapshot
    objects: tuple[str, ...]  # of both vaults and the state bucket: every version of each, but leases

    @property
    def there(self) -> dict[str, str]:
        """All that carries a set's name: the set's id by its full name."""
        objects = {each: ID.findall(each) for each in self.objects}
        return {**self.backups, **self.snapshots} | {each: ids[0] for each, ids in objects.items() if ids}


@dataclass(frozen=True)
class Seen:
    """One run, from its beginning to the end of what was run after it."""

    runbook: str
    before: tuple[str, ...]  # ids of the sets that it began with
    survived: bool  # whether the command was to do what it was asked, for all that went wrong
    ended: tuple[Ended, ...]  # the command under test, and its twin if there was one
    settled: Found  # when they had ended, and their leases lapsed
    after: tuple[Ended, ...]  # the same command again; then checks, copies, and expire until nothing is left
    final: Found
    leases: tuple[str, ...]  # in the end
    threads: tuple[Thread, ...]
    secrets: Mapping[str, str]  # what must not be read, by what it is
    texts: Mapping[str, str]  # all that was written, by where

    @property
    def moments(self) -> tuple[tuple[str, Found], ...]:
        return ("when it had ended", self.settled), ("in the end", self.final)

    @property
    def commands(self) -> tuple[Ended, ...]:
        """Those of the runbook that is looked at."""
        return (*self.ended, *(one for one in self.after if one.runbook == self.runbook))


def last_words(said: str) -> str:
    """The last lines of what a command said, in one."""
    return " / ".join([line for line in said.splitlines() if line.strip()][-3:])[-900:]


def too_late(said: str) -> bool:
    """Whether a command failed as an answer did not come in time."""
    return any(words in said for words in TOO_LATE)
