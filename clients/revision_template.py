"""From a revision and an environment's overlay to the template of the next revision.

The overlay lies on the *baseline's* revision, not on the service's template: after a failed deploy that one
is the failed release's.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from google.cloud import run_v2

from clients.environment import Environment
from clients.service_part import Startup, Template

CARRIED = (
    "labels", "annotations", "scaling", "vpc_access", "timeout", "service_account", "containers", "volumes",
    "execution_environment", "encryption_key", "max_instance_request_concurrency", "service_mesh",
    "encryption_key_revocation_action", "encryption_key_shutdown_duration", "session_affinity",
    "node_selector", "gpu_zonal_redundancy_disabled",
)  # fmt: skip
PLATFORMS = (
    "run.googleapis.com/",
    "cloud.googleapis.com/",
    "serving.knative.dev/",
    "autoscaling.knative.dev/",
)
PERIOD = 10  # seconds between startup probes; the platform takes up to 240


def template_of(revision: run_v2.Revision) -> run_v2.RevisionTemplate:
    """The template that would make this revision again; what the platform noted on it is left out."""
    made = run_v2.RevisionTemplate()
    for name in CARRIED:
        value = getattr(revision, name)
        if value:
            setattr(made, name, value)
    for notes in (made.labels, made.annotations):
        for key in [key for key in notes if key.startswith(PLATFORMS)]:
            del notes[key]
    return made


def template_for(
    env: Environment,
    model: run_v2.Revision | None,
    *,
    revision: str,
    image: str,
    secrets: Mapping[str, str],
) -> run_v2.RevisionTemplate:
    """The template of a new revision. `secrets` gives each of `secrets_used` the version to pin it to."""
    made = _laid_over(env, model)
    made.revision = revision
    made.containers[0].image = image
    for reference in _variables_from_secrets(made):
        reference.version = secrets[reference.secret]
    for source in _files_from_secrets(made):
        source.items = source.items or [run_v2.VersionToPath(path=source.secret.rpartition("/")[2])]
        for item in source.items:
            item.version = secrets[source.secret]
    return made


def secrets_used(env: Environment, model: run_v2.Revision | None) -> set[str]:
    """The secrets that a new revision's variables and files would come from, as they are named there."""
    made = _laid_over(env, model)
    variables = {reference.secret for reference in _variables_from_secrets(made)}
    return variables | {source.secret for source in _files_from_secrets(made)}


def _laid_over(env: Environment, model: run_v2.Revision | None) -> run_v2.RevisionTemplate:
    made = template_of(model) if model else run_v2.RevisionTemplate(containers=[run_v2.Container()])
    overlay, container = env.service.template, made.containers[0]
    _set_limits(made, container, overlay)
    if overlay.startup:
        container.startup_probe = _probe(overlay.startup, container)
    container.env = _variables(container, overlay)
    return made


def _variables_from_secrets(made: run_v2.RevisionTemplate) -> Iterator[run_v2.SecretKeySelector]:
    for container in made.containers:
        for variable in container.env:
            if variable.value_source.secret_key_ref.secret:
                yield variable.value_source.secret_key_ref


def _files_from_secrets(made: run_v2.RevisionTemplate) -> Iterator[run_v2.SecretVolumeSource]:
    return (volume.secret for volume in made.volumes if volume.secret.secret)


def _set_limits(made: run_v2.RevisionTemplate, container: run_v2.Container, overlay: Template) -> None:
    if overlay.cpu:
        container.resources.limits["cpu"] = overlay.cpu
    if overlay.memory:
        container.resources.limits["memory"] = overlay.memory
    if overlay.concurrency is not None:
        made.max_instance_request_concurrency = overlay.concurrency
    if overlay.min_instances is not None:
        made.scaling.min_instance_count = overlay.min_instances
    if overlay.max_instances is not None:
        made.scaling.max_instance_count = overlay.max_instances
    if overlay.timeout is not None:
        made.timeout = overlay.timeout
    if overlay.service_account:
        made.service_account = overlay.service_account


def _probe(startup: Startup, container: run_v2.Container) -> run_v2.Probe:
    attempts = max(1, round(startup.within / timedelta(seconds=PERIOD)))
    port = container.ports[0].container_port if container.ports else 8080
    probe = run_v2.Probe(period_seconds=PERIOD, timeout_seconds=PERIOD, failure_threshold=attempts)
    if startup.path:
        probe.http_get = run_v2.HTTPGetAction(path=startup.path, port=port)
    else:
        probe.tcp_socket = run_v2.TCPSocketAction(port=port)
    return probe


def _variables(container: run_v2.Container, overlay: Template) -> list[run_v2.EnvVar]:
    """In the order of their names, so that the same variables make the same revision."""
    kept = {variable.name: variable for variable in container.env}
    for name, value in overlay.env.items():
        kept[name] = run_v2.EnvVar(name=name, value=value or "")
    for name, secret in overlay.secrets.items():
        source = run_v2.EnvVarSource(secret_key_ref=run_v2.SecretKeySelector(secret=secret or ""))
        kept[name] = run_v2.EnvVar(name=name, value_source=source)
    removed = {name for name, value in {**overlay.env, **overlay.secrets}.items() if value is None}
    return [kept[name] for name in sorted(kept.keys() - removed)]
