"""Whether a drill passed, and what speaks against it, each with what to do first.

With a planted defect the meaning turns: a drill that does not catch its defect has failed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain import wording
from domain.drill import Defect
from domain.drill_check import DrillCheck, Result
from domain.drill_figures import Figures, figures
from domain.drill_report import RECOVERY, DrillReport, Verdict
from domain.loss import Unmeasurable
from domain.refusal import Problem


@dataclass(frozen=True)
class Judgement:
    """The verdict with its reasons, the weightiest first; a pass has none."""

    verdict: Verdict
    reasons: tuple[Problem, ...]


def verdict(report: DrillReport) -> Judgement:
    """FAILED before MISSED before PASSED. What could not be seen is no pass."""
    reached = figures(report)
    failed = tuple(_of_defect(report) if report.defect else _failed(report, reached))
    missed = () if report.defect else tuple(_missed(report, reached))
    if failed:
        return Judgement(Verdict.FAILED, (*failed, *missed))
    return Judgement(Verdict.MISSED if missed else Verdict.PASSED, missed)


def judged(report: DrillReport) -> DrillReport:
    """The report with its verdict in it."""
    found = verdict(report)
    return replace(report, verdict=found.verdict, reasons=list(found.reasons))


def caught_by(report: DrillReport) -> list[str]:
    """The checks that found the planted defect. What ended a drill early without a check is none: it may have
    nothing to do with the defect; nor is a check of the drill's isolation. That data are too old is what the
    objective says of them."""
    found = [check.name for check in _failing(report) if check.catches]
    if report.defect == Defect.STALE and any(_lost_too_much(report, figures(report))):
        found.append("objective of RPO")
    return found


def _failed(report: DrillReport, reached: Figures) -> Iterator[Problem]:
    for check in _failing(report):
        yield _problem(report, check)
    yield from _ended_early(report)
    for check in report.checks:
        if check.result is Result.NOT_RUN:
            yield Problem(f"`{check.name}` could not run: {check.said}", "see that it can, then drill again")
    if not report.checks and not report.failure:
        yield Problem("nothing was checked", f"read in the log what {report.kind} {report.id} did")
    yield from _unmeasured(report, reached)
    yield from _left(report)


def _of_defect(report: DrillReport) -> Iterator[Problem]:
    if not caught_by(report) and report.failure:
        yield from _ended_early(report)
        yield Problem(
            f"planted {report.defect}: whether a check would catch it is not known", "then drill again"
        )
    elif not caught_by(report):
        yield Problem(
            f"planted {report.defect}: nothing caught it, of {wording.counted(len(report.checks), 'check')}",
            "look at the checks of what it damages: they would not catch a real one either",
        )
    for check in _failing(report):
        if not check.catches:
            yield _problem(report, check)
    yield from _left(report)


def _failing(report: DrillReport) -> Iterator[DrillCheck]:
    return (check for check in report.checks if check.result is Result.FAILED)


def _problem(report: DrillReport, check: DrillCheck) -> Problem:
    return Problem(f"`{check.name}` failed: {check.said}", _about(report, check))


def _ended_early(report: DrillReport) -> Iterator[Problem]:
    if report.failure:
        where = report.run_url or f"the log of {report.id}"
        yield Problem(report.failure, f"look at the step that failed: {where}")


def _unmeasured(report: DrillReport, reached: Figures) -> Iterator[Problem]:
    if report.failure or report.kind == RECOVERY:
        return  # it explains that, too; and a recovery that nobody could measure is none that failed
    if isinstance(reached.rto, Unmeasurable):
        yield Problem(
            f"RTO is not measurable: {reached.rto.why}", "read in its own log what the service answered"
        )
    for store, loss in (("database", report.database), ("search", report.search)):
        if store in report.metered and isinstance(loss, Unmeasurable):
            yield Problem(
                f"the loss of the {store} is not measurable: {loss.why}",
                f"see whether `muster heartbeat {report.environment}` runs",
            )


def _left(report: DrillReport) -> Iterator[Problem]:
    if report.left:
        yield Problem(
            f"it left {wording.listed(report.left)}", f"remove it: `muster reap {report.environment}`"
        )


def _missed(report: DrillReport, reached: Figures) -> Iterator[Problem]:
    if not isinstance(reached.rto, Unmeasurable) and reached.rto > report.promise.rto:
        longest = reached.longest
        assert longest
        yield Problem(
            f"RTO {wording.length(reached.rto)} of {wording.length(report.promise.rto)}",
            f"look at the longest phase, {longest.name}: {wording.length(longest.took)}",
        )
    yield from _lost_too_much(report, reached)


def _lost_too_much(report: DrillReport, reached: Figures) -> Iterator[Problem]:
    if not isinstance(reached.rpo, Unmeasurable) and reached.rpo > report.promise.rpo:
        yield Problem(
            f"RPO {wording.length(reached.rpo)} of {wording.length(report.promise.rpo)}",
            "look at how old what was restored was; take sets more often, or go back to a point in time",
        )


def _about(report: DrillReport, check: DrillCheck) -> str:
    if report.kind != RECOVERY and check.of_set and report.set_id:
        return f"see whether it is the set: `muster verify {report.environment} {report.set_id}`"
    return f"look at what it compares, in {report.environment}"
