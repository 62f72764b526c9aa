"""The system as a whole: its parts, and who carries out which operation."""

import logging

from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql.backup_runs import BackupRuns
from sandbox.sql.backups import Backups
from sandbox.sql.clones import Clones
from sandbox.sql.clusters import Clusters
from sandbox.sql.damages import Damages
from sandbox.sql.deletions import Deletions
from sandbox.sql.exports import Exports
from sandbox.sql.imports import Imports
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.locations import Locations
from sandbox.sql.losses import Losses
from sandbox.sql.operations import Operations
from sandbox.sql.pace import Pace
from sandbox.sql.project_backups import ProjectBackups
from sandbox.sql.promotions import Promotions
from sandbox.sql.recovery_logs import RecoveryLogs
from sandbox.sql.replicas import Replicas
from sandbox.sql.restores import Restores
from sandbox.sql.upkeep import Upkeep
from sandbox.storage.storage import Storage

logger = logging.getLogger("sandbox")


class Sql:
    """Cloud SQL Admin."""

    def __init__(self, kernel: Kernel, storage: Storage) -> None:
        self.settings = kernel.settings
        self.operations = Operations(kernel.state, kernel.settings.lock_linger)
        self.locations = Locations(kernel)
        self.logs = RecoveryLogs(kernel, self.locations)
        self.clusters = Clusters(kernel, self.logs)
        self.instances = Instances(kernel, self.operations, self.clusters)
        self.backups = Backups(kernel, self.locations)
        there = (kernel, self.operations, self.instances, self.clusters, self.backups)
        self.backup_runs = BackupRuns(*there)
        self.project_backups = ProjectBackups(self.operations, self.backups, self.backup_runs, self.locations)
        self.deletions = Deletions(*there)
        self.replicas = Replicas(*there)
        self.promotions = Promotions(*there[:4], self.replicas)
        self.damages = Damages(kernel, self.backups)
        self.restores = Restores(*there, damages=self.damages)
        self.clones = Clones(*there, damages=self.damages)
        transfers = (kernel, self.operations, self.instances, self.clusters, storage)
        self.exports = Exports(*transfers)
        self.imports = Imports(*transfers)
        self.losses = Losses(kernel, self.instances, self.clusters)
        self.pace = Pace(kernel)
        self._upkeep = Upkeep(*there[1:], self.backup_runs, lag=kernel.settings.recovery_lag)
        self._acts = {
            "CREATE": self.clusters.create,
            "UPDATE": self.clusters.conform,
            "RESTART": self.clusters.restart,
            "DELETE": self._delete,
            "BACKUP_VOLUME": self.backup_runs.carry_out,
            "DELETE_BACKUP": self.backup_runs.remove,
            "EXPORT": self.exports.carry_out,
            "IMPORT": self.imports.carry_out,
            "CREATE_REPLICA": self.replicas.carry_out,
            "PROMOTE_REPLICA": self.promotions.carry_out,
            "RECONFIGURE_OLD_PRIMARY": self.promotions.reconfigure,
            "CLONE": self.clones.carry_out,
            "RESTORE_VOLUME": self.restores.carry_out,
        }
        kernel.work.handle(KIND, self._carry_out)

    async def start(self) -> None:
        self.locations.start()
        await self.clusters.start()
        self._upkeep.start()

    async def stop(self) -> None:
        await self._upkeep.stop()
        await self.clusters.stop()

    async def _carry_out(self, argument: Document) -> None:
        """Carry out an operation, and end it, whatever happens."""
        operation = self.operations.get(argument["operation"])
        kind = operation["body"]["operationType"]
        if operation["body"]["status"] == "DONE":
            return
        self.operations.run(operation)
        try:
            await self.pace.before(kind)
            await self._acts[kind](operation)
            await self.pace.after(kind, self.clusters.data(operation["instance"]))
        except Exception:
            logger.exception(f"{operation['instance']}: {kind} failed")
            self.operations.end(operation, failed=True)
        else:
            self.operations.end(operation)

    async def _delete(self, operation: Document) -> None:
        await self.deletions.carry_out(operation, self.backup_runs, self.replicas)
