"""Secrets: by name, pinned to a number. Values are read for Muster's own use alone."""

from google.cloud import secretmanager

from clients.environment import Environment
from clients.errors import NotFound, told
from clients.google import rest
from clients.patience import attempt_timeout, patient


@patient
def newest_version(env: Environment, secret: str) -> str:
    """The number of the newest enabled version. NotFound when there is none.

    `latest` will not do: it is the highest number in any state, disabled ones too.
    """
    client = rest(secretmanager.SecretManagerServiceClient, env)
    parent = f"projects/{env.project}/secrets/{secret}"
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
    """The value of the newest enabled version. It must not be logged, recorded or passed on."""
    client = rest(secretmanager.SecretManagerServiceClient, env)
    name = f"projects/{env.project}/secrets/{secret}/versions/{newest_version(env, secret)}"
    with told(f"secret {secret}: reading it"):
        answer = client.access_secret_version(name=name, retry=None, timeout=attempt_timeout())
        return answer.payload.data.decode()
