"""A recovery set's summary in the metadata of its manifest's object: a listing tells all sets, reading none.

Metadata can change while the object cannot: state, pins and marks are kept there alone. Each key is always
there, so that writing a summary overwrites all of the one before. Cloud Storage holds 4 KiB a value and 8 KiB
in all (https://docs.cloud.google.com/storage/docs/reference/rpc/google.storage.v1, ServiceConstants).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from domain.recovery_set import RecoverySet, State
from domain.refusal import refuse
from domain.set_json import (
    copy_from_json,
    copy_to_json,
    part_from_json,
    part_to_json,
    pin_from_json,
    pin_to_json,
    proof_from_json,
    proof_to_json,
    window_from_json,
    window_to_json,
)
from domain.strict_json import compact, instant, iso, items, members, parse

PREFIX = "muster-"  # of our keys; those of others are left alone
VERSION = "1"
KEYS = tuple(
    PREFIX + name
    for name in (
        "summary", "set", "manifest-sha256", "taken-at", "state", "proof", "window", "parts", "copies",
        "pins", "expires-at", "deleting",
    )
)  # fmt: skip
VALUE_MOST, ALL_MOST = 4 << 10, 8 << 10  # bytes


def to_metadata(each: RecoverySet) -> dict[str, str]:
    """The summary: all of the set but holds, lock and the drills that use it.

    Raises:
        Refused: object metadata cannot hold so much.
    """
    values = (
        VERSION,
        each.id,
        each.manifest_sha256,
        iso(each.taken_at),
        each.state.value,
        compact(proof_to_json(each.proof)),
        compact(window_to_json(each.window)),
        compact([part_to_json(part) for part in each.parts]),
        compact([copy_to_json(copy) for copy in each.copies]),
        compact([pin_to_json(pin) for pin in each.pins]),
        iso(each.expires_at) if each.expires_at else "",
        "true" if each.deleting else "",
    )
    made = dict(zip(KEYS, values, strict=True))
    sizes = {key: len(value.encode()) for key, value in made.items()}
    largest = max(sizes, key=lambda key: sizes[key])
    total = sum(sizes.values()) + sum(len(key) for key in KEYS)
    for what, size, most in ((largest, sizes[largest], VALUE_MOST), ("its summary", total, ALL_MOST)):
        if size > most:
            raise refuse(
                f"{each.id}: {what} has {size:,} bytes, and object metadata holds {most:,}",
                "say it in fewer words, or lift the pins that are no longer needed",
            )
    return made


def from_metadata(
    metadata: Mapping[str, str],
    *,
    holds: Sequence[str] = (),
    locked_until: datetime | None = None,
    used_by: Sequence[str] = (),
) -> RecoverySet:
    """The set of an object's metadata, with what was read elsewhere.

    Raises:
        Refused: it is no summary that this version wrote. The catalogue could then not be read fully.
    """
    own = {key: value for key, value in metadata.items() if key.startswith(PREFIX)}
    try:
        return _read(own, tuple(holds), locked_until, tuple(used_by))
    except ValueError as error:
        name = own.get(PREFIX + "set", "a recovery set")
        raise refuse(
            f"{name}: its summary cannot be read: {error}",
            "write it again from the manifest, and check the set",
        ) from error


def _read(
    own: Mapping[str, str], holds: tuple[str, ...], locked_until: datetime | None, used_by: tuple[str, ...]
) -> RecoverySet:
    version = own.get(PREFIX + "summary", VERSION)
    if version != VERSION:
        raise ValueError(f"its version {version!r} is unknown here")
    members(own, "its metadata", KEYS)
    found = {key.removeprefix(PREFIX): value for key, value in own.items()}
    if found["deleting"] not in {"", "true"}:
        raise ValueError(f"deleting is {found['deleting']!r}")
    return RecoverySet(
        id=found["set"],
        taken_at=instant(found["taken-at"], "taken-at"),
        state=State(found["state"]),
        parts=tuple(part_from_json(part, where) for where, part in _listed(found, "parts")),
        proof=proof_from_json(parse(found["proof"]), "proof"),
        window=window_from_json(parse(found["window"]), "window"),
        copies=tuple(copy_from_json(copy, where) for where, copy in _listed(found, "copies")),
        pins=tuple(pin_from_json(pin, where) for where, pin in _listed(found, "pins")),
        manifest_sha256=found["manifest-sha256"],
        expires_at=instant(found["expires-at"], "expires-at") if found["expires-at"] else None,
        deleting=bool(found["deleting"]),
        holds=holds,
        locked_until=locked_until,
        used_by=used_by,
    )


def _listed(found: Mapping[str, str], name: str) -> list[tuple[str, Any]]:
    return [(f"{name}[{place}]", item) for place, item in enumerate(items(parse(found[name]), name))]
