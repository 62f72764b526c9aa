"""Making objects: of bytes that arrive, of other objects' bytes, of another object as it is."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from sandbox.storage.buckets import Buckets
from sandbox.storage.checksums import Expected
from sandbox.storage.conditions import Conditions
from sandbox.storage.draft import drafting
from sandbox.storage.errors import invalid, required
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

    def __init__(self, buckets: Buckets, objects: Objects, files: Files) -> None:
        self._buckets = buckets
        self._objects = objects
        self._files = files

    async def write(self, to: Destination, pieces: AsyncIterator[bytes], expected: Expected) -> Object:
        """An object of the bytes that come, if they are those expected."""
        self._buckets.find(to.bucket)
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

        The storage class is the one given, or the bucket's; never the source's.
        """
        if not to.fields.keys() - {"storageClass"}:
            kept = {key: value for key, value in source.fields.items() if key != "storageClass"}
            to = replace(to, fields={**kept, **to.fields})
        content = replace(source.content, file=self._files.link(source.content.file))
        try:
            await asyncio.to_thread(self._files.flush, content.file)
            return self._objects.insert(to, content)
        except BaseException:
            self._files.discard(content.file)
            raise
