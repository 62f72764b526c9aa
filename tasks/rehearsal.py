"""A restore drill under way: what it works on, what it has found, and how it ends, whatever ends it."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from domain import wording
from domain.drill_check import DrillCheck, Result
from domain.drill_report import DrillReport
from domain.drill_wish import Wish
from domain.manifest import Manifest
from domain.restored_database import RestoredDatabase
from domain.timeline import Moment
from tasks.drill_drafts import OpenDrill
from tasks.held_lease import HeldLease
from tasks.logbook import Logbook
from tasks.target_search import RestoredSearch
from tasks.targets import Target

R = TypeVar("R")

logger = logging.getLogger("muster")


class CheckFailed(Exception):
    """What the drill does next makes no sense on what was restored: a check failed that all else needs."""


class DrillTooLong(Exception):
    """The drill took longer than the environment allows, and was given up."""


@dataclass
class Word:
    """What is said of a step that is a check by itself, once it has passed."""

    said: str = ""


@dataclass
class Rehearsal:
    """One drill. Steps add to `report`; `wish` says what was asked for."""

    target: Target
    manifest: Manifest
    wish: Wish
    loss_at: datetime  # the loss is reckoned from then, by the storage server's clock
    report: DrillReport
    draft: OpenDrill
    lease: HeldLease
    book: Logbook
    url: str = ""
    database: RestoredDatabase | None = None
    search: RestoredSearch | None = None
    began: float = field(default_factory=time.monotonic)

    @property
    def name(self) -> str:
        return self.report.id

    def keep(self) -> None:
        """Renew the lease, if it is time. Called at least every second or so, by whoever waits.

        Raises:
            LeaseLost, LeaseExpiring: as for any lease.
            DrillTooLong: it has gone on for longer than the environment's drill.longest.
        """
        self.lease.keep()
        longest = self.target.source.drill.longest
        if _since(self.began) > longest:
            how_far = "; ".join(f"{part}: {said}" for part, said in self.book.report.progress.items())
            raise DrillTooLong(
                f"it has gone on for longer than {wording.length(longest)}, and was given up "
                f"({how_far or 'nothing was begun'}); see what it waited for, or raise drill.longest"
            )

    def tell(self, part: str) -> Callable[[str], None]:
        """How far a part is."""
        return lambda said: self.book.progress(part, said)

    def came(self, moment: Moment, at: datetime | None = None) -> None:
        """A moment of the recovery: now, or then."""
        self.report.timeline = self.report.timeline.with_(moment, at or datetime.now(UTC))

    def checked(self, *checks: DrillCheck) -> None:
        """Note checks, and tell of those that did not pass."""
        for check in checks:
            self.report.checks.append(check)
            if not check.passed:
                self.book.note(f":warning: `{check.name}` {check.result}: {check.said}")

    @contextmanager
    def as_check(self, name: str, *finds: type[Exception], of_set: bool = True) -> Iterator[Word]:
        """Inside, something is done that is a check by itself, such as a restore, and is to say in the end
        what was done. What `finds` raise is what it found, and ends the drill; any other exception says that
        it could not run.

        Raises:
            CheckFailed: it found something.
        """
        began, word = time.monotonic(), Word()
        try:
            yield word
        except finds as found:
            self.checked(DrillCheck(name, Result.FAILED, str(found), _since(began), of_set=of_set))
            raise CheckFailed(f"{name}: {found}") from found
        except Exception as failure:
            said = str(failure) or type(failure).__name__
            self.checked(DrillCheck(name, Result.NOT_RUN, said, _since(began), of_set=False))
            raise
        self.checked(DrillCheck(name, Result.PASSED, word.said, _since(began), of_set=of_set))


def _since(began: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - began)
