"""What a drill means for the set that it restored, and why, in a sentence."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain import wording
from domain.drill import Path
from domain.drill_check import Result
from domain.drill_figures import figures, measured
from domain.drill_report import DrillReport, Verdict
from domain.recovery_set import Kind, Proof, RecoverySet, State


@dataclass(frozen=True)
class Concluded:
    """The set as it counts from then on. `against`: the drill found something of it wrong."""

    set: RecoverySet
    said: str
    against: bool = False


def conclude(report: DrillReport, each: RecoverySet, proven_at: datetime) -> Concluded:
    """A set whose every check passed is proven, although the drill took too long or lost too much: its proof
    tells the figures. One of which a check failed is incomplete, and counts nowhere. What tells nothing of
    the set changes nothing: a planted defect, a check that could not run, a failure of the machinery, a
    database that came back from something else than the set's backup.
    """
    why = _says_nothing(report, each)
    if why:
        return Concluded(each, f"{each.id} stays {each.state}: {why}")
    wrong = [check for check in report.checks if check.result is Result.FAILED and check.of_set]
    if wrong:
        names = wording.listed([f"`{check.name}`" for check in wrong])
        return Concluded(
            replace(each, state=State.INCOMPLETE, proof=None),
            f"*{each.id} counts no more*: {report.kind} {report.id} found it wrong by {names} "
            f"({wrong[0].said}). If the set is not to blame, muster verify {report.environment} {each.id} "
            "counts it again",
            against=True,
        )
    reached = figures(report)
    rto = measured(reached.rto)
    if report.verdict not in {Verdict.PASSED, Verdict.MISSED} or rto is None:
        return Concluded(each, f"{each.id} stays {each.state}: the drill failed, by nothing of the set's own")
    proof = Proof(f"{report.kind} {report.id}", proven_at, rto, measured(reached.rpo))
    return Concluded(
        replace(each, state=State.PROVEN, proof=proof), f"{each.id} is *proven* by {report.kind} {report.id}"
    )


def _says_nothing(report: DrillReport, each: RecoverySet) -> str:
    """Why the drill speaks neither for the set nor against it."""
    if report.set_id != each.id:
        return f"the drill restored {report.set_id or 'no set'}"
    if report.defect:
        return f"a defect was planted ({report.defect})"
    if each.part(Kind.DATABASE) and report.path != Path.BACKUP:
        return f"its database did not come back from the set's backup ({report.path or 'nothing did'})"
    if each.deleting:
        return "its deletion has begun"
    if each.state is State.INCOMPLETE:
        return "a check found it wrong meanwhile"
    return ""
