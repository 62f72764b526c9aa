"""What carries a recovery set's name although nothing notes it: of a backup that died between the two, of an
export or a copy that was not noted any more."""

from collections.abc import Iterator

from clients.backup_deletions import find_reference
from clients.environment import Environment
from clients.object_versions import list_versions
from domain.set_names import backup_description, snapshot_name
from domain.vault_layout import draft_name, manifest_name, part_name, reference


def remains(env: Environment, set_id: str) -> Iterator[str]:
    """The references of all there may be of that set but its manifest, what can be made again first.

    Looked for in the environment as its file describes it now.
    """
    if env.second_vault:
        yield reference(env.second_vault, manifest_name(env.name, set_id))
        yield from _objects(env, env.second_vault, set_id)
    if env.search:
        yield f"{env.search.repository}/{snapshot_name(set_id)}"
    if env.database:
        backup = find_reference(env, backup_description(set_id))
        if backup:
            yield backup
    yield from _objects(env, env.vault, set_id)


def draft_of(env: Environment, set_id: str) -> str:
    """The reference of its draft, which may have outlived the backup that wrote the manifest."""
    return reference(env.state, draft_name(env.name, set_id))


def _objects(env: Environment, bucket: str, set_id: str) -> list[str]:
    found = list_versions(env, bucket, part_name(env.name, set_id, ""))
    return list(dict.fromkeys(version.reference for version in found))
