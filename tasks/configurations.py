"""The configuration of a recovery set: what a restored service is made from, and the secrets it needs."""

from collections.abc import Mapping
from datetime import UTC, datetime

from clients.environment import Environment
from clients.environment_files import environment_text
from clients.objects import write_text_once
from clients.secret_states import read_version_state
from clients.service_copy import image_of, read_service_copy, secrets_of
from domain.recovery_set import Kind, Part
from domain.strict_json import canonical, sha256
from domain.taken import Taken
from domain.vault_layout import part_name, reference
from tasks.database_backups import database_configuration
from tasks.snapshots import search_configuration
from tasks.step import step


@step
def take_configuration(env: Environment, set_id: str) -> list[Taken]:
    """Write the service as deployed, database settings, search definitions, the environment's file and the
    states of secrets to the vault. Of secrets the versions are named; no payload is read.

    Raises:
        PreconditionFailed: a file of that name stands there, and is another.
    """
    at = datetime.now(UTC)
    service = read_service_copy(env)
    states = dict(read_version_state(env, version) for version in (secrets_of(service) if service else ()))
    files = {"environment.yaml": environment_text(env.name), "secrets.json": canonical(states)}
    if service:
        files["service.json"] = canonical(service)
    if env.database:
        files["database.json"] = canonical(database_configuration(env))
    if env.search:
        files["search.json"] = canonical(search_configuration(env))
    facts = {"service.image": image_of(service)} if service else {}
    taken = [_written(env, set_id, files, facts, at)]
    if states:
        taken.append(Taken(Part(Kind.SECRETS, tuple(states), at)))
    return taken


def _written(
    env: Environment, set_id: str, files: Mapping[str, str], facts: Mapping[str, str], at: datetime
) -> Taken:
    digests = {}
    for file, text in sorted(files.items()):
        name = part_name(env.name, set_id, f"configuration/{file}")
        kind = "application/json" if file.endswith(".json") else "application/yaml"
        write_text_once(env, env.vault, name, text, kind)
        digests[reference(env.vault, name)] = sha256(text)
    size = sum(len(text.encode()) for text in files.values())
    return Taken(Part(Kind.CONFIGURATION, tuple(digests), at, size), facts, digests)
