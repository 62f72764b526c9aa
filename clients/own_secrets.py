"""Secrets that Muster makes itself, and takes away: each carries the labels that tell whose it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType

from google.cloud import secretmanager

from clients.environment import Environment
from clients.errors import AlreadyThere, NotFound, Rejected, told
from clients.google import rest
from clients.patience import attempt_timeout, patient
from clients.secret_versions import read_secret, read_secret_version

Client = secretmanager.SecretManagerServiceClient
FIRST = "1"
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class OwnSecret:
    """One secret, without its value."""

    name: str  # without its project
    labels: Mapping[str, str]
    created_at: datetime


@patient
def put_secret(env: Environment, name: str, value: str, labels: Mapping[str, str]) -> None:
    """Make a secret of that value; one that is there with these labels is given a version of it, if its
    newest has another.

    Raises:
        Rejected: there is one of that name without these labels. It is left as it is.
    """
    client = rest(Client, env)
    _make(client, env, name, labels)
    try:
        if read_secret(env, name) == value:
            return
    except NotFound:
        pass  # it has no version yet
    _add(client, env, name, value)


@patient
def first_value(env: Environment, name: str, value: str, labels: Mapping[str, str]) -> str:
    """A secret's first value, which is this one where it has none yet: whoever asks is told the same.

    Raises:
        Rejected: there is one of that name without these labels. It is left as it is.
    """
    client = rest(Client, env)
    _make(client, env, name, labels)
    try:
        return read_secret_version(env, name, FIRST)
    except NotFound:
        _add(client, env, name, value)
    return read_secret_version(env, name, FIRST)  # another's, who was faster


@patient
def list_secrets(env: Environment, labels: Mapping[str, str] = NONE) -> list[OwnSecret]:
    """The project's secrets that carry these labels, oldest first."""
    with told(f"{env.project}: listing secrets"):
        found = [
            _own(secret)
            for secret in rest(Client, env).list_secrets(
                parent=f"projects/{env.project}", retry=None, timeout=attempt_timeout()
            )
        ]
    return sorted(
        (each for each in found if labels.items() <= each.labels.items()), key=lambda each: each.created_at
    )


@patient
def delete_secret(env: Environment, name: str) -> None:
    """Delete a secret with all its versions; what is gone already is gone."""
    try:
        with told(f"secret {name}: deleting it"):
            rest(Client, env).delete_secret(name=_full(env, name), retry=None, timeout=attempt_timeout())
    except NotFound:
        return


def _make(client: Client, env: Environment, name: str, labels: Mapping[str, str]) -> None:
    """There is a secret of that name, with these labels."""
    secret = secretmanager.Secret(replication={"automatic": {}}, labels=dict(labels))
    try:
        with told(f"secret {name}: making it"):
            client.create_secret(
                parent=f"projects/{env.project}", secret_id=name, secret=secret, retry=None,
                timeout=attempt_timeout(),
            )  # fmt: skip
    except AlreadyThere:
        with told(f"secret {name}: looking at it"):
            found = client.get_secret(name=_full(env, name), retry=None, timeout=attempt_timeout())
        if not labels.items() <= dict(found.labels).items():
            raise Rejected(f"secret {name}: it is somebody else's", "it is left as it is") from None


def _add(client: Client, env: Environment, name: str, value: str) -> None:
    payload = secretmanager.SecretPayload(data=value.encode())
    with told(f"secret {name}: adding a version"):
        client.add_secret_version(
            parent=_full(env, name), payload=payload, retry=None, timeout=attempt_timeout()
        )


def _own(secret: secretmanager.Secret) -> OwnSecret:
    return OwnSecret(
        name=secret.name.rpartition("/")[2],
        labels=dict(secret.labels),
        created_at=secret.create_time.astimezone(UTC),
    )


def _full(env: Environment, name: str) -> str:
    return f"projects/{env.project}/secrets/{name}"
