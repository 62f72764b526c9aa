"""Exports: a database, or what a query finds in it, as an object in Cloud Storage."""

import asyncio
import shutil
from pathlib import Path

from psycopg import sql

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import backup, command, csv_format, errors
from sandbox.sql.clusters import Clusters
from sandbox.sql.extensions import OFFERED
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.operations import Operations
from sandbox.sql.uri import ObjectUri
from sandbox.storage.storage import Storage


class ObjectExists(Exception):
    """An export never overwrites: the request succeeds, the operation fails."""


class Exports:
    """pg_dump's text, or CSV. Offloaded it leaves the instance unlocked; the real one uses another machine.

    Owners and grants are in the text: whoever imports it needs those roles first.
    """

    def __init__(
        self,
        kernel: Kernel,
        operations: Operations,
        instances: Instances,
        clusters: Clusters,
        storage: Storage,
    ) -> None:
        self._kernel = kernel
        self._operations = operations
        self._instances = instances
        self._clusters = clusters
        self._storage = storage

    def begin(self, name: str, context: Document) -> Document:
        """Begin an export. ReasonError (403) where there is no such bucket: nobody can tell the two apart."""
        kind = context.get("fileType", "SQL")
        if kind not in {"SQL", "CSV"}:
            raise not_emulated(f"fileType {kind} of an export")
        if (context.get("sqlExportOptions") or {}).get("parallel"):
            raise not_emulated("A parallel export")
        self._instances.serving(name)
        uri = ObjectUri.parsed(context.get("uri", ""))
        databases = context.get("databases", [])
        if len(databases) > 1 or (kind == "SQL" and not databases):
            raise errors.invalid("exactly one database is exported.")  # text unverified
        if kind == "CSV" and not (context.get("csvExportOptions") or {}).get("selectQuery"):
            raise errors.invalid("selectQuery is missing.")  # text unverified
        if not self._storage.has_bucket(uri.bucket):
            raise errors.bucket_forbidden()
        held = () if context.get("offload") else (name,)
        if held:
            self._operations.check_free(name)
        with self._kernel.state.transaction():
            operation = self._operations.begin("EXPORT", name, holds=held, export_context=context)
            self._kernel.work.start(KIND, {"operation": operation["name"]})
        return operation

    async def carry_out(self, operation: Document) -> None:
        context = operation["export_context"]
        uri = ObjectUri.parsed(context["uri"])
        if self._storage.file(uri.bucket, uri.name):
            raise ObjectExists(f"{context['uri']} exists")
        folder = self._kernel.folder("sql", "transfers", operation["name"])
        try:
            file = folder / "export"
            if context.get("fileType") == "CSV":
                await self._csv(operation["instance"], context, file)
            else:
                await self._text(operation["instance"], context, uri, file)
            await self._storage.put_file(uri.bucket, uri.name, file)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _text(self, name: str, context: Document, uri: ObjectUri, file: Path) -> None:
        options = context.get("sqlExportOptions") or {}
        clean = options.get("postgresExportOptions") or {}
        cluster = self._instances.serving(name)
        asked = [
            *(["--schema-only"] if options.get("schemaOnly") else []),
            *(["--clean"] if clean.get("clean") else []),
            *(["--if-exists"] if clean.get("clean") and clean.get("ifExists") else []),
            *(["--compress=gzip"] if uri.compressed else []),
            *(f"--table={table}" for table in options.get("tables", [])),
        ]
        await command.run(
            self._kernel.children,
            [
                self._clusters.binaries.tool("pg_dump"),
                *backup.connection(cluster),
                f"--exclude-extension={OFFERED}",
                *asked,
                "-f",
                file,
                context["databases"][0],
            ],
            env={"PGPASSWORD": cluster.password},
        )

    async def _csv(self, name: str, context: Document, file: Path) -> None:
        options = context["csvExportOptions"]
        database = (context.get("databases") or ["postgres"])[0]
        copy = sql.SQL("COPY ({}) TO STDOUT {}").format(
            sql.SQL(options["selectQuery"]), csv_format.of(options)
        )
        async with await self._instances.serving(name).connect(database) as connection:
            with file.open("wb") as written:
                async with connection.cursor().copy(copy) as rows:
                    async for part in rows:
                        await asyncio.to_thread(written.write, part)
