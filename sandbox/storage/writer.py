"""Making objects: of bytes that arrive, of other objects' bytes, of another object as it is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from sandbox.kernel.clock import Clock
from sandbox.storage import object_retention
from sandbox.storage.bucket import Bucket
from sandbox.storage.buckets import Buckets
from sandbox.storage.checksums import Expected
from sandbox.storage.conditions import Conditions
from sandbox.storage.draft import drafting
from sandbox.storage.errors import invalid, required
from sandbox.storage.fields import OF_A_VERSION
from sandbox.storage.files import Files
from sandbox.storage.object import Destination, Object
from sandbox.storage.objects import Objects

MOST_SOURCES = 32


@dataclass(frozen=True)
class Source:
    """A version to copy from, and what must hold of it."""

    bucket: str
    name: str
    generation: int | None
    conditions: Conditions

    def find(self, objects: Objects) -> Object:
        found = objects.find(self.bucket, self.name, self.generation)
        self.conditions.check(found)
        return found


class Writer:
    """Each way ends with the one step that makes the bytes an object, or with nothing left of them."""

    def __init__(self, buckets: Buckets, objects: Objects, files: Files, clock: Clock) -> None:
        self._buckets = buckets
        self._objects = objects
        self._files = files
        self._clock = clock

    def check(self, to: Destination) -> Bucket:
        """The bucket it is for: 404 without one, 400 unless it admits the retention asked for."""
        home = self._buckets.find(to.bucket)
        if retention := to.fields.get("retention"):
            at = self._clock.now()
            to.fields["retention"] = object_retention.first(retention, enabled=home.retains_objects, at=at)
        object_retention.check_with_hold(to.fields)
        return home

    async def write(self, to: Destination, pieces: AsyncIterator[bytes], expected: Expected) -> Object:
        """An object of the bytes that come, if they are those expected."""
        self.check(to)
        async with drafting(self._files) as draft:
            await draft.append(pieces)
            expected.check(draft.sums)
            await draft.seal()
            return self._objects.insert(to, draft.content())

    async def compose(self, to: Destination, sources: Sequence[Source]) -> Object:
        """The sources' bytes, one after the other, as they are at this moment."""
        if not sources:
            raise required("You must provide at least one source component.")
        if len(sources) > MOST_SOURCES:
            count = f"({len(sources)}) exceeds the maximum ({MOST_SOURCES})"
            raise invalid(f"The number of source components provided {count}")
        self.check(to)
        found = [source.find(self._objects) for source in sources]
        components = sum(one.content.components or 1 for one in found)
        with ExitStack() as opened:
            parts = [opened.enter_context(self._files.open(one.content.file)) for one in found]
            async with drafting(self._files) as draft:
                await draft.join(parts)
                await draft.seal()
                return self._objects.insert(to, draft.content(components))

    async def copy(self, source: Object, to: Destination) -> Object:
        """The source's bytes. Metadata given replace all of the source's; where none are, those stay.

        Storage class, holds and retention are those given, or the bucket's; never the source's.
        """
        self.check(to)
        if not to.fields.keys() - {*OF_A_VERSION}:
            kept = {key: value for key, value in source.fields.items() if key not in OF_A_VERSION}
            to = replace(to, fields={**kept, **to.fields})
        return await self._linked(source, to)

    async def restore(self, found: Object, conditions: Conditions) -> Object:
        """A new live version with all that one has that was deleted, which stays where it is.

        400 where the bucket's soft delete is off by now.
        """
        if not self._buckets.find(found.bucket).soft_delete:
            raise invalid("bucket soft delete policy must be set.")
        return await self._linked(found, Destination(found.bucket, found.name, found.fields, conditions))

    async def _linked(self, source: Object, to: Destination) -> Object:
        content = replace(source.content, file=self._files.link(source.content.file))
        try:
            await asyncio.to_thread(self._files.flush, content.file)
            return self._objects.insert(to, content)
        except BaseException:
            self._files.discard(content.file)
            raise
