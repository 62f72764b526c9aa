"""A bucket on the page."""

from dataclasses import dataclass

from sandbox.storage.buckets import Buckets
from sandbox.storage.objects import Objects, Usage


@dataclass(frozen=True)
class Bucket:
    name: str
    versioned: bool
    usage: Usage


def buckets(kept: Buckets, objects: Objects) -> list[Bucket]:
    """All of them, by name, with what lies in each."""
    usage = objects.usage()
    return [Bucket(one.name, one.versioned, usage.get(one.name, Usage())) for one in kept.list("")]
