"""Backup runs: what is asked of an instance's backups, and how one is taken."""

from datetime import datetime

from sandbox.kernel.clock import stamp_ms
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import backup, errors, schedule
from sandbox.sql.backups import ERROR, Backups
from sandbox.sql.clusters import Clusters
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.operations import Operations
from sandbox.sql.quota import Quota


class BackupRuns:
    """Each takes a token of its instance's quota when it is on demand, and gives it back when it fails."""

    def __init__(
        self,
        kernel: Kernel,
        operations: Operations,
        instances: Instances,
        clusters: Clusters,
        backups: Backups,
    ) -> None:
        self._kernel = kernel
        self._operations = operations
        self._instances = instances
        self._clusters = clusters
        self._backups = backups
        self._quota = Quota(kernel.state, "sql_backup_bucket", kernel.settings.backup_quota)

    def get(self, instance: str, number: str) -> Document:
        self._instances.get(instance)
        return self._backups.run(instance, number)

    def list(self, instance: str) -> list[Document]:
        """Newest first; `-` stands for all instances."""
        if instance == "-":
            return self._backups.runs(None)
        self._instances.get(instance)
        return self._backups.runs(instance)

    def insert(self, instance: str, asked: Document) -> Document:
        """Enqueue a backup of an instance that runs and is free, while its bucket has a token."""
        if self._instances.get(instance).get("master"):
            raise errors.is_replica()
        self._instances.serving(instance)
        self._operations.check_free(instance)
        run = self._backups.new(self._instances.get(instance), "ON_DEMAND", asked)
        with self._kernel.state.transaction():
            if again := self._quota.spend(instance):
                raise errors.too_many_backups(stamp_ms(again))
            self._backups.keep(run)
            return self._begin("BACKUP_VOLUME", run)

    def insert_automated(self, record: Document, began: datetime) -> None:
        """Enqueue the run of the window that began then."""
        number = schedule.number(began)
        run = self._backups.new(
            record, "AUTOMATED", {}, id=number, windowStartTime=began.strftime("%Y-%m-%dT%H:%M:%SZ")
        )
        with self._kernel.state.transaction():
            self._backups.keep(run)
            self._begin("BACKUP_VOLUME", run)

    def delete(self, instance: str, number: str) -> Document:
        return self._delete(self.get(instance, number))

    def delete_backup(self, uid: str) -> Document:
        """Delete one by its own name, whether or not its instance is there."""
        return self._delete(self._backups.find(uid))

    async def carry_out(self, operation: Document) -> None:
        await self.take(self._backups.find(operation["backup"]))

    async def take(self, run: Document) -> None:
        """Take a backup that is written down already; it ends as SUCCESSFUL or as FAILED."""
        self._backups.keep(run, status="RUNNING", startTime=stamp_ms())
        try:
            cluster = self._clusters.running(run["instance"])
            folder = self._backups.folder(run)
            run["files"] = await backup.take(self._kernel.children, self._clusters.binaries, cluster, folder)
            run["needed_from"] = backup.needed_from(folder)
        except Exception:
            if run["body"]["type"] == "ON_DEMAND":
                self._quota.put_back(run["instance"])
            self._backups.keep(run, status="FAILED", endTime=stamp_ms(), error=ERROR)
            raise
        size = sum(file["bytes"] for file in run["files"])
        self._backups.keep(run, status="SUCCESSFUL", endTime=stamp_ms(), maxChargeableBytes=str(size))

    async def remove(self, operation: Document) -> None:
        """Remove one; where its location is down it stays, and says that it could not be deleted."""
        run = next((one for one in self._backups.list() if one["uid"] == operation["backup"]), None)
        if run is None:
            return
        try:
            await self._backups.erase(run)
        except Exception:
            self._backups.keep(run, status="DELETION_FAILED")
            raise

    def forget(self, instance: str) -> None:
        """Of an instance that is deleted the quota is not kept."""
        self._quota.forget(instance)

    def _delete(self, run: Document) -> Document:
        with self._kernel.state.transaction():
            operation = self._begin("DELETE_BACKUP", run)
            self._backups.keep(run, status="DELETION_PENDING")
        return operation

    def _begin(self, kind: str, run: Document) -> Document:
        held = () if run["instance_deleted"] else (run["instance"],)
        operation = self._operations.begin(
            kind, run["instance"], holds=held, backup=run["uid"], backup_id=run["body"]["id"]
        )
        self._kernel.work.start(KIND, {"operation": operation["name"]})
        return operation


def resource(run: Document, link: str) -> Document:
    """As the API tells it."""
    instance, number = run["instance"], run["body"]["id"]
    return {
        "kind": "sql#backupRun",
        "instance": instance,
        "selfLink": f"{link}/instances/{instance}/backupRuns/{number}",
        **run["body"],
    }
