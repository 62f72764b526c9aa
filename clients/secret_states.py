"""The versions of secrets that are in use: their numbers and states. No payload is read."""

from google.cloud import secretmanager

from clients.environment import Environment
from clients.errors import told
from clients.google import rest
from clients.patience import attempt_timeout, patient


@patient
def read_version_state(env: Environment, reference: str) -> tuple[str, str]:
    """The full name with its number (`latest` becomes one) and the state: ENABLED, DISABLED or DESTROYED.

    Args:
        reference: projects/P/secrets/S/versions/N.

    Raises:
        NotFound: there is no such version.
    """
    client = rest(secretmanager.SecretManagerServiceClient, env)
    with told(f"{reference}: looking at it"):
        version = client.get_secret_version(name=reference, retry=None, timeout=attempt_timeout())
    number = version.name.rpartition("/")[2]
    return f"{reference.rpartition('/')[0]}/{number}", version.state.name
