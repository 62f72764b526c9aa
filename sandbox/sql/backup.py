"""A backup, taken for real: the cluster's files and the log that makes them consistent."""

import asyncio
import hashlib
import shutil
from pathlib import Path

from sandbox.kernel.children import Children
from sandbox.kernel.state import Document
from sandbox.sql import command
from sandbox.sql.addresses import PORT
from sandbox.sql.binaries import Binaries
from sandbox.sql.cluster import Cluster
from sandbox.sql.configuration import ADMIN


async def take(children: Children, binaries: Binaries, cluster: Cluster, folder: Path) -> list[Document]:
    """Back the running cluster up into that folder, in the place of whatever is there.

    The files: base.tar.lz4, pg_wal.tar, backup_manifest. Each with its size and its SHA-256, so that a
    restore knows what it reads.
    """
    await asyncio.to_thread(_emptied, folder)
    where = ["-h", cluster.address, "-p", str(PORT), "-U", ADMIN, "--no-password"]
    how = ["-Ft", "-X", "stream", "-c", "fast", "-Z", "server-lz4"]
    await command.run(
        children,
        [binaries.tool("pg_basebackup"), *where, *how, "-D", folder],
        env={"PGPASSWORD": cluster.password},
    )
    return await asyncio.to_thread(_described, folder)


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)


def _described(folder: Path) -> list[Document]:
    files = []
    for path in sorted(folder.iterdir()):
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        files.append({"name": path.name, "bytes": path.stat().st_size, "sha256": digest})
    return files
