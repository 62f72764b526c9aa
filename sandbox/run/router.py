"""The router: a program of its own that sends each request to a revision, by percent or by tag.

`python -m sandbox.run.router CONTROL_PORT API_ADDRESS LOG_FILE LOG_LAG PROJECT REGION`. The API process tells
it the whole table (PUT /table) whenever something changes; the router asks the API process to start an
instance where a revision has none. Each service and each tag has a port of its own, as names such as
x.localhost do not resolve everywhere.
"""

import asyncio
import random
import signal
import sys
from pathlib import Path

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from sandbox.logging.batch import Batch
from sandbox.logging.entries import Entries
from sandbox.run.backend import Backend, Place
from sandbox.run.forwarder import Forwarder
from sandbox.run.request_log import Request, RequestLog
from sandbox.run.route import Route

LONGEST_QUEUE = 10.0  # seconds a request waits for an instance before it is aborted

ABORTED = "The request was aborted because there was no available instance."
NO_START = "The request failed because the instance could not start successfully."
BROKEN = (
    "The request failed because either the HTTP response was malformed "
    "or connection to the instance had an error."
)
TOO_LONG = "The request has been terminated because it has reached the maximum request timeout."


class Router:
    """All ports and all revisions of a sandbox."""

    def __init__(self, api: str, log: RequestLog) -> None:
        self._api = api
        self._log = log
        self._forwarder = Forwarder()
        self._routes: dict[int, Route] = {}
        self._backends: dict[str, Backend] = {}
        self._sites: dict[int, web.TCPSite] = {}
        self._starting: dict[str, asyncio.Task[Place | None]] = {}

    async def start(self, control_port: int) -> None:
        self._session = ClientSession(timeout=ClientTimeout(total=None))
        await self._forwarder.start()
        self._runner = web.ServerRunner(web.Server(self._serve, access_log=None), shutdown_timeout=10)
        await self._runner.setup()
        control = web.Application()
        control.router.add_put("/table", self._table)
        control.router.add_get("/usage", self._usage)
        control.router.add_post("/drain/{revision}", self._drain)
        self._control = web.AppRunner(control, access_log=None)
        await self._control.setup()
        await web.TCPSite(self._control, "127.0.0.1", control_port).start()

    async def stop(self) -> None:
        await self._runner.cleanup()
        await self._control.cleanup()
        await self._forwarder.stop()
        await self._session.close()

    async def _table(self, request: web.Request) -> web.Response:
        """Put a whole new table in force: from the next request on, it is the one that counts.

        The answer names the ports that others have taken since they were chosen.
        """
        table = await request.json()
        for name, row in table["revisions"].items():
            self._backends.setdefault(name, Backend(name)).update(row, table["said"])
        routes = {int(port): Route(row) for port, row in table["routes"].items()}
        taken = [port for port in routes.keys() - self._sites.keys() if not await self._listen(port)]
        self._routes = routes
        for port in self._sites.keys() - routes.keys():
            await self._sites.pop(port).stop()
        return web.json_response({"taken": taken})

    async def _listen(self, port: int) -> bool:
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        try:
            await site.start()
        except OSError:
            await site.stop()
            return False
        self._sites[port] = site
        return True

    async def _usage(self, _: web.Request) -> web.Response:
        return web.json_response({name: backend.usage() for name, backend in self._backends.items()})

    async def _drain(self, request: web.Request) -> web.Response:
        """Answers when the revision holds no request any more, or when it has waited long enough."""
        backend = self._backends.get(request.match_info["revision"])
        drained = True
        if backend:
            try:
                await asyncio.wait_for(backend.idle.wait(), float(request.query["seconds"]))
            except TimeoutError:
                drained = False
        return web.json_response({"drained": drained})

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport
        port = request.transport.get_extra_info("sockname")[1]
        route = self._routes.get(port)
        if route is None or not route.revisions:
            return web.Response(status=404, text="Page not found")
        backend = self._backends[route.choose()]
        note = Request.of(request, route.service, backend.name)
        backend.enter()
        try:
            response = await self._answer(request, route, backend, note)
        finally:
            backend.leave()
        status = 503 if note.broken else response.status
        self._log.add(note, status)
        backend.answered(status)
        return response

    async def _answer(
        self, request: web.BaseRequest, route: Route, backend: Backend, note: Request
    ) -> web.StreamResponse:
        try:
            await asyncio.wait_for(backend.turns.acquire(), LONGEST_QUEUE)
        except TimeoutError:
            return note.rejected(429, ABORTED)
        turns = backend.turns
        try:
            if backend.latency:
                await asyncio.sleep(backend.latency)
            if random.random() < backend.error_rate:
                return web.Response(status=500, text="Internal Server Error")
            place = backend.place or await self._start_instance(backend)
            if place is None:
                return note.rejected(500, NO_START)
            note.instance = place.instance
            try:
                async with asyncio.timeout(route.timeout):
                    return await self._forwarder.send(request, place.address, note)
            except TimeoutError:
                return note.rejected(504, TOO_LONG)
            except (ClientError, ConnectionError):
                return note.rejected(503, BROKEN)
        finally:
            turns.release()

    async def _start_instance(self, backend: Backend) -> Place | None:
        """Have the API process start an instance; many requests wait for the same start. None: it did not.

        Whatever a table says meanwhile, it is there for all who waited: they hold the revision.
        """
        if backend.name not in self._starting:
            task = asyncio.create_task(self._ask_for_instance(backend))
            self._starting[backend.name] = task
            task.add_done_callback(lambda _: self._starting.pop(backend.name, None))
        return await asyncio.shield(self._starting[backend.name])

    async def _ask_for_instance(self, backend: Backend) -> Place | None:
        address = f"{self._api}/sandbox/instances/{backend.name}"
        async with self._session.post(address) as answer:
            if answer.status != 200:
                return None
            row = await answer.json()
        place = Place(row["address"], row["instance"])
        backend.found(place, row["said"])
        return place


async def main(arguments: list[str]) -> None:
    """Run until SIGTERM; what was logged by then is on disk."""
    control_port, api, file, lag, project, region = arguments
    batch = Batch(Entries(Path(file), float(lag)))
    router = Router(api, RequestLog(batch, project, region))
    await router.start(int(control_port))
    written = asyncio.Event()
    writing = asyncio.create_task(batch.run(written))
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    await router.stop()
    written.set()
    await writing


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
