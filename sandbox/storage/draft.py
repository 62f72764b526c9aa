"""A file being written, with the checksums of what is in it; hashed and written in threads."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from io import FileIO
from typing import BinaryIO

from sandbox.storage.checksums import Checksums
from sandbox.storage.files import Files
from sandbox.storage.object import Content

BLOCK = 1 << 20  # bytes handed to a thread at a time: at most three blocks of an upload are in memory

PIECE = 256 << 10  # bytes read from a file at a time


class Draft:
    """Bytes that are not an object's yet."""

    def __init__(self, files: Files, file: str | None = None) -> None:
        self.file = file or uuid.uuid4().hex
        self.path = files.path(self.file)
        self.size = 0
        self.sums = Checksums()
        self._files = files

    async def append(self, pieces: AsyncIterator[bytes], skip: int = 0) -> None:
        """Add the bytes that come, but for the first `skip`. What came before an error is added as well."""
        target = await asyncio.to_thread(self.path.open, "ab")
        writing: asyncio.Task[None] | None = None
        block: list[bytes] = []
        size = 0
        try:
            async for piece in pieces:
                block.append(piece[skip:])
                size += len(block[-1])
                skip = max(0, skip - len(piece))
                if size >= BLOCK:
                    if writing:
                        await writing
                    writing = asyncio.create_task(asyncio.to_thread(self._add, target, block))
                    block, size = [], 0
        finally:
            try:
                if writing:
                    await writing
                await asyncio.to_thread(self._add, target, block)
            finally:
                await asyncio.to_thread(target.close)

    async def join(self, parts: Sequence[FileIO]) -> None:
        """Add all that is in these files."""
        await asyncio.to_thread(self._join, parts)

    def _join(self, parts: Sequence[FileIO]) -> None:
        with self.path.open("ab") as target:
            for part in parts:
                while piece := part.read(PIECE):
                    self._add(target, [piece])

    def _add(self, target: BinaryIO, block: list[bytes]) -> None:
        for piece in block:  # joining them would cost more than these calls
            target.write(piece)
            self.sums.update(piece)
        target.flush()
        self.size += sum(map(len, block))

    async def reopen(self, quantum: int) -> None:
        """Take up what a former process wrote, as far as it is a multiple of the quantum."""
        await asyncio.to_thread(self._reopen, quantum)

    def _reopen(self, quantum: int) -> None:
        self.path.touch()
        size = self.path.stat().st_size
        self._cut(size - size % quantum, 0, Checksums())

    async def cut(self, size: int, known: int, sums: Checksums) -> None:
        """Keep the first `size` bytes, of which the first `known` have these checksums."""
        await asyncio.to_thread(self._cut, size, known, sums)

    def _cut(self, size: int, known: int, sums: Checksums) -> None:
        with self.path.open("r+b") as file:
            file.truncate(size)
            file.seek(known)
            while piece := file.read(PIECE):
                sums.update(piece)
        self.size, self.sums = size, sums

    async def seal(self) -> None:
        """See to it that the bytes are on disk."""
        await asyncio.to_thread(self._files.flush, self.file)

    def content(self, components: int | None = None) -> Content:
        """As an object's; one put together from components has no MD5."""
        md5 = None if components else self.sums.md5
        return Content(self.file, self.size, self.sums.crc32c, md5, components)

    def discard(self) -> None:
        self._files.discard(self.file)


@asynccontextmanager
async def drafting(files: Files) -> AsyncIterator[Draft]:
    """A draft that is discarded by an error. What makes it an object must come last."""
    draft = Draft(files)
    try:
        yield draft
    except BaseException:
        draft.discard()
        raise
