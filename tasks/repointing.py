"""Re-pointing the service: a new revision like the one that serves, but bound to the recovered database."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from clients.cloud_run import list_revisions, read_revision, read_service
from clients.environment import Environment
from clients.errors import NotFound
from clients.fingerprints import fingerprint
from clients.revision_secrets import Given, secrets_given
from clients.service_part import Template
from domain.refusal import Problem, refuse
from domain.release_plan import Plan, revision_name
from domain.service import baseline_of
from domain.smoke import SmokeFailed
from domain.traffic import CANARY, kept_tags, split
from tasks.held_lease import HeldLease
from tasks.logbook import logbook
from tasks.proofs import smoke_revision, smoke_service
from tasks.revisions import create_canary
from tasks.step import step
from tasks.traffic import change, clear_marks, look, mark_of, restore_baseline, take_in_hand

logger = logging.getLogger("muster")

CALMS = timedelta(minutes=2)  # until users who all come back at once are served in time


class NotRepointed(Exception):
    """The new revision does not do: users are where they were."""


def binding_problems(env: Environment) -> list[Problem]:
    """Why the service could not be re-pointed; nothing, if it could."""
    service = read_service(env)
    if service is None:
        return [Problem(f"{env.service.name}: there is no such service", "deploy it, then recover")]
    baseline = baseline_of(service)
    if isinstance(baseline, Problem):
        return [baseline]
    if env.database and env.database.binding and not _bound(env, baseline):
        return [
            Problem(
                f"{baseline}: its variable {env.database.binding.variable} does not come from a secret",
                "let it come from one (service.template.secrets), deploy, then recover; or correct "
                "database.binding.variable",
            )
        ]
    return []


def serving_versions(env: Environment) -> dict[str, str]:
    """The secrets of the revision that serves, and their versions."""
    return {given.secret: given.version for given in secrets_given(env, _baseline(env))}


@dataclass(frozen=True)
class Serving:
    """What serves: to run something else on the same ground. `env` lays nothing over it."""

    env: Environment
    revision: str
    image: str
    secrets: Mapping[str, str]


def like_serving(env: Environment) -> Serving:
    """The revision that serves. NotFound when there is none."""
    baseline = _baseline(env)
    found = read_revision(env, baseline)
    if found is None:
        raise NotFound(f"{baseline}: the revision is gone", "deploy a release")
    return Serving(_plain(env), baseline, found.image, serving_versions(env))


def binding_secret(env: Environment) -> str:
    """The secret that the serving revision's address of its database comes from."""
    given = _bound(env, _baseline(env))
    if given is None:
        raise NotFound(f"{env.service.name}: its binding does not come from a secret")
    return given.secret


@step
def plan_revision(env: Environment, versions: Mapping[str, str]) -> Plan:
    """The revision to be: the serving one's template, its secrets as they are pinned there, but for these."""
    baseline = _baseline(env)
    found = read_revision(env, baseline)
    if found is None:
        raise NotFound(f"{baseline}: the revision is gone", "deploy a release")
    pinned = {given.secret: given.version for given in secrets_given(env, baseline)}
    wanted = {secret: versions.get(secret, version) for secret, version in pinned.items()}
    made = fingerprint(_plain(env), image=found.image, secrets=wanted, like=baseline)
    return Plan(
        image=found.image,
        revision=revision_name(env.service.name, made, list_revisions(env)),
        baseline=baseline,
        secrets=wanted,
        unchanged=pinned == wanted,
        broken="its database is fenced",  # nothing to go back to, once the other has all traffic
    )


def repoint(env: Environment, plan: Plan, lease: HeldLease) -> datetime:
    """Create the revision at 0 %, smoke it at its tag, give it all traffic, smoke it there; safe to repeat.
    It tells when it had all traffic.

    A revision that does not pass gets no traffic: users stay where they were. One that fails on the service's
    own address keeps it, as the other's database is fenced.

    Raises:
        NotRepointed: it did not start, or did not pass.
        LeaseLost, TrafficChanged: someone else acts; nothing more was changed.
    """
    if not plan.unchanged and not _serves(env, plan.revision):  # else an earlier run came so far, and died
        take_in_hand(env, plan, lease)
        address = create_canary(_plain(env), plan, lease)
        try:
            smoke_revision(env, plan.revision, address, lease)
        except SmokeFailed as failure:
            restore_baseline(env, plan.baseline, lease)
            raise NotRepointed(f"{failure}; traffic stays on {plan.baseline}") from failure
        send_over(env, plan, lease)
    repointed_at = datetime.now(UTC)
    serving = plan.baseline if plan.unchanged else plan.revision
    smoke_in_time(env, serving, lease)
    clear_marks(env, lease)
    logbook().note(f"{env.service.name} is on {serving}")
    return repointed_at


def smoke_in_time(env: Environment, serving: str, lease: HeldLease) -> None:
    """The service's own address passes, if not at once: whoever waited while the database was away comes back
    at the same moment. SmokeFailed with the last that was wrong."""
    end = time.monotonic() + CALMS.total_seconds()
    while True:
        try:
            smoke_service(env, serving, lease)
        except SmokeFailed as failure:
            if time.monotonic() >= end:
                raise
            logger.warning(f"{failure}; asked again, as users come back all at once")
            lease.keep()
        else:
            return


@step
def send_over(env: Environment, plan: Plan, lease: HeldLease) -> None:
    """All traffic to the new revision, by name; the other is not offered for an instant return, as what it
    is bound to is fenced."""
    service = look(env, lease)
    assert service.asked
    wanted = split({plan.revision: 100}, {**kept_tags(service.asked), CANARY: plan.revision})
    change(env, lease, wanted, mark_of(env, plan, lease).annotations())
    logger.info(f"{env.service.name}: all traffic on {plan.revision}")


def _baseline(env: Environment) -> str:
    service = read_service(env)
    if service is None:
        raise NotFound(f"{env.service.name}: there is no such service", "deploy it")
    baseline = baseline_of(service)
    if isinstance(baseline, Problem):
        raise refuse(baseline.what, baseline.remedy)
    return baseline


def _serves(env: Environment, revision: str) -> bool:
    service = read_service(env)
    return bool(service and service.asked and service.asked.shares == {revision: 100})


def _bound(env: Environment, revision: str) -> Given | None:
    assert env.database
    assert env.database.binding
    variable = env.database.binding.variable
    return next((each for each in secrets_given(env, revision) if each.variable == variable), None)


def _plain(env: Environment) -> Environment:
    """The environment without its overlay: what is to change now is the binding, and nothing else."""
    return env.model_copy(update={"service": env.service.model_copy(update={"template": Template()})})
