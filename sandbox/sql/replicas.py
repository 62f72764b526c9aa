"""Read replicas: clusters that follow their primary by streaming."""

from functools import partial
from pathlib import Path

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import backup, errors, flags, instance, settings, slots
from sandbox.sql.backups import Backups
from sandbox.sql.cluster import Cluster
from sandbox.sql.clusters import Clusters
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.operations import Operations

NOT_EMULATED = ("replicaConfiguration", "onPremisesConfiguration", "failoverReplica")


class Replicas:
    """A replica is made of its primary's files; a slot there keeps the log that it has yet to read."""

    def __init__(
        self,
        kernel: Kernel,
        operations: Operations,
        instances: Instances,
        clusters: Clusters,
        _: Backups,  # a replica has none
    ) -> None:
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

    async def carry_out(self, operation: Document) -> None:
        record = self._clusters.record(operation["instance"])
        if record["state"] == "PENDING_CREATE":
            await self.follow(record)

    async def follow(self, record: Document) -> None:
        """Make the instance a copy of its primary, which must run, that follows it from then on."""
        origin = self._clusters.running(record["master"])
        async with self._clusters.runnable_or_failed(record):
            cluster = self._clusters.addressed(record)
            await slots.make(origin, record["name"])
            self._clusters.keep(record, password=origin.password)
            await cluster.replace(partial(self._copied, origin))
            await self._clusters.launch(record)

    async def leave(self, primary: str, replica: str) -> None:
        """What a replica's end changes of its primary: the slot goes, where there is somebody to let it go,
        and settingsVersion moves by itself (hashicorp/terraform-provider-google#12324).
        """
        if not self._instances.exists(primary):
            return
        record = self._clusters.record(primary)
        version = str(int(record["settings"]["settingsVersion"]) + 1)
        self._clusters.keep(record, settings=record["settings"] | {"settingsVersion": version})
        cluster = self._clusters.of(record)
        if cluster.running:
            await slots.drop(cluster, replica)

    async def _copied(self, origin: Cluster, data: Path) -> None:
        await backup.copy(self._kernel.children, self._clusters.binaries, origin, data)
        (data / "standby.signal").touch()


def _with_flags(asked: Document, primary: Document) -> Document:
    """A replica has its primary's flags unless it is given its own: some must not be less than there."""
    inherited = {"databaseFlags": primary["databaseFlags"]} if primary.get("databaseFlags") else {}
    return inherited | asked
