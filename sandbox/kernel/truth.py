"""Holds every request, and on demand every answer, against Google's own description of its APIs."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.kernel import discovery
from sandbox.kernel.discovery import Method
from sandbox.kernel.errors import RpcError
from sandbox.kernel.wire import answer, json_body

GOOGLE = ("/v1/", "/v2/", "/sql/", "/storage/", "/upload/", "/resumable/", "/download/")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Truth:
    """A request that Google's API would not parse is refused; what else differs is listed at /truth."""

    def __init__(self) -> None:
        self.mismatches: list[str] = []
        self.calls: Counter[str] = Counter()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(GOOGLE):
            return await handler(request)
        method = discovery.find(request.method, request.raw_path.partition("?")[0])
        if method is None:
            self.mismatches.append(f"{request.method} {request.path}: no such method")
            return await handler(request)
        self.calls[method.id] += 1
        self.mismatches += method.check_query([*request.query])
        await self._check_request(method, request)
        response = await handler(request)
        if isinstance(response, web.Response) and response.content_type == "application/json":
            self._check_answer(method, request, response)
        return response

    async def _check_request(self, method: Method, request: web.Request) -> None:
        if request.content_type != "application/json" or request.path.startswith("/upload/"):
            return
        faults = method.check_request(await json_body(request))
        if faults:
            self.mismatches += faults
            raise RpcError("INVALID_ARGUMENT", f"Invalid JSON payload received. {'; '.join(faults)}")

    def _check_answer(self, method: Method, request: web.Request, response: web.Response) -> None:
        if response.status >= 300 or not response.text or request.query.get("alt") == "media":
            return
        content: Any = json.loads(response.text)
        self.mismatches += [f"answer of {fault}" for fault in method.check_response(content)]

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/truth", self._list)
        app.router.add_get("/truth/calls", self._count)
        app.router.add_delete("/truth", self._clear)

    async def _list(self, _: web.Request) -> web.Response:
        return answer({"mismatches": self.mismatches})

    async def _count(self, _: web.Request) -> web.Response:
        return answer({"calls": dict(self.calls)})

    async def _clear(self, _: web.Request) -> web.Response:
        self.mismatches.clear()
        self.calls.clear()
        return answer({})
