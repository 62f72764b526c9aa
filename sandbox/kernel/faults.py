"""Faults as an API: for a matching call, refuse, delay, drop or hold it, or do so with its answer."""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from aiohttp import web

from sandbox.kernel.errors import ApiError, RpcError, refusal
from sandbox.kernel.fault import Fault, LocationFault, RevisionFault, made
from sandbox.kernel.state import Document
from sandbox.kernel.wire import answer, json_body

PAGE = "/"  # the console
OWN = ("/faults", "/truth", "/sandbox/")  # the sandbox's own paths: nothing happens to these
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Refused = Callable[[web.Request, Fault], web.Response]
Form = Callable[[web.Request, Fault], web.Response | None]


class Breakable(Protocol):
    """Things of a system's own that can be broken by name: `POST /faults {"KIND": "NAME", ...}`."""

    def broken(self) -> Mapping[str, Document]:
        """Those that are broken just now, and how."""

    async def harm(self, name: str, how: Document) -> Document:
        """Break it; what is to be told of it. RpcError where it cannot be broken so."""

    async def mend(self, name: str) -> None:
        """Make it whole again; safe to repeat, and for a name of nothing."""


class Faults:
    """The faults in force. They live in memory: a restarted sandbox is a healthy one."""

    def __init__(self) -> None:
        self.calls: dict[str, Fault] = {}
        self.revisions: dict[str, RevisionFault] = {}
        self.locations: set[str] = set()  # in lower case
        self.things: dict[str, Breakable] = {}  # by their kind: what a system lets be broken
        self.revisions_changed: Callable[[], Awaitable[None]] | None = None
        self.forms: list[Form] = []  # of APIs that refuse in another form than their path tells
        self._ends: dict[str, asyncio.Future[bool]] = {}  # of faults that hold: whether to carry out then

    def is_down(self, location: str) -> bool:
        """Whether everything in that location is unavailable. A multi-region is a location of its own."""
        return location.lower() in self.locations

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
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Faults on Google's APIs and on Slack: refused in the form of whose path it is."""
        if request.path == PAGE or request.path.startswith(OWN):
            return await handler(request)
        return await self.meet(request, handler, self._refused)

    async def meet(self, request: web.Request, handler: Handler, refused: Refused) -> web.StreamResponse:
        """Let a call meet its fault, if there is one for it; `refused` tells an error as its API does."""
        method, path = request.method, request.path_qs
        meant = [fault for fault in self.calls.values() if fault.is_for(method, path)]
        looked_into = any(fault.looks_into(path) for fault in meant)
        body = (await request.read()).decode(errors="replace") if looked_into else ""
        fault = self.take(method, path, body) if meant else None
        if fault is None:
            return await handler(request)
        if fault.action == "refuse":
            return refused(request, fault)
        if fault.action == "delay":
            await asyncio.sleep(fault.seconds)
            return await handler(request)
        if fault.action == "drop_answer":
            with contextlib.suppress(ApiError, web.HTTPException):  # an answer like any other
                await handler(request)
        if fault.action == "hold":
            await request.read()  # now, as its caller may be gone when it is carried out
            if await self._end(fault):
                return await handler(request)
        if fault.action == "hold_answer":
            try:
                return await handler(request)
            finally:
                await self._end(fault)
        if request.transport:
            request.transport.abort()
        return web.Response(status=500, text="The connection was dropped.")

    def _refused(self, request: web.Request, fault: Fault) -> web.Response:
        for form in self.forms:
            if response := form(request, fault):
                return response
        error = refusal(fault.status, fault.message, request.path)
        return answer(error.body(), error.code, fault.headers)

    async def _end(self, fault: Fault) -> bool:
        """Wait until the fault is removed; whether what it held is to be carried out."""
        fault.held += 1
        try:
            return await asyncio.shield(self._ends[fault.name])
        finally:
            fault.held -= 1

    def _remove_call(self, name: str, *, carry_out: bool) -> None:
        self.calls.pop(name, None)
        if end := self._ends.pop(name, None):
            end.set_result(carry_out)

    def routes(self, app: web.Application) -> None:
        app.on_shutdown.append(self._drop_held)
        app.router.add_get("/faults", self._list)
        app.router.add_post("/faults", self._add)
        app.router.add_delete("/faults", self._clear)
        app.router.add_delete("/faults/{name:.+}", self._remove)

    async def _list(self, _: web.Request) -> web.Response:
        revisions = {name: vars(fault) for name, fault in self.revisions.items()}
        things = {f"{kind}s": dict(thing.broken()) for kind, thing in self.things.items()}
        calls = [vars(fault) for fault in self.calls.values()]
        return answer(
            {"faults": calls, "revisions": revisions, **things, "locations": sorted(self.locations)}
        )

    async def _add(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        if revision := body.pop("revision", None):
            self.revisions[revision] = made(RevisionFault, body)
            await self._tell_router()
            return answer({"revision": revision, **vars(self.revisions[revision])})
        if "location" in body:
            location = made(LocationFault, body).location.lower()
            if thing := self.things.get("location"):
                await thing.harm(location, {})
            self.locations.add(location)
            return answer({"location": location})
        for kind, thing in self.things.items():
            if kind in body:
                name = str(body.pop(kind))
                return answer({kind: name, **await thing.harm(name, body)})
        fault = made(Fault, {"action": "", "times": 1, **body, "name": uuid.uuid4().hex[:8]})
        self.calls[fault.name] = fault
        if fault.action.startswith("hold"):
            self._ends[fault.name] = asyncio.get_running_loop().create_future()
        return answer(vars(fault))

    async def _remove(self, request: web.Request) -> web.Response:
        """One fault by its name, or all that a thing of that name suffers from; safe to repeat.

        With `held=drop` the calls that it holds are never carried out.
        """
        name = request.match_info["name"]
        self._remove_call(name, carry_out=_carried_out(request))
        self.locations.discard(name.lower())
        if self.revisions.pop(name, None):
            await self._tell_router()
        for thing in self.things.values():
            await thing.mend(name)
        return answer({})

    async def _clear(self, request: web.Request) -> web.Response:
        carry_out = _carried_out(request)
        for name in list(self.calls):
            self._remove_call(name, carry_out=carry_out)
        self.locations.clear()
        if self.revisions:
            self.revisions.clear()
            await self._tell_router()
        for thing in self.things.values():
            for name in list(thing.broken()):
                await thing.mend(name)
        return answer({})

    async def _drop_held(self, _: web.Application) -> None:
        """A sandbox that ends waits for nobody."""
        for name in list(self._ends):
            self._remove_call(name, carry_out=False)

    async def _tell_router(self) -> None:
        if self.revisions_changed:
            await self.revisions_changed()


def _carried_out(request: web.Request) -> bool:
    """What is to become of held calls: carried out, unless `held=drop` says otherwise."""
    wanted = request.query.get("held", "carry_out")
    if wanted not in {"carry_out", "drop"}:
        raise RpcError("INVALID_ARGUMENT", f"held: carry_out or drop, not {wanted!r}")
    return wanted == "carry_out"
