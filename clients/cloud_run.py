"""Cloud Run services, revisions and traffic.

Polling of operations is not used: a change is done when the service, read back, says what was asked
(decision 12). Every call may be made twice, and raises a ClientError.
"""

from collections.abc import Mapping

from google.cloud import run_v2
from google.protobuf.field_mask_pb2 import FieldMask

from clients.environment import Environment
from clients.errors import AlreadyThere, NotFound, told
from clients.google import rest
from clients.patience import attempt_timeout, patient
from clients.revision_template import secrets_used, template_for
from clients.run_messages import revision_of, service_of, short_name, split_of, targets_of
from domain.service import Revision, Service
from domain.traffic import Split, split


def parent(env: Environment) -> str:
    return f"projects/{env.project}/locations/{env.region}"


def full_name(env: Environment) -> str:
    return f"{parent(env)}/services/{env.service.name}"


@patient
def read_service(env: Environment) -> Service | None:
    """The service as it is now; None when there is none."""
    try:
        return service_of(_read(env))
    except NotFound:
        return None


@patient
def read_revision(env: Environment, name: str) -> Revision | None:
    """A revision as it is now; None when there is none (yet)."""
    try:
        return revision_of(fetch_revision(env, name))
    except NotFound:
        return None


@patient
def list_revisions(env: Environment) -> dict[str, Revision]:
    """All revisions of the service, newest first; none when there is no service."""
    client = rest(run_v2.RevisionsClient, env)
    try:
        with told(f"{env.service.name}: listing its revisions"):
            found = client.list_revisions(parent=full_name(env), retry=None, timeout=attempt_timeout())
            return {revision.name: revision for revision in map(revision_of, found)}
    except NotFound:
        return {}


@patient
def create_service(
    env: Environment, *, revision: str, image: str, secrets: Mapping[str, str], annotations: Mapping[str, str]
) -> None:
    """Create the service with a first revision, which has all traffic. Created already counts as done."""
    service = run_v2.Service(
        template=template_for(env, None, revision=revision, image=image, secrets=secrets),
        annotations=dict(annotations),
        traffic=targets_of(split({revision: 100}, {})),
    )
    client = rest(run_v2.ServicesClient, env)
    try:
        with told(f"{env.service.name}: creating it"):
            client.create_service(
                parent=parent(env),
                service=service,
                service_id=env.service.name,
                retry=None,
                timeout=attempt_timeout(),
            )
    except AlreadyThere:
        if not annotations.items() <= dict(_read(env).annotations).items():
            raise  # somebody else's


@patient
def create_revision(
    env: Environment,
    *,
    revision: str,
    image: str,
    secrets: Mapping[str, str],
    like: str | None,
    traffic: Split,
    annotations: Mapping[str, str],
) -> None:
    """Make a revision, from the one it is to be like with the environment's overlay, and set the traffic.

    One PATCH does both. `like` None makes it from the overlay alone. The request is accepted long before
    the revision is ready, or fails.
    """
    template = template_for(env, model_of(env, like), revision=revision, image=image, secrets=secrets)
    service = run_v2.Service(
        name=full_name(env),
        template=template,
        annotations=dict(annotations),
        traffic=targets_of(traffic),
    )
    try:
        _patch(env, service, ["template", "traffic", "annotations"], f"{revision}: creating it")
    except AlreadyThere:
        if not _says(_read(env), revision, traffic, annotations):
            raise  # else it was us, and the answer was lost


@patient
def set_traffic(env: Environment, traffic: Split, annotations: Mapping[str, str], etag: str) -> None:
    """Set the split and all of the service's annotations, in one PATCH.

    The etag goes along, but is not relied on: a stale one was seen accepted for traffic.
    """
    service = run_v2.Service(
        name=full_name(env), traffic=targets_of(traffic), annotations=dict(annotations), etag=etag
    )
    _patch(env, service, ["traffic", "annotations"], f"{env.service.name}: setting its traffic to {traffic}")


@patient
def secrets_needed(env: Environment, like: str | None) -> set[str]:
    """The secrets that a revision made now would be given, as they are named there."""
    return secrets_used(env, model_of(env, like))


def model_of(env: Environment, name: str | None) -> run_v2.Revision | None:
    """The revision that another is to be like, as the API has it."""
    return fetch_revision(env, name) if name else None


def _read(env: Environment) -> run_v2.Service:
    client = rest(run_v2.ServicesClient, env)
    with told(f"{env.service.name}: reading the service"):
        return client.get_service(name=full_name(env), retry=None, timeout=attempt_timeout())


def fetch_revision(env: Environment, name: str) -> run_v2.Revision:
    """A revision as the API has it. NotFound when there is none."""
    client = rest(run_v2.RevisionsClient, env)
    with told(f"{name}: reading the revision"):
        return client.get_revision(
            name=f"{full_name(env)}/revisions/{name}", retry=None, timeout=attempt_timeout()
        )


def _patch(env: Environment, service: run_v2.Service, paths: list[str], what: str) -> None:
    client = rest(run_v2.ServicesClient, env)
    with told(what):
        client.update_service(
            request=run_v2.UpdateServiceRequest(service=service, update_mask=FieldMask(paths=paths)),
            retry=None,
            timeout=attempt_timeout(),
        )


def _says(found: run_v2.Service, revision: str, traffic: Split, annotations: Mapping[str, str]) -> bool:
    """Whether that is what was asked of the service last."""
    asked = split_of(found.traffic, short_name(found.latest_ready_revision))
    return (
        found.template.revision == revision
        and asked is not None
        and asked.equals(traffic)
        and dict(found.annotations) == dict(annotations)
    )
