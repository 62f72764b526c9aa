"""The XML API's uploads under way: started, fed part by part from several sides, ended or given up."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from weakref import WeakValueDictionary

from sandbox.kernel.clock import Clock
from sandbox.kernel.state import State
from sandbox.storage.checksums import Expected
from sandbox.storage.draft import drafting
from sandbox.storage.files import Files
from sandbox.storage.multipart_upload import MultipartUpload, Part
from sandbox.storage.object import Destination, Object
from sandbox.storage.objects import Objects
from sandbox.storage.xml import XmlError

LEAST = 5 << 20  # bytes of a part, unless it is the last
MOST_PARTS = 10_000
INVALID_PART = "One or more of the specified parts could not be found."


class MultipartUploads:
    """Uploads and their parts. What was acknowledged survives a crash, until the upload ends."""

    def __init__(self, state: State, files: Files, objects: Objects, clock: Clock) -> None:
        self._uploads = state.collection("storage.multipart_upload")
        self._parts = state.collection("storage.multipart_part")
        self._state = state
        self._files = files
        self._objects = objects
        self._clock = clock
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def start(self, to: Destination) -> MultipartUpload:
        upload = MultipartUpload(uuid.uuid4().hex, to, self._clock.stamp_ms())
        self._uploads.put(upload.id, upload.document())
        return upload

    def find(self, upload: str, bucket: str, name: str) -> MultipartUpload:
        """The one of that id, for that object; 404 when there is none."""
        document = self._uploads.get(upload)
        found = MultipartUpload.of(document) if document else None
        if found is None or (found.to.bucket, found.to.name) != (bucket, name):
            raise XmlError(404, "NoSuchUpload", "The requested upload was not found.")
        return found

    def of_bucket(self, bucket: str) -> list[MultipartUpload]:
        found = [MultipartUpload.of(document) for document in self._uploads.list()]
        return sorted(
            (one for one in found if one.to.bucket == bucket), key=lambda one: (one.to.name, one.id)
        )

    def parts(self, upload: MultipartUpload) -> list[Part]:
        """Those received, by number."""
        return [Part(**document) for document in self._parts.list(f"{upload.id}/")]

    async def receive(
        self, upload: MultipartUpload, number: int, pieces: AsyncIterator[bytes], expected: Expected
    ) -> Part:
        """Keep a part, in place of an earlier one of its number."""
        if not 1 <= number <= MOST_PARTS:
            text = f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive."
            raise XmlError(400, "InvalidArgument", "Invalid argument.", text)
        async with drafting(self._files) as draft:
            await draft.append(pieces)
            expected.check(draft.sums)
            await draft.seal()
            made = Part(
                number, draft.file, draft.size, draft.sums.md5, draft.sums.crc32c, self._clock.stamp_ms()
            )
            self.find(upload.id, upload.to.bucket, upload.to.name)  # it may have ended meanwhile
            name = f"{upload.id}/{number:05}"
            before = self._parts.get(name)
            self._parts.put(name, asdict(made))
        if before:
            self._files.discard(before["file"])
        return made

    async def complete(self, upload: MultipartUpload, named: Sequence[tuple[int, str]]) -> tuple[Object, str]:
        """The object of the parts named, by number and ETag, and its own ETag.

        Where it is refused the upload stays, with all its parts.
        """
        async with self._turns.setdefault(upload.id, asyncio.Lock()):
            self.find(upload.id, upload.to.bucket, upload.to.name)
            parts = self._named(upload, named)

            ended: list[Part] = []
            with ExitStack() as opened:
                bytes_of = [opened.enter_context(self._files.open(part.file)) for part in parts]
                async with drafting(self._files) as draft:
                    await draft.join(bytes_of)
                    await draft.seal()
                    content = replace(draft.content(), md5=None)  # none is told of what came in parts
                    made = self._objects.insert(
                        upload.to, content, lambda _: ended.extend(self._forget(upload))
                    )
            for part in ended:
                self._files.discard(part.file)
            digests = b"".join(bytes.fromhex(part.md5_hex) for part in parts)
            etag = hashlib.md5(digests, usedforsecurity=False).hexdigest()
            return made, f'"{etag}-{len(parts)}"'

    def abort(self, upload: MultipartUpload) -> None:
        """Give it up, with all its parts."""
        with self._state.transaction():
            parts = self._forget(upload)
        for part in parts:
            self._files.discard(part.file)

    def files(self) -> set[str]:
        """The files of the parts of uploads under way."""
        return {document["file"] for document in self._parts.list()}

    def _named(self, upload: MultipartUpload, named: Sequence[tuple[int, str]]) -> list[Part]:
        """Those parts; 400 unless they are there, as named, in order, and large enough."""
        there = {part.number: part for part in self.parts(upload)}
        numbers = [number for number, _ in named]
        if numbers != sorted({*numbers}):
            raise XmlError(400, "InvalidPartOrder", "The list of parts was not in ascending order.")
        for number, etag in named:
            if number not in there or there[number].etag.strip('"') != etag.strip('"'):
                raise XmlError(400, "InvalidPart", INVALID_PART)
        if not named:
            raise XmlError(400, "InvalidPart", INVALID_PART)
        parts = [there[number] for number in numbers]
        if any(part.size < LEAST for part in parts[:-1]):
            text = "Your proposed upload is smaller than the minimum allowed object size."
            raise XmlError(400, "EntityTooSmall", text)
        return parts

    def _forget(self, upload: MultipartUpload) -> list[Part]:
        """Remove it from what is kept; the parts that it had, whose files nothing names any more."""
        parts = self.parts(upload)
        for part in parts:
            self._parts.delete(f"{upload.id}/{part.number:05}")
        self._uploads.delete(upload.id)
        return parts
