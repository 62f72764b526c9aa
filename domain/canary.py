"""The judge: what was observed of a canary in, a verdict with its reasons out."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain import wording
from domain.evidence import Evidence
from domain.share_test import p_value

ODD_SHARE = 0.001  # below this probability the share of requests does not fit the split


class Outcome(StrEnum):
    """What the judge can say."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class WhenInconclusive(StrEnum):
    """What a policy does with too little to judge by."""

    ROLL_BACK = "roll_back"
    HOLD = "hold"  # one more hold, then back
    PROMOTE = "promote"  # on to the next step


@dataclass(frozen=True)
class Policy:
    """How a canary is tried. `steps` are percentages that rise; `alpha` bounds false rollbacks."""

    steps: tuple[int, ...] = (5, 25, 50)
    hold: timedelta = timedelta(minutes=10)
    minimum_requests: int = 300
    alpha: float = 0.01
    when_inconclusive: WhenInconclusive = WhenInconclusive.ROLL_BACK

    @property
    def limit(self) -> float:
        """The evidence at which a canary fails."""
        return 1 / self.alpha


@dataclass(frozen=True)
class Arm:
    """One side of a step: the users' requests that were logged, and how many of them failed."""

    requests: int = 0
    errors: int = 0

    def __str__(self) -> str:
        return f"{wording.count(self.errors)} of {wording.count(self.requests)}"


@dataclass(frozen=True)
class Observation:
    """What was seen at one look: of this step the requests, of the whole trial the evidence."""

    percent: int
    canary: Arm
    baseline: Arm
    evidence: Evidence
    hold_over: bool  # and the log had time to tell of its last requests


@dataclass(frozen=True)
class Verdict:
    """What follows, and why: in sentences a person can check against the log."""

    outcome: Outcome
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.outcome}: {'; '.join(self.reasons)}"


class CanaryRejected(Exception):
    """The canary was judged, and it does not pass."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__("; ".join(verdict.reasons))
        self.verdict = verdict


def judge(policy: Policy, seen: Observation) -> Verdict | None:
    """The verdict on a look; None while the hold goes on and nothing speaks against the canary.

    FAIL as soon as the evidence reaches 1/alpha. At the hold's end: INCONCLUSIVE if the canary got fewer
    requests than the minimum, or a share of them that does not fit the split; else PASS.
    """
    if seen.evidence.e_value >= policy.limit:
        return Verdict(Outcome.FAIL, (_worse(policy, seen),))
    if not seen.hold_over:
        return None
    doubts = _doubts(policy, seen)
    if doubts:
        return Verdict(Outcome.INCONCLUSIVE, doubts)
    return Verdict(Outcome.PASS, (_no_worse(policy, seen),))


class Next(StrEnum):
    """What a deploy does after a hold."""

    GO_ON = "go on"
    HOLD_AGAIN = "hold once more"
    ROLL_BACK = "roll back"


def next_after(policy: Policy, verdict: Verdict, *, held_again: bool) -> Next:
    """What follows a verdict. Where it is inconclusive the policy says; a second hold gets no third."""
    if verdict.outcome is Outcome.PASS:
        return Next.GO_ON
    if verdict.outcome is Outcome.INCONCLUSIVE:
        if policy.when_inconclusive is WhenInconclusive.PROMOTE:
            return Next.GO_ON
        if policy.when_inconclusive is WhenInconclusive.HOLD and not held_again:
            return Next.HOLD_AGAIN
    return Next.ROLL_BACK


def _doubts(policy: Policy, seen: Observation) -> tuple[str, ...]:
    doubts = []
    got, total = seen.canary.requests, seen.canary.requests + seen.baseline.requests
    if got < policy.minimum_requests:
        doubts.append(
            f"only {wording.counted(got, 'request')} reached the canary, "
            f"{wording.count(policy.minimum_requests)} are wanted for a verdict"
        )
    if total and p_value(got, total, seen.percent / 100) < ODD_SHARE:
        doubts.append(
            f"the canary answered {wording.share(got, total)} of the requests where {seen.percent} % were "
            f"sent to it ({wording.count(got)} of {wording.count(total)}): "
            + ("it may hang" if got < total * seen.percent / 100 else "the log does not show the split")
        )
    return tuple(doubts)


def _worse(policy: Policy, seen: Observation) -> str:
    return (
        f"the canary errs more than the baseline: 5xx on {seen.canary} requests "
        f"({wording.share(seen.canary.errors, seen.canary.requests)}) against {seen.baseline} "
        f"({wording.share(seen.baseline.errors, seen.baseline.requests)}) at {seen.percent} %; "
        f"evidence {wording.evidence(seen.evidence.e_value)}, limit {wording.evidence(policy.limit)}"
    )


def _no_worse(policy: Policy, seen: Observation) -> str:
    return (
        f"nothing speaks against the canary: 5xx on {seen.canary} requests against {seen.baseline} on the "
        f"baseline at {seen.percent} %; evidence {wording.evidence(seen.evidence.e_value)}, "
        f"limit {wording.evidence(policy.limit)}"
    )
