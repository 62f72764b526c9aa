"""Deleting an instance: the final backup before it, and what of its backups outlives it."""

from sandbox.kernel.clock import now, stamp_ms
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import errors
from sandbox.sql.backup_runs import BackupRuns
from sandbox.sql.backups import Backups, usable
from sandbox.sql.clusters import Clusters
from sandbox.sql.expiry import expiry
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.operations import Operations
from sandbox.sql.replicas import Replicas

USUAL_DAYS = 30  # that a final backup is kept


class Deletions:
    """An instance whose final backup fails is not deleted."""

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

    def delete(self, name: str, final: Document | None) -> Document:
        """Begin it. `final` asks for a final backup (ttlDays or expiryTime, description); None leaves that
        to the instance's own finalBackupConfig.
        """
        record = self._instances.get(name)
        self._operations.check_free(name)
        if record["settings"]["deletionProtectionEnabled"]:
            raise errors.protected()
        if self._instances.replicas(name):
            raise errors.has_replicas()
        memo: Document = {}
        wanted = _configured(record["settings"]) if final is None else final
        backup = None
        if wanted.pop("enabled"):
            self._instances.serving(name)
            wanted["expiryTime"] = expiry(wanted, now())
            backup = self._backups.new(record, "FINAL", wanted)
            memo["final"] = backup["uid"]
        with self._kernel.state.transaction():
            if backup:
                self._backups.keep(backup)
            operation = self._operations.begin("DELETE", name, holds=self._held(record), **memo)
            self._clusters.keep(record, state="PENDING_DELETE")
            self._kernel.work.start(KIND, {"operation": operation["name"]})
        return operation

    async def carry_out(self, operation: Document, backup_runs: BackupRuns, replicas: Replicas) -> None:
        name = operation["instance"]
        if not self._instances.exists(name):
            return
        record = self._clusters.record(name)
        if "final" in operation:
            await self._take(operation["final"], record, backup_runs)
        for backup in self._backups.list(name):
            kept = backup["body"]["type"] == "FINAL" or record["settings"].get("retainBackupsOnDelete")
            if backup["instance_deleted"]:
                continue
            if kept and usable(backup):
                backup["instance_deleted"] = stamp_ms()
                self._backups.keep(backup)
            else:
                await self._backups.erase(backup)
        backup_runs.forget(name)
        await self._clusters.destroy(operation)
        if record.get("master"):
            await replicas.leave(record["master"], name)

    def _held(self, record: Document) -> tuple[str, ...]:
        """A replica's deletion holds its primary, too."""
        primary = record.get("master")
        return (record["name"], primary) if primary and self._instances.exists(primary) else (record["name"],)

    async def _take(self, uid: str, record: Document, backup_runs: BackupRuns) -> None:
        backup = self._backups.find(uid)
        if usable(backup):  # before the sandbox was killed
            return
        try:
            if not self._clusters.of(record).running:
                await self._clusters.launch(record)
            await backup_runs.take(backup)
        except Exception:
            self._clusters.keep(record, state="RUNNABLE")
            raise


def _configured(settings: Document) -> Document:
    config = settings.get("finalBackupConfig", {})
    return {"enabled": config.get("enabled", False), "ttlDays": config.get("retentionDays", USUAL_DAYS)}
