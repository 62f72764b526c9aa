"""New versions of secrets that there are. No value is ever told."""

from google.cloud import secretmanager

from clients.environment import Environment
from clients.errors import NotFound, told
from clients.google import rest
from clients.patience import attempt_timeout, patient
from clients.secret_versions import newest_version, read_secret


@patient
def add_version(env: Environment, secret: str, value: str) -> str:
    """Let the newest version have that value; its number. Where it has it already, nothing is added: so a
    call whose answer was lost adds one version.

    Raises:
        NotFound: there is no such secret.
        Denied: versions may not be added to it.
    """
    if _newest_value(env, secret) == value:
        return newest_version(env, secret)
    client = rest(secretmanager.SecretManagerServiceClient, env)
    parent = secret if "/" in secret else f"projects/{env.project}/secrets/{secret}"
    with told(f"secret {secret}: adding a version"):
        made = client.add_secret_version(
            parent=parent,
            payload=secretmanager.SecretPayload(data=value.encode()),
            retry=None,
            timeout=attempt_timeout(),
        )
    return str(made.name.rpartition("/")[2])


def _newest_value(env: Environment, secret: str) -> str | None:
    """None where there is no version yet; or no such secret, which the next call tells."""
    try:
        return read_secret(env, secret)
    except NotFound:
        return None
