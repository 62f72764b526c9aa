"""What every handler of Cloud Storage reads from its request."""

from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import web

from sandbox.storage.errors import condition_not_met, not_modified, unsupported
from sandbox.storage.fields import NOT_EMULATED_QUERY

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

OWN_KEYS = ("x-goog-encryption-", "x-goog-copy-source-encryption-")


def checked(handler: Handler) -> Handler:
    """The handler, for requests that ask only for what is emulated; 501 for the others."""

    async def run(request: web.Request) -> web.StreamResponse:
        for name in NOT_EMULATED_QUERY:
            if request.query.get(name, "false").lower() != "false":
                raise unsupported(name)
        if any(name.lower().startswith(OWN_KEYS) for name in request.headers):
            raise unsupported("A customer-supplied encryption key")
        return await handler(request)

    return run


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
