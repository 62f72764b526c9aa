"""The judge: what was observed of a canary in, a verdict with its reasons out."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain import wording
from domain.evidence import CELL, Evidence
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

    @property
    def rate(self) -> str:
        """3 of 120 requests (2.5 %)"""
        if not self.requests:
            return "0 requests so far"
        share = wording.share(self.errors, self.requests)
        return f"{wording.count(self.errors)} of {wording.counted(self.requests, 'request')} ({share})"


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
    odd_share: bool = False  # the requests do not fit the split: a sign of harm, not of too little traffic


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
    few, odd = _too_few(policy, seen), _odd_share(seen)
    if few or odd:
        return Verdict(Outcome.INCONCLUSIVE, tuple(filter(None, (few, odd))), odd_share=bool(odd))
    return Verdict(Outcome.PASS, (_no_worse(policy, seen),))


class Next(StrEnum):
    """What a deploy does after a hold."""

    GO_ON = "go on"
    PROMOTE = "promote"  # an operator said so
    HOLD_AGAIN = "hold once more"
    ROLL_BACK = "roll back"


def next_after(policy: Policy, verdict: Verdict, *, held_again: bool) -> Next:
    """What follows a verdict. Where it is inconclusive the policy says; a second hold gets no third.

    No policy goes on, or holds, on an odd share: a canary that hangs shows in nothing else.
    """
    if verdict.outcome is Outcome.PASS:
        return Next.GO_ON
    if verdict.outcome is Outcome.INCONCLUSIVE and not verdict.odd_share:
        if policy.when_inconclusive is WhenInconclusive.PROMOTE:
            return Next.GO_ON
        if policy.when_inconclusive is WhenInconclusive.HOLD and not held_again:
            return Next.HOLD_AGAIN
    return Next.ROLL_BACK


def _too_few(policy: Policy, seen: Observation) -> str:
    if seen.canary.requests >= policy.minimum_requests:
        return ""
    are = "is" if policy.minimum_requests == 1 else "are"
    return (
        f"only {wording.counted(seen.canary.requests, 'request')} reached the canary, "
        f"{wording.count(policy.minimum_requests)} {are} wanted for a verdict"
    )


def _odd_share(seen: Observation) -> str:
    got, total = seen.canary.requests, seen.canary.requests + seen.baseline.requests
    if not total or p_value(got, total, seen.percent / 100) >= ODD_SHARE:
        return ""
    sent = total * seen.percent / 100
    return (
        f"the canary answered {wording.count(got)} of {wording.counted(total, 'request')} where "
        f"{seen.percent} %, about {wording.count(round(sent))}, were sent to it: "
        + ("it may hang" if got < sent else "the log does not show the split")
    )


def _worse(policy: Policy, seen: Observation) -> str:
    counts = seen.evidence.counts.values()
    on_canary, on_baseline = sum(canary for canary, _ in counts), sum(baseline for _, baseline in counts)
    return (
        f"the canary errs more than the baseline: 5xx on {seen.canary.rate} against {seen.baseline.rate} "
        f"at {seen.percent} %; evidence {wording.evidence(seen.evidence.e_value)}, "
        f"limit {wording.evidence(policy.limit)}, from {wording.counted(on_canary, 'error')} against "
        f"{wording.count(on_baseline)} since the trial began, one per client and {wording.length(CELL)}"
    )


def _no_worse(policy: Policy, seen: Observation) -> str:
    e_value = seen.evidence.e_value
    return (
        f"{'nothing' if e_value <= 1 else 'not enough'} speaks against the canary: 5xx on "
        f"{seen.canary.rate} against {seen.baseline.rate} on the baseline at {seen.percent} %; "
        f"evidence {wording.evidence(e_value)}, limit {wording.evidence(policy.limit)}"
    )
