"""What a drill achieved, reckoned from its report: RTO, RPO, and what the time was spent on."""

from dataclasses import dataclass
from datetime import timedelta

from domain.drill_report import DrillReport
from domain.loss import Loss, Unmeasurable
from domain.recovery import Phase, achieved_rto, phases
from domain.timeline import LEADS_TO, Moment

CHECK = LEADS_TO[Moment.CHECKED]  # the phase after what users waited for
RESTORE = LEADS_TO[Moment.WRITABLE]


@dataclass(frozen=True)
class Figures:
    """What is told beside the objectives."""

    rto: timedelta | Unmeasurable
    rpo: timedelta | Unmeasurable  # of the store that lost most
    phases: tuple[Phase, ...]

    @property
    def longest(self) -> Phase | None:
        """What users waited for most."""
        waited = (phase for phase in self.phases if phase.name != CHECK)
        return max(waited, key=lambda phase: phase.took, default=None)

    @property
    def restore(self) -> Phase | None:
        """The phase in which the data came back, if it came to that."""
        return next((phase for phase in self.phases if phase.name == RESTORE), None)


def figures(report: DrillReport) -> Figures:
    return Figures(achieved_rto(report.timeline), _rpo(report), phases(report.timeline))


def measured(figure: timedelta | Unmeasurable) -> timedelta | None:
    """The figure, where there is one."""
    return figure if isinstance(figure, timedelta) else None


def _rpo(report: DrillReport) -> timedelta | Unmeasurable:
    """The worst of what was measured; where nothing was, why not of the database."""
    if isinstance(report.search, Loss):
        own = report.database.achieved_rpo if isinstance(report.database, Loss) else timedelta(0)
        return max(own, report.search.achieved_rpo)
    return report.database.achieved_rpo if isinstance(report.database, Loss) else report.database
