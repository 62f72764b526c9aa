"""Elasticsearch as a system of the sandbox."""

from aiohttp import web

from sandbox.elasticsearch.cluster_routes import add_routes
from sandbox.elasticsearch.clusters import Clusters
from sandbox.elasticsearch.configuration import Cluster
from sandbox.elasticsearch.damages import Damages
from sandbox.elasticsearch.node import Node
from sandbox.elasticsearch.routes import PassThrough
from sandbox.kernel.kernel import Kernel

NAME = "sandbox"


class Elasticsearch:
    """A server and its pass-through, on a port that stays the same; and further clusters on demand."""

    def __init__(self, kernel: Kernel) -> None:
        folder = kernel.folder("elasticsearch")
        repositories = folder / "repositories"
        self._node = Node(kernel, Cluster(NAME, folder, [repositories]))
        self._pass_through = PassThrough(kernel.faults, self._node.address)
        self._port = kernel.ports.reserve("elasticsearch")
        self._damages = Damages(
            kernel,
            repositories,
            self._node.address,
            lambda: [one.node.address for one in self._clusters.up()],
        )
        self._clusters = Clusters(kernel, repositories, taken=NAME, lead=self._damages.led)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def routes(self, app: web.Application) -> None:
        """Those of further clusters. Clients of Elasticsearch own their paths from the root, elsewhere."""
        add_routes(app, self._clusters)

    async def start(self) -> None:
        self._damages.start()
        await self._clusters.clear()
        await self._pass_through.start(self._port)
        await self._node.start()

    async def stop(self) -> None:
        await self._clusters.stop()
        await self._node.stop()
        await self._pass_through.stop()
