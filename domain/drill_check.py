"""A check of what was restored: named, timed, with a result. One that could not run is no pass."""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "could not run"  # as bad as failed: the drill is red


@dataclass(frozen=True)
class DrillCheck:
    """One check of a drill."""

    name: str
    result: Result
    said: str  # what was found, in a sentence; for a pass, what was compared
    took: timedelta
    of_set: bool = True  # that it failed speaks against the set; not so: a job, an application, drift
    catches: bool = True  # a planted defect may show in it; not so: isolation

    @property
    def passed(self) -> bool:
        return self.result is Result.PASSED

    @property
    def of_isolation(self) -> "DrillCheck":
        """The same as a check of the drill's isolation: it says nothing of what was restored."""
        return replace(self, of_set=False, catches=False)
