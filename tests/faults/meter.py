"""What reports of drills and recoveries say of the loss, beside what it can have been."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from domain.drill_report import DrillReport, Verdict
from domain.loss import Loss

MOST = timedelta(minutes=1)  # between the last beat that is there and the loss, while a heartbeat beats


def mismeasured(reports: Iterable[DrillReport]) -> Iterator[str]:
    """Whatever clocks say, all that the database has not is what it did not have when it was lost."""
    for report in reports:
        if report.verdict not in {Verdict.PASSED, Verdict.MISSED}:
            continue
        loss = report.database
        if not isinstance(loss, Loss) or not timedelta(0) <= loss.achieved_rpo <= MOST:
            yield f"{report.kind} {report.id} tells of a loss that was not: {loss}"
