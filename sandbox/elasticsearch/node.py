"""The server's process: started, waited for, and started again when it dies."""

import asyncio
import contextlib
import logging

from aiohttp import ClientConnectionError, ClientSession

from sandbox.elasticsearch import configuration, distribution
from sandbox.elasticsearch.configuration import Cluster
from sandbox.kernel.children import Child
from sandbox.kernel.errors import CannotStart
from sandbox.kernel.kernel import Kernel

logger = logging.getLogger("sandbox")

# 408 until every shard that can start has started. Not a colour: an index that a test left red would never
# turn, and the sandbox would not start.
READY = "/_cluster/health?wait_for_no_initializing_shards=true&wait_for_events=languid&timeout=1s"


class Node:
    """One real Elasticsearch, whose data outlives it."""

    def __init__(self, kernel: Kernel, cluster: Cluster) -> None:
        self._kernel = kernel
        self._cluster = cluster
        self._name = f"Elasticsearch {cluster.name}"
        self._http, self._transport = kernel.ports.any(), kernel.ports.any()
        self._log = cluster.folder / "console.txt"
        self._command: list[str] = []
        self._environment: dict[str, str] = {}
        self._child: Child | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http}"

    async def start(self) -> None:
        """Return once it answers and its shards have started. RuntimeError when it ends before that."""
        cache, children = self._kernel.settings.cache, self._kernel.children
        home = await distribution.unpacked(cache, children)
        archive = await distribution.class_archive(cache, children)
        configuration.write(self._cluster, home, self._http, self._transport)
        self._environment = configuration.environment(self._cluster.folder, archive)
        self._command = [str(home / "bin" / "elasticsearch")]
        self._child = await self._run()
        await self._ready(self._child)
        self._keeper = asyncio.create_task(self._keep(self._child))

    async def stop(self) -> None:
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        if self._child:
            await self._child.stop(grace=20)

    async def _run(self) -> Child:
        return await self._kernel.children.start(
            self._name, self._command, env=self._environment, log=self._log, ordinary_user=True
        )

    async def _ready(self, child: Child) -> None:
        async with ClientSession(self.address) as session:
            while child.running:
                with contextlib.suppress(ClientConnectionError):  # it does not listen yet
                    async with session.get(READY) as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.1)
        raise CannotStart(
            f"{self._name}: ended with {await child.wait()} before it answered; see {self._log}"
        )

    async def _keep(self, child: Child) -> None:
        while True:
            code = await child.wait()
            logger.warning(f"{self._name}: ended with {code}; starting it again")
            await child.stop()  # its launcher can die alone
            self._child = child = await self._run()
