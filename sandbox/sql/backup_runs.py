"""On-demand backup runs: taking them, keeping them, removing them."""

import asyncio
import shutil
from pathlib import Path

from sandbox.kernel.clock import instant, now, stamp, stamp_ms
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import backup, errors
from sandbox.sql.clusters import Clusters
from sandbox.sql.instance import VERSION
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.operations import Operations
from sandbox.sql.quota import Bucket

CONTINENTS = {"us": "us", "europe": "eu", "asia": "asia"}  # a backup's place, unless one is asked for


class BackupRuns:
    """Backup runs on disk. Of each, `files` keeps what was written: names, sizes, SHA-256."""

    def __init__(
        self, kernel: Kernel, operations: Operations, instances: Instances, clusters: Clusters
    ) -> None:
        self._kernel = kernel
        self._operations = operations
        self._instances = instances
        self._clusters = clusters
        self._kept = kernel.state.collection("sql_backup_run")
        self._buckets = kernel.state.collection("sql_backup_bucket")

    def get(self, instance: str, number: str) -> Document:
        self._instances.get(instance)
        run = self._kept.get(f"{instance}/{number}")
        if not run:
            raise errors.no_backup_run()
        return run

    def list(self, instance: str) -> list[Document]:
        """Newest first; `-` stands for all instances."""
        if instance != "-":
            self._instances.get(instance)
        found = self._kept.list("" if instance == "-" else f"{instance}/")
        return sorted(found, key=lambda run: int(run["body"]["id"]), reverse=True)

    def folder(self, run: Document) -> Path:
        """Where its files lie: beside the instances, so that losing one of those loses no backup."""
        return self._kernel.folder("sql", "backups").joinpath(run["instance"], run["body"]["id"])

    def insert(self, instance: str, body: Document) -> Document:
        """Enqueue a backup of an instance that runs and is free, while its bucket has a token."""
        self._instances.serving(instance)
        self._operations.check_free(instance)
        enqueued = stamp_ms()
        region = self._instances.get(instance)["region"]
        run = {
            "instance": instance,
            "body": {
                "id": self._next_id(),
                "status": "ENQUEUED",
                "type": "ON_DEMAND",
                "backupKind": "SNAPSHOT",
                "databaseVersion": VERSION,
                "enqueuedTime": enqueued,
                "windowStartTime": enqueued,
                "location": body.get("location") or CONTINENTS.get(region.partition("-")[0], region),
                **({"description": body["description"]} if body.get("description") else {}),
            },
        }
        with self._kernel.state.transaction():
            self._spend(instance)
            self._keep(run)
            return self._begin("BACKUP_VOLUME", run)

    def delete(self, instance: str, number: str) -> Document:
        run = self.get(instance, number)
        with self._kernel.state.transaction():
            operation = self._begin("DELETE_BACKUP", run)
            self._keep(run, status="DELETION_PENDING")
        return operation

    async def take(self, operation: Document) -> None:
        run = self.get(operation["instance"], operation["backup_id"])
        self._keep(run, status="RUNNING", startTime=stamp_ms())
        try:
            cluster = self._instances.serving(run["instance"])
            children, binaries = self._kernel.children, self._clusters.binaries
            run["files"] = await backup.take(children, binaries, cluster, self.folder(run))
        except Exception:
            self._put_back(run["instance"])
            error = {"kind": "sql#operationError", "code": "UNKNOWN"}
            self._keep(run, status="FAILED", endTime=stamp_ms(), error=error)
            raise
        size = sum(file["bytes"] for file in run["files"])
        self._keep(run, status="SUCCESSFUL", endTime=stamp_ms(), maxChargeableBytes=str(size))

    async def remove(self, operation: Document) -> None:
        if run := self._kept.get(f"{operation['instance']}/{operation['backup_id']}"):
            await self._erase(run)

    async def remove_all(self, instance: str) -> None:
        """Those of an instance that is deleted: they end with it."""
        for run in self._kept.list(f"{instance}/"):
            await self._erase(run)
        self._buckets.delete(instance)

    async def _erase(self, run: Document) -> None:
        await asyncio.to_thread(shutil.rmtree, self.folder(run), ignore_errors=True)
        self._kept.delete(f"{run['instance']}/{run['body']['id']}")

    def _begin(self, kind: str, run: Document) -> Document:
        operation = self._operations.begin(kind, run["instance"], backup_id=run["body"]["id"])
        self._kernel.work.start(KIND, {"operation": operation["name"]})
        return operation

    def _keep(self, run: Document, **changed: object) -> None:
        run["body"] |= changed
        self._kept.put(f"{run['instance']}/{run['body']['id']}", run)

    def _next_id(self) -> str:
        """The milliseconds of now, as in the real API, and later than any other run's."""
        last = max((int(run["body"]["id"]) for run in self._kept.list()), default=0)
        return str(max(int(now().timestamp() * 1000), last + 1))

    def _bucket(self, instance: str) -> Bucket:
        kept, size = self._buckets.get(instance), self._kernel.settings.backup_quota
        if not kept:
            return Bucket(size, now())
        return Bucket(kept["tokens"], instant(kept["at"])).refilled(size, now())

    def _spend(self, instance: str) -> None:
        bucket = self._bucket(instance)
        if bucket.tokens < 1:
            again = bucket.next_token_at(self._kernel.settings.backup_quota)
            raise errors.too_many_backups(stamp_ms(again))
        self._keep_bucket(instance, bucket.add(-1))

    def _put_back(self, instance: str) -> None:
        self._keep_bucket(instance, self._bucket(instance).add(1))

    def _keep_bucket(self, instance: str, bucket: Bucket) -> None:
        self._buckets.put(instance, {"tokens": bucket.tokens, "at": stamp(bucket.at)})


def resource(run: Document, link: str) -> Document:
    """As the API tells it."""
    instance, number = run["instance"], run["body"]["id"]
    return {
        "kind": "sql#backupRun",
        "instance": instance,
        "selfLink": f"{link}/instances/{instance}/backupRuns/{number}",
        **run["body"],
    }
