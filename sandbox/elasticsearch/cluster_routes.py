"""The sandbox's own REST for further clusters: whoever gives clusters has one, Elasticsearch has none."""

from aiohttp import web

from sandbox.elasticsearch.clusters import Clusters
from sandbox.kernel.errors import RpcError
from sandbox.kernel.wire import answer, json_body

PATH = "/sandbox/elasticsearch/clusters"


def add_routes(app: web.Application, clusters: Clusters) -> None:
    routes = _Routes(clusters)
    app.router.add_get(PATH, routes.list)
    app.router.add_post(PATH, routes.insert)
    app.router.add_get(PATH + "/{name}", routes.get)
    app.router.add_delete(PATH + "/{name}", routes.delete)


class _Routes:
    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    async def list(self, _: web.Request) -> web.Response:
        return answer({"clusters": [one.resource() for one in self._clusters.all()]})

    async def insert(self, request: web.Request) -> web.Response:
        """Begin to start one: `{"name": "recovery"}`. Its state is STARTING, then RUNNING or FAILED."""
        name = (await json_body(request)).get("name")
        if not isinstance(name, str):
            raise RpcError("INVALID_ARGUMENT", f"name: a text, not {name!r}")
        return answer((await self._clusters.start(name)).resource())

    async def get(self, request: web.Request) -> web.Response:
        return answer(self._clusters.find(request.match_info["name"]).resource())

    async def delete(self, request: web.Request) -> web.Response:
        """End it. The answer comes when it has ended, and its data are gone."""
        await self._clusters.delete(request.match_info["name"])
        return answer({})
