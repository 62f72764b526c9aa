"""Sending an object's bytes."""

import asyncio
import re
from email.utils import format_datetime
from io import FileIO

from aiohttp import web

from sandbox.kernel.clock import instant
from sandbox.storage.errors import unsupported
from sandbox.storage.object import Object

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def send(request: web.Request, found: Object, file: FileIO) -> web.StreamResponse:
    """The bytes asked for, by sendfile: however many, none of them enters this process."""
    accepted = request.headers.get("Accept-Encoding", "")
    if found.fields.get("contentEncoding") == "gzip" and "gzip" not in accepted:
        raise unsupported("Decompression for a client that does not accept gzip")
    size = found.content.size
    headers = _headers(found)
    part = _part(request.headers.get("Range", ""), size)
    if part is not None and not part:
        headers.update({"Content-Range": f"bytes */{size}", "Content-Type": "text/html"})
        return web.Response(status=416, text="The requested range cannot be satisfied.", headers=headers)
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    response = web.StreamResponse(status=200 if part is None else 206, headers=headers)
    part = range(size) if part is None else part
    response.content_length = len(part)
    await response.prepare(request)
    if part:
        await _sendfile(request.transport, file, part)
    await response.write_eof()
    return response


async def _sendfile(transport: asyncio.Transport | None, file: FileIO, part: range) -> None:
    if transport is None or transport.is_closing():
        raise ConnectionResetError("The client went away.")
    try:
        await asyncio.get_running_loop().sendfile(transport, file, part.start, len(part))
    except ConnectionError as error:
        raise ConnectionResetError("The client went away.") from error


def _part(header: str, size: int) -> range | None:
    """The bytes that a Range header names, perhaps none; None where it names no single range."""
    match = RANGE.fullmatch(header.strip())
    if not match or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)


def _headers(found: Object) -> dict[str, str]:
    """What is known of the object, as there is no resource to tell it in."""
    fields, content = found.fields, found.content
    said = {
        "Cache-Control": fields.get("cacheControl"),
        "Content-Disposition": fields.get("contentDisposition", "attachment"),
        "Content-Encoding": fields.get("contentEncoding"),
        "Content-Language": fields.get("contentLanguage"),
        "Content-Type": fields.get("contentType", "application/octet-stream"),
        "Accept-Ranges": "bytes",
        "ETag": found.etag,
        "Last-Modified": format_datetime(instant(found.updated), usegmt=True),
        "X-Goog-Generation": str(found.generation),
        "X-Goog-Metageneration": str(found.metageneration),
        "X-Goog-Hash": found.hashes,
        "X-Goog-Storage-Class": fields["storageClass"],
        "X-Goog-Stored-Content-Encoding": fields.get("contentEncoding", "identity"),
        "X-Goog-Stored-Content-Length": str(content.size),
    }
    return {name: value for name, value in said.items() if value}
