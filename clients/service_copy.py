"""The Cloud Run service as it is deployed, to be noted in a recovery set."""

from collections.abc import Iterator
from typing import Any

from google.cloud import run_v2
from google.protobuf.json_format import MessageToDict

from clients.cloud_run import full_name
from clients.environment import Environment
from clients.errors import NotFound, told
from clients.google import rest
from clients.patience import attempt_timeout, patient
from clients.run_messages import service_of, short_name


@patient
def read_service_copy(env: Environment) -> dict[str, Any] | None:
    """The service and the revisions that have traffic, as Cloud Run's v2 API tells them; None without one."""
    services, revisions = rest(run_v2.ServicesClient, env), rest(run_v2.RevisionsClient, env)
    try:
        with told(f"{env.service.name}: looking at it"):
            service = services.get_service(name=full_name(env), retry=None, timeout=attempt_timeout())
    except NotFound:
        return None
    serving = []
    for name in _serving(service):
        with told(f"{name}: looking at it"):
            found = revisions.get_revision(
                name=f"{full_name(env)}/revisions/{name}", retry=None, timeout=attempt_timeout()
            )
        serving.append(_plain(found))
    return {"service": _plain(service), "revisions": serving}


def secrets_of(copy: dict[str, Any]) -> list[str]:
    """The secret versions that the serving revisions use, each as projects/P/secrets/S/versions/N."""
    found = set()
    for revision in copy["revisions"]:
        project = revision["name"].split("/")[1]
        for secret, version in _references(revision):
            full = secret if "/" in secret else f"projects/{project}/secrets/{secret}"
            found.add(f"{full}/versions/{version or 'latest'}")
    return sorted(found)


def image_of(copy: dict[str, Any]) -> str:
    """The image of the newest revision that serves; the empty text where none is named."""
    containers = copy["revisions"][0].get("containers", []) if copy["revisions"] else []
    return str(containers[0].get("image", "")) if containers else ""


def _serving(service: run_v2.Service) -> list[str]:
    split = service_of(service).served
    if split is not None:
        return [name for name, percent in split.shares.items() if percent]
    return [short_name(service.latest_ready_revision)] if service.latest_ready_revision else []


def _references(revision: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for container in revision.get("containers", []):
        for variable in container.get("env", []):
            reference = variable.get("valueSource", {}).get("secretKeyRef")
            if reference:
                yield reference["secret"], reference.get("version", "")
    for volume in revision.get("volumes", []):
        source = volume.get("secret")
        if source:
            for item in source.get("items") or [{}]:
                yield source["secret"], item.get("version", "")


def _plain(message: Any) -> dict[str, Any]:
    plain: dict[str, Any] = MessageToDict(type(message).pb(message))
    return plain
