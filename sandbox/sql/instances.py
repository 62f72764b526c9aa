"""All instances: what is asked of them."""

from collections.abc import Sequence
from typing import Any

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import errors, flags, instance, settings
from sandbox.sql.cluster import Cluster
from sandbox.sql.clusters import Clusters
from sandbox.sql.operations import Operations
from sandbox.sql.recovery_logs import new_log

KIND = "sql"  # of the work that carries operations out


class Instances:
    """Instances on disk. A change shows in them at once; its operation makes it true."""

    def __init__(self, kernel: Kernel, operations: Operations, clusters: Clusters) -> None:
        self._kernel = kernel
        self._operations = operations
        self._clusters = clusters
        self._kept = kernel.state.collection("sql_instance")

    def get(self, name: str) -> Document:
        record = self._kept.get(name)
        if not record:
            raise errors.no_instance()
        return record

    def replicas(self, name: str) -> Sequence[str]:
        """The names of those that follow it."""
        return [record["name"] for record in self._kept.list() if record.get("master") == name]

    def exists(self, name: str) -> bool:
        return self._kept.get(name) is not None

    def list(self) -> list[Document]:
        return self._kept.list()

    def serving(self, name: str) -> Cluster:
        """The cluster of an instance that runs, or the refusal that it does not."""
        return self._clusters.serving(self.get(name))

    def serves(self, record: Document) -> bool:
        """Whether its server runs, and nothing takes it away just now."""
        return bool(record["state"] == "RUNNABLE" and self._clusters.of(record).running)

    async def insert(self, body: Document) -> Document:
        record = instance.new(body, self._kernel.settings)
        await self._clusters.flags.check(flags.of(record["settings"]))
        if self._kept.get(record["name"]):
            raise errors.instance_exists()
        return self._begin("CREATE", record)

    async def change(self, name: str, body: Document, *, whole: bool) -> Document:
        """PUT replaces the settings, and must name their version; PATCH merges, and may."""
        self.get(name)
        asked = body.get("settings", {})
        await self._clusters.flags.check(flags.of(asked))
        record = self.get(name)
        self._operations.check_free(name)
        before = record["settings"]
        version = before["settingsVersion"]
        if str(asked.get("settingsVersion", "0" if whole else version)) != version:
            raise errors.stale()
        if body.get("databaseVersion", instance.VERSION) != instance.VERSION:
            raise not_emulated("Upgrading the major version")
        if body.get("region", record["region"]) != record["region"]:
            raise errors.invalid("the region of an instance cannot be changed.")  # text unverified
        after = settings.new(asked) if whole else settings.checked(settings.merged(before, asked))
        if record.get("master") and after["backupConfiguration"]["enabled"]:
            raise errors.is_replica()
        if "replicationCluster" in body:
            self._designate(record, after, body["replicationCluster"] or {})
        memo = {"tier": before["tier"], "flags": flags.of(before), "log": record["log"]}
        record["settings"] = after | {"settingsVersion": str(int(version) + 1)}
        if settings.logged(after) != settings.logged(before):
            record["log"] = new_log() if settings.logged(after) else ""
        return self._begin("UPDATE", record, before=memo)

    def restart(self, name: str) -> Document:
        record = self.get(name)
        self._operations.check_free(name)
        if instance.stopped(record):
            raise errors.not_running()
        return self._begin("RESTART", record)

    def _designate(self, record: Document, wanted: Document, cluster: Document) -> None:
        """Say which replica may take the primary's place: one of Enterprise Plus, in another region.

        https://docs.cloud.google.com/sql/docs/postgres/use-advanced-disaster-recovery; texts unverified.
        """
        name = cluster.get("failoverDrReplicaName", "").rpartition(":")[2]
        record["dr_replica"] = name
        if not name:
            return
        if wanted.get("edition") != "ENTERPRISE_PLUS":
            raise errors.invalid("A DR replica needs the Enterprise Plus edition.")
        if name not in self.replicas(record["name"]) or self.get(name)["region"] == record["region"]:
            raise errors.invalid("A DR replica is a replica of the instance, in another region.")

    def _begin(self, kind: str, record: Document, **memo: Any) -> Document:
        """Write down the record, the operation and the work, or nothing of it."""
        with self._kernel.state.transaction():
            operation = self._operations.begin(kind, record["name"], **memo)
            self._kept.put(record["name"], record)
            self._kernel.work.start(KIND, {"operation": operation["name"]})
        return operation
