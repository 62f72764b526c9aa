"""What is told of a drill: all that its report, its page and its message are made from."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain.drill_check import DrillCheck
from domain.loss import Loss, Unmeasurable
from domain.refusal import Problem
from domain.timeline import Timeline

DATABASE, SEARCH = "database", "search"  # the stores that can lose something
RESTORE_DRILL, DR_DRILL, RECOVERY = "restore drill", "DR drill", "recovery"  # kinds


class Verdict(StrEnum):
    PASSED = "passed"
    MISSED = "objective missed"  # all checks passed, and it took too long or lost too much
    FAILED = "failed"


@dataclass(frozen=True)
class Promise:
    """The objectives that a drill is held to."""

    rto: timedelta
    rpo: timedelta


@dataclass
class DrillReport:
    """One drill, so far. Sizes are bytes; what is not known (yet) is None."""

    id: str
    kind: str
    environment: str
    project: str  # where it was measured: a sandbox's figures are a sandbox's
    service: str
    who: str
    started_at: datetime
    promise: Promise
    set_id: str = ""
    picked: str = ""  # why this set, in a sentence
    path: str = ""  # how the database came back, or the scenario
    defect: str = ""  # that was planted; empty: none
    image: str = ""  # the release that was run on it
    database_bytes: int | None = None
    documents: int | None = None
    timeline: Timeline = field(default_factory=Timeline)
    database: Loss | Unmeasurable = field(default_factory=lambda: Unmeasurable("nothing was restored"))
    search: Loss | Unmeasurable | None = None  # None: a service without a search
    skew: str = ""  # between database and index, in a sentence
    metered: tuple[str, ...] = (
        DATABASE,
    )  # the stores through which a heartbeat goes: their loss is to be told
    checks: list[DrillCheck] = field(default_factory=list)
    failure: str = ""  # what ended it early
    torn_down: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # what could not be removed
    kept: list[str] = field(default_factory=list)  # what stays on purpose, and until when
    ended_at: datetime | None = None
    run_url: str = ""
    verdict: Verdict | None = None  # None: nobody has judged it yet
    reasons: list[Problem] = field(default_factory=list)  # of the verdict, the weightiest first
