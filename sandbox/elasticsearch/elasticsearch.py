"""Elasticsearch as a system of the sandbox."""

from aiohttp import web

from sandbox.elasticsearch.node import Node
from sandbox.elasticsearch.routes import PassThrough
from sandbox.kernel.kernel import Kernel


class Elasticsearch:
    """A server and its pass-through, on a port that stays the same."""

    def __init__(self, kernel: Kernel) -> None:
        self._node = Node(kernel)
        self._pass_through = PassThrough(kernel.faults, self._node.address)
        self._port = kernel.ports.reserve("elasticsearch")

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def routes(self, app: web.Application) -> None:
        """None on the shared server: clients of Elasticsearch own their paths from the root."""

    async def start(self) -> None:
        await self._pass_through.start(self._port)
        await self._node.start()

    async def stop(self) -> None:
        await self._node.stop()
        await self._pass_through.stop()
