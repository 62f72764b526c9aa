"""Roll back: to the baseline of the deploy on trial, to the former baseline, or to a revision by name."""

import logging

from prefect import flow

from clients.environment import Environment
from clients.environment_files import load_environment
from domain.record import ReleaseRecord, Result
from domain.return_plan import Return
from domain.service import mark_on
from domain.smoke import SmokeFailed
from flows.settle import settle
from tasks.held_lease import HeldLease
from tasks.journal import journal
from tasks.leases import leased, wait_for_end
from tasks.migrations import stop_leftovers
from tasks.proofs import smoke_revision, smoke_service
from tasks.records import recording
from tasks.returns import choose_revision, offer, send_everyone, withdraw
from tasks.traffic import clear_marks, found, mark_while_in_doubt, restore_baseline

logger = logging.getLogger("muster")


@flow(flow_run_name="rollback {environment}")
def rollback(
    environment: str, to: str = "", skip_smoke: bool = False, only_left_behind: bool = False
) -> ReleaseRecord | None:
    """Give all traffic back; the schema stays as it is.

    The lease is taken over at once, so that a deploy under way changes nothing more. `to` names a revision;
    it is smoked at an address of its own first, unless `skip_smoke` says that there is no time for it.

    `only_left_behind` is for automations: the lease is waited for until it ends, and only what a deploy
    that died has left is undone. A deploy that is alive, or ended well, is not touched by it.
    """
    env = load_environment(environment)
    if only_left_behind:
        wait_for_end(env)
        settled = settle(environment)
        logger.info(f"{env.name}: {settled.word}")
        return settled.records[0] if settled.records else None
    with recording("rollback", env, to) as record:
        chosen = choose_revision(env, to)
        if chosen.nothing_to_do:
            record.result = Result.UNCHANGED
            return record
        with leased(env, record.holder, take_over=True) as lease:
            chosen = choose_revision(env, to)  # what the former holder may have changed in the meantime
            journal().show(f"going back to `{chosen.target}`")
            if chosen.at_once:
                go_back_at_once(env, chosen, lease)
            else:
                go_back_proven(env, chosen, lease, skip_smoke=skip_smoke)
                smoke_service(env, chosen.target, lease)
        record.result = Result.ROLLED_BACK
    return record


def go_back_at_once(env: Environment, chosen: Return, lease: HeldLease) -> None:
    """Traffic first. The mark stays until the baseline is seen to work on the schema as it was left; where it
    does not, `muster settle` takes the schema back."""
    marks = mark_while_in_doubt(env, mark_on(found(env)), lease)
    restore_baseline(env, chosen.target, lease, marks)
    if env.database:
        stop_leftovers(env, lease.keep)
    smoke_service(env, chosen.target, lease)
    if marks:
        clear_marks(env, lease)


def go_back_proven(env: Environment, chosen: Return, lease: HeldLease, *, skip_smoke: bool) -> None:
    """Smoke the revision at an address of its own, which shows whether it works on the schema as it is."""
    if skip_smoke:
        journal().note(f"{chosen.target} was not smoked before it got all traffic, as was asked for")
    else:
        address = offer(env, chosen, lease)
        try:
            smoke_revision(env, chosen.target, address, lease)
        except SmokeFailed:
            withdraw(env, lease)
            raise
    send_everyone(env, chosen.target, lease)
