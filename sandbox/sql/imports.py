"""Imports: what an object in Cloud Storage says, done to a database."""

import asyncio
import gzip
import shutil
from pathlib import Path

from psycopg import sql

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.state import Document
from sandbox.sql import backup, command, csv_format, errors
from sandbox.sql.clusters import Clusters
from sandbox.sql.instances import KIND, Instances
from sandbox.sql.operations import Operations
from sandbox.sql.uri import ObjectUri
from sandbox.storage.storage import Storage

PIECE = 1 << 20  # bytes handed to the server at a time


class NoObject(Exception):
    """What is to be imported is not there."""


class Imports:
    """psql reads the text, up to its first error: a role that it names and that is not there is one."""

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
        """Begin an import. ReasonError (403) where there is no such bucket: nobody can tell the two apart."""
        kind = context.get("fileType", "SQL")
        if kind not in {"SQL", "CSV"}:
            raise not_emulated(f"fileType {kind} of an import")
        if (context.get("sqlImportOptions") or {}).get("parallel"):
            raise not_emulated("A parallel import")
        if self._instances.get(name).get("master"):
            raise errors.is_replica()
        self._instances.serving(name)
        uri = ObjectUri.parsed(context.get("uri", ""))
        if not context.get("database"):
            raise errors.invalid("the database of the import is missing.")  # text unverified
        if kind == "CSV" and not (context.get("csvImportOptions") or {}).get("table"):
            raise errors.invalid("the table of the import is missing.")  # text unverified
        if not self._storage.has_bucket(uri.bucket):
            raise errors.bucket_forbidden()
        with self._kernel.state.transaction():
            operation = self._operations.begin("IMPORT", name, import_context=context)
            self._kernel.work.start(KIND, {"operation": operation["name"]})
        return operation

    async def carry_out(self, operation: Document) -> None:
        context = operation["import_context"]
        uri = ObjectUri.parsed(context["uri"])
        found = self._storage.file(uri.bucket, uri.name)
        if not found:
            raise NoObject(f"{context['uri']} is not there")
        folder = self._kernel.folder("sql", "transfers", operation["name"])
        try:
            file = folder / "import"
            await asyncio.to_thread(_laid, found, file, uri.compressed)
            if context.get("fileType") == "CSV":
                await self._csv(operation["instance"], context, file)
            else:
                await self._text(operation["instance"], context, file)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _text(self, name: str, context: Document, file: Path) -> None:
        cluster = self._instances.serving(name)
        how = ["--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "-f", file, "-d", context["database"]]
        role = {"PGOPTIONS": f"-c role={context['importUser']}"} if context.get("importUser") else {}
        await command.run(
            self._kernel.children,
            [self._clusters.binaries.tool("psql"), *backup.connection(cluster), *how],
            env={"PGPASSWORD": cluster.password, **role},
        )

    async def _csv(self, name: str, context: Document, file: Path) -> None:
        options = context["csvImportOptions"]
        columns = [sql.Identifier(column) for column in options.get("columns", [])]
        copy = sql.SQL("COPY {}{} FROM STDIN {}").format(
            sql.Identifier(*options["table"].split(".")),
            sql.SQL(" ({})").format(sql.SQL(", ").join(columns)) if columns else sql.SQL(""),
            csv_format.of(options),
        )
        async with await self._instances.serving(name).connect(context["database"]) as connection:
            if context.get("importUser"):
                await connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(context["importUser"])))
            with file.open("rb") as content:
                async with connection.cursor().copy(copy) as rows:
                    while part := await asyncio.to_thread(content.read, PIECE):
                        await rows.write(part)


def _laid(found: Path, file: Path, compressed: bool) -> None:
    """A copy that stays while the object may go, unpacked where it is packed."""
    with found.open("rb") as kept, file.open("wb") as target:
        shutil.copyfileobj(gzip.GzipFile(fileobj=kept) if compressed else kept, target)
