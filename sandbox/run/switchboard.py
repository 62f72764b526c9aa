"""Which port leads where: addresses of services and tags, the router's table, instances no longer needed."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine

from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.run.instance import StartFailed
from sandbox.run.instances import Instances
from sandbox.run.launch import SecretMissing
from sandbox.run.names import short
from sandbox.run.routing import Routing, Table
from sandbox.run.services import Services
from sandbox.run.traffic import addressed, table

logger = logging.getLogger("sandbox")

DRAIN = 300.0  # seconds that requests under way are given: the usual request timeout
SHORTEST_ROUND, LONGEST_ROUND = 0.5, 10.0  # seconds between looks at what runs


class Switchboard:
    """Keeps the router's table in step with services and instances."""

    def __init__(self, kernel: Kernel, services: Services, instances: Instances, routing: Routing) -> None:
        self._kernel = kernel
        self._services = services
        self._instances = instances
        self._routing = routing
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = asyncio.Event()  # an instance did, and perhaps another is to run in its place
        instances.changed = self._instance_ended
        kernel.faults.revisions_changed = self.push
        routing.ports_taken = self.push

    async def start(self) -> None:
        """Lead traffic as before the restart; instances start by their minimum, or by their first request."""
        await self._routing.start()
        await self.push()
        self._spawn(self._keep())

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._instances.stop_all()
        await self._routing.stop()

    def address(self, service: str, tag: str) -> str:
        return f"http://127.0.0.1:{self._port(service, tag)}"

    def addressed(self, service: Document) -> Document:
        """The service with its addresses as they are now: a port may have been lost to others."""
        return addressed(service, lambda tag: self.address(service["name"], tag))

    def forget(self, service: Document) -> None:
        """Its own port, and those of all tags that it ever had."""
        self._kernel.ports.release(_port_name(service["name"], ""))

    async def push(self) -> None:
        """Tell the router everything. Further requests go by it once this returns."""
        while taken := await self._routing.apply(self._table()):
            for port in taken:
                logger.warning(f"port {port} was taken by another program: what it led to gets another one")
                self._kernel.ports.give_up(port)
            for service in self._services.documents.list():
                if "uri" in service:
                    self._services.documents.put(service["name"], self.addressed(service))

    def _table(self) -> Table:
        revisions = {short(one["name"]): one for one in self._services.revisions.list()}
        return table(self._services.documents.list(), revisions, self._port, self._backend)

    async def _instance_ended(self) -> None:
        await self.push()
        self._ended.set()

    def retire(self, revisions: set[str]) -> None:
        """Stop the instances of those that neither traffic nor a tag leads to, once they are drained."""
        for name in revisions.intersection(self._instances.running) - self._routed():
            self._spawn(self._drain_and_stop(name))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain_and_stop(self, name: str) -> None:
        await self._routing.drained(name, DRAIN)
        if name not in self._routed():
            await self._let_go(name)

    async def _let_go(self, name: str) -> None:
        """First no request finds the instance any more, then its last ones end, then it stops."""
        instance = self._instances.detach(name)
        if instance:
            await self.push()
            await self._routing.drained(name, DRAIN)
            await instance.stop()

    async def _keep(self) -> None:
        """Minimum instances run; the others stop after a long time without a request."""
        idle = self._kernel.settings.idle
        while True:
            usage = await self._routing.usage()
            for revision in self._services.revisions.list():
                name = short(revision["name"])
                least = revision.get("scaling", {}).get("minInstanceCount", 0)
                running = self._instances.get(name)
                if least and name in self._routed() and not running:
                    await self._start(revision)
                elif running and not least and name in usage and usage[name]["idle"] > idle:
                    await self._let_go(name)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), min(idle / 10, LONGEST_ROUND))
            self._ended.clear()
            await asyncio.sleep(SHORTEST_ROUND)  # one that cannot live must not be started without a pause

    async def _start(self, revision: Document) -> None:
        try:
            await self._instances.ensure(revision, "AUTOSCALING - Instance started due to minimum instances.")
        except (StartFailed, SecretMissing):
            return
        await self.push()

    def _routed(self) -> set[str]:
        return {
            target["revision"]
            for service in self._services.documents.list()
            for target in service.get("_served", [])
        }

    def _port(self, service: str, tag: str) -> int:
        return self._kernel.ports.reserve(_port_name(service, tag))

    def _backend(self, revision: str) -> Document:
        instance = self._instances.get(revision)
        fault = self._kernel.faults.revisions.get(revision)
        return {
            "address": instance.address if instance else "",
            "instance": instance.identity if instance else "",
            "latency": fault.latency if fault else 0.0,
            "error_rate": fault.error_rate if fault else 0.0,
        }


def _port_name(service: str, tag: str) -> str:
    return f"run/{service}/{tag}"
