"""Trying the canary on users: a step at a time, judged by the request log."""

import logging
import time
from datetime import UTC, datetime, timedelta

from clients.environment import Environment
from clients.errors import ClientError, is_transient
from clients.logs import read_requests
from clients.objects import delete_object, read_json, write_json
from clients.patience import patience
from domain import lease as lease_rules
from domain.canary import (
    CanaryRejected,
    Next,
    Observation,
    Verdict,
    judge,
    next_after,
)
from domain.evidence import Evidence
from domain.hold import Hold
from domain.messages import look_text, plain, verdict_text
from domain.record import Look
from domain.release_plan import Plan
from domain.requests import of_users
from tasks.held_lease import HeldLease
from tasks.journal import journal
from tasks.orders import Operator
from tasks.step import step
from tasks.traffic import look, split_traffic

logger = logging.getLogger("muster")

LONGEST_PAUSE = 60.0  # seconds between looks while the log does not answer


@step(named="prove at {percent} %")
def prove(env: Environment, plan: Plan, percent: int, lease: HeldLease) -> Next:
    """One step: the canary's share, a hold, a verdict; GO_ON, or PROMOTE where an operator said so.

    Raises:
        CanaryRejected: it failed, or could not be judged and the policy says to go back.
        Aborted: an operator said so.
    """
    if journal().met_at is None:
        journal().met_at = lease.server_before()
        journal().draft(now=True)
    split_traffic(env, plan, percent, lease)
    policy = env.canary.policy
    for held_again in (False, True):
        verdict = _hold(env, plan, percent, lease)
        if verdict is None:
            return Next.PROMOTE
        follows = next_after(policy, verdict, held_again=held_again)
        text = verdict_text(percent, verdict, follows)
        logger.info(plain(f"{env.service.name}: {text}"))
        journal().say(text)
        if follows is Next.ROLL_BACK:
            raise CanaryRejected(verdict)
        if follows is Next.GO_ON:
            return follows
    raise AssertionError("a second hold gets no third")


def forget_evidence(env: Environment, revision: str) -> None:
    """A trial that ended leaves no evidence for the next one; what it was stands in the record.

    The trial has ended, whatever storage says: what cannot be deleted goes with the next deploy of the same.
    """
    try:
        delete_object(env, env.state, _evidence_name(env, revision))
    except ClientError as error:
        logger.warning(f"{env.service.name}: the evidence of the trial is left: {error.what}")


def _hold(env: Environment, plan: Plan, percent: int, lease: HeldLease) -> Verdict | None:
    """Look again and again until there is a verdict; None when an operator wants none.

    The last look waits for the log's lag. One that is held never is the last.
    """
    length, lag = env.canary.hold, env.canary.log_lag
    since = lease.server_now()
    hold = Hold(percent, since, since + length, lag)
    evidence = _kept_evidence(env, plan.revision)
    began = time.monotonic()
    operator = Operator(env, lease.nonce)
    pause = look_every = env.canary.look_every.total_seconds()
    while True:
        spent = timedelta(seconds=time.monotonic() - began)
        operator.listen(percent, spent)
        over = spent > length + lag and not operator.holds
        seen = _observe(env, plan, hold, evidence, lease, over=over)
        if seen is not None:
            evidence = seen.evidence
            _keep_evidence(env, plan.revision, evidence)
            verdict = judge(env.canary.policy, seen)
            _tell(env, plan, seen, look_text(env.canary.policy, seen, spent, operator.word), verdict)
            if verdict:
                return verdict
        if operator.promotes:
            return None
        pause = look_every if seen else min(2 * pause, LONGEST_PAUSE)  # the log's quota may be what is short
        left = (length + lag).total_seconds() - (time.monotonic() - began)
        _pause(pause if operator.holds else min(pause, max(left, 0.05)), lease)


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


def _tell(env: Environment, plan: Plan, seen: Observation, text: str, verdict: Verdict | None) -> None:
    journal().record.looks.append(Look.of(datetime.now(UTC), env.canary.policy, seen, verdict))
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
        with patience(lease_rules.little_patience(env.lease)):
            write_json(env, env.state, _evidence_name(env, revision), evidence.to_json())
    except ClientError as error:
        if not is_transient(error):
            raise
        logger.warning(f"{env.service.name}: the evidence was not kept: {error.what}")


def _evidence_name(env: Environment, revision: str) -> str:
    return f"evidence/{env.name}/{revision}.json"
