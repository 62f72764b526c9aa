"""Faults as an API: for a matching call, refuse, delay, drop, or do it and then drop the answer."""

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from aiohttp import web

from sandbox.kernel.errors import RpcError, refusal
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer, json_body

Kind = TypeVar("Kind")

ACTIONS = ("refuse", "delay", "drop", "drop_answer")


@dataclass
class Fault:
    """What happens to the next `times` calls whose method, path and body match (regular expressions)."""

    name: str
    action: str
    times: int
    method: str = ""
    path: str = ""
    body: str = ""
    skip: int = 0  # matching calls let through first
    status: int = 503
    message: str = "The service is currently unavailable."
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    met: int = 0

    def matches(self, method: str, path: str, body: str) -> bool:
        return bool(
            self.times > 0
            and re.fullmatch(self.method or ".*", method)
            and re.search(self.path, path)
            and (not self.body or re.search(self.body, body, re.DOTALL))
        )


@dataclass(frozen=True)
class RevisionFault:
    """What the router adds to a revision's answers: seconds of latency, a share of 500s."""

    latency: float = 0.0
    error_rate: float = 0.0


class Faults:
    """The faults in force. They live in memory: a restarted sandbox is a healthy one."""

    def __init__(self) -> None:
        self.calls: dict[str, Fault] = {}
        self.revisions: dict[str, RevisionFault] = {}
        self.revisions_changed: Callable[[], Awaitable[None]] | None = None

    def take(self, method: str, path: str, body: str) -> Fault | None:
        """The first fault that this call meets, counted."""
        for fault in self.calls.values():
            if fault.matches(method, path, body):
                if fault.skip:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                fault.met += 1
                return fault
        return None

    @web.middleware
    async def middleware(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        if not self.calls or request.path.startswith("/faults"):
            return await handler(request)
        wants_body = any(fault.body for fault in self.calls.values())
        body = (await request.read()).decode(errors="replace") if wants_body else ""
        fault = self.take(request.method, request.path_qs, body)
        if fault is None:
            return await handler(request)
        if fault.action == "refuse":
            error = refusal(fault.status, fault.message, request.path)
            return answer(error.body(), error.code, fault.headers)
        if fault.action == "delay":
            await asyncio.sleep(fault.seconds)
            return await handler(request)
        if fault.action == "drop_answer":
            await handler(request)
        if request.transport:
            request.transport.abort()
        return web.Response(status=500, text="The connection was dropped.")

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/faults", self._list)
        app.router.add_post("/faults", self._add)
        app.router.add_delete("/faults", self._clear)
        app.router.add_delete("/faults/{name}", self._remove)

    async def _list(self, _: web.Request) -> web.Response:
        revisions = {name: vars(fault) for name, fault in self.revisions.items()}
        return answer({"faults": [vars(fault) for fault in self.calls.values()], "revisions": revisions})

    async def _add(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        if revision := body.pop("revision", None):
            self.revisions[revision] = _of(RevisionFault, body)
            await self._tell_router()
            return answer({"revision": revision})
        if body.get("action") not in ACTIONS:
            raise RpcError(
                "INVALID_ARGUMENT", f"action: one of {', '.join(ACTIONS)}, not {body.get('action')!r}"
            )
        fault = _of(Fault, {"name": uuid.uuid4().hex[:8], "times": 1, **body})
        self.calls[fault.name] = fault
        return answer(vars(fault))

    async def _remove(self, request: web.Request) -> web.Response:
        self.calls.pop(request.match_info["name"], None)
        return answer({})

    async def _clear(self, _: web.Request) -> web.Response:
        self.calls.clear()
        self.revisions.clear()
        await self._tell_router()
        return answer({})

    async def _tell_router(self) -> None:
        if self.revisions_changed:
            await self.revisions_changed()


def _of(kind: type[Kind], fields: Document) -> Kind:
    try:
        return kind(**fields)
    except TypeError as error:
        raise RpcError("INVALID_ARGUMENT", str(error)) from error
