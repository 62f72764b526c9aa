"""What was seen of a drill's run: all that the rules look at, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.drill_report import DrillReport
from tests.faults.command import Ended
from tests.faults.slack import Thread


@dataclass(frozen=True)
class Seen:
    """One run, from its beginning to the end of what was run after it."""

    survived: bool  # whether the drill was to pass, for all that went wrong
    ended: tuple[Ended, ...]  # the command under test, and its twin if there was one
    begun: frozenset[str]  # drills that have begun, by their ids
    again: Ended  # the same command, undisturbed
    before: Mapping[str, str]  # production, by what is looked at, and a sum of it
    after: Mapping[str, str]
    reports: tuple[DrillReport, ...]  # oldest first; the last one is the rerun's
    unread: tuple[str, ...]  # reports that cannot be
    proven: str  # the drill that has proven the set; empty: none has
    left: tuple[str, ...]
    threads: tuple[Thread, ...]
    secrets: Mapping[str, str]
    texts: Mapping[str, str]
