"""The API process's side of the router: its child, its table, and what it is told and asked."""

import asyncio
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any, TypedDict

from aiohttp import ClientError, ClientSession

from sandbox.kernel.children import Child
from sandbox.kernel.kernel import Kernel

logger = logging.getLogger("sandbox")

Table = dict[str, Any]
"""{"routes": {port: {service, timeout, targets: [{revision, percent}]}}, "revisions": {name: {...}}}

To the router it goes with `said`, the instant at which it was true (`time.monotonic_ns`), as do answers to
its questions: either may overtake the other.
"""


async def _nothing() -> None:
    return


class Usage(TypedDict):
    """A revision as the router sees it: counts by second of the last minute, the oldest first."""

    in_flight: int
    idle: float  # seconds since it last held a request
    requests: list[int]
    errors: list[int]


class Routing:
    """Keeps the router running and its table true; started again, it is told everything anew."""

    def __init__(self, kernel: Kernel, api: str) -> None:
        self._kernel = kernel
        self._api = api
        self._control = f"http://127.0.0.1:{kernel.ports.reserve('router-control')}"
        self._child: Child | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._table: Table = {"routes": {}, "revisions": {}, "said": 0}
        self._up = asyncio.Event()
        self.ports_taken = _nothing  # called when a router that was started again cannot listen everywhere
        self._turn = asyncio.Lock()  # or an older table could be the last to arrive

    async def start(self) -> None:
        self._session = ClientSession()
        self._keeping = asyncio.create_task(self._keep())
        await self._up.wait()

    async def stop(self) -> None:
        if self._keeping:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._child:
            await self._child.stop()
        await self._session.close()

    async def apply(self, table: Table) -> list[int]:
        """Put the table in force. Returns once every further request goes by it.

        The answer is the ports at which none can arrive, as others have taken them.
        """
        self._table = {**table, "said": time.monotonic_ns()}
        await self._up.wait()
        return await self._put()

    async def drained(self, revision: str, seconds: float) -> bool:
        """Whether the revision's requests all ended within so many seconds."""
        address = f"{self._control}/drain/{revision}"
        async with self._session.post(address, params={"seconds": str(seconds)}) as answer:
            return bool((await answer.json())["drained"])

    async def usage(self) -> dict[str, Usage]:
        """What the router knows of each revision: nothing of any while it is being started again."""
        if not self._up.is_set():
            return {}
        try:
            async with self._session.get(f"{self._control}/usage") as answer:
                found: dict[str, Usage] = await answer.json()
        except ClientError:
            return {}
        return found

    async def _put(self) -> list[int]:
        async with (
            self._turn,
            self._session.put(f"{self._control}/table", json=self._table) as answer,
        ):
            answer.raise_for_status()
            taken: list[int] = (await answer.json())["taken"]
            return taken

    async def _keep(self) -> None:
        while True:
            settings = self._kernel.settings
            self._child = await self._kernel.children.start(
                "router",
                [
                    sys.executable, "-m", "sandbox.run.router", self._control.rpartition(":")[2], self._api,
                    settings.home / "logs.sqlite", str(settings.log_lag), settings.project, settings.region,
                ],
                env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
                cwd=Path(__file__).parents[2],
                log=settings.home / "log" / "router.log",
            )  # fmt: skip
            await self._answers(self._child)
            code = await self._child.wait()
            self._up.clear()
            logger.error(f"router: ended with {code}; started again, see {settings.home}/log/router.log")

    async def _answers(self, child: Child) -> None:
        while child.running:
            try:
                taken = await self._put()
            except ClientError:
                await asyncio.sleep(0.02)
            else:
                self._up.set()
                if taken:
                    await self.ports_taken()
                return
