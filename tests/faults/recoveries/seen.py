"""What was seen of a recovery's run: all that the rules look at, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.drill_report import DrillReport
from tests.faults.command import Ended
from tests.faults.slack import Thread


@dataclass(frozen=True)
class Seen:
    """One run, from its beginning to the end of what was run after it."""

    survived: bool  # whether it was to do what it was asked, for all that went wrong
    ended: tuple[Ended, ...]  # the command under test, its twin, and who went on while it slept
    again: Ended  # the same command, undisturbed
    two_at_once: bool  # the old primary took a write after the new one had
    old_takes_writes: bool  # in the end
    new_takes_writes: bool
    shut_out: tuple[str, ...]  # secrets whose newest version does not open the new primary
    served: Mapping[str, int]  # in the end, what users asked and the status that they got
    reports: tuple[DrillReport, ...]
    left: tuple[str, ...]
    threads: tuple[Thread, ...]
    secrets: Mapping[str, str]
    texts: Mapping[str, str]
