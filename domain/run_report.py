"""What is told of a run that changes no traffic (a backup, a check, retention): one message and one page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from domain import wording
from domain.messages import Message, in_markdown
from domain.record import StepTime


class End(StrEnum):
    """How it ended."""

    UNDER_WAY = "under way"
    DONE = "done"
    NOTHING_TO_DO = "nothing to do"
    FAILED = "failed"
    REFUSED = "refused"  # before anything was touched


SIGNS = {
    End.UNDER_WAY: ":hourglass_flowing_sand:",
    End.DONE: ":white_check_mark:",
    End.NOTHING_TO_DO: ":white_check_mark:",
    End.FAILED: ":rotating_light:",
    End.REFUSED: ":no_entry:",
}


@dataclass
class RunReport:
    """A run so far. `progress` is what its side-by-side parts say of themselves, by part."""

    id: str
    kind: str  # the flow: backup, verify set ...
    environment: str
    service: str
    who: str
    started_at: datetime
    run_url: str = ""
    end: End = End.UNDER_WAY
    status: str = ""  # in a sentence
    ended_at: datetime | None = None
    progress: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    steps: list[StepTime] = field(default_factory=list)
    page: str = ""  # Markdown of the flow's own
    evidence: list[tuple[str, str]] = field(default_factory=list)  # what it left: a name, and an address

    @property
    def holder(self) -> str:
        """What this run is called where a lease names its holder."""
        return f"{self.kind} ({self.id}, by {self.who})"

    @property
    def took(self) -> timedelta:
        return (self.ended_at or self.started_at) - self.started_at


def message(report: RunReport) -> Message:
    """The one message of the run: what, where, how far."""
    lines = [f"{SIGNS[report.end]} {report.status or report.end}"]
    if report.end is End.UNDER_WAY:
        lines += [f"{part}: {said}" for part, said in report.progress.items()]
    context = f"by {report.who}, {report.started_at:%Y-%m-%d %H:%M:%S} UTC, {report.id}"
    run = [("Run", report.run_url)] if report.run_url else []
    links = (*run, *report.evidence)
    heading = title(report.service, report.kind, report.environment)
    return Message(heading, "\n".join(lines), context, links, run=report.id, since=report.started_at)


def title(service: str, kind: str, environment: str) -> str:
    """What the message of such a run begins with."""
    return f"{service}: {kind} → {environment}"


def page(report: RunReport) -> str:
    """The run as Markdown: its end first, then the flow's own page, what was noted, and the steps."""
    parts = [
        f"# {report.service}: {report.kind} → {report.environment}",
        f"**{report.end}** after {wording.length(report.took)}: {in_markdown(report.status)}",
        report.page,
        "\n".join(f"- {in_markdown(note)}" for note in report.notes),
        _table(report.steps),
    ]
    return "\n\n".join(part for part in parts if part)


def _table(steps: Sequence[StepTime]) -> str:
    if not steps:
        return ""
    rows = [f"| {step.name} | {step.seconds:.1f} s | {step.error} |" for step in steps]
    return "\n".join(["| step | took | went wrong |", "|---|---:|---|", *rows])
