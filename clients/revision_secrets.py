"""Which secrets a revision was given, by variable or file, and at which version."""

from collections.abc import Iterator
from dataclasses import dataclass

from clients.cloud_run import fetch_revision
from clients.environment import Environment
from clients.patience import patient


@dataclass(frozen=True)
class Given:
    """A secret as a revision has it. `variable` is empty for a file."""

    variable: str
    secret: str  # as it is named there: short, or in full
    version: str


@patient
def secrets_given(env: Environment, revision: str) -> list[Given]:
    """All secrets of that revision.

    Raises:
        NotFound: there is no such revision.
    """
    return list(_given(env, revision))


def _given(env: Environment, revision: str) -> Iterator[Given]:
    found = fetch_revision(env, revision)
    for container in found.containers:
        for variable in container.env:
            reference = variable.value_source.secret_key_ref
            if reference.secret:
                yield Given(variable.name, reference.secret, reference.version or "latest")
    for volume in found.volumes:
        for item in volume.secret.items:
            yield Given("", volume.secret.secret, item.version or "latest")
