"""A drill as it is kept in the vault: its report, what it achieved, and the drills before it.

All that its page shows is in it, so that the page can be made again from the JSON alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.confidence import confidence_of
from domain.drill_figures import Figures, figures, measured
from domain.drill_report import DrillReport, Promise, Verdict
from domain.drill_words import first_line

SHOWN = 36  # drills of a trend: three years of monthly ones


@dataclass(frozen=True)
class Past:
    """What a trend shows of a drill."""

    id: str
    started_at: datetime
    verdict: Verdict
    rto: timedelta | None  # None: not measured
    rpo: timedelta | None
    promise: Promise


@dataclass(frozen=True)
class DrillDocument:
    """`trend` holds comparable drills, the oldest first, the report's own the last; `unread` names the
    reports that could not be read for it."""

    report: DrillReport
    figures: Figures
    first_line: str
    confidence: str
    trend: tuple[Past, ...]
    unread: tuple[str, ...] = ()


def document(report: DrillReport, before: Sequence[DrillReport], unread: Sequence[str] = ()) -> DrillDocument:
    """Of a report that is judged, and those of the drills before it, in any order."""
    own = [] if report.defect else [report]
    known = [*(each for each in comparable(report, before) if each.id != report.id), *own]
    trend = [past for past in (_past(each) for each in known) if past]
    return DrillDocument(
        report,
        figures(report),
        first_line(report),
        confidence_of(known),
        tuple(trend[-SHOWN:]),
        tuple(unread),
    )


def comparable(report: DrillReport, others: Sequence[DrillReport]) -> list[DrillReport]:
    """Those of the same kind, into which nothing was planted: they are held to the same promise. By time."""
    same = (each for each in others if each.kind == report.kind and not each.defect)
    return sorted(same, key=lambda each: (each.started_at, each.id))


def _past(report: DrillReport) -> Past | None:
    if report.verdict is None:
        return None
    reached = figures(report)
    return Past(
        report.id,
        report.started_at,
        report.verdict,
        measured(reached.rto),
        measured(reached.rpo),
        report.promise,
    )
