"""Deploy a release: refuse early, build, plan, migrate, canary, promote; or go back by itself."""

from datetime import timedelta

from prefect import flow

from clients.environment import Environment
from domain.canary import CanaryRejected, Next
from domain.lease import LeaseLost
from domain.orders import Aborted
from domain.record import ReleaseRecord, Result
from domain.release import Release
from domain.release_plan import Plan
from domain.traffic import TrafficChanged
from tasks.builds import build
from tasks.canary import forget_evidence, prove
from tasks.held_lease import HeldLease
from tasks.journal import journal
from tasks.leases import leased
from tasks.migrations import migrate
from tasks.openings import open_trial
from tasks.plans import confirm, environment_for, plan_deploy, refuse_early
from tasks.proofs import prove_baseline, proven_or_taken_back, smoke_revision, smoke_service
from tasks.records import recording
from tasks.recovery_points import mark_recovery_point
from tasks.revisions import confirm_first, create_canary, create_first
from tasks.traffic import clear_marks, give_all, mark_of_doubt, restore_baseline, take_in_hand


@flow(flow_run_name="deploy {release.ref} to {environment}")
def deploy(environment: str, release: Release, wait: timedelta = timedelta(0)) -> ReleaseRecord:
    """Walk a new revision up the canary steps, then give it all traffic.

    Whatever goes wrong on the way, the baseline has all traffic again before this run ends, and the run ends
    as failed. `wait` is how long to wait for another deploy to end.
    """
    env = environment_for(release, environment)
    with recording("deploy", env, release.ref) as record:
        refuse_early(env, release, wait)
        image = build(env, release)
        plan = plan_deploy(env, release, image)
        if plan.nothing_to_do:
            forget_evidence(env, plan.baseline)
            record.baseline, record.result = plan.baseline, Result.UNCHANGED
            return record
        with leased(env, record.holder, wait) as lease:
            plan = confirm(env, release, plan, wait)
            open_trial(env, plan)
            if plan.first:
                deploy_first(env, plan, lease)
            else:
                deploy_next(env, plan, lease)
        record.result = Result.PROMOTED
    return record


def deploy_next(env: Environment, plan: Plan, lease: HeldLease) -> None:
    """A release against the baseline, which serves until the very end."""
    if plan.begins_on_baseline:
        prove_baseline(env, plan, lease)
    try:
        take_in_hand(env, plan, lease)
        change_schema(env, plan, lease)
        if not plan.unchanged:
            address = create_canary(env, plan, lease)
            smoke_revision(env, plan.revision, address, lease)
            for percent in plan.steps(env.canary.steps):
                if prove(env, plan, percent, lease) is Next.PROMOTE:
                    break
            give_all(env, plan, lease)
            smoke_service(env, plan.revision, lease)
        clear_marks(env, lease)
    except (LeaseLost, TrafficChanged):  # someone else acts: hands off
        raise
    except BaseException as failure:  # a cancelled deploy goes back too
        restore_baseline(env, plan.baseline, lease, mark_of_doubt(env, plan, lease))
        journal().record.result = Result.ROLLED_BACK if journal().met_at else Result.FAILED
        if isinstance(failure, CanaryRejected | Aborted):
            forget_evidence(env, plan.revision)
        raise
    forget_evidence(env, plan.revision)


def change_schema(env: Environment, plan: Plan, lease: HeldLease) -> None:
    """The schema, proven on the baseline before and after, or taken back."""
    if plan.left_schema:  # a deploy migrated, and died before it had proven anything
        with proven_or_taken_back(env, plan, lease, plan.proven_schema):
            pass
    if not plan.migration:
        return
    if plan.broken:  # nothing can be proven on it
        journal().record.recovery_point = mark_recovery_point(env, lease)
        migrate(env, plan, lease)
        return
    with proven_or_taken_back(env, plan, lease, plan.schema):
        journal().record.recovery_point = mark_recovery_point(env, lease)
        migrate(env, plan, lease)


def deploy_first(env: Environment, plan: Plan, lease: HeldLease) -> None:
    """The first release of a service: no user yet, no canary, nothing to go back to."""
    if plan.migration:
        journal().record.recovery_point = mark_recovery_point(env, lease)
        migrate(env, plan, lease)
    journal().record.service_url = create_first(env, plan, lease)
    smoke_service(env, plan.revision, lease)
    confirm_first(env, lease)
