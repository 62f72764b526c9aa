"""What is kept of a deploy or a rollback, whatever became of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from domain.canary import Observation, Policy, Verdict
from domain.migration import Step
from domain.requests import Exposure


class Result(StrEnum):
    """How it ended."""

    PROMOTED = "promoted"
    UNCHANGED = "unchanged"  # what was asked for serves already
    ROLLED_BACK = "rolled back"
    FAILED = "failed"  # before a user met the release; the baseline serves
    REFUSED = "refused"  # before anything was touched
    HANDED_OVER = "handed over"  # someone else acts on the service now


EXIT_CODES = {
    Result.PROMOTED: 0,
    Result.UNCHANGED: 0,
    Result.ROLLED_BACK: 1,
    Result.FAILED: 1,
    Result.REFUSED: 2,
    Result.HANDED_OVER: 3,
}


@dataclass(frozen=True)
class StepTime:
    """One step of a runbook: when it began, how long it took, and how it went wrong if it did."""

    name: str
    started_at: datetime
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class Look:
    """A verdict with what it rests on."""

    at: datetime
    percent: int
    outcome: str
    reasons: tuple[str, ...]
    canary_requests: int
    canary_errors: int
    baseline_requests: int
    baseline_errors: int
    e_value: float
    limit: float  # of the e-value, at which the canary fails

    @classmethod
    def of(cls, at: datetime, policy: Policy, seen: Observation, verdict: Verdict | None) -> "Look":
        return cls(
            at=at,
            percent=seen.percent,
            outcome=verdict.outcome if verdict else "",
            reasons=verdict.reasons if verdict else (),
            canary_requests=seen.canary.requests,
            canary_errors=seen.canary.errors,
            baseline_requests=seen.baseline.requests,
            baseline_errors=seen.baseline.errors,
            e_value=seen.evidence.e_value,
            limit=policy.limit,
        )


@dataclass
class ReleaseRecord:
    """A record in the making; written to the vault once, at the end."""

    id: str
    kind: str  # deploy, rollback or settle
    environment: str
    service: str
    ref: str
    who: str
    started_at: datetime
    run_url: str = ""
    record_url: str = ""
    service_url: str = ""
    image: str = ""
    baseline: str = ""
    canary: str = ""
    schema_before: str = ""
    schema_after: str = ""
    migrations: list[Step] = field(default_factory=list)  # as planned, with the SQL there and back
    recovery_point: str = ""
    result: Result | None = None
    reason: str = ""
    ended_at: datetime | None = None
    notes: list[str] = field(default_factory=list)
    steps: list[StepTime] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    exposure: dict[str, Exposure] = field(default_factory=dict)

    @property
    def holder(self) -> str:
        """What this run is called where a lease names its holder."""
        return f"{self.kind} {self.ref} ({self.id}, by {self.who})".replace("  ", " ")

    @property
    def took(self) -> timedelta:
        return (self.ended_at or self.started_at) - self.started_at

    @property
    def verdicts(self) -> list[Look]:
        """The looks that ended in a verdict."""
        return [look for look in self.looks if look.outcome]

    def to_json(self) -> dict[str, Any]:
        plain = _plain(asdict(self))
        assert isinstance(plain, dict)
        return plain


def record_from_json(kept: Mapping[str, Any]) -> ReleaseRecord:
    """The record that `to_json` made. KeyError or ValueError when it is none."""
    values = dict(kept)
    for name in ("started_at", "ended_at"):
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    values["result"] = Result(values["result"]) if values["result"] else None
    values["steps"] = [
        StepTime(**{**step, "started_at": datetime.fromisoformat(step["started_at"])})
        for step in kept["steps"]
    ]
    values["looks"] = [
        Look(**{**look, "at": datetime.fromisoformat(look["at"]), "reasons": tuple(look["reasons"])})
        for look in kept["looks"]
    ]
    values["migrations"] = [Step(**step) for step in kept.get("migrations", [])]
    values["exposure"] = {name: Exposure(**seen) for name, seen in kept["exposure"].items()}
    try:
        return ReleaseRecord(**values)
    except TypeError as error:
        raise ValueError(f"this is no record: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
