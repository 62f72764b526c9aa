"""The catalogue: all recovery sets of an environment, told by the metadata of manifests and drafts.

A listing tells everything; no object is read. What is known of a set is changed by its metageneration.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from google.cloud.storage import Blob

from clients.environment import Environment
from clients.errors import AlreadyThere, NotFound, PreconditionFailed, told
from clients.google import storage_address, storage_client
from clients.object_versions import HOLDS, delete_version, list_versions
from clients.objects import read_text
from clients.one_ahead import one_ahead
from clients.pages import object_pages
from clients.patience import attempt_timeout, patient
from clients.rest_call import ask
from domain.manifest import Manifest
from domain.recovery_set import RecoverySet, State
from domain.refusal import Refused
from domain.set_summary import from_metadata, to_metadata
from domain.vault_layout import draft_name, drafts, manifest_name, manifests, reference

FIELDS = "name,generation,metageneration,metadata,retentionExpirationTime,temporaryHold,eventBasedHold"


@dataclass(frozen=True)
class Listed:
    """A set, and the object that tells of it: its manifest, or its draft while it has none."""

    set: RecoverySet
    bucket: str
    name: str
    generation: int
    metageneration: int

    @property
    def reference(self) -> str:
        return reference(self.bucket, self.name)


@dataclass(frozen=True)
class Catalogue:
    """What a listing told: the sets, oldest first, what could not be read, and the storage server's time."""

    listed: tuple[Listed, ...]
    unread: tuple[str, ...]
    now: datetime

    @property
    def sets(self) -> list[RecoverySet]:
        return [each.set for each in self.listed]

    def find(self, set_id: str) -> Listed | None:
        return next((each for each in self.listed if each.set.id == set_id), None)


@patient
def read_catalogue(env: Environment) -> Catalogue:
    """Every set there is. A draft whose manifest stands is left out: its backup was just not tidied up."""
    found: dict[str, Listed] = {}
    unread: list[str] = []
    now = datetime.min.replace(tzinfo=UTC)
    for bucket, prefix in ((env.state, drafts(env.name)), (env.vault, manifests(env.name))):
        for items, now in one_ahead(object_pages(env, bucket, prefix, FIELDS)):  # noqa: B007 - the last answer's time is the catalogue's
            for item in items:
                try:
                    each = _listed(bucket, item)
                    found[each.set.id] = each
                except Refused as refusal:
                    unread.append(f"{reference(bucket, item['name'])}: {refusal.problems[0].what}")
    ordered = sorted(found.values(), key=lambda each: (each.set.taken_at, each.set.id))
    return Catalogue(tuple(ordered), tuple(unread), now)


@patient
def open_draft(env: Environment, opened: RecoverySet) -> Listed:
    """Note that the set is being taken, before anything of it is. This very draft counts as written.

    Raises:
        AlreadyThere: another draft has that id.
    """
    return _write(env, env.state, draft_name(env.name, opened.id), b"", opened)


@patient
def write_manifest(env: Environment, manifest: Manifest) -> Listed:
    """Write it where nothing is yet: from then on the set is complete. Written already counts as done.

    Raises:
        AlreadyThere: another manifest has that id.
    """
    text = manifest.to_text().encode()
    complete = manifest.complete(manifest.sha256)
    return _write(env, env.vault, manifest_name(env.name, manifest.id), text, complete)


def read_manifest(env: Environment, set_id: str) -> str:
    """Its text. NotFound when there is none."""
    name = manifest_name(env.name, set_id)
    text = read_text(env, env.vault, name)
    if text is None:
        raise NotFound(f"{reference(env.vault, name)}: there is no such manifest")
    return text


@patient
def rewrite_summary(env: Environment, listed: Listed, known: RecoverySet) -> Listed:
    """Change what is known of the set, over just what was listed.

    Raises:
        PreconditionFailed: it has changed since. List again, and decide again.
        NotFound: it is gone.
        Refused: object metadata cannot hold so much.
    """
    metadata = to_metadata(known)
    about = {"ifMetagenerationMatch": listed.metageneration, "ifGenerationMatch": listed.generation}
    try:
        what = f"{known.id}: noting that it is {known.state}"
        body = {"metadata": metadata}
        item = ask(env, "PATCH", _object(env, listed), what, params=about, json=body).json()
    except PreconditionFailed:
        item = ask(env, "GET", _object(env, listed), f"{known.id}: looking at it").json()
        if {key: item.get("metadata", {}).get(key) for key in metadata} != metadata:
            raise  # else it was us, and the answer was lost
    return replace(_listed(listed.bucket, item), set=known)


def forget(env: Environment, listed: Listed) -> None:
    """Delete the manifest or the draft, with all its versions: the last of a set. What is gone already is
    gone; what was written since it was listed stays.

    Raises:
        Kept: a retention or a hold keeps it.
    """
    for version in list_versions(env, listed.bucket, listed.name):
        if version.name == listed.name and version.generation <= listed.generation:
            delete_version(env, version)


def _write(env: Environment, bucket: str, name: str, content: bytes, known: RecoverySet) -> Listed:
    blob = storage_client(env).bucket(bucket).blob(name)
    blob.metadata = to_metadata(known)
    try:
        with told(f"{reference(bucket, name)}: writing it"):
            blob.upload_from_string(
                content,
                content_type="application/json",
                if_generation_match=0,
                checksum="crc32c",
                retry=None,
                timeout=attempt_timeout(),
            )
    except PreconditionFailed:
        with told(f"{reference(bucket, name)}: looking at it"):
            blob.reload(retry=None, timeout=attempt_timeout())
        if not _same(env, blob, content, known):
            what = f"{reference(bucket, name)}: there is one already"
            raise AlreadyThere(what, "take another set") from None
    return Listed(known, bucket, name, int(blob.generation), int(blob.metageneration))


def _same(env: Environment, blob: Blob, content: bytes, known: RecoverySet) -> bool:
    """Whether what stands there is what we were to write: then it was us, and the answer was lost.

    A draft has nothing but its summary, which two runs cannot have alike: it tells when it was opened.
    """
    if known.state is State.INCOMPLETE:
        return dict(blob.metadata or {}) == to_metadata(known)
    return (read_text(env, blob.bucket.name, blob.name) or "").encode() == content


def _object(env: Environment, listed: Listed) -> str:
    return f"{storage_address(env)}/storage/v1/b/{listed.bucket}/o/{quote(listed.name, safe='')}"


def _listed(bucket: str, item: dict[str, Any]) -> Listed:
    until = item.get("retentionExpirationTime")
    known = from_metadata(
        item.get("metadata", {}),
        holds=[text for field, text in HOLDS.items() if item.get(field)],
        locked_until=datetime.fromisoformat(until).astimezone(UTC) if until else None,
    )
    return Listed(known, bucket, item["name"], int(item["generation"]), int(item["metageneration"]))
