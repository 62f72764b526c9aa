"""Refusing early, planning, and confirming that nothing moved since the plan was made."""

import logging
from datetime import timedelta

from clients.cloud_run import list_revisions, read_service, secrets_needed
from clients.environment import Environment
from clients.environment_files import load_environment
from clients.errors import NotFound
from clients.fingerprints import fingerprint, fingerprint_of
from clients.leases import read_lease
from clients.objects import list_names
from clients.postgres import schema_revision
from clients.secret_versions import newest_version
from domain import migration as migrations
from domain import release as releases
from domain.messages import migration_text, plain
from domain.refusal import Problem, Refused
from domain.release import Release
from domain.release_plan import Plan, revision_name
from domain.service import Service, baseline_of, mark_on, never_proven, unready
from domain.smoke import SmokeFailed
from tasks.builds import source_problems
from tasks.journal import journal
from tasks.leases import busy
from tasks.migrations import plan_migration
from tasks.probes import at_once, smoke
from tasks.side_by_side import side_by_side
from tasks.step import step

logger = logging.getLogger("muster")


def request_problems(release: Release) -> list[Problem]:
    """What is wrong with what is asked for, whatever the environment."""
    return releases.problems(release) + source_problems(release)


def environment_for(release: Release, name: str) -> Environment:
    """The environment of that name. Where it is refused, what is wrong with the release is told with it."""
    try:
        return load_environment(name)
    except Refused as refusal:
        raise Refused([*refusal.problems, *request_problems(release)]) from refusal


@step
def refuse_early(env: Environment, release: Release, wait: timedelta) -> None:
    """Everything that is in the way, at once, before anything is touched. Refused, if there is anything."""
    found = request_problems(release) + _missing_repository(env, release) + _missing_buckets(env)
    service, lease = read_service(env), read_lease(env).reading
    if lease and not lease.lapsed and not wait:
        found.append(busy(env, lease))
    found += _in_the_way(env, service, release)
    found += _missing_secrets(env)
    if found:
        raise Refused(found)


@step
def plan_deploy(env: Environment, release: Release, image: str) -> Plan:
    """What will be done: against which baseline, with which secrets, through which migration.

    Raises:
        Refused: the migration would break or block the baseline, or cannot be read.
    """
    plan = _plan(env, release, image)
    journal().record.migrations = list(plan.migration.steps)
    found = migrations.problems(plan.migration, release.word, first=plan.first)
    if found:
        raise Refused(found)
    for line in plain(migration_text(plan.migration)).splitlines():
        logger.info(f"{env.service.name}: {line}")
    return plan


@step
def confirm(env: Environment, release: Release, plan: Plan, wait: timedelta) -> Plan:
    """The plan, nothing having moved since it was made. Who would wait for others' deploys gets a new one.

    Raises:
        Refused: something moved.
    """
    journal().check()
    now = _reading(env, plan)
    moved = plan.moved(now)
    if not moved:
        return plan
    if wait:
        logger.info(f"{env.service.name}: planning anew: {'; '.join(moved)}")
        return plan_deploy(env, release, plan.image)
    raise Refused(
        [Problem(f"{env.service.name}: it moved since the plan was made: {'; '.join(moved)}", "deploy again")]
    )


def secrets_pinned(env: Environment, like: str | None) -> dict[str, str]:
    """Each secret's newest enabled version."""
    names = sorted(secrets_needed(env, like))
    versions = side_by_side(lambda name: newest_version(env, name), names)
    return dict(zip(names, versions, strict=True))


def _plan(env: Environment, release: Release, image: str) -> Plan:
    service = read_service(env)
    mark = mark_on(service) if service else None
    first = service is None or never_proven(service)
    baseline = "" if first else _baseline(service)
    like = baseline or None
    pinned = secrets_pinned(env, like)
    schema = schema_revision(env) if env.database else ""
    print_of = fingerprint(env, image=image, secrets=pinned, like=like)
    unchanged = bool(baseline) and not mark and fingerprint_of(env, baseline) == print_of
    name = baseline if unchanged else revision_name(env.service.name, print_of, list_revisions(env))
    return Plan(
        image=image,
        revision=name,
        baseline=baseline,
        secrets=pinned,
        split=service.asked if service else None,
        schema=schema,
        proven_schema=mark.schema if mark else "",
        migration=plan_migration(env, image, pinned, like, schema),
        unchanged=unchanged,
        broken=_broken(env, service, baseline) if release.fix_forward and service and baseline else "",
        left_by=mark.deploy if mark else "",
    )


def _reading(env: Environment, plan: Plan) -> Plan:
    """What a plan made now would find, without planning the migration again."""
    service = read_service(env)
    first = service is None or never_proven(service)
    return Plan(
        image=plan.image,
        revision=plan.revision,
        baseline="" if first else _baseline(service),
        split=service.asked if service else None,
        schema=schema_revision(env) if env.database else "",
    )


def _baseline(service: Service | None) -> str:
    assert service
    found = baseline_of(service)
    if isinstance(found, Problem):
        raise Refused([found])
    return found


def _in_the_way(env: Environment, service: Service | None, release: Release) -> list[Problem]:
    if service is None or never_proven(service):
        return []
    found = baseline_of(service)
    problems = [found] if isinstance(found, Problem) else []
    if mark_on(service) is None and not release.fix_forward:
        problems += unready(service, list_revisions(env))
    return problems


def _broken(env: Environment, service: Service, baseline: str) -> str:
    """What is wrong with the baseline: it is not ready, or does not pass its smoke checks where it serves."""
    down = unready(service, list_revisions(env))
    if down:
        return "; ".join(problem.what for problem in down)
    if service.served is None or service.served.shares != {baseline: 100}:
        return ""
    try:
        smoke(env, service.uri, f"baseline {baseline}", at_once)
    except SmokeFailed as error:
        return str(error)
    return ""


def _missing_repository(env: Environment, release: Release) -> list[Problem]:
    if not release.source or env.service.repository:
        return []
    return [
        Problem(
            f"{env.name}.yaml: service.repository: it is missing, and there is a source to build",
            "say where its image is to be pushed: REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME",
        )
    ]


def _missing_buckets(env: Environment) -> list[Problem]:
    def missing(field: str) -> Problem | None:
        bucket = {"state": env.state, "vault": env.vault}[field]
        try:
            list_names(env, bucket, f"leases/{env.name}")  # whoever may use it may list it, not look at it
        except NotFound:
            return Problem(
                f"{env.name}.yaml: {field}: there is no bucket {bucket}",
                f"make it (gcloud storage buckets create gs://{bucket}), or name another",
            )
        return None

    return [problem for problem in side_by_side(missing, ["state", "vault"]) if problem]


def _missing_secrets(env: Environment) -> list[Problem]:
    fields = {
        f"service.template.secrets.{variable}": secret
        for variable, secret in env.service.template.secrets.items()
        if secret
    }
    if env.database:
        fields["database.credentials"] = env.database.credentials

    def missing(field: str) -> Problem | None:
        secret = fields[field]
        try:
            newest_version(env, secret)
        except NotFound as error:
            return Problem(
                f"{env.name}.yaml: {field}: {error.what}",
                f"make it (gcloud secrets create {secret} --data-file=FILE), or name another",
            )
        return None

    return [problem for problem in side_by_side(missing, sorted(fields)) if problem]
