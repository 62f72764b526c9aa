"""A call of Cloud SQL Admin: what its path, its query and its body say, and how it is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.kernel.state import Document
from sandbox.kernel.wire import json_body, page, page_size
from sandbox.sql import errors, operations
from sandbox.sql.cluster import Connection

if TYPE_CHECKING:
    from sandbox.sql.sql import Sql

PROJECT = "/projects/{project}"
INSTANCE = PROJECT + "/instances/{instance:[^/:{}]+}"
USUAL = 500  # items a page


class Call:
    """One call. Links in its answer lead back to where it came in: that host, that version."""

    def __init__(self, request: web.Request, sql: Sql) -> None:
        self.sql = sql
        self.query = request.query
        self.path = request.match_info
        self._request = request
        prefix = request.path.partition("/projects/")[0]
        self.link = f"{request.scheme}://{request.host}{prefix}/projects/{sql.settings.project}"

    @property
    def instance(self) -> str:
        return self.path["instance"]

    async def json(self) -> Document:
        return await json_body(self._request)

    def operation(self, operation: Document) -> Document:
        return operations.resource(operation, self.sql.settings.project, self.link)

    def page(self, kind: str, items: Iterable[Document]) -> Document:
        """One page of a list, as maxResults and pageToken ask for it."""
        size = page_size(self.query.get("maxResults"), USUAL)
        part, following = page(list(items), size, self.query.get("pageToken"))
        told: Document = {"kind": kind, "items": list(part)} if part else {"kind": kind}
        return told | ({"nextPageToken": following} if following else {})

    @asynccontextmanager
    async def server(self) -> AsyncIterator[Connection]:
        """A connection to the instance, which must be running."""
        async with await self.sql.instances.serving(self.instance).connect() as connection:
            yield connection

    @asynccontextmanager
    async def primary(self) -> AsyncIterator[Connection]:
        """A connection to write by: refused where the instance is a replica."""
        if self.sql.instances.get(self.instance).get("master"):
            raise errors.is_replica()
        async with self.server() as connection:
            yield connection


Handler = Callable[[Call], Awaitable[Document]]
Route = tuple[str, str, Handler]
"""A verb, a path beneath the API's version, and who answers there."""
