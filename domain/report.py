"""A record as a person reads it: a page with its table and chart, and rows for a searchable table."""

from typing import Any

from domain import wording
from domain.canary import Arm
from domain.chart import canary_chart
from domain.messages import end_text, exposure_text, in_markdown
from domain.migration import Step
from domain.record import Look, ReleaseRecord


def markdown(record: ReleaseRecord) -> str:
    """The whole record, as GitHub-flavoured Markdown with the chart inside."""
    parts = [
        f"# {record.service}: {record.kind} {record.ref} → {record.environment}".replace("  ", " "),
        in_markdown(end_text(record)),
        _facts(record),
    ]
    if record.verdicts:
        parts += ["## Verdicts", _verdicts(record.verdicts)]
    if record.looks:
        parts.append(f"![what the judge saw]({canary_chart(record)})")
    if seen := exposure_text(record):
        parts.append(seen)
    if record.migrations:
        parts += ["## Migration", *map(_migration, record.migrations)]
    if record.steps:
        parts += ["## Steps", _steps(record)]
    if record.notes:
        parts += ["## Notes", "\n".join(f"- {in_markdown(note)}" for note in record.notes)]
    return "\n\n".join(parts)


def rows(record: ReleaseRecord) -> list[dict[str, Any]]:
    """One row for each step: what, when, how long, how it ended."""
    return [
        {
            "step": step.name,
            "started": step.started_at.isoformat(timespec="milliseconds"),
            "seconds": step.seconds,
            "ended": step.error or "done",
        }
        for step in record.steps
    ]


def _migration(step: Step) -> str:
    """The SQL that leads to the revision, and the SQL that leads back."""
    unseen = f"-- cannot be rendered: {step.why_not or 'it looks at the database while it runs'}"
    parts = [f"**{step.revision}**: {in_markdown(step.message)}" if step.message else f"**{step.revision}**"]
    for sql, way in ((step.sql, "forth"), (step.undo_sql, "back")):
        parts.append(f"{way}:\n\n```sql\n{(unseen if sql is None else sql).strip()}\n```")
    return "\n\n".join(parts)


def _facts(record: ReleaseRecord) -> str:
    left, reached = ("from", "to") if record.kind != "deploy" else ("baseline", "canary")
    facts = {
        "who": record.who,
        "id": record.id,
        "took": wording.length(record.took),
        "image": record.image,
        left: record.baseline,
        reached: record.canary,
        "schema": _change(record.schema_before, record.schema_after),
        "recovery point": record.recovery_point,
    }
    lines = [f"| {name} | {value} |" for name, value in facts.items() if value]
    return "\n".join(["| | |", "|---|---|", *lines])


def _change(before: str, after: str) -> str:
    if not before and not after:
        return ""
    return before if before == after or not after else f"{before or 'nothing'} → {after}"


def _verdicts(looks: list[Look]) -> str:
    lines = [
        f"| {look.percent} % | {look.outcome} | {Arm(look.canary_requests, look.canary_errors)} "
        f"| {Arm(look.baseline_requests, look.baseline_errors)} | {wording.evidence(look.e_value)} |"
        for look in looks
    ]
    header = "| step | verdict | canary 5xx | baseline 5xx | evidence |"
    reasons = [f"- {look.percent} %: {in_markdown('; '.join(look.reasons))}" for look in looks]
    return "\n".join([header, "|---|---|---|---|---|", *lines, "", *reasons])


def _steps(record: ReleaseRecord) -> str:
    lines = [f"| {step.name} | {step.seconds:.1f} s | {step.error or 'done'} |" for step in record.steps]
    return "\n".join(["| step | took | ended |", "|---|---|---|", *lines])
