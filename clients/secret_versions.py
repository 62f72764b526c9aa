"""Secrets: by name, pinned to a number. Values are read for Muster's own use alone."""

from google.cloud import secretmanager

from clients.environment import Environment
from clients.errors import NotFound, Rejected, told
from clients.google import rest
from clients.patience import attempt_timeout, patient


@patient
def newest_version(env: Environment, secret: str) -> str:
    """The number of the newest enabled version. NotFound when there is none.

    A secret of another project goes by its full name. `latest` will not do: it is the highest number in any
    state, disabled ones too.
    """
    client = rest(secretmanager.SecretManagerServiceClient, env)
    parent = _full(env, secret)
    with told(f"secret {secret}"):
        found = client.list_secret_versions(
            request={"parent": parent, "filter": "state:ENABLED"}, retry=None, timeout=attempt_timeout()
        )
        numbers = [int(version.name.rpartition("/")[2]) for version in found]
    if not numbers:
        raise NotFound(f"secret {secret}: it has no enabled version", "add one, or enable one")
    return str(max(numbers))


@patient
def read_secret(env: Environment, secret: str) -> str:
    """The value of the newest enabled version, without the newline that `echo` leaves at its end.

    It must not be logged, recorded or passed on.
    """
    return read_secret_version(env, secret, newest_version(env, secret))


@patient
def read_secret_version(env: Environment, secret: str, version: str) -> str:
    """The value of one version, likewise."""
    client = rest(secretmanager.SecretManagerServiceClient, env)
    with told(f"secret {secret}: reading it"):
        answer = client.access_secret_version(
            name=f"{_full(env, secret)}/versions/{version}", retry=None, timeout=attempt_timeout()
        )
    try:
        return answer.payload.data.decode().strip()
    except UnicodeDecodeError:
        raise Rejected(f"secret {secret}: it is not text", "add a version that is") from None


def _full(env: Environment, secret: str) -> str:
    return secret if "/" in secret else f"projects/{env.project}/secrets/{secret}"
