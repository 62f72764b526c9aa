"""Recovery sets for drills of a part: taken as a backup takes them, without the parts that are not wanted."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from clients.environment import Environment
from clients.service_copy import image_of, read_service_copy
from domain.manifest import Fact, Manifest
from domain.recovery_set import Kind, Part
from domain.strict_json import canonical, sha256
from domain.taken import Taken
from domain.vault_layout import part_name
from tasks.runs import new_id
from tasks.snapshots import search_configuration, take_snapshot
from tests.recovery import put

NOTHING: Mapping[str, Any] = MappingProxyType({})


def take_set(env: Environment, over: Mapping[str, Any] = NOTHING) -> Manifest:
    """A set of the environment's search and service, as far as they are there. `over`: other contents of
    configuration files than are read now, by name."""
    set_id = new_id()
    parts: list[Part] = []
    facts: dict[str, Fact] = {}
    files: dict[str, Any] = {}
    if env.search:
        taken: Taken = take_snapshot(env, set_id, lambda: None, lambda _: None)
        parts.append(taken.part)
        facts |= taken.facts
        files["search.json"] = search_configuration(env)
    service = read_service_copy(env)
    if service:
        files["service.json"] = service
        facts["service.image"] = image_of(service)
    texts = {name: canonical(content) for name, content in {**files, **over}.items()}
    digests = {
        put(env, part_name(env.name, set_id, f"configuration/{name}"), text.encode()): sha256(text)
        for name, text in texts.items()
    }
    at = parts[0].at if parts else datetime.now(UTC)
    parts.append(Part(Kind.CONFIGURATION, tuple(digests), at, sum(map(len, texts.values()))))
    return Manifest(
        set_id,
        env.name,
        env.service.name,
        at,
        at + timedelta(minutes=1),
        tuple(parts),
        digests=digests,
        facts=facts,
    )
