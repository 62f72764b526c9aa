"""Which sets are to be checked, and what their manifests and summaries say of themselves."""

from clients.catalogue import Catalogue, Listed, read_manifest
from clients.environment import Environment
from clients.errors import Corrupted
from domain.manifest import Manifest, disagreements, manifest_from_text
from domain.recovery_set import State
from domain.refusal import Refused, refuse
from domain.set_check import with_later
from tasks.catalogue import find_set
from tasks.step import step


def sets_to_check(env: Environment, catalogue: Catalogue, set_id: str) -> list[Listed]:
    """That set, whatever it counts as; or all that are complete and were not checked, the oldest first.

    Raises:
        Refused: there is no such set, or nothing to hold it against.
    """
    if not set_id:
        return [
            each for each in catalogue.listed if each.set.state is State.COMPLETE and not each.set.deleting
        ]
    found = find_set(catalogue, env.name, set_id)
    if found.set.deleting:
        raise refuse(f"{set_id}: its deletion has begun", "check another set")
    if found.bucket == env.state:
        raise refuse(
            f"{set_id}: it has no manifest: its backup has not come to its end",
            "wait for it, or take another set with muster backup",
        )
    return [found]


@step(named="read the manifest of {listed.set.id}")
def read_checked(env: Environment, listed: Listed) -> tuple[Manifest | None, list[str]]:
    """The manifest, with the exports that came later, and in sentences what is wrong with it, or with the
    summary beside it. None where it cannot be relied upon.

    Raises:
        ClientError: it could not be read.
    """
    try:
        manifest = manifest_from_text(read_manifest(env, listed.set.id), listed.reference)
    except (Corrupted, Refused) as error:
        return None, [str(error)]
    wrong = [f"{listed.reference}: its summary: {each}" for each in disagreements(manifest, listed.set)]
    if manifest.environment != env.name:
        wrong.append(f"{listed.reference}: it is of the environment {manifest.environment}")
    return with_later(manifest, listed.set), wrong
