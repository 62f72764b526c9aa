"""From a revision and an environment's overlay to the template of the next revision.

The overlay lies on the *baseline's* revision, not on the service's template: after a failed deploy that one
is the failed release's.
"""

from collections.abc import Mapping
from datetime import timedelta

from google.cloud import run_v2

from clients.environment import Environment, Startup, Template

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
    """The template of a new revision. `secrets` gives each secret's name the version to pin it to."""
    made = template_of(model) if model else run_v2.RevisionTemplate(containers=[run_v2.Container()])
    overlay = env.service.template
    made.revision = revision
    container = made.containers[0]
    container.image = image
    _set_limits(made, container, overlay)
    if overlay.startup:
        container.startup_probe = _probe(overlay.startup, container)
    container.env = _variables(container, overlay, secrets)
    return made


def secrets_used(env: Environment, model: run_v2.Revision | None) -> set[str]:
    """The short names of all secrets that a new revision's variables would come from."""
    overlay = env.service.template
    named = {secret for secret in overlay.secrets.values() if secret}
    kept = model.containers[0].env if model and model.containers else []
    replaced = overlay.env.keys() | overlay.secrets.keys()
    return named | {
        _short(variable.value_source.secret_key_ref.secret)
        for variable in kept
        if variable.name not in replaced and variable.value_source.secret_key_ref.secret
    }


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


def _variables(
    container: run_v2.Container, overlay: Template, secrets: Mapping[str, str]
) -> list[run_v2.EnvVar]:
    """In the order of their names, so that the same variables make the same revision."""
    kept = {variable.name: variable for variable in container.env}
    for name, value in overlay.env.items():
        kept[name] = run_v2.EnvVar(name=name, value=value or "")
    for name, secret in overlay.secrets.items():
        source = run_v2.EnvVarSource(secret_key_ref=run_v2.SecretKeySelector(secret=secret or ""))
        kept[name] = run_v2.EnvVar(name=name, value_source=source)
    for name in [name for name, value in {**overlay.env, **overlay.secrets}.items() if value is None]:
        del kept[name]
    for variable in kept.values():
        reference = variable.value_source.secret_key_ref
        if reference.secret:
            reference.version = secrets[_short(reference.secret)]
    return [kept[name] for name in sorted(kept)]


def _short(name: str) -> str:
    return name.rpartition("/")[2]
