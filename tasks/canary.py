"""Trying the canary on users: a step at a time, judged by the request log."""

import logging
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from clients.environment import Environment
from clients.errors import ClientError, is_transient
from clients.logs import read_requests
from clients.objects import delete_object, read_json, write_json
from domain.canary import (
    Arm,
    CanaryRejected,
    Next,
    Observation,
    Verdict,
    judge,
    next_after,
)
from domain.evidence import Evidence
from domain.messages import look_text, plain, verdict_text
from domain.record import Look
from domain.release_plan import Plan
from domain.requests import Request, of_users
from tasks.journal import journal
from tasks.leases import HeldLease
from tasks.step import step
from tasks.traffic import look, split_traffic

logger = logging.getLogger("muster")

OVERLAP = 3  # times the log's lag is reread at each look: entries arrive in any order


@dataclass
class Hold:
    """What was seen during one hold: requests of each arm by number, each entry counted once."""

    percent: int
    since: datetime
    until: datetime
    lag: timedelta
    canary: Arm = field(default_factory=Arm)
    baseline: Arm = field(default_factory=Arm)
    received: datetime | None = None
    _known: deque[tuple[datetime, set[str]]] = field(default_factory=deque)

    def count(self, entries: Iterable[Request], canary: str) -> list[Request]:
        """Count what is new and began within the hold; the new entries."""
        known = set().union(*(ids for _, ids in self._known))
        new = [entry for entry in entries if entry.id not in known]
        for entry in new:
            if entry.at > self.until:
                continue
            if entry.revision == canary:
                self.canary = Arm(self.canary.requests + 1, self.canary.errors + entry.failed)
            else:
                self.baseline = Arm(self.baseline.requests + 1, self.baseline.errors + entry.failed)
        return new

    @property
    def reread_from(self) -> datetime | None:
        return self.received - OVERLAP * self.lag if self.received else None

    def remember(self, entries: Iterable[Request], newest: datetime | None) -> None:
        """Keep the ids that a later look will read again."""
        if newest is None:
            return
        self.received = max(self.received, newest) if self.received else newest
        self._known.append((self.received, {entry.id for entry in entries}))
        while self._known and self._known[0][0] < self.received - 2 * OVERLAP * self.lag:
            self._known.popleft()


@step(named="prove at {percent} %")
def prove(env: Environment, plan: Plan, percent: int, lease: HeldLease) -> None:
    """One step: the canary's share, a hold, a verdict.

    Raises:
        CanaryRejected: it failed, or could not be judged and the policy says to go back.
    """
    if journal().met_at is None:
        journal().met_at = lease.server_before()
        journal().draft(now=True)
    split_traffic(env, plan, percent, lease)
    policy = env.canary.policy
    for held_again in (False, True):
        verdict = _hold(env, plan, percent, lease)
        follows = next_after(policy, verdict, held_again=held_again)
        text = verdict_text(percent, verdict, follows)
        logger.info(plain(f"{env.service.name}: {text}"))
        journal().say(text)
        if follows is Next.ROLL_BACK:
            raise CanaryRejected(verdict)
        if follows is Next.GO_ON:
            return


def forget_evidence(env: Environment, revision: str) -> None:
    """A trial that ended leaves no evidence for the next one; what it was stands in the record."""
    delete_object(env, env.state, _evidence_name(env, revision))


def _hold(env: Environment, plan: Plan, percent: int, lease: HeldLease) -> Verdict:
    """Look again and again until there is a verdict. The last look waits for the log's lag."""
    length, lag = env.canary.hold, env.canary.log_lag
    since = lease.server_now()
    hold = Hold(percent, since, since + length, lag)
    evidence = _kept_evidence(env, plan.revision)
    began = time.monotonic()
    while True:
        spent = timedelta(seconds=time.monotonic() - began)
        seen = _observe(env, plan, hold, evidence, lease, over=spent > length + lag)
        if seen is not None:
            evidence = seen.evidence
            _keep_evidence(env, plan.revision, evidence)
            verdict = judge(env.canary.policy, seen)
            _tell(env, plan, seen, min(spent, length), verdict)
            if verdict:
                return verdict
        left = (length + lag).total_seconds() - (time.monotonic() - began)
        _pause(min(env.canary.look_every.total_seconds(), max(left, 0.05)), lease)


def _observe(
    env: Environment, plan: Plan, hold: Hold, evidence: Evidence, lease: HeldLease, *, over: bool
) -> Observation | None:
    """One look at service and log; None when the log does not answer and there is time for another.

    Raises:
        TrafficChanged: the split is no longer ours.
    """
    service = look(env, lease)
    try:
        entries, newest = read_requests(env, since=hold.since, received_after=hold.reread_from)
    except ClientError as error:
        if over or not is_transient(error):
            raise
        logger.warning(f"{env.service.name}: this look is skipped: {error.what}")
        return None
    new = hold.count(of_users(entries, service.tag_uris.values()), plan.revision)
    hold.remember(entries, newest)
    errors = [entry for entry in new if entry.failed]
    evidence = evidence.seen(errors, plan.revision, hold.percent, lease.server_now())
    return Observation(hold.percent, hold.canary, hold.baseline, evidence, hold_over=over)


def _tell(env: Environment, plan: Plan, seen: Observation, spent: timedelta, verdict: Verdict | None) -> None:
    journal().record.looks.append(Look.of(datetime.now(UTC), env.canary.policy, seen, verdict))
    text = look_text(env.canary.policy, seen, spent)
    logger.info(f"{env.service.name}: {seen.percent} % on {plan.revision}, {text}")
    journal().show(f"{seen.percent} % on `{plan.revision}`: {text}", seen.percent)


def _pause(seconds: float, lease: HeldLease) -> None:
    """Sleep in pieces, keeping the lease."""
    end = time.monotonic() + seconds
    while True:
        lease.keep()
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, 0.5))


def _kept_evidence(env: Environment, revision: str) -> Evidence:
    kept = read_json(env, env.state, _evidence_name(env, revision))
    return Evidence.from_json(kept) if kept else Evidence()


def _keep_evidence(env: Environment, revision: str, evidence: Evidence) -> None:
    """For the process that goes on where this one died. A storage that is away is the lease's affair."""
    try:
        write_json(env, env.state, _evidence_name(env, revision), evidence.to_json())
    except ClientError as error:
        if not is_transient(error):
            raise
        logger.warning(f"{env.service.name}: the evidence was not kept: {error.what}")


def _evidence_name(env: Environment, revision: str) -> str:
    return f"evidence/{env.name}/{revision}.json"
