"""Read replicas: clusters that follow their primary by streaming, and how one is made a primary itself."""

import asyncio
from functools import partial
from pathlib import Path

import psycopg

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import backup, errors, flags, instance, settings
from sandbox.sql.backups import Backups
from sandbox.sql.cluster import Cluster
from sandbox.sql.clusters import Clusters, slot
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.operations import Operations

PATIENCE = 60  # seconds for a replica to replay what it has received, when it is promoted
NOT_EMULATED = ("replicaConfiguration", "onPremisesConfiguration", "failoverReplica")


class Replicas:
    """A replica is made of its primary's files, and has a slot there that keeps the log it has yet to read.

    Promotion cannot be undone. It takes the replica away from its primary, which stays what it is; only the
    designated replica of an Enterprise Plus primary may take its place instead (`failover=true`).
    """

    def __init__(
        self,
        kernel: Kernel,
        operations: Operations,
        instances: Instances,
        clusters: Clusters,
        backups: Backups,
    ) -> None:
        del backups  # a replica has none
        self._kernel = kernel
        self._operations = operations
        self._instances = instances
        self._clusters = clusters

    async def insert(self, body: Document) -> Document:
        """Begin to make a replica. Its operation tells the primary as its target, as the real one does."""
        name = instance.checked_name(body.get("name", ""), self._kernel.settings)
        for field in NOT_EMULATED:
            if body.get(field):
                raise not_emulated(f"{field} of an instance")
        primary = body["masterInstanceName"].rpartition(":")[2]
        if not self._instances.exists(primary):
            raise errors.not_authorized()  # not 404: hashicorp/terraform-provider-google#1069
        origin = self._instances.get(primary)
        if origin.get("master"):
            raise errors.is_replica()
        wanted = settings.new(_with_flags(body.get("settings", {}), origin["settings"]))
        if wanted["backupConfiguration"]["enabled"]:
            raise errors.is_replica()
        await self._clusters.flags.check(flags.of(wanted))
        if self._instances.exists(name):
            raise errors.instance_exists()
        self._instances.serving(primary)
        record = instance.pending(name, body.get("region") or origin["region"], wanted)
        record |= {"master": primary, "password": origin["password"]}
        with self._kernel.state.transaction():
            operation = self._operations.begin("CREATE_REPLICA", name, holds=(name, primary), target=primary)
            self._clusters.keep(record)
            self._kernel.work.start(KIND, {"operation": operation["name"]})
        return operation

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

    async def make(self, operation: Document) -> None:
        """CREATE_REPLICA: copy the primary, and follow it."""
        record = self._clusters.record(operation["instance"])
        if record["state"] == "PENDING_CREATE":
            await self._follow(record)

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
        await self._leave(primary, record["name"])
        if operation["failover"] and self._instances.exists(primary):
            await self._take_place(primary, record)

    async def reconfigure(self, operation: Document) -> None:
        """RECONFIGURE_OLD_PRIMARY: make what was the primary a replica of the one that took its place."""
        await self._follow(self._clusters.record(operation["instance"]))

    async def leave(self, record: Document) -> None:
        """What a replica's end changes of its primary."""
        await self._leave(record["master"], record["name"])

    async def _follow(self, record: Document) -> None:
        """Make the instance a copy of its primary that follows it."""
        origin = self._clusters.running(record["master"])
        async with self._clusters.runnable_or_failed(record):
            cluster = self._clusters.addressed(record)
            await _slot_made(origin, slot(record["name"]))
            self._clusters.keep(record, password=origin.password)
            await cluster.replace(partial(self._copied, origin))
            await self._clusters.launch(record)

    async def _copied(self, origin: Cluster, data: Path) -> None:
        await backup.copy(self._kernel.children, self._clusters.binaries, origin, data)
        (data / "standby.signal").touch()

    async def _leave(self, primary: str, replica: str) -> None:
        """The slot goes, where there is somebody to let it go; the primary's settingsVersion moves by itself
        (hashicorp/terraform-provider-google#12324).
        """
        if not self._instances.exists(primary):
            return
        record = self._clusters.record(primary)
        version = str(int(record["settings"]["settingsVersion"]) + 1)
        self._clusters.keep(record, settings=record["settings"] | {"settingsVersion": version})
        cluster = self._clusters.of(record)
        if cluster.running:
            await _slot_dropped(cluster, slot(replica))

    def _designated(self, primary: str, replica: str) -> bool:
        if not self._instances.exists(primary):
            return False
        record = self._instances.get(primary)
        plus = record["settings"].get("edition") == "ENTERPRISE_PLUS"
        return bool(plus and record.get("dr_replica") == replica)

    async def _take_place(self, primary: str, promoted: Document) -> None:
        """Begin to make the old primary a replica of the one that was promoted."""
        while not self._operations.is_free(primary):  # noqa: ASYNC110 - its operation may be long
            await asyncio.sleep(0.1)
        old = self._clusters.record(primary)
        old.pop("dr_replica", None)
        await self._clusters.of(old).stop()
        config = old["settings"]["backupConfiguration"] | {
            "enabled": False, "pointInTimeRecoveryEnabled": False
        }  # fmt: skip
        log = old["log"]
        self._clusters.keep(
            old, master=promoted["name"], log="", settings=old["settings"] | {"backupConfiguration": config}
        )
        if log:
            await self._clusters.logs.erase(old["region"], primary, log)
        self._clusters.keep(self._clusters.record(promoted["name"]), dr_replica=primary)
        operation = self._operations.begin("RECONFIGURE_OLD_PRIMARY", primary)
        self._kernel.work.start(KIND, {"operation": operation["name"]})


async def _promoted(cluster: Cluster) -> None:
    async with await cluster.connect() as connection:
        row = await (await connection.execute("SELECT pg_is_in_recovery()")).fetchone()
        if row and row[0]:
            await connection.execute("SELECT pg_promote(true, %s)", (PATIENCE,))


async def _slot_made(cluster: Cluster, name: str) -> None:
    async with await cluster.connect() as connection:
        await connection.execute(
            "SELECT pg_create_physical_replication_slot(%s, true) "
            "WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = %s)",
            (name, name),
        )


async def _slot_dropped(cluster: Cluster, name: str) -> None:
    """A slot whose reader has just ended is in use for a moment still."""
    async with await cluster.connect() as connection:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    await connection.execute(
                        "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
                        "WHERE slot_name = %s",
                        (name,),
                    )
                except psycopg.errors.ObjectInUse:
                    await asyncio.sleep(0.1)
                else:
                    return


def _with_flags(asked: Document, primary: Document) -> Document:
    """A replica has its primary's flags unless it is given its own: some must not be less than there."""
    inherited = {"databaseFlags": primary["databaseFlags"]} if primary.get("databaseFlags") else {}
    return inherited | asked
