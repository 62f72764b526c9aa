"""Services and jobs by their labels: how what a drill made is found, and taken away."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from google.cloud import run_v2

from clients.cloud_run import full_name, parent
from clients.environment import Environment
from clients.errors import NotFound, told
from clients.google import rest
from clients.patience import attempt_timeout, patient
from clients.run_messages import short_name


@dataclass(frozen=True)
class Labelled:
    """A service or a job that carries labels."""

    name: str  # short
    labels: Mapping[str, str]
    created_at: datetime


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
def list_labelled_services(env: Environment, labels: Mapping[str, str]) -> list[Labelled]:
    """The services of the region that carry these labels, oldest first."""
    with told(f"{env.region}: listing services"):
        found = rest(run_v2.ServicesClient, env).list_services(
            parent=parent(env), retry=None, timeout=attempt_timeout()
        )
        return _carrying(map(_labelled, found), labels)


@patient
def list_labelled_jobs(env: Environment, labels: Mapping[str, str]) -> list[Labelled]:
    """The jobs of the region that carry these labels, oldest first."""
    with told(f"{env.region}: listing jobs"):
        found = rest(run_v2.JobsClient, env).list_jobs(
            parent=parent(env), retry=None, timeout=attempt_timeout()
        )
        return _carrying(map(_labelled, found), labels)


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


def _labelled(found: run_v2.Service | run_v2.Job) -> Labelled:
    created: datetime = found.create_time
    return Labelled(short_name(found.name), dict(found.labels), created.astimezone(UTC))


def _carrying(found: Iterable[Labelled], labels: Mapping[str, str]) -> list[Labelled]:
    return sorted(
        (each for each in found if labels.items() <= each.labels.items()), key=lambda each: each.created_at
    )
