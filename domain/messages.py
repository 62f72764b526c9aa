"""What is said of a deploy, in logs and in Slack: sentences and messages, made of what happened."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import wording
from domain.canary import Next, Observation, Outcome, Policy, Verdict
from domain.migration import Migration
from domain.record import ReleaseRecord, Result
from domain.release_plan import Plan

BAR = 20  # characters of the bar that shows the split
BOLD = re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![\w*])")  # as Slack reads it: not in `items.*.id`
SIGN = re.compile(r"(?<!\S):[a-z_]+: ")

SIGNS = {
    None: ":hourglass_flowing_sand:",
    Result.PROMOTED: ":white_check_mark:",
    Result.UNCHANGED: ":white_check_mark:",
    Result.ROLLED_BACK: ":rewind:",  # of a deploy; a rollback that did is a success
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
    run: str = ""  # whose message it is: by it the message is found again
    since: datetime | None = None  # no earlier than then


def headline(record: ReleaseRecord, status: str, percent: int | None) -> Message:
    """The one message of a deploy or rollback: what, where to, how far."""
    what = f"{record.kind} {record.ref}" if record.ref else record.kind
    title = f"{record.service}: {what} → {record.environment}"
    sign = SIGNS[Result.PROMOTED] if _went_back(record) else SIGNS[record.result]
    lines = [f"{sign} {status}"]
    if percent is not None and record.result is None and record.baseline not in {"", record.canary}:
        lines.append(f"`{bar(percent)}` {percent} % canary")
    context = f"by {record.who}, {record.started_at:%Y-%m-%d %H:%M:%S} UTC, {record.id}"
    links = tuple(_links(record))
    return Message(title, "\n".join(lines), context, links, run=record.id, since=record.started_at)


def bar(percent: int) -> str:
    """The split as a person sees it: █████░░░░░"""
    filled = min(max(1, round(percent * BAR / 100)), BAR - 1) if 0 < percent < 100 else percent * BAR // 100
    return "█" * filled + "░" * (BAR - filled)


def plain(text: str) -> str:
    """A text for a log: without Slack's marks."""
    return BOLD.sub(r"\1", SIGN.sub("", text)).replace("`", "")


def in_markdown(text: str) -> str:
    """A text for a page: bold as Markdown has it, and what others wrote (<html>) shown, not obeyed."""
    return BOLD.sub(r"**\1**", text.replace("<", "&lt;")).replace("\n", "  \n")


def _links(record: ReleaseRecord) -> list[tuple[str, str]]:
    found = [("Run", record.run_url), ("Record", record.record_url), ("Service", record.service_url)]
    return [(name, address) for name, address in found if address]


def plan_text(plan: Plan, steps: Sequence[int]) -> str:
    """What a deploy is about to do."""
    if plan.first:
        what = f"create `{plan.revision}`, smoke it, and give it all traffic: there is no baseline yet"
    elif plan.unchanged:
        what = f"`{plan.baseline}` is made of just this and keeps all traffic"
    elif plan.broken:
        what = f"`{plan.revision}` in place of `{plan.baseline}`, which is broken ({plan.broken}); "
        what += "with nothing to compare with, its proofs and the canary steps are skipped"
    else:
        shares = wording.listed([f"{step} %" for step in steps])
        what = f"`{plan.revision}` against baseline `{plan.baseline}`, in {_steps(len(steps))} of {shares}"
    lines = [f"*Plan*: {what}"]
    if plan.left_by:
        lines.append(f"first undo what deploy {plan.left_by} left: its process ended without a word")
    lines.append(migration_text(plan.migration))
    return "\n".join(lines)


def _steps(number: int) -> str:
    return "one step" if number == 1 else "steps"


def migration_text(migration: Migration) -> str:
    """The migration in a plan, with the linter's advice."""
    if not migration:
        return "schema: stays as it is"
    names = wording.listed([f"`{step.revision}`" for step in migration.steps])
    lines = [f"schema: {migration.current or 'nothing'} → {migration.head} ({names}), after a backup"]
    lines += [f"advice: {finding}" for finding in migration.advice]
    return "\n".join(lines)


def look_text(policy: Policy, seen: Observation, spent: timedelta, held: str = "") -> str:
    """One look, in one line. `held`: who holds it on this step, if somebody does."""
    arms = {"canary": seen.canary, "baseline": seen.baseline}
    met = [f"{arm} {name}" for name, arm in arms.items() if arm.requests]
    counts = [f"5xx on {wording.listed(met)} requests"] if met else []
    counts += [f"no {name} requests yet" for name, arm in arms.items() if not arm.requests]
    time = f"{wording.length(spent)}, {held}" if held else _of_hold(policy, spent)
    return (
        f"{time}: {', '.join(counts)}, "
        f"evidence {wording.evidence(seen.evidence.e_value)} of {wording.evidence(policy.limit)}"
    )


def _of_hold(policy: Policy, spent: timedelta) -> str:
    return f"{wording.length(min(spent, policy.hold))} of {wording.length(policy.hold)}"


def verdict_text(percent: int, verdict: Verdict, follows: Next) -> str:
    """A step's verdict in one sentence, and what follows from it."""
    sign = {Outcome.PASS: ":white_check_mark:", Outcome.FAIL: ":x:"}.get(verdict.outcome, ":grey_question:")
    after = "" if verdict.outcome is Outcome.PASS else f", {follows}"
    return f"{sign} *{percent} %: {verdict.outcome}*{after}: {'; '.join(verdict.reasons)}"


def end_text(record: ReleaseRecord) -> str:
    """How it ended, and why."""
    text = _end_of_deploy(record) if record.kind == "deploy" else _end_of_rollback(record)
    return f"{text}: {record.reason}" if record.reason else text


def _end_of_deploy(record: ReleaseRecord) -> str:
    match record.result:
        case Result.PROMOTED if record.canary == record.baseline:  # the schema was what was behind
            return f"*migrated* to {record.schema_after}, `{record.baseline}` serves as before"
        case Result.PROMOTED:
            return f"*promoted*: all traffic on `{record.canary}`"
        case Result.UNCHANGED:
            return f"*nothing to do*: `{record.baseline}` is made of just this and has all traffic"
        case Result.ROLLED_BACK:
            return f"*rolled back* to `{record.baseline}`"
        case Result.FAILED if record.baseline and not record.looks:  # else users met it, and still may
            return f"*failed*, `{record.baseline}` serves as before"
        case _:
            return _end(record.result)


def _end_of_rollback(record: ReleaseRecord) -> str:
    """Its `canary` is the revision that it went to, its `baseline` the one that it left, if it was one."""
    match record.result:
        case Result.ROLLED_BACK if record.baseline in {"", record.canary}:
            return f"*rolled back*: all traffic on `{record.canary}`"
        case Result.ROLLED_BACK:
            return f"*rolled back*: all traffic on `{record.canary}`, none on `{record.baseline}`"
        case Result.UNCHANGED:
            return f"*nothing to do*: `{record.canary}` has all traffic already"
        case _:
            return _end(record.result)


def _end(result: Result | None) -> str:
    match result:
        case Result.FAILED:
            return "*failed* (muster status shows what serves)"
        case Result.REFUSED:
            return "*refused*, nothing was touched"
        case Result.HANDED_OVER:
            return "*handed over*, as someone else acts on the service; nothing more was touched"
        case None:
            return "under way"
        case _:
            return f"*{result}*"


def _went_back(record: ReleaseRecord) -> bool:
    return record.kind != "deploy" and record.result is Result.ROLLED_BACK


def exposure_text(record: ReleaseRecord) -> str:
    """Who met the canary, and who saw an error of it."""
    seen = record.exposure.get(record.canary)
    if seen is None or record.canary == record.baseline:
        return ""
    if not seen.requests:
        return f"{record.canary} answered no user's request on trial"
    hurt = "nobody saw an error"
    if seen.errors:
        hurt = (
            f"{wording.counted(seen.users_with_errors, 'user')} saw {wording.counted(seen.errors, 'error')}"
        )
    return (
        f"{record.canary} answered {wording.counted(seen.requests, 'request')} of "
        f"{wording.counted(seen.users, 'user')} on trial; {hurt}"
    )
