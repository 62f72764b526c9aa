"""Further clusters, started on demand: what an operator, or Elastic Cloud, would give who has to restore.

Each is a server of its own with data of its own. With the first one it shares the folder of snapshot
repositories and nothing else; who registers one of those there does so with `readonly: true`, as of a
repository only one cluster may write. It ends when it is asked to, or with the sandbox, and its data with it.
"""

import asyncio
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.elasticsearch.configuration import Cluster
from sandbox.elasticsearch.node import Node
from sandbox.elasticsearch.routes import Lead, PassThrough
from sandbox.kernel.errors import CannotStart, RpcError
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
MOST = 2  # at a time: each takes half a gigabyte


@dataclass(eq=False)
class Running:
    """One further cluster, from when it was asked for."""

    cluster: Cluster
    node: Node
    pass_through: PassThrough
    port: int
    starting: asyncio.Task[None] = field(init=False)
    error: str = ""  # why it did not start

    @property
    def state(self) -> str:
        if not self.starting.done():
            return "STARTING"
        return "FAILED" if self.error else "RUNNING"

    def resource(self) -> Document:
        return {
            "name": self.cluster.name,
            "state": self.state,
            "address": f"http://127.0.0.1:{self.port}",
            "host": "127.0.0.1",
            "port": self.port,
            **({"error": self.error} if self.error else {}),
        }

    async def start(self) -> None:
        """Start its pass-through and its server; what hinders that is kept, as nobody waits here."""
        try:
            await self.pass_through.start(self.port)
            await self.node.start()
        except (CannotStart, OSError) as error:
            self.error = str(error)

    async def stop(self) -> None:
        self.starting.cancel()
        with suppress(asyncio.CancelledError):
            await self.starting
        await self.node.stop()
        await self.pass_through.stop()


class Clusters:
    """Those that run, by name. None is there when the sandbox starts."""

    def __init__(self, kernel: Kernel, repositories: Path, taken: str, lead: Lead) -> None:
        self._kernel = kernel
        self._repositories = repositories
        self._taken = taken
        self._lead = lead  # to where a repository is read
        self._running: dict[str, Running] = {}
        self._ending = asyncio.Lock()

    def all(self) -> list[Running]:
        return [self._running[name] for name in sorted(self._running)]

    def up(self) -> list[Running]:
        """Those that answer."""
        return [one for one in self.all() if one.state == "RUNNING"]

    def find(self, name: str) -> Running:
        if name not in self._running:
            raise RpcError("NOT_FOUND", f"There is no cluster {name!r}.")
        return self._running[name]

    async def start(self, name: str) -> Running:
        """Begin to start one; it answers at its address at once, with 503 until its server does.

        RpcError when there is one of that name, when there are too many, or when the name is none.
        """
        if not NAME.fullmatch(name):
            raise RpcError("INVALID_ARGUMENT", f"name: {name!r} is none; wanted is {NAME.pattern}")
        if name == self._taken or name in self._running:
            raise RpcError("ALREADY_EXISTS", f"There is a cluster {name!r} already.")
        if len(self._running) >= MOST:
            raise RpcError("RESOURCE_EXHAUSTED", f"{MOST} further clusters run already; stop one first.")
        folder = self._kernel.folder("clusters", name)
        cluster = Cluster(name, folder, [self._repositories, folder / "repositories"])
        node = Node(self._kernel, cluster)
        port = self._kernel.ports.reserve(f"elasticsearch/{name}")
        running = Running(cluster, node, PassThrough(self._kernel.faults, node.address, self._lead), port)
        running.starting = asyncio.create_task(running.start())
        self._running[name] = running
        return running

    async def delete(self, name: str) -> None:
        """End it and remove its data; RpcError when there is none."""
        async with self._ending:
            running = self.find(name)
            await running.stop()
            await asyncio.to_thread(shutil.rmtree, running.cluster.folder)
            self._kernel.ports.release(f"elasticsearch/{name}")
            del self._running[name]

    async def stop(self) -> None:
        for running in self.all():
            await self.delete(running.cluster.name)

    async def clear(self) -> None:
        """Remove the data of those that ran when an earlier sandbox was killed."""
        await asyncio.to_thread(shutil.rmtree, self._kernel.folder("clusters"))
