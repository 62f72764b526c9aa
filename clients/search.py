"""Elasticsearch: the cluster of an environment's search, and how a call to it is told when it fails.

A snapshot's reference is REPOSITORY/SNAPSHOT. No call is retried by the library: `patient` does it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from elasticsearch import ApiError, Elasticsearch, TransportError

from clients.environment import Environment
from clients.errors import HINTS, NotFound, Rejected, Unavailable, by_status
from clients.patience import attempt_timeout, patient
from clients.search_part import Search
from clients.secret_versions import read_secret
from domain.places import Place

REMEMBERED = 10.0  # seconds; each reading of the secret is two calls, and Secret Manager counts them
REFUSALS = {  # that come as HTTP 500, and are none that pass
    "snapshot_exception": "GET _cluster/allocation/explain tells why; give the shards a node, then try again"
}

_addresses: dict[tuple[str, str, str], tuple[float, str]] = {}


def search_of(env: Environment) -> Search:
    """Its part of the environment. Rejected where it has none."""
    if env.search is None:
        raise Rejected(f"{env.name}: it has no search")
    return env.search


def cluster(env: Environment) -> Elasticsearch:
    """The cluster, with time limits for the attempt about to be made.

    Raises:
        Rejected: the secret holds no address. What is wrong with it is not said: it may hold a password.
    """
    client: Elasticsearch = _cluster(_address(env)).options(request_timeout=attempt_timeout())
    return client


@contextmanager
def asked(env: Environment, what: str) -> Iterator[Elasticsearch]:
    """The cluster; whatever the library raises inside becomes a ClientError that begins with `what`."""
    client = cluster(env)
    try:
        yield client
    except ApiError as error:
        kind, reason = _cause(error)
        if kind in REFUSALS:
            raise Rejected(f"{what}: {reason}", REFUSALS[kind]) from error
        raise by_status(error.status_code, f"{what}: {kind}: {reason}") from error
    except TransportError as error:
        place = urlsplit(_address(env))
        raise Unavailable(
            f"{what}: no answer from {place.hostname}:{place.port} ({type(error).__name__})",
            HINTS[Unavailable],
        ) from error


def search_place(env: Environment) -> Place:
    """The host and port at which the cluster is asked. Rejected when the secret holds no address."""
    place = urlsplit(_address(env))
    return Place(str(place.hostname), place.port)


@patient
def delete_snapshot(env: Environment, reference: str) -> None:
    """Delete a snapshot, and wait for it; what is gone already is gone."""
    repository, _, name = reference.partition("/")
    try:
        with asked(env, f"{reference}: deleting the snapshot") as client:
            client.snapshot.delete(repository=repository, snapshot=name)
    except NotFound:
        return


def _address(env: Environment) -> str:
    """What the secret says, with a port; asked for anew after a few seconds."""
    secret = search_of(env).credentials
    key = (env.endpoints.google, env.project, secret)
    read_at, address = _addresses.get(key, (0.0, ""))
    if not address or time.monotonic() - read_at > REMEMBERED:
        address = _with_port(read_secret(env, secret), secret)
        _addresses[key] = (time.monotonic(), address)
    return address


@cache
def _cluster(address: str) -> Elasticsearch:
    return Elasticsearch(address, max_retries=0, retry_on_timeout=False)


def _with_port(address: str, secret: str) -> str:
    """The client wants a port in each address."""
    try:
        place = urlsplit(address)
        port = place.port
    except ValueError:
        raise _unreadable(secret) from None
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise _unreadable(secret)
    if port is not None:
        return address
    port = 443 if place.scheme == "https" else 80
    return place._replace(netloc=f"{place.netloc}:{port}").geturl()


def _unreadable(secret: str) -> Rejected:
    return Rejected(
        f"secret {secret}: its address cannot be read",
        "add a version such as https://USER:PASSWORD@HOST:9200, special characters percent-encoded",
    )


def _cause(error: ApiError) -> tuple[str, str]:
    """The type of the innermost error, and its reason."""
    body: Any = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        cause = (body["error"].get("root_cause") or [body["error"].get("caused_by") or body["error"]])[0]
        return str(cause.get("type", "")), str(cause.get("reason", "")).partition("; for help")[0].strip()
    return f"HTTP {error.status_code}", error.message
