"""The system as a whole: its parts, and who carries out which operation."""

import logging

from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql.backup_runs import BackupRuns
from sandbox.sql.backups import Backups
from sandbox.sql.clusters import Clusters
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.locations import Locations
from sandbox.sql.operations import Operations
from sandbox.sql.restores import Restores
from sandbox.sql.upkeep import Upkeep

logger = logging.getLogger("sandbox")


class Sql:
    """Cloud SQL Admin."""

    def __init__(self, kernel: Kernel) -> None:
        self.settings = kernel.settings
        self.operations = Operations(kernel.state, kernel.settings.lock_linger)
        self.locations = Locations(kernel)
        self.clusters = Clusters(kernel)
        self.instances = Instances(kernel, self.operations, self.clusters)
        self.backups = Backups(kernel, self.locations)
        there = (kernel, self.operations, self.instances, self.clusters, self.backups)
        self.backup_runs = BackupRuns(*there)
        self.restores = Restores(*there)
        self._upkeep = Upkeep(self.operations, self.instances, self.backups, self.backup_runs)
        self._acts = {
            "CREATE": self.clusters.create,
            "UPDATE": self.clusters.conform,
            "RESTART": self.clusters.restart,
            "DELETE": self._delete,
            "BACKUP_VOLUME": self.backup_runs.carry_out,
            "DELETE_BACKUP": self.backup_runs.remove,
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
            await self._acts[kind](operation)
        except Exception:
            logger.exception(f"{operation['instance']}: {kind} failed")
            self.operations.end(operation, failed=True)
        else:
            self.operations.end(operation)

    async def _delete(self, operation: Document) -> None:
        await self.backup_runs.end_with(operation["instance"])
        await self.clusters.destroy(operation)
