"""Promotions: a replica becomes a primary, and may take its old primary's place."""

import asyncio

from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import errors
from sandbox.sql.cluster import Cluster
from sandbox.sql.clusters import Clusters
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.operations import Operations
from sandbox.sql.replicas import Replicas

PATIENCE = 60  # seconds for a replica to replay what it has received


class Promotions:
    """A promotion cannot be undone. It takes the replica away from its primary, which stays what it is; only
    the designated replica of an Enterprise Plus primary may take its place instead (`failover=true`).
    """

    def __init__(
        self,
        kernel: Kernel,
        operations: Operations,
        instances: Instances,
        clusters: Clusters,
        replicas: Replicas,
    ) -> None:
        self._kernel = kernel
        self._operations = operations
        self._instances = instances
        self._clusters = clusters
        self._replicas = replicas

    def promote(self, name: str, *, failover: bool) -> Document:
        """Begin a promotion. The primary need not be there any more."""
        record = self._instances.get(name)
        self._operations.check_free(name)
        if not record.get("master"):
            raise errors.not_a_replica()
        self._instances.serving(name)
        primary = record["master"]
        if failover and not self._designated(primary, name):
            raise errors.not_designated()
        if failover:
            self._operations.check_free(primary)
        with_primary = self._instances.exists(primary) and self._operations.is_free(primary)
        held = (name, primary) if with_primary and not failover else (name,)
        with self._kernel.state.transaction():
            operation = self._operations.begin(
                "PROMOTE_REPLICA", name, holds=held, primary=primary, failover=failover
            )
            self._kernel.work.start(KIND, {"operation": operation["name"]})
        return operation

    async def carry_out(self, operation: Document) -> None:
        """PROMOTE_REPLICA: replay what has arrived, stop following, restart as a primary."""
        record = self._clusters.record(operation["instance"])
        primary = operation["primary"]
        async with self._clusters.runnable_or_failed(record):
            cluster = self._clusters.of(record)
            if record.get("master"):
                await self._clusters.launch(record)  # where a promotion was cut off
                await _promoted(cluster)
                record.pop("master")
                self._clusters.keep(record)
            await cluster.stop()
            await self._clusters.launch(record)
        await self._replicas.leave(primary, record["name"])
        if operation["failover"] and self._instances.exists(primary):
            await self._take_place(primary, record["name"])

    async def reconfigure(self, operation: Document) -> None:
        """RECONFIGURE_OLD_PRIMARY: make what was the primary a replica of the one that took its place."""
        await self._replicas.follow(self._clusters.record(operation["instance"]))

    def _designated(self, primary: str, replica: str) -> bool:
        if not self._instances.exists(primary):
            return False
        record = self._instances.get(primary)
        plus = record["settings"].get("edition") == "ENTERPRISE_PLUS"
        return bool(plus and record.get("dr_replica") == replica)

    async def _take_place(self, primary: str, promoted: str) -> None:
        """Begin to make the old primary a replica of the one that was promoted, and its designated one."""
        while not self._operations.is_free(primary):  # noqa: ASYNC110 - its operation may be long
            await asyncio.sleep(0.1)
        old = self._clusters.record(primary)
        old.pop("dr_replica", None)
        await self._clusters.of(old).stop()
        if old["log"]:
            await self._clusters.logs.erase(old["region"], primary, old["log"])
        off = {"enabled": False, "pointInTimeRecoveryEnabled": False}
        kept = old["settings"]
        kept |= {"backupConfiguration": kept["backupConfiguration"] | off}
        self._clusters.keep(old, master=promoted, log="", settings=kept)
        self._clusters.keep(self._clusters.record(promoted), dr_replica=primary)
        operation = self._operations.begin("RECONFIGURE_OLD_PRIMARY", primary)
        self._kernel.work.start(KIND, {"operation": operation["name"]})


async def _promoted(cluster: Cluster) -> None:
    async with await cluster.connect() as connection:
        row = await (await connection.execute("SELECT pg_is_in_recovery()")).fetchone()
        if row and row[0]:
            await connection.execute("SELECT pg_promote(true, %s)", (PATIENCE,))
