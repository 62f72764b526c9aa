"""Builds: submitted to Cloud Run, polled as Cloud Build."""

from dataclasses import dataclass

from google.cloud import run_v2
from google.cloud.devtools import cloudbuild_v1

from clients.cloud_run import parent
from clients.environment import Environment
from clients.errors import NotFound, told
from clients.google import rest, storage_client
from clients.patience import attempt_timeout, patient

Status = cloudbuild_v1.Build.Status
ENDED = {
    Status.SUCCESS,
    Status.FAILURE,
    Status.INTERNAL_ERROR,
    Status.TIMEOUT,
    Status.CANCELLED,
    Status.EXPIRED,
}


@dataclass(frozen=True)
class Build:
    """A build as it stands."""

    name: str
    ended: bool
    digest: str  # sha256:..., once it succeeded
    failure: str
    of_source: bool  # whether a failure is the source's; else the platform's, or somebody cancelled it
    log_bucket: str
    log_object: str


@patient
def submit_build(env: Environment, *, bucket: str, source: str, generation: int, docker: bool) -> str:
    """Have an image built of a source archive; the build's name. Called twice, it builds the same twice."""
    request = run_v2.SubmitBuildRequest(
        parent=parent(env),
        storage_source=run_v2.StorageSource(bucket=bucket, object_=source, generation=generation),
        image_uri=env.service.repository,
    )
    if docker:
        request.docker_build = run_v2.SubmitBuildRequest.DockerBuild()
    else:
        request.buildpack_build = run_v2.SubmitBuildRequest.BuildpacksBuild()
    client = rest(run_v2.BuildsClient, env)
    with told(f"{env.service.name}: submitting a build"):
        answer = client.submit_build(request=request, retry=None, timeout=attempt_timeout())
        metadata = cloudbuild_v1.BuildOperationMetadata.deserialize(answer.build_operation.metadata.value)
        return str(metadata.build.name)


@patient
def read_build(env: Environment, name: str) -> Build:
    """How far a build is."""
    client = rest(cloudbuild_v1.CloudBuildClient, env)
    with told(f"{name}: reading the build"):
        found = client.get_build(
            request=cloudbuild_v1.GetBuildRequest(name=name), retry=None, timeout=attempt_timeout()
        )
    images = found.results.images
    bucket, _, folder = found.logs_bucket.removeprefix("gs://").partition("/")
    return Build(
        name=name,
        ended=found.status in ENDED,
        digest=images[0].digest if images else "",
        failure=found.failure_info.detail or found.status_detail,
        of_source=found.status == Status.FAILURE,
        log_bucket=bucket,
        log_object=f"{folder}/log-{found.id}.txt".removeprefix("/"),
    )


@patient
def read_build_log(env: Environment, build: Build) -> str:
    """A build's whole log, as Cloud Build keeps it in its bucket; empty where there is none."""
    try:
        with told(f"gs://{build.log_bucket}/{build.log_object}: reading the build's log"):
            blob = storage_client(env).bucket(build.log_bucket).blob(build.log_object)
            return str(blob.download_as_text(retry=None, timeout=attempt_timeout()))
    except NotFound:
        return ""
