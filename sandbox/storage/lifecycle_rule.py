"""What a lifecycle configuration does with one version of an object, at an instant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.kernel.clock import instant
from sandbox.kernel.state import Document
from sandbox.storage.object import Object

CLASSES = (  # from the dearest at rest to the cheapest: a rule only leads on
    "MULTI_REGIONAL", "REGIONAL", "DURABLE_REDUCED_AVAILABILITY",  # of old: as STANDARD
    "STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE",
)  # fmt: skip


@dataclass(frozen=True)
class Version:
    """A version, how many newer ones there are of its name, and the instant."""

    object: Object
    newer: int
    at: datetime


def action(rules: list[Document], version: Version) -> Document | None:
    """What is to be done with it: a deletion before a change of class, of classes the cheapest; or None."""
    due = [rule["action"] for rule in rules if matches(rule["condition"], version)]
    if any(one["type"] == "Delete" for one in due):
        return {"type": "Delete"}
    now = _rank(version.object.fields["storageClass"])
    onward = [one for one in due if one["type"] == "SetStorageClass" and _rank(one["storageClass"]) > now]
    return max(onward, key=lambda one: _rank(one["storageClass"]), default=None)


def matches(condition: Document, version: Version) -> bool:
    """Whether all that a rule asks for holds of the version."""
    return all(TESTS[name](version, value) for name, value in condition.items())


def matches_name(condition: Document, name: str) -> bool:
    """The part of a condition that is about the name."""
    prefixes, suffixes = condition.get("matchesPrefix"), condition.get("matchesSuffix")
    return (not prefixes or name.startswith(tuple(prefixes))) and (
        not suffixes or name.endswith(tuple(suffixes))
    )


def is_old(since: str | None, days: int, at: datetime) -> bool:
    """Whether so many days have passed; never since what has not happened."""
    return since is not None and at >= instant(since) + timedelta(days=days)


def _is_before(since: str | None, day: str) -> bool:
    return since is not None and instant(since) < datetime.fromisoformat(day).replace(tzinfo=UTC)


def _rank(storage_class: str) -> int:
    return max(CLASSES.index(storage_class), CLASSES.index("STANDARD"))


TESTS: dict[str, Callable[[Version, Any], bool]] = {
    "age": lambda one, days: is_old(one.object.created, days, one.at),
    "createdBefore": lambda one, day: _is_before(one.object.created, day),
    "customTimeBefore": lambda one, day: _is_before(one.object.fields.get("customTime"), day),
    "daysSinceCustomTime": lambda one, days: is_old(one.object.fields.get("customTime"), days, one.at),
    "daysSinceNoncurrentTime": lambda one, days: is_old(one.object.deleted, days, one.at),
    "noncurrentTimeBefore": lambda one, day: _is_before(one.object.deleted, day),
    "isLive": lambda one, live: (one.object.deleted is None) is live,
    "matchesPrefix": lambda one, prefixes: one.object.name.startswith(tuple(prefixes)),
    "matchesSuffix": lambda one, suffixes: one.object.name.endswith(tuple(suffixes)),
    "matchesStorageClass": lambda one, classes: one.object.fields["storageClass"] in classes,
    "numNewerVersions": lambda one, count: one.newer >= count,
    "sizeAboveBytes": lambda one, size: one.object.content.size > int(size),
    "sizeBelowBytes": lambda one, size: one.object.content.size < int(size),
}
