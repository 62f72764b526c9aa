"""The manifest of a recovery set: what was taken, written once, when all of it was there.

It is JSON in one canonical form, and carries the SHA-256 of all the rest of itself: whatever was altered, by
a bit or by an editor, is refused with a reason, and so is what this version does not know. The sum finds
accidents; whoever may write to the vault can write another, which is what a retention lock is for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.recovery_set import Kind, Part, RecoverySet, State, Window
from domain.refusal import refuse
from domain.set_json import part_from_json, part_to_json, window_from_json, window_to_json
from domain.strict_json import (
    Malformed,
    canonical,
    instant,
    iso,
    items,
    mapping,
    members,
    parse,
    sha256,
    text,
    texts,
    whole,
)

VERSION = 1
SUM = "sha256"
NAMES = (
    "version", "id", "environment", "service", "taken_at", "completed_at", "parts", "window", "digests",
    "facts", "restore", SUM,
)  # fmt: skip
REMEDY = "do not restore from it; read the second copy's, or take another set"

Fact = str | int


@dataclass(frozen=True)
class Manifest:
    """What was taken. `digests` are SHA-256 by a reference of a part; `facts` are what a check or a drill
    compares with, such as the schema's revision or the documents of an index; `restore` are the commands by
    which a person restores it without Muster, line by line."""

    id: str
    environment: str
    service: str
    taken_at: datetime
    completed_at: datetime
    parts: tuple[Part, ...]
    window: Window | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    restore: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.complete("")  # what is no recovery set has no manifest
        if self.completed_at < self.taken_at:
            raise ValueError(f"{self.id}: it was complete ({self.completed_at}) before it was taken")
        known = {reference for part in self.parts for reference in part.references}
        for reference in self.digests:
            if reference not in known:
                raise ValueError(f"{self.id}: no part refers to {reference}, and it has a digest")

    def complete(self, manifest_sha256: str) -> RecoverySet:
        """The set that it describes, of which nothing more is known."""
        return RecoverySet(
            self.id,
            self.taken_at,
            State.COMPLETE,
            self.parts,
            window=self.window,
            manifest_sha256=manifest_sha256,
        )

    @property
    def sha256(self) -> str:
        """Of all that it says."""
        return sha256(canonical(self._rest()))

    def to_text(self) -> str:
        """The canonical form, with its own sum in it."""
        return canonical({**self._rest(), SUM: self.sha256})

    def _rest(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "id": self.id,
            "environment": self.environment,
            "service": self.service,
            "taken_at": iso(self.taken_at),
            "completed_at": iso(self.completed_at),
            "parts": [part_to_json(part) for part in self.parts],
            "window": window_to_json(self.window),
            "digests": dict(self.digests),
            "facts": dict(self.facts),
            "restore": list(self.restore),
        }


def manifest_from_text(kept: str | bytes, name: str = "manifest") -> Manifest:
    """The manifest that `to_text` made, of an object of that name.

    Raises:
        Refused: it is anything else, by as much as a space.
    """
    try:
        found = kept.decode() if isinstance(kept, bytes) else kept
        value = parse(found)
        _known(value, name)
        return _read(value, found)
    except ValueError as error:
        raise refuse(f"{name}: it was altered: {error}", REMEDY) from error


def disagreements(manifest: Manifest, listed: RecoverySet) -> list[str]:
    """What the catalogue's summary says otherwise than the manifest, which is right.

    Exports are made of sets that are complete, so those that the manifest does not name came later.
    """
    later = [part for part in listed.parts if part.kind is Kind.EXPORT and part not in manifest.parts]
    parts = tuple(part for part in listed.parts if part not in later)
    pairs = {
        "id": (listed.id, manifest.id),
        "taken_at": (listed.taken_at, manifest.taken_at),
        "parts": (parts, manifest.parts),
        "window": (listed.window, manifest.window),
        "manifest_sha256": (listed.manifest_sha256, manifest.sha256),
    }
    return [
        f"{what} is {said}, and the manifest's is {is_}" for what, (said, is_) in pairs.items() if said != is_
    ]


def _known(value: Any, name: str) -> None:
    version = mapping(value, "manifest").get("version")
    if version != VERSION:
        raise refuse(
            f"{name}: its version, {version!r}, is unknown here",
            "read it with the Muster that wrote it, or a later one",
        )


def _read(value: Any, kept: str) -> Manifest:
    found = members(value, "manifest", NAMES)
    said, rest = found[SUM], {key: part for key, part in found.items() if key != SUM}
    if said != sha256(canonical(rest)):
        raise Malformed(f"its SHA-256 is {sha256(canonical(rest))}, and it says {said!r}")
    manifest = Manifest(
        id=text(found["id"], "id"),
        environment=text(found["environment"], "environment"),
        service=text(found["service"], "service"),
        taken_at=instant(found["taken_at"], "taken_at"),
        completed_at=instant(found["completed_at"], "completed_at"),
        parts=tuple(
            part_from_json(part, f"parts[{place}]")
            for place, part in enumerate(items(found["parts"], "parts"))
        ),
        window=window_from_json(found["window"], "window"),
        digests={
            key: text(digest, f"digests.{key}")
            for key, digest in mapping(found["digests"], "digests").items()
        },
        facts={key: _fact(fact, f"facts.{key}") for key, fact in mapping(found["facts"], "facts").items()},
        restore=texts(found["restore"], "restore"),
    )
    if manifest.to_text() != kept:
        raise Malformed("it says the same in another form than the canonical one")
    return manifest


def _fact(value: Any, where: str) -> Fact:
    return text(value, where) if isinstance(value, str) else whole(value, where)
