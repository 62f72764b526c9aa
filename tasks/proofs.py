"""Smoke checks of what serves, or is about to."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from clients.environment import Environment
from clients.postgres import schema_revision
from domain import wording
from domain.lease import LeaseLost
from domain.migration import MigrationRejected
from domain.refusal import Problem, Refused
from domain.release_plan import Plan
from domain.smoke import SmokeFailed
from domain.traffic import TrafficChanged
from tasks.exposures import count_exposure
from tasks.held_lease import HeldLease
from tasks.journal import journal
from tasks.migrations import MigrationFailed, take_schema_back
from tasks.probes import smoke
from tasks.step import step
from tasks.traffic import found
from tasks.undisturbed import undisturbed


@step
def prove_baseline(env: Environment, plan: Plan, lease: HeldLease) -> None:
    """Smoke the baseline before the schema changes: what is broken already is not the migration's fault.

    Raises:
        Refused: it is broken.
    """
    try:
        smoke(env, found(env).uri, f"baseline {plan.baseline}", lease.while_keeping)
    except SmokeFailed as error:
        raise Refused(
            [
                Problem(
                    f"the baseline is broken already: {error}",
                    "deploy over it with --fix-forward, or roll back",
                )
            ]
        ) from error


@contextmanager
def proven_or_taken_back(env: Environment, plan: Plan, lease: HeldLease, to: str) -> Iterator[None]:
    """Around whatever changes the schema: the baseline works on what comes of it, or the schema goes back.

    `to` is the schema revision to go back to. Whatever ends the change, a cancel too, the proof follows.
    Where neither can be done, the journal says that the schema is in doubt.

    Raises:
        MigrationRejected: the baseline did not work on the new schema.
    """
    since = lease.server_before()
    journal().schema_in_doubt = True
    try:
        yield
    except (LeaseLost, TrafficChanged):
        raise
    except BaseException:
        with undisturbed():
            if schema_revision(env) != to:
                prove_on_new_schema(env, plan, lease, to, since)
        journal().schema_in_doubt = False
        raise
    prove_on_new_schema(env, plan, lease, to, since)
    journal().schema_in_doubt = False


@step
def prove_on_new_schema(env: Environment, plan: Plan, lease: HeldLease, to: str, since: datetime) -> None:
    """The N-1 proof: the baseline, which goes on serving, works on the schema as it is now."""
    try:
        smoke(env, found(env).uri, f"baseline {plan.baseline} on the new schema", lease.while_keeping)
    except SmokeFailed as broken:
        what = f"the migration breaks the baseline ({broken})"
        try:
            take_schema_back(env, plan, to, lease)
            smoke(env, found(env).uri, f"baseline {plan.baseline} on schema {to}", lease.while_keeping)
        except (MigrationFailed, SmokeFailed) as stuck:
            raise MigrationRejected(
                f"{what}, and going back to schema {to} did not help: {stuck}; the recovery point is "
                f"{journal().record.recovery_point}"
            ) from stuck
        journal().schema_in_doubt = False
        seen = _seen_meanwhile(env, plan.baseline, since)
        raise MigrationRejected(
            f"{what}; the schema was taken back to {to} and it works again; {seen}"
        ) from broken


def _seen_meanwhile(env: Environment, baseline: str, since: datetime) -> str:
    seen = count_exposure(env, baseline, since)
    if seen is None:
        return "what users saw meanwhile cannot be told"
    journal().record.exposure[baseline] = seen
    return (
        f"meanwhile {wording.counted(seen.users_with_errors, 'user')} saw "
        f"{wording.counted(seen.errors, 'error')} in {wording.counted(seen.requests, 'request')}"
    )


@step
def smoke_revision(env: Environment, revision: str, address: str, lease: HeldLease) -> None:
    """Smoke a revision on its tag, before a user meets it. SmokeFailed if it does not do."""
    smoke(env, address, revision, lease.while_keeping)


@step
def smoke_service(env: Environment, revision: str, lease: HeldLease) -> None:
    """Smoke the service's own address, where users are. SmokeFailed if it does not do."""
    smoke(env, found(env).uri, f"{env.service.name} on {revision}", lease.while_keeping)
