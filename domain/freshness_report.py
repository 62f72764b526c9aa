"""Findings of freshness, told: in a sentence, and as a page."""

from collections.abc import Sequence

from domain import wording
from domain.freshness import Finding
from domain.messages import in_markdown


class TooOld(Exception):
    """Something that a recovery would need is older than its limit, or its age cannot be told."""


def too_old(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if not finding.fresh]


def summary(findings: Sequence[Finding]) -> str:
    """In one sentence."""
    stale = too_old(findings)
    if not findings:
        return "nothing is asked for: backup.freshness has no limit"
    if not stale:
        return f"all {len(findings)} are fresh" if len(findings) > 1 else findings[0].reason
    return "; ".join(finding.reason for finding in stale)


def page(findings: Sequence[Finding]) -> str:
    """All of them, as Markdown."""
    made = [
        f"| {finding.what} | {wording.age(finding.age) if finding.age is not None else 'none'} | "
        f"{wording.age(finding.limit)} | {verdict(finding)} | {in_markdown(finding.reason)} |"
        for finding in findings
    ]
    return "\n".join(["| newest | age | at most | | |", "|---|---:|---:|---|---|", *made])


def verdict(finding: Finding) -> str:
    return "fresh" if finding.fresh else "too old" if finding.age is not None else "none"
