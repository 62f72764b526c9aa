"""What Cloud SQL does by itself: automated backups in their windows, and the end of what has expired."""

import asyncio
import logging

from sandbox.kernel.clock import instant, now
from sandbox.kernel.state import Document
from sandbox.sql import schedule
from sandbox.sql.backup_runs import BackupRuns
from sandbox.sql.backups import Backups
from sandbox.sql.instances import Instances
from sandbox.sql.locations import LocationDown
from sandbox.sql.operations import Operations

logger = logging.getLogger("sandbox")

LOOK = 1.0  # seconds between looks


class Upkeep:
    """Looks round again and again. What is due on a locked instance is done when that is free."""

    def __init__(
        self, operations: Operations, instances: Instances, backups: Backups, backup_runs: BackupRuns
    ) -> None:
        self._operations = operations
        self._instances = instances
        self._backups = backups
        self._backup_runs = backup_runs
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._look_round())

    async def stop(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _look_round(self) -> None:
        while True:
            try:
                await self._look()
            except Exception:
                logger.exception("the sandbox itself failed at Cloud SQL's upkeep")
            await asyncio.sleep(LOOK)

    async def _look(self) -> None:
        for record in self._instances.list():
            self._back_up(record)
        for found in self._ended():
            await self._erase(found)

    def _back_up(self, record: Document) -> None:
        """Begin the automated backup of the present window, unless there was one, or another one runs."""
        wanted = record["settings"]["backupConfiguration"]
        if not wanted["enabled"] or not self._instances.serves(record):
            return
        began = schedule.window(wanted["startTime"], now())
        if began and self._operations.is_free(record["name"]):
            self._backup_runs.insert_automated(record, began)

    def _ended(self) -> list[Document]:
        """The backups that are no longer to be kept: expired ones, and automated ones beyond their number."""
        ended = [one for one in self._backups.list() if one["expires"] and instant(one["expires"]) <= now()]
        for record in self._instances.list():
            retention = record["settings"]["backupConfiguration"]["backupRetentionSettings"]
            ended += schedule.surplus(self._backups.runs(record["name"]), retention["retainedBackups"])
        return ended

    async def _erase(self, found: Document) -> None:
        try:
            await self._backups.erase(found)
        except LocationDown:  # looked at again when it is up
            return
        logger.info(f"{found['instance']}: backup {found['body']['id']} is no longer kept")
