"""The page of a drill in Markdown, for Prefect's artifact; the whole of it is the HTML page in the vault."""

from collections.abc import Sequence

from domain import wording
from domain.beat_ranges import told
from domain.drill_document import DrillDocument
from domain.drill_report import DrillReport
from domain.drill_words import UNDER_WAY, objectives, told_figure, without_verdict
from domain.loss import Loss, Unmeasurable
from domain.messages import BAR, in_markdown
from domain.recovery import Phase


def drill_markdown(document: DrillDocument) -> str:
    """For a run report's `page`, which its own verdict precedes."""
    report = document.report
    parts = [
        f"**{report.verdict or UNDER_WAY}**: {_cell(without_verdict(report, document.first_line))}",
        "\n".join(f"- {_cell(each.what)}: {_cell(each.remedy)}" for each in report.reasons),
        _set(report),
        f"Objectives: {objectives(report)}",
        _table(
            ("phase", "took", ""),
            [
                (phase.name, wording.length(phase.took), f"`{bar}` {phase.said}")
                for phase, bar in _bars(document)
            ],
        ),
        "\n".join(_losses(report)),
        _table(
            ("check", "result", "took", "said"),
            [(check.name, check.result, wording.length(check.took), check.said) for check in report.checks],
        ),
        document.confidence,
        "\n".join(_remains(report)),
        f"Measured in the project {report.project}: a sandbox's figures are a sandbox's.",
    ]
    return "\n\n".join(part for part in parts if part)


def _bars(document: DrillDocument) -> list[tuple[Phase, str]]:
    total = sum(phase.took.total_seconds() for phase in document.figures.phases) or 1
    return [
        (phase, "█" * max(1, round(BAR * phase.took.total_seconds() / total)))
        for phase in document.figures.phases
    ]


def _set(report: DrillReport) -> str:
    facts = (
        ("set", f"`{report.set_id}`, {report.picked}" if report.set_id else ""),
        ("database", report.path),
        ("planted", report.defect),
        ("release", f"`{report.image}`" if report.image else ""),
    )
    return "\n".join(f"- {name}: {_cell(said)}" for name, said in facts if said)


def _losses(report: DrillReport) -> list[str]:
    found: list[tuple[str, Loss | Unmeasurable]] = [("database", report.database)]
    if report.search is not None:
        found.append(("search", report.search))
    lines = []
    for name, loss in found:
        if isinstance(loss, Unmeasurable):
            lines.append(f"- {name}: {_cell(told_figure(loss))}")
        else:
            rpo = wording.length(loss.achieved_rpo)
            lines.append(f"- {name}: RPO {rpo}; lost {told(loss.lost)}; phantom {told(loss.phantom)}")
    return [*lines, *([f"- {_cell(report.skew)}"] if report.skew else [])]


def _remains(report: DrillReport) -> list[str]:
    lists = (("torn down", report.torn_down), ("kept", report.kept), ("**left behind**", report.left))
    return [f"- {name}: {_cell(wording.listed(names))}" for name, names in lists if names]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in (heads, *rows)]
    return "\n".join([lines[0], f"|{'---|' * len(heads)}", *lines[1:]])


def _cell(text: str) -> str:
    return in_markdown(text).replace("|", "\\|").replace("  \n", " ")
