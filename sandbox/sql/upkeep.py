"""What Cloud SQL does by itself: automated backups, archiving, and the end of what is no longer kept."""

import asyncio
import logging

from sandbox.kernel.clock import instant, now
from sandbox.kernel.state import Document
from sandbox.sql import recovery_window, schedule
from sandbox.sql.backup_runs import BackupRuns
from sandbox.sql.backups import Backups
from sandbox.sql.clusters import Clusters
from sandbox.sql.instances import Instances
from sandbox.sql.locations import LocationDown
from sandbox.sql.operations import Operations

logger = logging.getLogger("sandbox")

LOOK = 1.0  # seconds between looks
UNDER_WAY = {"ENQUEUED", "RUNNING"}
PRUNE = 60  # looks from one pruning of the recovery logs to the next


class Upkeep:
    """Looks round again and again. What is due on a locked instance is done when that is free."""

    def __init__(
        self,
        operations: Operations,
        instances: Instances,
        clusters: Clusters,
        backups: Backups,
        backup_runs: BackupRuns,
        *,
        lag: float,
    ) -> None:
        self._lag = lag
        self._advanced: dict[str, float] = {}  # when, by log: on the event loop's clock
        self._looks = 0
        self._operations = operations
        self._instances = instances
        self._clusters = clusters
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
            await asyncio.sleep(min(LOOK, self._lag))

    async def _look(self) -> None:
        for record in self._instances.list():
            self._back_up(record)
        await self._archive()
        for found in self._ended():
            await self._erase(found)
        self._looks += 1
        if self._looks % PRUNE == 0:
            await self._prune()

    def _back_up(self, record: Document) -> None:
        """Begin an automated backup that is due, unless the instance is locked: it is due later, too."""
        if not self._instances.serves(record) or not self._operations.is_free(record["name"]):
            return
        if began := schedule.due(record, self._backups.list(record["name"]), now()):
            self._backup_runs.insert_automated(record, began)

    async def _archive(self) -> None:
        """Move the recovery logs on, each after its interval."""
        at = asyncio.get_running_loop().time()
        due = [
            record
            for record in self._instances.list()
            if record["log"]
            and self._instances.serves(record)
            and at - self._advanced.get(record["log"], 0.0) >= self._lag
        ]
        self._advanced |= {record["log"]: at for record in due}
        logs = self._clusters.logs
        await asyncio.gather(*(logs.advance(one, self._clusters.of(one)) for one in due))

    async def _prune(self) -> None:
        """Let go of what lies in recovery logs before the earliest recovery that retention asks for."""
        for record in self._instances.list():
            days = record["settings"]["backupConfiguration"]["transactionLogRetentionDays"]
            backups = self._backups.list(record["name"])
            if record["log"] and (first := recovery_window.first(record, backups, now(), days)):
                await self._clusters.logs.prune(record, first["needed_from"])

    def _ended(self) -> list[Document]:
        """The backups that are no longer to be kept: expired ones, and automated ones beyond their number."""
        ended = [
            one
            for one in self._backups.list()
            if one["expires"] and instant(one["expires"]) <= now() and one["body"]["status"] not in UNDER_WAY
        ]
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
