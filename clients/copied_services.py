"""A Cloud Run service, or a job, made from the copy of one that a recovery set holds.

The copy's newest revision is made again, with the environment's overlay on it, for a cloud in which nothing
of the source's may be touched.
"""

import json
from collections.abc import Mapping
from datetime import timedelta

from google.cloud import run_v2

from clients.cloud_run import parent
from clients.environment import Environment
from clients.errors import AlreadyThere, told
from clients.google import rest
from clients.jobs import job_for
from clients.labelled_services import read_labelled_service
from clients.patience import attempt_timeout, patient
from clients.revision_template import secrets_used, template_for
from clients.revision_variables import Copy, Variable, revision_of_copy, variables_of
from clients.run_messages import targets_of
from domain.traffic import split

AS_THE_SOURCE = ("ingress", "invoker_iam_disabled", "launch_stage", "binary_authorization")


def secrets_needed_by_copy(env: Environment, copy: Copy) -> set[str]:
    """The secrets that what is made from it would be given, with the environment's overlay."""
    return secrets_used(env, revision_of_copy(copy))


def planned_variables(env: Environment, copy: Copy, secrets: Mapping[str, str]) -> list[Variable]:
    """The variables that what is made from it would be given."""
    made = template_from_copy(env, copy, revision="", image="", secrets=secrets, connections={})
    return variables_of(made.containers)


@patient
def create_service_from_copy(
    env: Environment,
    copy: Copy,
    *,
    revision: str,
    image: str,
    secrets: Mapping[str, str],
    labels: Mapping[str, str],
    connections: Mapping[str, str],
) -> None:
    """Create the service with one revision, which has all traffic. Created already counts as done.

    `secrets` gives each of `secrets_needed_by_copy` its version; `connections` the Cloud SQL instances to be
    reached in place of others. Who may call it is not in the copy: Cloud Run keeps that as an IAM policy.

    Raises:
        AlreadyThere: there is one of that name without these labels. It is left as it is.
    """
    source = run_v2.Service.from_json(json.dumps(copy["service"]), ignore_unknown_fields=True)
    template = template_from_copy(
        env, copy, revision=revision, image=image, secrets=secrets, connections=connections
    )
    template.labels.update(labels)
    service = run_v2.Service(
        template=template, labels=dict(labels), traffic=targets_of(split({revision: 100}, {}))
    )
    for field in AS_THE_SOURCE:
        if field in source:
            setattr(service, field, getattr(source, field))
    try:
        with told(f"{env.service.name}: creating it"):
            rest(run_v2.ServicesClient, env).create_service(
                parent=parent(env),
                service=service,
                service_id=env.service.name,
                retry=None,
                timeout=attempt_timeout(),
            )
    except AlreadyThere:
        found = read_labelled_service(env)
        if found is not None and not labels.items() <= found.labels.items():
            raise


@patient
def create_job_from_copy(
    env: Environment,
    name: str,
    copy: Copy,
    *,
    image: str,
    command: list[str],
    secrets: Mapping[str, str],
    labels: Mapping[str, str],
    connections: Mapping[str, str],
    timeout: timedelta,
) -> None:
    """Create a job that reaches what a service made from the copy would reach. Created already is done."""
    template = template_from_copy(
        env, copy, revision="", image=image, secrets=secrets, connections=connections
    )
    job = job_for(template, command=command, extra={}, timeout=timeout)
    job.labels = dict(labels)
    try:
        with told(f"job {name}: creating it"):
            rest(run_v2.JobsClient, env).create_job(
                parent=parent(env), job=job, job_id=name, retry=None, timeout=attempt_timeout()
            )
    except AlreadyThere:
        return


def template_from_copy(
    env: Environment,
    copy: Copy,
    *,
    revision: str,
    image: str,
    secrets: Mapping[str, str],
    connections: Mapping[str, str],
) -> run_v2.RevisionTemplate:
    """The copy's template with the overlay, these versions of secrets, and other Cloud SQL instances."""
    made = template_for(env, revision_of_copy(copy), revision=revision, image=image, secrets=secrets)
    for volume in made.volumes:
        instances = volume.cloud_sql_instance.instances
        if instances:
            volume.cloud_sql_instance.instances = [connections.get(name, name) for name in instances]
    return made
