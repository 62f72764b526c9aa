"""The catalogue for people: what is known of each recovery set, and until when and why it is kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain import wording
from domain.recovery_set import Kind, RecoverySet
from domain.retention import Decision, Plan
from domain.set_json import copy_to_json, part_to_json, pin_to_json, proof_to_json, window_to_json
from domain.strict_json import iso


@dataclass(frozen=True, slots=True)
class Entry:
    """One set as a person asks for it. All ages are of what it holds."""

    set: RecoverySet
    kept: bool
    until: datetime | None  # kept until then at least, or deleted from then on; None: no instant is known
    reasons: tuple[str, ...]
    now: datetime

    @property
    def age(self) -> timedelta:
        return self.now - self.set.taken_at

    @property
    def state(self) -> str:
        """proven (RTO 41 min, RPO 3.5 s), complete, being deleted"""
        if self.set.deleting:
            return "being deleted"
        proof = self.set.proof
        if proof is None:
            return self.set.state
        rto = wording.length(proof.achieved_rto)
        rpo = "not measured" if proof.achieved_rpo is None else wording.length(proof.achieved_rpo)
        return f"{self.set.state} (RTO {rto}, RPO {rpo})"

    @property
    def snapshot_age(self) -> timedelta | None:
        """How old its search snapshot is today."""
        part = self.set.part(Kind.SEARCH)
        return self.now - part.at if part else None

    @property
    def what_follows(self) -> str:
        """until 2026-12-22, expires 2026-11-23"""
        if self.until is None:
            return "" if self.kept else "expires"
        return f"{'until' if self.kept else 'expires'} {self.until:%Y-%m-%d}"

    def to_json(self) -> dict[str, Any]:
        """For scripts; lengths in seconds, sizes in bytes, instants in ISO 8601."""
        each, snapshot = self.set, self.snapshot_age
        return {
            "id": each.id,
            "taken_at": iso(each.taken_at),
            "age_seconds": round(self.age.total_seconds()),
            "state": each.state.value,
            "deleting": each.deleting,
            "proof": proof_to_json(each.proof),
            "window": window_to_json(each.window),
            "search_snapshot_age_seconds": None if snapshot is None else round(snapshot.total_seconds()),
            "size_bytes": each.size,
            "parts": [part_to_json(part) for part in each.parts],
            "copies": [copy_to_json(copy) for copy in each.copies],
            "pins": [pin_to_json(pin) for pin in each.pins],
            "kept": self.kept,
            "until": iso(self.until) if self.until else None,
            "marked_to_expire_at": iso(each.expires_at) if each.expires_at else None,
            "reasons": list(self.reasons),
        }


def entries(plan: Plan) -> list[Entry]:
    """An entry for each set, the newest first."""
    made = [*_entries(plan, plan.keep, kept=True), *_entries(plan, plan.expire, kept=False)]
    return sorted(made, key=lambda entry: (entry.set.taken_at, entry.set.id), reverse=True)


def _entries(plan: Plan, decisions: Iterable[Decision], *, kept: bool) -> Iterable[Entry]:
    for decision in decisions:
        until = _kept_until(plan, decision.set) if kept else decision.set.expires_at
        yield Entry(decision.set, kept, until, decision.reasons, plan.made_at)


def _kept_until(plan: Plan, each: RecoverySet) -> datetime | None:
    """The latest instant that a pin, the age or a lock names: until then it is kept, come what may.

    What counts sets and periods has no instant, as it depends on those to come; nor has the age beside a
    maximum.
    """
    ends = [pin.until for pin in each.pins]
    ends += [each.locked_until] if each.locked_until else []
    if plan.policy.maximum is None:
        ends.append(each.taken_at + plan.policy.all_for)
    return max((at for at in ends if at > plan.made_at), default=None)
