"""How Google's APIs are reached: the same clients for the real cloud and for one on localhost."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import google.auth
import google_auth_httplib2
import httplib2
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.transport.requests import AuthorizedSession
from google.cloud.storage import Client as StorageClient
from googleapiclient import discovery

from clients.environment import Environment

Client = TypeVar("Client")

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
STORAGE = "https://storage.googleapis.com"


@cache
def credentials(endpoint: str) -> Credentials:
    """None are sent to an address of our own; elsewhere the application default credentials."""
    if endpoint:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    found, _ = google.auth.default(scopes=[SCOPE])
    return found


def rest(kind: Callable[..., Client], env: Environment) -> Client:
    """A generated client over REST (https://googleapis.dev/python): `kind` is its class."""
    client: Client = _rest(kind, env.endpoints.google)
    return client


@cache
def _rest(kind: Any, endpoint: str) -> Any:
    place: dict[str, str] = {}
    if endpoint:
        address = urlsplit(endpoint)
        place = {"host": address.netloc, "url_scheme": address.scheme}
    transport = kind.get_transport_class("rest")(credentials=credentials(endpoint), **place)
    return kind(transport=transport)


def discovered(api: str, version: str, env: Environment, timeout: float) -> Any:
    """A client made from the discovery document that the library brings along; nothing is fetched.

    A new one for each call, with that call's timeout (seconds): its connections are not safe to share.
    """
    endpoint = env.endpoints.google
    http = google_auth_httplib2.AuthorizedHttp(credentials(endpoint), http=httplib2.Http(timeout=timeout))
    options = {"api_endpoint": f"{endpoint}/"} if endpoint else {}
    return discovery.build(
        api, version, static_discovery=True, cache_discovery=False, client_options=options, http=http
    )


def session(env: Environment) -> AuthorizedSession:
    """Plain HTTP with credentials, for headers that the clients hide."""
    return AuthorizedSession(credentials(env.endpoints.google))  # type: ignore[no-untyped-call]


def storage_address(env: Environment) -> str:
    return env.endpoints.google or STORAGE


@cache
def _storage(endpoint: str, project: str) -> StorageClient:
    options = {"api_endpoint": endpoint} if endpoint else None
    return StorageClient(project=project, credentials=credentials(endpoint), client_options=options)


def storage_client(env: Environment) -> StorageClient:
    return _storage(env.endpoints.google, env.project)
