"""What is said of a deploy, in logs and in Slack: sentences and messages, made of what happened."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain import wording
from domain.canary import Next, Observation, Outcome, Policy, Verdict
from domain.migration import Migration
from domain.record import ReleaseRecord, Result
from domain.release_plan import Plan

BAR = 20  # characters of the bar that shows the split

SIGNS = {
    None: ":hourglass_flowing_sand:",
    Result.PROMOTED: ":white_check_mark:",
    Result.UNCHANGED: ":white_check_mark:",
    Result.ROLLED_BACK: ":rewind:",
    Result.FAILED: ":x:",
    Result.REFUSED: ":no_entry:",
    Result.HANDED_OVER: ":raised_hand:",
}


@dataclass(frozen=True)
class Message:
    """A message that is updated as its subject goes on. Texts may hold *bold* and `code`."""

    title: str
    text: str
    context: str
    links: tuple[tuple[str, str], ...]


def headline(record: ReleaseRecord, status: str, percent: int | None) -> Message:
    """The one message of a deploy or rollback: what, where to, how far."""
    what = f"{record.kind} {record.ref}" if record.ref else record.kind
    title = f"{record.service}: {what} → {record.environment}"
    lines = [f"{SIGNS[record.result]} {status}"]
    if percent is not None and record.result is None:
        lines.append(f"`{bar(percent)}` {percent} % canary")
    context = f"by {record.who}, {record.started_at:%Y-%m-%d %H:%M:%S} UTC, {record.id}"
    return Message(title, "\n".join(lines), context, tuple(_links(record)))


def bar(percent: int) -> str:
    """The split as a person sees it: █████░░░░░"""
    filled = max(1, round(percent * BAR / 100)) if percent else 0
    return "█" * filled + "░" * (BAR - filled)


def plain(text: str) -> str:
    """A text for a log: without Slack's marks."""
    return re.sub(r":[a-z_]+: |[*`]", "", text)


def _links(record: ReleaseRecord) -> list[tuple[str, str]]:
    found = [("Run", record.run_url), ("Record", record.record_url), ("Service", record.service_url)]
    return [(name, address) for name, address in found if address]


def plan_text(plan: Plan, steps: Sequence[int]) -> str:
    """What a deploy is about to do."""
    if plan.first:
        lines = [
            f"*Plan*: create `{plan.revision}`, smoke it, and give it all traffic: there is no baseline yet"
        ]
    else:
        shares = wording.listed([f"{step} %" for step in steps])
        lines = [f"*Plan*: `{plan.revision}` against baseline `{plan.baseline}`, in steps of {shares}"]
    if plan.left_by:
        lines.append(f"first undo what {plan.left_by} left: its process ended without a word")
    if plan.broken:
        lines.append(
            "the baseline is broken: its proofs and the canary steps are skipped, there is nothing to compare"
        )
    lines.append(migration_text(plan.migration))
    return "\n".join(lines)


def migration_text(migration: Migration) -> str:
    """The migration in a plan, with the linter's advice."""
    if not migration:
        return "schema: stays as it is"
    names = wording.listed([f"`{step.revision}`" for step in migration.steps])
    lines = [f"schema: {migration.current or 'nothing'} → {migration.head} ({names}), after a backup"]
    lines += [f"advice: {finding}" for finding in migration.advice]
    return "\n".join(lines)


def look_text(policy: Policy, seen: Observation, spent: timedelta) -> str:
    """One look, in one line."""
    return (
        f"{wording.length(spent)} of {wording.length(policy.hold)}: 5xx on {seen.canary} canary and "
        f"{seen.baseline} baseline requests, evidence {wording.evidence(seen.evidence.e_value)} of "
        f"{wording.evidence(policy.limit)}"
    )


def verdict_text(percent: int, verdict: Verdict, follows: Next) -> str:
    """A step's verdict in one sentence, and what follows from it."""
    sign = {Outcome.PASS: ":white_check_mark:", Outcome.FAIL: ":x:"}.get(verdict.outcome, ":grey_question:")
    after = "" if verdict.outcome is Outcome.PASS else f", {follows}"
    return f"{sign} *{percent} %: {verdict.outcome}*{after}: {'; '.join(verdict.reasons)}"


def end_text(record: ReleaseRecord) -> str:
    """How it ended, and why."""
    texts = {
        Result.PROMOTED: f"*promoted*: all traffic on `{record.canary}`",
        Result.UNCHANGED: f"*nothing to do*: `{record.baseline}` is made of just this and has all traffic",
        Result.ROLLED_BACK: f"*rolled back* to `{record.baseline}`",
        Result.FAILED: "*failed*" + (f": `{record.baseline}` serves as before" if record.baseline else ""),
        Result.REFUSED: "*refused*, nothing was touched",
        Result.HANDED_OVER: "*handed over*: someone else acts on the service, nothing more was touched",
    }
    text = texts[record.result] if record.result else "under way"
    return f"{text}: {record.reason}" if record.reason else text


def exposure_text(record: ReleaseRecord) -> str:
    """Who met the canary, and who saw an error of it."""
    seen = record.exposure.get(record.canary)
    if seen is None:
        return ""
    hurt = "nobody saw an error"
    if seen.errors:
        hurt = (
            f"{wording.counted(seen.users_with_errors, 'user')} saw {wording.counted(seen.errors, 'error')}"
        )
    return (
        f"{record.canary} answered {wording.counted(seen.requests, 'request')} of "
        f"{wording.counted(seen.users, 'user')} on trial; {hurt}"
    )
