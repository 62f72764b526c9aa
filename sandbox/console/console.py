"""All that the page shows."""

import hashlib
from datetime import date

from sandbox.builds.build import Builds
from sandbox.console import operation
from sandbox.console.bucket import buckets, newest_objects
from sandbox.console.database import databases
from sandbox.console.execution import executions
from sandbox.console.instance import Instance, instances
from sandbox.console.rate import rate
from sandbox.console.service import service
from sandbox.console.template import render
from sandbox.kernel.clock import now
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.run.routing import Usage
from sandbox.run.run import Run
from sandbox.sql.sql import Sql
from sandbox.storage.storage import Storage

Parts = dict[str, str]
"""HTML by the name of its place on the page; places may lie in parts that come before."""


class Console:
    """Looks when asked to: while no page is open it does nothing."""

    def __init__(
        self, kernel: Kernel, *, run: Run, builds: Builds, sql: Sql | None, storage: Storage
    ) -> None:
        self._kernel = kernel
        self._run = run
        self._builds = builds
        self._sql = sql  # None where it was left out
        self._storage = storage
        self._seen: tuple[int, list[Instance], date] | None = None
        self._parts: Parts = {}

    async def show(self) -> Document:
        """The parts of the page, and a version that is another one whenever any of them is."""
        usage = await self._run.routing.usage()
        running = instances(self._run.instances)
        parts = self._lasting(running) | _rates(usage) | _in_flight(usage, running)
        version = hashlib.sha256("\0".join([*parts, *parts.values()]).encode()).hexdigest()[:16]
        return {"version": version, "parts": parts}

    def bucket(self, name: str) -> str:
        """The page of a bucket: its newest objects, each of which opens.

        Raises:
            ApiError: there is no such bucket.
        """
        storage = self._storage
        storage.buckets.find(name)
        [found] = [one for one in buckets(storage.buckets, storage.objects) if one.name == name]
        return render("bucket.html", bucket=found, objects=newest_objects(storage.objects, name))

    def _lasting(self, running: list[Instance]) -> Parts:
        """What changes only when somebody does something; made anew only then, or on another day."""
        state = (self._kernel.state.changes, running, now().astimezone().date())
        if state != self._seen:
            self._parts = self._made(running)
            self._seen = state
        return self._parts

    def _made(self, running: list[Instance]) -> Parts:
        run, settings = self._run, self._kernel.settings
        services = [
            service(one, run.services.revisions_of(one["name"])) for one in run.services.documents.list()
        ]
        sql_operations = self._sql.operations.list(None) if self._sql else []
        latest = operation.latest(run.operations.latest(), sql_operations, self._builds.list())
        sql_instances = databases(self._sql.instances.list()) if self._sql else None
        return {
            "where": render("where.html", settings=settings),
            "services": render("services.html", services=services),
            "instances": render("instances.html", instances=running),
            "operations": render("operations.html", operations=latest),
            "executions": render("executions.html", executions=executions(run.jobs.executions.list())),
            "databases": render("databases.html", databases=sql_instances),
            "buckets": render("buckets.html", buckets=buckets(self._storage.buckets, self._storage.objects)),
        }


def _rates(usage: dict[str, Usage]) -> Parts:
    """Of the revisions that were asked for anything in the last minute."""
    rates = {name: rate(row["requests"], row["errors"]) for name, row in usage.items()}
    return {f"rate {name}": render("rate.html", rate=found) for name, found in rates.items() if found}


def _in_flight(usage: dict[str, Usage], running: list[Instance]) -> Parts:
    held = {one.revision: usage[one.revision]["in_flight"] for one in running if one.revision in usage}
    return {f"flight {name}": str(count) for name, count in held.items()}
