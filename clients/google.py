"""How Google's APIs are reached: the same clients for the real cloud and for one on localhost."""

import os
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

import google.auth
import httplib2
from google.auth.credentials import AnonymousCredentials, Credentials
from google.auth.exceptions import DefaultCredentialsError
from google.auth.transport.requests import AuthorizedSession
from google.cloud.storage import Client as StorageClient
from googleapiclient import discovery

from clients.environment import Environment
from clients.errors import Denied
from clients.patience import attempt_timeout

Client = TypeVar("Client")

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
STORAGE = "https://storage.googleapis.com"


@cache
def credentials(endpoint: str) -> Credentials:
    """None are sent to an address of our own; elsewhere the application default credentials."""
    if endpoint:
        return AnonymousCredentials()  # type: ignore[no-untyped-call]
    try:
        found, _ = google.auth.default(scopes=[SCOPE])
    except DefaultCredentialsError as error:
        raise Denied(
            f"Google: no credentials: {error}",
            "run gcloud auth application-default login, or set GOOGLE_APPLICATION_CREDENTIALS to a key file",
        ) from error
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


class _Http:
    """What googleapiclient asks of httplib2, done by requests, each within the time of its attempt.

    httplib2 sends a request once more by itself when its answer is lost, whatever it was.
    """

    def __init__(self, session: AuthorizedSession) -> None:
        self._session = session

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any
    ) -> tuple[httplib2.Response, bytes]:
        answer = self._session.request(  # type: ignore[no-untyped-call]
            method, uri, data=body, headers=headers, timeout=attempt_timeout()
        )
        told = httplib2.Response({**answer.headers, "status": str(answer.status_code)})
        told.reason = answer.reason
        return told, answer.content

    def close(self) -> None:
        """The session's connections are kept."""


def discovered(api: str, version: str, env: Environment) -> Any:
    """A client made from the discovery document that the library brings along; nothing is fetched."""
    return _discovered(api, version, env.endpoints.google)


@cache
def _discovered(api: str, version: str, endpoint: str) -> Any:
    options = {"api_endpoint": f"{endpoint}/"} if endpoint else {}
    return discovery.build(
        api,
        version,
        static_discovery=True,
        cache_discovery=False,
        client_options=options,
        http=_Http(_session(endpoint)),
    )


def session(env: Environment) -> AuthorizedSession:
    """Plain HTTP with credentials, for headers that the clients hide. Its connections are kept."""
    return _session(env.endpoints.google)


@cache
def _session(endpoint: str) -> AuthorizedSession:
    return AuthorizedSession(credentials(endpoint))  # type: ignore[no-untyped-call]


def storage_address(env: Environment) -> str:
    return env.endpoints.google or STORAGE


@cache
def _storage(endpoint: str, project: str) -> StorageClient:
    os.environ.setdefault(
        "DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true"
    )  # threads that ask for more
    options = {"api_endpoint": endpoint} if endpoint else None
    return StorageClient(project=project, credentials=credentials(endpoint), client_options=options)


def storage_client(env: Environment) -> StorageClient:
    return _storage(env.endpoints.google, env.project)
