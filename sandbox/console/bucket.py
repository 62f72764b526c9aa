"""A bucket on the page, and on a page of its own what lies in it."""

from dataclasses import dataclass
from heapq import nlargest

from sandbox.storage.buckets import Buckets
from sandbox.storage.object import Object
from sandbox.storage.objects import Objects
from sandbox.storage.versions import BEYOND, Usage

NEWEST = 500  # of a bucket's objects: more than that nobody reads


@dataclass(frozen=True)
class Bucket:
    name: str
    versioned: bool
    usage: Usage


def buckets(kept: Buckets, objects: Objects) -> list[Bucket]:
    """All of them, by name, with what lies in each."""
    usage = objects.versions.usage()
    return [Bucket(one.name, one.versioned, usage.get(one.name, Usage())) for one in kept.list("")]


def newest_objects(objects: Objects, bucket: str) -> list[Object]:
    """What was written last into a bucket, the last first."""
    return nlargest(
        NEWEST, objects.versions.live_from(bucket, "", BEYOND), key=lambda one: (one.created, one.name)
    )
