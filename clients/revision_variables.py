"""What a revision gives its containers, by name: of one that serves, and of one in a recovery set's copy."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from google.cloud import run_v2

from clients.cloud_run import fetch_revision
from clients.environment import Environment
from clients.errors import Rejected
from clients.patience import patient

Copy = Mapping[str, Any]  # as `clients.service_copy.read_service_copy` made it


@dataclass(frozen=True)
class Variable:
    """What a container is given by name: a value, or the secret that it comes from."""

    name: str
    value: str = ""
    secret: str = ""  # its name, as it is written there
    version: str = ""


def variables_of_copy(copy: Copy) -> list[Variable]:
    """Those of the revision that a service would be made from, of its containers all."""
    return variables_of(revision_of_copy(copy).containers)


def secret_files_of_copy(copy: Copy) -> dict[str, str]:
    """The volumes that hold secrets' values as files, and their secrets."""
    return {
        volume.name: volume.secret.secret for volume in revision_of_copy(copy).volumes if volume.secret.secret
    }


def sidecars_of_copy(copy: Copy) -> list[str]:
    """The names of the containers beside the first, which no overlay reaches."""
    return [
        each.name or f"container {place}"
        for place, each in enumerate(revision_of_copy(copy).containers)
        if place
    ]


def connections_of_copy(copy: Copy) -> list[str]:
    """The Cloud SQL instances that it reaches by a socket, as PROJECT:REGION:INSTANCE."""
    return [name for volume in revision_of_copy(copy).volumes for name in volume.cloud_sql_instance.instances]


@patient
def read_variables(env: Environment, revision: str) -> list[Variable]:
    """What a revision gives its containers, as it was deployed; sockets and files as `volume NAME`.

    Raises:
        NotFound: there is no such revision.
    """
    found = fetch_revision(env, revision)
    sockets = [
        Variable(f"volume {volume.name}", value=name)
        for volume in found.volumes
        for name in volume.cloud_sql_instance.instances
    ]
    files = [
        Variable(f"volume {volume.name}", secret=volume.secret.secret, version=item.version)
        for volume in found.volumes
        if volume.secret.secret
        for item in volume.secret.items or [run_v2.VersionToPath(version="latest")]
    ]
    return [*variables_of(found.containers), *sockets, *files]


def variables_of(containers: Any) -> list[Variable]:
    """The variables of containers as the API has them, and the words of their commands as `its command`."""
    commands = [" ".join([*each.command, *each.args]) for each in containers]
    said = [Variable("its command", value=words) for words in commands if words]
    return said + [
        Variable(
            each.name,
            value=each.value,
            secret=each.value_source.secret_key_ref.secret,
            version=each.value_source.secret_key_ref.version,
        )
        for container in containers
        for each in container.env
    ]


def revision_of_copy(copy: Copy) -> run_v2.Revision:
    """The revision that served: the newest, where several did."""
    if not copy.get("revisions"):
        raise Rejected(
            "the set's copy of the service has no revision that served", "drill a set of a service that does"
        )
    model: run_v2.Revision = run_v2.Revision.from_json(
        json.dumps(copy["revisions"][0]), ignore_unknown_fields=True
    )
    return model
