"""Elasticsearch: the cluster of an environment's search, and its snapshots.

A snapshot's reference is REPOSITORY/SNAPSHOT. No call is retried by the library: `patient` does it.
"""

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
    secret = search_of(env).credentials
    address = read_secret(env, secret)
    place = urlsplit(address)
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise Rejected(
            f"secret {secret}: its address cannot be read",
            "add a version such as https://USER:PASSWORD@HOST:9200, special characters percent-encoded",
        )
    client: Elasticsearch = _cluster(address).options(request_timeout=attempt_timeout())
    return client


@cache
def _cluster(address: str) -> Elasticsearch:
    return Elasticsearch(_with_port(address), max_retries=0, retry_on_timeout=False)


def _with_port(address: str) -> str:
    """The client wants a port in each address."""
    place = urlsplit(address)
    if place.port is not None:
        return address
    port = 443 if place.scheme == "https" else 80
    return place._replace(netloc=f"{place.netloc}:{port}").geturl()


@contextmanager
def asked(what: str) -> Iterator[None]:
    """Whatever the library raises inside becomes a ClientError that begins with `what`."""
    try:
        yield
    except ApiError as error:
        raise by_status(error.status_code, f"{what}: {_reason(error)}") from error
    except TransportError as error:
        raise Unavailable(f"{what}: no answer ({type(error).__name__})", HINTS[Unavailable]) from error


@patient
def delete_snapshot(env: Environment, reference: str) -> None:
    """Delete a snapshot; what is gone already is gone."""
    repository, _, name = reference.partition("/")
    try:
        with asked(f"{reference}: deleting the snapshot"):
            cluster(env).snapshot.delete(repository=repository, snapshot=name)
    except NotFound:
        return


def _reason(error: ApiError) -> str:
    body: Any = error.body
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        cause = (body["error"].get("root_cause") or [body["error"]])[0]
        return f"{cause.get('type', '')}: {cause.get('reason', '')}".strip(": ")
    return error.message
