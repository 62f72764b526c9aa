"""New revisions: created without a user, waited for, or found to have failed."""

import logging
from datetime import timedelta

from clients import cloud_run
from clients.cloud_run import create_service, read_revision, read_service
from clients.environment import Environment
from domain.release_plan import Plan
from domain.service import UNPROVEN, Revision, others_annotations, signature
from domain.traffic import baseline_alone, split, with_canary
from tasks.held_lease import HeldLease
from tasks.step import step
from tasks.traffic import change, found, look, mark_of
from tasks.waiting import wait_for

logger = logging.getLogger("muster")

STARTS = timedelta(minutes=10)  # beyond what its own probe allows, for pulling the image and the like
HAPPENS = timedelta(minutes=5)


class RevisionFailed(Exception):
    """A new revision did not start. No user was sent to it."""


@step
def create_canary(env: Environment, plan: Plan, lease: HeldLease) -> str:
    """The new revision, with its tag and without traffic, ready; the address of its tag.

    A revision that an earlier run of the same release made is taken as it is.

    Raises:
        RevisionFailed: it did not start.
    """
    service = look(env, lease)
    assert service.asked
    wanted = with_canary(service.asked, plan.baseline, plan.revision, 0)
    mark = mark_of(env, plan, lease, proven=True).annotations()
    if _ready(env, plan.revision, may_be_missing=True):
        change(env, lease, wanted, mark)
    else:
        lease.check()
        lease.asked = wanted
        cloud_run.create_revision(
            env,
            revision=plan.revision,
            image=plan.image,
            secrets=plan.secrets,
            like=plan.baseline,
            traffic=wanted,
            annotations={**others_annotations(service), **mark},
        )
        _wait_until_ready(env, plan.revision, lease)
        wait_for(
            lambda: look(env, lease).done(wanted) or None, HAPPENS, f"{plan.revision}: its tag", lease.keep
        )
        lease.split, lease.asked = wanted, None
    logger.info(f"{env.service.name}: {plan.revision} is up, without traffic")
    return look(env, lease).tag_uris["canary"]


@step
def create_first(env: Environment, plan: Plan, lease: HeldLease) -> str:
    """The first revision of a service, which has all traffic: there is no other; the service's address.

    The service is marked as unproven until it passed its smoke checks.

    Raises:
        RevisionFailed: it did not start.
    """
    service = read_service(env)
    lease.check()
    if service is None:
        create_service(
            env,
            revision=plan.revision,
            image=plan.image,
            secrets=plan.secrets,
            annotations={UNPROVEN: plan.revision, **signature(lease.nonce)},
        )
    else:
        cloud_run.create_revision(
            env,
            revision=plan.revision,
            image=plan.image,
            secrets=plan.secrets,
            like=None,
            traffic=split({plan.revision: 100}, {}),
            annotations={
                **others_annotations(service),
                UNPROVEN: plan.revision,
                **signature(lease.nonce),
            },
        )
    _wait_until_ready(env, plan.revision, lease)
    lease.split = split({plan.revision: 100}, {})
    wanted = lease.split
    wait_for(
        lambda: look(env, lease).done(wanted) or None, HAPPENS, f"{env.service.name}: its traffic", lease.keep
    )
    return found(env).uri


@step
def confirm_first(env: Environment, lease: HeldLease) -> None:
    """The first release passed: it is a baseline now."""
    service = look(env, lease)
    assert service.asked
    change(env, lease, baseline_alone(service.asked, next(iter(service.asked.shares))), {})


def _wait_until_ready(env: Environment, revision: str, lease: HeldLease) -> None:
    startup = env.service.template.startup
    within = STARTS + (startup.within if startup else timedelta(minutes=4))
    wait_for(lambda: _ready(env, revision) or None, within, f"{revision}: its start", lease.keep)


def _ready(env: Environment, name: str, *, may_be_missing: bool = False) -> bool:
    """Whether it can serve. RevisionFailed when it never will.

    By the revision's own conditions: the service's do not tell of a revision without traffic.
    """
    revision: Revision | None = read_revision(env, name)
    if revision is None or (not revision.ready and not revision.failed):
        return False
    if revision.failed and not may_be_missing:
        raise RevisionFailed(f"{name} did not start: {revision.reason.splitlines()[0]}")
    return revision.ready
