"""The router by itself, told and answered as by the API process: what comes last need not be the newest."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from sandbox.logging.batch import Batch
from sandbox.logging.entries import Entries
from sandbox.run.request_log import RequestLog
from sandbox.run.router import Router

BEFORE, AFTER = 1, 2  # when the API process said it
MANY = 60


class Api:
    """Starts an instance for whoever asks; all revisions share the one process that answers."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.address = ""

    async def start(self, request: web.Request) -> web.Response:
        self.asked.append(request.match_info["revision"])
        await asyncio.sleep(0.02)
        return web.json_response({"address": self.address, "instance": "b", "said": AFTER})


async def _here(_: web.Request) -> web.Response:
    return web.Response(text="here")


def unused_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def table(ports: list[int], *, said: int, address: str = "") -> dict[str, Any]:
    """A port for each of as many revisions, whose instance is there."""
    return {
        "said": said,
        "routes": {
            str(port): {
                "service": "shop",
                "timeout": 5,
                "targets": [{"revision": f"r{port}", "percent": 100}],
            }
            for port in ports
        },
        "revisions": {
            f"r{port}": {
                "concurrency": 80,
                "address": address,
                "instance": "a",
                "latency": 0.0,
                "error_rate": 0.0,
            }
            for port in ports
        },
    }


@asynccontextmanager
async def routed(folder: Path, api: Api) -> AsyncIterator[str]:
    """Its control's address, while it runs."""
    app, instance = web.Application(), web.Application()
    app.router.add_post("/sandbox/instances/{revision}", api.start)
    instance.router.add_get("/", _here)
    [control] = unused_ports(1)
    async with TestServer(app) as asked, TestServer(instance) as served:
        api.address = f"{served.host}:{served.port}"
        log = RequestLog(Batch(Entries(folder / "logs.sqlite", 0)), "project", "region")
        router = Router(f"http://{asked.host}:{asked.port}", log)
        await router.start(control)
        try:
            yield f"http://127.0.0.1:{control}/table"
        finally:
            await router.stop()


async def _statuses(http: ClientSession, ports: list[int]) -> list[int]:
    async def one(port: int) -> int:
        async with http.get(f"http://127.0.0.1:{port}/") as answer:
            return answer.status

    return await asyncio.gather(*(one(port) for port in ports))


def test_a_table_made_before_an_instance_was_there_loses_no_request_that_waited_for_it(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        api, ports = Api(), unused_ports(MANY)
        async with routed(tmp_path, api) as control, ClientSession() as http:
            old = table(ports, said=BEFORE)
            (await http.put(control, json=old)).raise_for_status()
            requests = asyncio.create_task(_statuses(http, ports))
            while not requests.done():
                (await http.put(control, json=old)).raise_for_status()
            assert set(await requests) == {200}
            assert set(await _statuses(http, ports)) == {200}
            assert len(api.asked) == MANY, "each is asked for once"

    asyncio.run(scenario())


def test_an_instance_that_is_let_go_after_it_was_started_is_not_asked_any_more(tmp_path: Path) -> None:
    async def scenario() -> None:
        api, ports = Api(), unused_ports(1)
        async with routed(tmp_path, api) as control, ClientSession() as http:
            (await http.put(control, json=table(ports, said=BEFORE))).raise_for_status()
            assert await _statuses(http, ports) == [200]
            (await http.put(control, json=table(ports, said=AFTER + 1))).raise_for_status()
            [gone] = unused_ports(1)
            late = table(ports, said=BEFORE, address=f"127.0.0.1:{gone}")
            (await http.put(control, json=late)).raise_for_status()
            assert await _statuses(http, ports) == [200]

    asyncio.run(scenario())
