"""What the report of a drill or a recovery tells, in seconds."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median

from bench.figure import Peer
from domain.drill_figures import figures, measured
from domain.drill_report import DrillReport
from domain.timeline import Moment
from examples.demo.processes import NotReady


def took(report: DrillReport, phase: str) -> float:
    """Of a phase, by its name; 0 where it has none of that name."""
    return sum(each.took.total_seconds() for each in figures(report).phases if each.name == phase)


def achieved(report: DrillReport) -> float:
    """Its RTO. NotReady where it could not be measured."""
    found = measured(figures(report).rto)
    if found is None:
        raise NotReady(f"{report.kind} {report.id}: its RTO was not measured: see its report")
    return found.total_seconds()


def whole(report: DrillReport) -> float:
    """From its beginning until nothing was left to do but to write the report."""
    return _ended(report, report.started_at)


def teardown(report: DrillReport) -> float:
    """From the last check until all that a drill made was gone: rather more than the teardown itself."""
    return _ended(report, report.timeline.at[Moment.CHECKED])


def phase_peers(reports: Sequence[DrillReport]) -> Iterator[Peer]:
    """Each phase of the last one, with the median of all."""
    for phase in figures(reports[-1]).phases:
        yield Peer(phase.name, median(took(each, phase.name) for each in reports))


def _ended(report: DrillReport, since: datetime) -> float:
    if report.ended_at is None:
        raise NotReady(f"{report.kind} {report.id}: its end is not in its report")
    return (report.ended_at - since).total_seconds()
