"""What retention is about to do: a sentence for Slack, a line for each set that changes, a page of all."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain import wording
from domain.expiry import BeginDeletion, DeleteManifest, DeletePart, Mark, SparePart, Step, Unmark, Wait
from domain.messages import in_markdown
from domain.recovery_set import RecoverySet
from domain.refusal import Problem, Refused
from domain.retention import Plan

LINES = 20  # of a note in Slack


class Fate(StrEnum):
    """What becomes of a set."""

    KEPT = "kept"
    KEPT_AGAIN = "kept again"  # it was marked
    EXPIRES = "expires"  # by a plan that is not applied
    MARKED = "marked to expire"
    WAITS = "waits"
    GOES = "goes now"


CHANGES = (Fate.GOES, Fate.MARKED, Fate.KEPT_AGAIN, Fate.WAITS, Fate.EXPIRES)


@dataclass(frozen=True, slots=True)
class Row:
    """A set, what becomes of it, from when, and why."""

    set: RecoverySet
    fate: Fate
    at: datetime | None
    why: str

    @property
    def what(self) -> str:
        """In words: `marked to expire, 2026-11-23 14:00 UTC`."""
        return f"{self.fate}, {stamp(self.at)}" if self.at else str(self.fate)


class PlanRefused(Refused):
    """The plan is not applied, not even a part of it; what it would have done is told all the same."""

    def __init__(self, problems: Iterable[Problem], table: Sequence[Row]) -> None:
        super().__init__(problems)
        self.table = list(table)


def rows(plan: Plan, steps: Iterable[Step]) -> list[Row]:
    """A row for each set, the newest first. Without steps: what a plan that is refused would have done."""
    known: dict[str, Step] = {}
    for step in steps:
        known.setdefault(step.id, step)
    made = [
        *(_row(one.set, Fate.KEPT, one.reasons, known.get(one.set.id)) for one in plan.keep),
        *(_row(one.set, Fate.EXPIRES, one.reasons, known.get(one.set.id)) for one in plan.expire),
    ]
    return sorted(made, key=lambda row: (row.set.taken_at, row.set.id), reverse=True)


def counts(table: Sequence[Row]) -> str:
    """34 kept, 1 marked to expire, 1 goes now"""
    found = Counter(row.fate for row in table)
    return ", ".join(f"{wording.count(found[fate])} {fate}" for fate in Fate if found[fate]) or "no set"


def lines(table: Sequence[Row]) -> list[str]:
    """A line for each set that is not just kept, what goes first."""
    return [
        f"{row.set.id} ({row.set.state}): {row.what}: {row.why}"
        for fate in CHANGES
        for row in table
        if row.fate is fate
    ]


def shortened(all_lines: Sequence[str]) -> str:
    """As many as fit into a message."""
    more = len(all_lines) - LINES
    told = [*all_lines[:LINES], *([f"and {wording.counted(more, 'other set')}"] if more > 0 else [])]
    return "\n".join(told)


def page(table: Sequence[Row]) -> str:
    """Every set with all its reasons, as Markdown."""
    if not table:
        return "There is no recovery set."
    made = [
        f"| {row.set.id} | {stamp(row.set.taken_at)} | {row.set.state} | {row.what} | {_cell(row.why)} |"
        for row in table
    ]
    return "\n".join(["| set | taken | state | what becomes of it | why |", "|---|---|---|---|---|", *made])


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}"


def _row(each: RecoverySet, without: Fate, reasons: Sequence[str], step: Step | None) -> Row:
    why = "; ".join(reasons)
    match step:
        case Unmark():
            return Row(each, Fate.KEPT_AGAIN, None, why)
        case Mark(expires_at=at):
            return Row(each, Fate.MARKED, at, why)
        case Wait(until=until, why=cause):
            return Row(each, Fate.WAITS, until, f"{cause}; {why}")
        case BeginDeletion() | DeletePart() | SparePart() | DeleteManifest():
            return Row(each, Fate.GOES, None, why)
        case None:
            return Row(each, without, None, why)


def _cell(text: str) -> str:
    return in_markdown(text.replace("\n", " ").replace("|", "\\|"))
