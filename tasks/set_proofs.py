"""What a drill means for the set that it restored, noted where the set's state is."""

from datetime import UTC, datetime

from clients.environment import Environment
from domain.drill_report import DrillReport
from domain.manifest import Manifest
from domain.recovery_set import RecoverySet
from domain.refusal import refuse
from domain.set_proof import Concluded, conclude
from tasks.catalogue import change_set
from tasks.logbook import logbook
from tasks.step import step


@step(named="note what the drill means for {manifest.id}")
def prove_set(env: Environment, manifest: Manifest, report: DrillReport) -> Concluded:
    """The set is proven, counts no more, or stays what it was; it is told, and why. May be called again.

    The report is to be judged, and to stand in the vault: a proof names it.

    Raises:
        Refused: the set is not there any more, or the report is not judged.
    """
    if report.verdict is None:
        raise refuse(f"{report.id}: the drill is not judged yet", "conclude its report first")
    proven_at = report.ended_at or datetime.now(UTC)
    found: list[Concluded] = []

    def concluded(each: RecoverySet) -> RecoverySet:
        found[:] = [conclude(report, each, proven_at)]
        return found[0].set

    change_set(env, manifest.id, concluded)
    sign = ":rotating_light: " if found[0].against else ""
    logbook().note(f"{sign}{found[0].said}")
    return found[0]
