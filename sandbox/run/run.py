"""Cloud Run as a whole."""

import asyncio

from aiohttp import web

from sandbox.builds.build import Builds
from sandbox.kernel.kernel import Kernel
from sandbox.logging.batch import Batch
from sandbox.logging.entries import Entries
from sandbox.run.audit import Audit
from sandbox.run.executions import Executions
from sandbox.run.instances import Instances
from sandbox.run.job_routes import JobRoutes
from sandbox.run.jobs import Jobs
from sandbox.run.launch import Secrets
from sandbox.run.operation import Operations
from sandbox.run.paths import Paths
from sandbox.run.reconciler import Reconciler
from sandbox.run.routes import Routes
from sandbox.run.routing import Routing
from sandbox.run.service_routes import ServiceRoutes
from sandbox.run.services import Services
from sandbox.run.switchboard import Switchboard


class Run:
    """Services, revisions and jobs of a sandbox, with the processes behind them."""

    def __init__(self, kernel: Kernel, builds: Builds, secrets: Secrets, entries: Entries, api: str) -> None:
        batch = Batch(entries)
        self.operations = operations = Operations(kernel.state, kernel.settings)
        self.services = services = Services(kernel, builds.images, operations)
        self.instances = instances = Instances(kernel, builds, secrets, batch)
        self.routing = Routing(kernel, api)
        switchboard = Switchboard(kernel, services, instances, self.routing)
        Reconciler(
            kernel,
            services=services,
            operations=operations,
            instances=instances,
            switchboard=switchboard,
            secrets=secrets,
        )
        self.jobs = jobs = Jobs(kernel, operations)
        executions = Executions(
            kernel, jobs=jobs, operations=operations, builds=builds, secrets=secrets, batch=batch
        )
        paths = Paths(kernel.settings)
        self._routes = (
            ServiceRoutes(paths, services, instances, Audit(batch, kernel.settings)),
            JobRoutes(paths, jobs, executions, operations),
            Routes(paths, services, instances, operations),
        )
        self._switchboard = switchboard
        self._batch = batch
        self._ended = asyncio.Event()

    def routes(self, app: web.Application) -> None:
        for routes in self._routes:
            routes.add(app)

    async def start(self) -> None:
        self._writing = asyncio.create_task(self._batch.run(self._ended))
        await self._switchboard.start()

    async def stop(self) -> None:
        await self._switchboard.stop()
        self._ended.set()
        await self._writing
