"""Cloud Run's REST: its operations, and the router's own question. Services and jobs have their own files."""

import time

from aiohttp import web

from sandbox.kernel.errors import RpcError
from sandbox.kernel.wire import answer
from sandbox.run.instance import StartFailed
from sandbox.run.instances import Instances
from sandbox.run.launch import SecretMissing
from sandbox.run.names import short
from sandbox.run.operation import Operations
from sandbox.run.paths import PARENT, Paths
from sandbox.run.services import Services

AUTOSCALING = "AUTOSCALING - Instance started due to configured scaling factors or no existing capacity."


class Routes:
    """The handlers."""

    def __init__(
        self, paths: Paths, services: Services, instances: Instances, operations: Operations
    ) -> None:
        self._paths = paths
        self._services = services
        self._instances = instances
        self._operations = operations

    def add(self, app: web.Application) -> None:
        app.router.add_get(f"{PARENT}/operations/{{operation}}", self._get_operation)
        app.router.add_post("/sandbox/instances/{revision}", self._start_instance)

    async def _get_operation(self, request: web.Request) -> web.Response:
        return answer(self._operations.get(self._paths.name(request, "operations")))

    async def _start_instance(self, request: web.Request) -> web.Response:
        """The router asks: a request is waiting, and the revision has no instance."""
        name = request.match_info["revision"]
        for revision in self._services.revisions.list():
            if short(revision["name"]) == name:
                try:
                    instance = await self._instances.ensure(revision, AUTOSCALING)
                except (StartFailed, SecretMissing) as problem:
                    raise RpcError("UNAVAILABLE", str(problem)) from problem
                here = self._instances.get(name) is instance  # else it was let go meanwhile
                said = time.monotonic_ns() if here else 0
                return answer({"address": instance.address, "instance": instance.identity, "said": said})
        raise RpcError("NOT_FOUND", name)
