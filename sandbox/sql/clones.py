"""Clones: a new instance with another one's data, as they are or as they were at an instant."""

from datetime import datetime
from functools import partial
from pathlib import Path

from sandbox.kernel.clock import instant, now, stamp_ms
from sandbox.kernel.errors import not_emulated
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import backup, errors, flags, instance, recovery_window
from sandbox.sql.backups import Backups
from sandbox.sql.clusters import Clusters
from sandbox.sql.damages import Damages
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.operations import Operations
from sandbox.sql.recovery_logs import RecoveryLogs
from sandbox.sql.recovery_window import RecoveryWindow

NOT_EMULATED = ("binLogCoordinates", "destinationProject", "destinationNetwork", "sourceInstanceDeletionTime")


class Clones:
    """A clone has its source's settings and flags, and an address of its own.

    To an instant it is made of a backup and the archived log alone: the source need not be there any more.
    """

    def __init__(
        self,
        kernel: Kernel,
        operations: Operations,
        instances: Instances,
        clusters: Clusters,
        backups: Backups,
        *,
        damages: Damages,
    ) -> None:
        self._kernel = kernel
        self._operations = operations
        self._instances = instances
        self._clusters = clusters
        self._backups = backups
        self._damages = damages
        self._logs: RecoveryLogs = clusters.logs

    def window(self, source: str) -> RecoveryWindow | None:
        """To which instants that instance can be cloned; None while there are none.

        ReasonError (400) where point-in-time recovery is off.
        """
        record = self._instances.get(source)
        if not record["log"]:
            raise errors.no_recovery_log()
        backups = self._backups.list(source)
        return recovery_window.window(record, backups, self._logs.latest(record), now())

    def clone(self, source: str, asked: Document) -> Document:
        """Begin a clone; an instant that cannot be recovered is refused at once."""
        origin = self._instances.get(source)
        if origin.get("master"):
            raise errors.is_replica()
        for field in NOT_EMULATED:
            if asked.get(field):
                raise not_emulated(f"{field} of a clone")
        name = instance.checked_name(asked.get("destinationInstanceName", ""), self._kernel.settings)
        memo: Document = {"source": source}
        if asked.get("pointInTime"):
            at = _instant(asked["pointInTime"])
            found = self._recoverable(origin, at)
            memo |= {"backup": found["uid"], "at": at.isoformat()}
            password = found["password"]
        elif self._instances.serves(origin):
            password = origin["password"]
        else:
            raise errors.invalid_state()
        if self._instances.exists(name):
            raise errors.instance_exists()
        record = instance.like(origin, name, self._kernel.settings, _placed(asked))
        with self._kernel.state.transaction():
            operation = self._operations.begin("CLONE", name, holds=(name, source), **memo)
            self._clusters.keep(record, password=password)
            self._kernel.work.start(KIND, {"operation": operation["name"]})
        return operation

    async def carry_out(self, operation: Document) -> None:
        record = self._clusters.record(operation["instance"])
        if record["state"] != "PENDING_CREATE":
            return
        source = self._clusters.record(operation["source"])
        async with self._clusters.runnable_or_failed(record):
            cluster = self._clusters.addressed(record)
            if "at" in operation:
                asked_for = self._backups.find(operation["backup"])
                self._damages.check(asked_for)
                found, at = self._damages.read(asked_for), instant(operation["at"])
                folder = self._backups.folder(found)
                await backup.check(folder, found["files"])
                gap = self._damages.gap(source["name"], self._logs.folder(source), at)
                await cluster.replace(partial(_recoverable_data, folder, gap))
                self._clusters.keep(record, password=found["password"])
                settings = self._logs.recovery(source, at, gap)
                cluster = self._clusters.of(record)
                await cluster.start(flags.of(record["settings"]), settings)
                await cluster.stop()
                await self._clusters.launch(record)
                launch = partial(self._clusters.launch, record)
                await self._damages.recovered(found, cluster, launch)
            else:
                origin, binaries = self._clusters.of(source), self._clusters.binaries
                await cluster.replace(partial(backup.copy, self._kernel.children, binaries, origin))
                await self._clusters.launch(record)

    def _recoverable(self, origin: Document, at: datetime) -> Document:
        """The backup to begin from; refused when the instant lies outside of the window."""
        found = self.window(origin["name"])
        if found is None or at < found.earliest:
            raise errors.no_backup_to_clone()
        if at > found.latest:
            raise errors.after_latest(stamp_ms(found.latest))
        base = recovery_window.base(origin, self._backups.list(origin["name"]), at)
        assert base, "a window begins with a backup"
        return base


async def _recoverable_data(folder: Path, gap: str, data: Path) -> None:
    await backup.unpack(folder, data)
    if gap:
        (data / "pg_wal" / gap).unlink(missing_ok=True)
    (data / "recovery.signal").touch()


def _instant(text: str) -> datetime:
    try:
        return instant(text)
    except ValueError as error:
        raise errors.invalid(f"pointInTime: {error}") from error


def _placed(asked: Document) -> Document:
    """The overrides by which a clone lies in the zones asked for."""
    wanted = {"zone": asked.get("preferredZone"), "secondaryZone": asked.get("preferredSecondaryZone")}
    place = {name: zone for name, zone in wanted.items() if zone}
    return {"settings": {"locationPreference": place}} if place else {}
