"""What every handler of Cloud Storage reads from its request."""

from collections.abc import AsyncIterator

from aiohttp import web

from sandbox.storage.errors import condition_not_met, not_modified


def check_etag(request: web.Request, etag: str) -> None:
    """If-Match and If-None-Match, which reads alone may carry."""
    wanted, unwanted = (_etags(request.headers.get(name)) for name in ("If-Match", "If-None-Match"))
    if wanted and not wanted & {etag, "*"}:
        raise condition_not_met()
    if unwanted & {etag, "*"}:
        raise not_modified()


def _etags(header: str | None) -> set[str]:
    return {part.strip(' "') for part in (header or "").split(",")} - {""}


def origin(request: web.Request) -> str:
    """The address at which the client reached us."""
    return f"{request.scheme}://{request.host}"


async def pieces(request: web.Request) -> AsyncIterator[bytes]:
    """The body as it arrives. A fault that looks into bodies has read it before us."""
    if request.content.at_eof():
        yield await request.read()
    async for piece in request.content.iter_any():
        yield piece
