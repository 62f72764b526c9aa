"""The body of a multipart upload: the resource as JSON, then the bytes (RFC 2387), read as it arrives."""

import json
import re
from collections.abc import AsyncIterator
from email.parser import HeaderParser
from typing import Any

from sandbox.kernel.state import Document
from sandbox.storage.errors import invalid

LONGEST_HEAD = 1 << 20  # bytes before the media: the resource, with at most 8 KiB of metadata
MALFORMED = "Malformed multipart body."
BOUNDARY = re.compile(r"""multipart/related\s*;.*?boundary=["']?([^"';]+)""", re.IGNORECASE)


class Multipart:
    """Two parts. Lines end as the first one does: gcloud ends them with a bare line feed."""

    def __init__(self, content_type: str, pieces: AsyncIterator[bytes]) -> None:
        match = BOUNDARY.match(content_type)
        if not match:
            raise invalid("Missing multipart/related boundary in Content-Type.")
        self._mark = b"--" + match[1].encode()
        self._pieces = pieces
        self._buffer = b""
        self._line = b"\r\n"

    async def head(self) -> tuple[Document, str | None]:
        """The resource, and the content type that the part with the bytes says it has."""
        opening = await self._until(b"\n")
        while opening.rstrip() != self._mark:  # a preamble
            opening = await self._until(b"\n")
        self._line = b"\r\n" if opening.endswith(b"\r") else b"\n"
        await self._headers()
        resource = _resource(await self._until(self._line + self._mark))
        await self._until(b"\n")
        return resource, (await self._headers())["Content-Type"]

    async def media(self) -> AsyncIterator[bytes]:
        """The bytes, up to the closing boundary; 400 when it never comes."""
        closing = self._line + self._mark
        while True:
            at = self._buffer.find(closing)
            if at >= 0:
                yield self._buffer[:at]
                return
            sure = len(self._buffer) - len(closing) + 1
            if sure > 0:
                yield self._buffer[:sure]
                self._buffer = self._buffer[sure:]
            await self._more()

    async def _headers(self) -> Any:
        text = b""
        while (line := await self._until(b"\n")).strip():
            text += line.strip() + b"\n"
        return HeaderParser().parsestr(text.decode(errors="replace"))

    async def _until(self, mark: bytes) -> bytes:
        """What comes before the mark; the mark is consumed."""
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > LONGEST_HEAD:
                raise invalid(MALFORMED)
            await self._more()
        found, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        return found

    async def _more(self) -> None:
        piece = await anext(self._pieces, None)
        if piece is None:
            raise invalid(MALFORMED)
        self._buffer += piece


def _resource(text: bytes) -> Document:
    try:
        resource = json.loads(text or b"{}")
    except ValueError as error:
        raise invalid("Parse Error") from error
    if not isinstance(resource, dict):
        raise invalid("Parse Error")
    return resource
