"""A service by its labels: how what a drill made is known from others, and taken away."""

from collections.abc import Mapping
from dataclasses import dataclass

from google.cloud import run_v2

from clients.cloud_run import full_name, parent
from clients.environment import Environment
from clients.errors import NotFound, told
from clients.google import rest
from clients.patience import attempt_timeout, patient
from clients.run_messages import short_name


@dataclass(frozen=True)
class Labelled:
    """A service with its labels."""

    name: str  # short
    labels: Mapping[str, str]


@patient
def read_labelled_service(env: Environment) -> Labelled | None:
    """The environment's service with its labels; None when there is none."""
    try:
        with told(f"{env.service.name}: looking at it"):
            found = rest(run_v2.ServicesClient, env).get_service(
                name=full_name(env), retry=None, timeout=attempt_timeout()
            )
    except NotFound:
        return None
    return _labelled(found)


@patient
def delete_service(env: Environment, name: str) -> None:
    """Begin to delete a service with its revisions; what is gone already is gone."""
    try:
        with told(f"{name}: deleting it"):
            rest(run_v2.ServicesClient, env).delete_service(
                name=f"{parent(env)}/services/{name}", retry=None, timeout=attempt_timeout()
            )
    except NotFound:
        return


def _labelled(found: run_v2.Service) -> Labelled:
    return Labelled(short_name(found.name), dict(found.labels))
