"""What is said of a drill in a sentence: in the first line of its report, in Slack, in the log."""

from datetime import timedelta

from domain import wording
from domain.drill_figures import Figures, figures, measured
from domain.drill_report import DrillReport, Verdict
from domain.drill_verdict import caught_by
from domain.loss import Unmeasurable

UNDER_WAY = "under way"  # in place of a verdict


def first_line(report: DrillReport) -> str:
    """restored 1.4 GB and 9 documents in 41 s; RTO 58 s of 1 h, RPO 3 s of 15 min; 14 of 14 checks passed

    Of a drill that did not pass, what speaks against it stands first; of one with a defect planted, by what
    that was caught. The report is to be judged already.
    """
    if report.verdict is Verdict.PASSED and report.defect:
        return f"planted {report.defect}: caught by {_names(caught_by(report))}; {restored(report)}"
    figures_line = f"{restored(report)}; {objectives(report)}; {checks(report)}"
    if report.verdict is Verdict.PASSED:
        return figures_line
    what = report.reasons[0].what if report.reasons else "not judged yet"
    more = (
        f" (and {wording.counted(len(report.reasons) - 1, 'more reason')})" if len(report.reasons) > 1 else ""
    )
    return f"{report.verdict or UNDER_WAY}: {what}{more}; {figures_line}"


def without_verdict(report: DrillReport, line: str) -> str:
    """A first line for where the verdict stands before it already."""
    return line.removeprefix(f"{report.verdict or UNDER_WAY}: ")


def look_first(report: DrillReport) -> str:
    """What to do first about a drill that did not pass; nothing of one that did."""
    return report.reasons[0].remedy if report.reasons else ""


def restored(report: DrillReport) -> str:
    """restored 1.4 GB and 100,000 documents in 41 s"""
    parts = []
    if report.database_bytes is not None:
        parts.append(wording.size(report.database_bytes))
    if report.documents is not None:
        parts.append(wording.counted(report.documents, "document"))
    spent = figures(report).restore
    if spent is None:
        return "nothing was restored"
    return f"restored {wording.listed(parts) or 'the service'} in {wording.length(spent.took)}"


def objectives(report: DrillReport) -> str:
    """RTO 58 s of 1 h, RPO 3 s of 15 min"""
    reached = figures(report)
    rto, rpo = measured(reached.rto), measured(reached.rpo)
    promise = report.promise
    return ", ".join(
        f"{name} {'not measured' if found is None else wording.length(found)} of {wording.length(promised)}"
        for name, found, promised in (("RTO", rto, promise.rto), ("RPO", rpo, promise.rpo))
    )


def checks(report: DrillReport) -> str:
    """14 of 14 checks passed"""
    passed = sum(check.passed for check in report.checks)
    return f"{passed} of {wording.counted(len(report.checks), 'check')} passed"


def phases_line(reached: Figures) -> str:
    """detect 2 s, restore 41 s, serve 15 s"""
    return ", ".join(f"{phase.name} {wording.length(phase.took)}" for phase in reached.phases)


def slack_text(report: DrillReport) -> str:
    """The drill's word in Slack: first line, what to look at first, set, phases. For a logbook's `ends`."""
    lines = [f"*{report.verdict or UNDER_WAY}*: {without_verdict(report, first_line(report))}"]
    if look_first(report):
        lines.append(f"*First*: {look_first(report)}")
    if report.set_id:
        lines.append(f"`{report.set_id}`, {report.picked}" if report.picked else f"`{report.set_id}`")
    phases = phases_line(figures(report))
    return "\n".join([*lines, *([phases] if phases else [])])


def told_figure(figure: timedelta | Unmeasurable) -> str:
    """58 s; not measurable, because nothing was restored"""
    if isinstance(figure, Unmeasurable):
        return f"not measurable, because {figure.why}"
    return wording.length(figure)


def _names(names: list[str]) -> str:
    return wording.listed([f"`{name}`" for name in names])
