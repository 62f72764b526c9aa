"""Restoring a backup: into the instance it was taken of, into another one, into a new one."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sandbox.kernel.clock import stamp_ms
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import backup, errors, instance, settings
from sandbox.sql.backups import Backups, usable
from sandbox.sql.clusters import Clusters
from sandbox.sql.damages import Damages
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.operations import Operations
from sandbox.sql.quota import Quota

WINDOW = timedelta(minutes=30)  # in which the tokens of one backup, restored in one region, fill up


class Restores:
    """A restore replaces data and users, and resets the configuration of backups; flags stay the target's.

    "Restoring to an instance ... replaces all the data", stops its connections, restarts it and deletes its
    recovery logs: https://docs.cloud.google.com/sql/docs/postgres/backup-recovery/restore.
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
        self._quota = Quota(kernel.state, "sql_restore_bucket", kernel.settings.restore_quota, WINDOW)

    def restore(self, name: str, asked: Document) -> Document:
        """Begin a restore into the instance of that name, which only a backup by its own name may create."""
        found = self._asked_for(name, asked)
        if not usable(found):
            raise errors.invalid_state()
        overrides = asked.get("restoreInstanceSettings")
        if asked.get("backup") and not self._instances.exists(name):
            record = instance.like(found["source"], name, self._kernel.settings, overrides or {})
            record["password"] = found["password"]
        else:
            record = self._target(name, found)
            if overrides or asked.get("restoreInstanceClearOverridesFieldNames"):
                raise errors.invalid("instance settings are restored to a new instance only.")  # unverified
        memo = {"backup": found["uid"], "settings": _reset(record), "log": record["log"]}
        with self._kernel.state.transaction():
            if again := self._quota.spend(f"{found['uid']}/{record['region']}"):
                raise errors.too_many_restores(stamp_ms(again))
            operation = self._operations.begin("RESTORE_VOLUME", name, **memo)
            self._clusters.keep(record)
            self._kernel.work.start(KIND, {"operation": operation["name"]})
        return operation

    async def carry_out(self, operation: Document) -> None:
        """Read the whole backup first: one that cannot be read leaves its target as it was."""
        asked_for = self._backups.find(operation["backup"])
        found = self._damages.read(asked_for)
        record = self._clusters.record(operation["instance"])
        new = record["state"] == "PENDING_CREATE"
        try:
            self._damages.check(asked_for)
            folder = self._backups.folder(found)
            await backup.check(folder, found["files"])
        except Exception:
            if new:
                self._clusters.keep(record, state="FAILED")
            raise
        cluster = self._clusters.addressed(record)
        async with self._clusters.runnable_or_failed(record):
            if not new:
                self._clusters.keep(record, state="MAINTENANCE")
            await cluster.replace(partial(self._unpacked, found, folder))
            self._clusters.keep(record, password=found["password"], settings=operation["settings"])
            if not new:
                self._clusters.keep(record, log="")
            await self._clusters.launch(record)
            launch = partial(self._clusters.launch, record)
            await self._damages.recovered(found, cluster, launch)
        if operation["log"] and not new:
            await self._clusters.logs.erase(record["region"], record["name"], operation["log"])

    async def _unpacked(self, found: Document, folder: Path, data: Path) -> None:
        await backup.unpack(folder, data)
        self._damages.unpacked(found, data)

    def _asked_for(self, target: str, asked: Document) -> Document:
        """The backup that the request names, in one way or the other."""
        context: dict[str, Any] = asked.get("restoreBackupContext", {})
        if asked.get("backup"):
            project, _, uid = asked["backup"].removeprefix("projects/").partition("/backups/")
            self._own(project)
            return self._backups.find(uid)
        if not context.get("backupRunId"):
            raise errors.invalid("a backup to restore is missing.")  # text unverified
        self._own(context.get("project") or self._kernel.settings.project)
        return self._backups.run(context.get("instanceId") or target, str(context["backupRunId"]))

    def _own(self, project: str) -> None:
        if not self._kernel.settings.is_project(project):
            raise errors.not_authorized()

    def _target(self, name: str, found: Document) -> Document:
        """The instance to restore into; refused unless it runs, of that version, without replicas."""
        record = self._instances.get(name)
        self._operations.check_free(name)
        if record.get("master"):
            raise errors.is_replica()
        if self._instances.replicas(name):
            raise errors.has_replicas()
        if record["state"] != "RUNNABLE":
            raise errors.invalid_state()
        self._instances.serving(name)
        if found["body"]["databaseVersion"] != instance.VERSION:
            raise errors.other_version(instance.VERSION, found["body"]["databaseVersion"])
        return record


def _reset(record: Document) -> Document:
    """The settings after a restore: backups are configured as a new instance's are."""
    kept: Document = record["settings"]
    if record["state"] == "PENDING_CREATE":
        return kept
    version = str(int(kept["settingsVersion"]) + 1)
    reset = {"backupConfiguration": settings.DEFAULTS["backupConfiguration"], "settingsVersion": version}
    return kept | reset
