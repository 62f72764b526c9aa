"""Recovery sets to check and to copy: objects in the vault, and a manifest, written as a backup writes it."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from clients.catalogue import Listed, read_catalogue, write_manifest
from clients.environment import Environment
from clients.google import storage_client
from domain.manifest import Manifest
from domain.recovery_set import Kind, Part
from domain.vault_layout import part_name, reference
from tasks.catalogue import find_set
from tasks.runs import new_id
from tests.conftest import Endpoints

FILES: Mapping[str, bytes] = MappingProxyType(
    {
        "configuration/service.json": b'{"name": "shop"}\n',
        "configuration/database.json": b'{"tier": "small"}\n',
    }
)


def make_set(
    env: Environment,
    files: Mapping[str, bytes] = FILES,
    *,
    secrets: Sequence[str] = (),
    age: timedelta = timedelta(0),
) -> Manifest:
    """A complete set of these files, and of these secret versions by their full names, taken so long ago."""
    at, set_id = datetime.now(UTC) - age, new_id()
    digests = {
        put(env, part_name(env.name, set_id, file), content): hashlib.sha256(content).hexdigest()
        for file, content in files.items()
    }
    parts = []
    if files:
        parts.append(Part(Kind.CONFIGURATION, tuple(digests), at, sum(map(len, files.values()))))
    if secrets:
        parts.append(Part(Kind.SECRETS, tuple(secrets), at))
    made = Manifest(set_id, env.name, env.service.name, at, at, tuple(parts), digests=digests)
    write_manifest(env, made)
    return made


def put(env: Environment, name: str, content: bytes, bucket: str = "") -> str:
    """Write an object, over what there was; its full name."""
    blob = storage_client(env).bucket(bucket or env.vault).blob(name)
    blob.upload_from_file(BytesIO(content), size=len(content), content_type="application/json")
    return reference(blob.bucket.name, name)


def content_of(env: Environment, name: str) -> bytes:
    """All the bytes of an object, by its full name."""
    bucket, _, path = name.removeprefix("gs://").partition("/")
    found: bytes = storage_client(env).bucket(bucket).blob(path).download_as_bytes()
    return found


def listed(env: Environment, set_id: str) -> Listed:
    """The set as the catalogue has it now."""
    return find_set(read_catalogue(env), env.name, set_id)


def rot(cloud: Endpoints, content: bytes, *, keep: int | None = None) -> None:
    """Let the disk beneath the sandbox's storage rot: of the one object with that content a bit flips, or
    only so many bytes are left. What the storage says of the object stays what it was."""
    [file] = [
        each
        for each in (cloud.home / "storage" / "objects").iterdir()
        if each.stat().st_size == len(content) and each.read_bytes() == content
    ]
    _write(file, content[:keep] if keep is not None else bytes([content[0] ^ 1]) + content[1:])


def _write(file: Path, content: bytes) -> None:
    file.chmod(0o600)
    file.write_bytes(content)
