"""The clusters behind the instances, and how an operation is carried out on one."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path

from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import binaries, errors, extensions, flags, instance, slots, users
from sandbox.sql.addresses import Addresses
from sandbox.sql.cluster import Cluster
from sandbox.sql.recovery_logs import RecoveryLogs

logger = logging.getLogger("sandbox")


class Clusters:
    """One for each instance that was ever started. What carries an operation out may be cut off anywhere,
    and is then done again from its beginning.
    """

    def __init__(self, kernel: Kernel, logs: RecoveryLogs) -> None:
        self._kernel = kernel
        self.logs = logs
        self._records = kernel.state.collection("sql_instance")
        self._addresses = Addresses(kernel.settings.home, kernel.state)
        self._known: dict[str, Cluster] = {}

    @cached_property
    def binaries(self) -> binaries.Binaries:
        """Looked for when first needed: a sandbox without PostgreSQL can do everything else."""
        return binaries.find(self._kernel.settings.pg_bindir)

    @cached_property
    def flags(self) -> flags.Flags:
        return flags.Flags(self._kernel.children, self.binaries, self._kernel.folder("sql"))

    def serving(self, record: Document) -> Cluster:
        """The cluster of an instance that runs, or the refusal that it does not."""
        cluster = self._known.get(record["name"])
        if not cluster or not cluster.running or record["state"] != "RUNNABLE":
            raise errors.not_running()
        return cluster

    def running(self, name: str) -> Cluster:
        """The cluster of an instance, whatever its state, whose server runs; or the refusal."""
        cluster = self.of(self.record(name))
        if not cluster.running:
            raise errors.not_running()
        return cluster

    def data(self, name: str) -> Path:
        """Where the data of an instance lie."""
        return self._kernel.folder("sql", "instances") / name / "data"

    async def create(self, operation: Document) -> None:
        record = self.record(operation["instance"])
        if record["state"] != "PENDING_CREATE":
            return
        async with self.runnable_or_failed(record):
            cluster = self.addressed(record)
            await cluster.create()
            await self.launch(record)
            async with await cluster.connect() as connection:
                await users.prepare(connection, record.pop("root_password"))
            await extensions.offer(cluster)
            if instance.stopped(record):
                await cluster.stop()

    def addressed(self, record: Document) -> Cluster:
        """The cluster of an instance that is being made, which has an address from now on."""
        if not record["address"]:
            held = {other["address"] for other in self._records.list()}
            record["address"] = self._addresses.give(held)
            self._records.put(record["name"], record)
        return self.of(record)

    async def launch(self, record: Document) -> None:
        """Start its server as its settings want it."""
        await self.of(record).start(flags.of(record["settings"]), self._platform(record))

    def _platform(self, record: Document) -> dict[str, str]:
        """What the platform sets itself: where the log is archived, whom a replica follows."""
        return self.logs.settings(record) | self._following(record)

    def _following(self, record: Document) -> dict[str, str]:
        primary = self._records.get(record.get("master") or "")
        return slots.following(record["name"], primary) if primary else {}

    async def conform(self, operation: Document) -> None:
        """Make the cluster what its settings say: stopped or running, with these flags."""
        record, before = self.record(operation["instance"]), operation["before"]
        cluster, wanted = self.of(record), flags.of(record["settings"])
        async with self.runnable_or_failed(record):
            if instance.stopped(record):
                await cluster.stop()
            elif not cluster.running:
                await self.launch(record)
            elif (
                before["tier"] != record["settings"]["tier"]  # which restarts a real instance
                or before["log"] != record["log"]  # and so does this
                or await self.flags.need_restart(before["flags"], wanted)
            ):
                await cluster.stop()
                await self.launch(record)
            elif before["flags"] != wanted:
                await cluster.reload(wanted, self._platform(record))
        if before["log"] and before["log"] != record["log"]:
            await self.logs.erase(record["region"], record["name"], before["log"])

    async def restart(self, operation: Document) -> None:
        record = self.record(operation["instance"])
        async with self.runnable_or_failed(record):
            await self.of(record).stop()
            await self.launch(record)

    async def destroy(self, operation: Document) -> None:
        name = operation["instance"]
        if record := self._records.get(name):
            await self.of(record).destroy()
            if record["log"]:
                await self.logs.erase(record["region"], name, record["log"])
            self._known.pop(name, None)
            self._records.delete(name)

    async def start(self) -> None:
        """Start those that ran when the sandbox ended, side by side; one that cannot is FAILED."""
        ran = (
            one for one in self._records.list() if one["state"] == "RUNNABLE" and not instance.stopped(one)
        )
        await asyncio.gather(*(self.resume(record) for record in ran))

    async def stop(self) -> None:
        await asyncio.gather(*(cluster.stop() for cluster in self._known.values()))

    async def resume(self, record: Document) -> None:
        """Start one that ran before; where it cannot, it is FAILED."""
        try:
            async with self.runnable_or_failed(record):
                await self.launch(record)
        except Exception:
            logger.exception(f"{record['name']}: its PostgreSQL does not start; the instance is FAILED")

    @asynccontextmanager
    async def runnable_or_failed(self, record: Document) -> AsyncIterator[None]:
        """What is inside decides the instance's state. A FAILED one can be patched, restarted, deleted."""
        try:
            yield
        except Exception:
            self._records.put(record["name"], record | {"state": "FAILED"})
            await self.of(record).stop()
            raise
        self._records.put(record["name"], record | {"state": "RUNNABLE"})

    def record(self, name: str) -> Document:
        record = self._records.get(name)
        if not record:
            raise errors.no_instance()
        return record

    def keep(self, record: Document, **changed: object) -> None:
        """Write the instance down, with these changes."""
        record |= changed
        self._records.put(record["name"], record)

    def of(self, record: Document) -> Cluster:
        """The cluster behind an instance. Its password is what the data in it have, restored ones too."""
        name = record["name"]
        if name not in self._known:
            self._known[name] = Cluster(
                self._kernel.children,
                self.binaries,
                self._kernel.folder("sql", "instances") / name,
                name=name,
                address=record["address"],
                password=record["password"],
            )
        self._known[name].password = record["password"]
        return self._known[name]
