"""Cloud Run jobs: a job of its own for each image, as a job's run cannot be given another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.cloud import run_v2

from clients.cloud_run import model_of, parent
from clients.environment import Environment
from clients.errors import AlreadyThere, NotFound, Rejected, told
from clients.google import rest
from clients.patience import attempt_timeout, patient
from clients.revision_template import template_for
from clients.run_messages import FAILED, short_name


@dataclass(frozen=True)
class Execution:
    """A job's run as it stands."""

    name: str  # short
    created: datetime
    ended: bool
    failure: str


@patient
def create_job(
    env: Environment,
    name: str,
    *,
    image: str,
    command: list[str],
    secrets: Mapping[str, str],
    like: str | None,
    extra: Mapping[str, str],
    timeout: timedelta,
) -> None:
    """Create a job that runs this image with the service's variables. Created already counts as done."""
    template = template_for(env, model_of(env, like), revision="", image=image, secrets=secrets)
    job = job_for(template, command=command, extra=extra, timeout=timeout)
    client = rest(run_v2.JobsClient, env)
    try:
        with told(f"job {name}: creating it"):
            client.create_job(parent=parent(env), job=job, job_id=name, retry=None, timeout=attempt_timeout())
    except AlreadyThere:
        return


def job_for(
    template: run_v2.RevisionTemplate, *, command: list[str], extra: Mapping[str, str], timeout: timedelta
) -> run_v2.Job:
    """A job of one task, tried once, that reaches what the service reaches. It can be given arguments."""
    served = template.containers[0]
    variables = {variable.name: variable for variable in served.env}
    variables |= {key: run_v2.EnvVar(name=key, value=value) for key, value in extra.items()}
    container = run_v2.Container(
        image=served.image,
        command=command,
        env=[variables[key] for key in sorted(variables)],
        resources=run_v2.ResourceRequirements(limits=dict(served.resources.limits)),
        volume_mounts=served.volume_mounts,
    )
    task = run_v2.TaskTemplate(
        containers=[container],
        volumes=template.volumes,
        max_retries=0,
        timeout=timeout,
        service_account=template.service_account,
        vpc_access=template.vpc_access,
    )
    return run_v2.Job(template=run_v2.ExecutionTemplate(template=task, task_count=1))


@patient
def run_job(env: Environment, name: str, *, args: list[str], mark: str) -> str:
    """Run it; the execution's short name. A run with this mark that there is already is not begun again."""
    for execution in _executions(env, name):
        variables = {variable.name: variable.value for variable in execution.template.containers[0].env}
        if variables.get("MUSTER_RUN") == mark:
            return short_name(execution.name)
    override = run_v2.RunJobRequest.Overrides.ContainerOverride(
        args=args, env=[run_v2.EnvVar(name="MUSTER_RUN", value=mark)]
    )
    request = run_v2.RunJobRequest(
        name=_full(env, name), overrides=run_v2.RunJobRequest.Overrides(container_overrides=[override])
    )
    client = rest(run_v2.JobsClient, env)
    with told(f"job {name}: running it"):
        begun = client.run_job(request=request, retry=None, timeout=attempt_timeout())
        return short_name(begun.metadata.name)


@patient
def read_execution(env: Environment, job: str, name: str) -> Execution:
    """How far a run is. NotFound when its job was deleted in the meantime."""
    client = rest(run_v2.ExecutionsClient, env)
    with told(f"job {job}: reading its run {name}"):
        found = client.get_execution(
            name=f"{_full(env, job)}/executions/{name}", retry=None, timeout=attempt_timeout()
        )
    completed = next((one for one in found.conditions if one.type_ == "Completed"), None)
    failure = completed.message if completed and completed.state == FAILED else ""
    return Execution(name, found.create_time, ended=found.completion_time is not None, failure=failure)


@patient
def list_jobs(env: Environment) -> list[str]:
    """The short names of all jobs of the region."""
    client = rest(run_v2.JobsClient, env)
    with told(f"{env.region}: listing jobs"):
        found = client.list_jobs(parent=parent(env), retry=None, timeout=attempt_timeout())
        return [short_name(job.name) for job in found]


@patient
def running_executions(env: Environment, job: str) -> list[str]:
    """The short names of a job's runs that have not ended; none when the job is gone."""
    try:
        return [short_name(one.name) for one in _executions(env, job) if one.completion_time is None]
    except NotFound:
        return []


@patient
def cancel_execution(env: Environment, job: str, name: str) -> None:
    """Stop a run; one that has ended, or is gone, is left alone."""
    client = rest(run_v2.ExecutionsClient, env)
    try:
        with told(f"job {job}: cancelling its run {name}"):
            client.cancel_execution(
                name=f"{_full(env, job)}/executions/{name}", retry=None, timeout=attempt_timeout()
            )
    except NotFound:
        return
    except Rejected:
        if not read_execution(env, job, name).ended:
            raise


@patient
def delete_job(env: Environment, name: str) -> None:
    """Delete it with its runs; what is gone already is gone."""
    client = rest(run_v2.JobsClient, env)
    try:
        with told(f"job {name}: deleting it"):
            client.delete_job(name=_full(env, name), retry=None, timeout=attempt_timeout())
    except NotFound:
        return


def _executions(env: Environment, job: str) -> list[run_v2.Execution]:
    client = rest(run_v2.ExecutionsClient, env)
    with told(f"job {job}: listing its runs"):
        return list(client.list_executions(parent=_full(env, job), retry=None, timeout=attempt_timeout()))


def _full(env: Environment, job: str) -> str:
    return f"{parent(env)}/jobs/{job}"
