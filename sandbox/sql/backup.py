"""A backup, taken for real: the cluster's files and the log that makes them consistent."""

import asyncio
import hashlib
import json
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path

import lz4.frame

from sandbox.kernel.children import Children
from sandbox.kernel.state import Document
from sandbox.sql import command
from sandbox.sql.addresses import PORT
from sandbox.sql.binaries import Binaries
from sandbox.sql.cluster import Cluster
from sandbox.sql.configuration import ADMIN

BASE, LOG, MANIFEST = "base.tar.lz4", "pg_wal.tar", "backup_manifest"


class BackupDamaged(Exception):
    """What lies there is not what was written."""


async def take(children: Children, binaries: Binaries, cluster: Cluster, folder: Path) -> list[Document]:
    """Back the running cluster up into that folder, in the place of whatever is there.

    The files: base.tar.lz4, pg_wal.tar, backup_manifest. Each with its size and its SHA-256, so that a
    restore knows what it reads.
    """
    await asyncio.to_thread(_emptied, folder)
    how = ["-Ft", "-X", "stream", "-c", "fast", "-Z", "server-lz4"]
    await command.run(
        children,
        [binaries.tool("pg_basebackup"), *connection(cluster), *how, "-D", folder],
        env={"PGPASSWORD": cluster.password},
    )
    return await asyncio.to_thread(_described, folder)


async def copy(children: Children, binaries: Binaries, cluster: Cluster, data: Path) -> None:
    """Make an empty data directory what the running cluster's is, with the log that makes it consistent."""
    how = ["-Fp", "-X", "stream", "-c", "fast", "--no-sync"]
    await command.run(
        children,
        [binaries.tool("pg_basebackup"), *connection(cluster), *how, "-D", data],
        env={"PGPASSWORD": cluster.password},
    )


def connection(cluster: Cluster) -> list[str]:
    """How a tool of PostgreSQL's connects as the platform's own superuser."""
    return ["-h", cluster.address, "-p", str(PORT), "-U", ADMIN, "--no-password"]


async def check(folder: Path, files: Sequence[Document]) -> None:
    """See that every byte is as it was written. BackupDamaged when one is not."""
    if await asyncio.to_thread(_described, folder) != files:
        raise BackupDamaged(f"{folder}: its files are not those that were written")


async def unpack(folder: Path, data: Path) -> None:
    """Make an empty data directory what the cluster's was; its server recovers to where the backup ended."""
    await asyncio.to_thread(_unpacked, folder, data)


def needed_from(folder: Path) -> Document:
    """Where in the log a recovery from this backup begins: its timeline, its position (such as 0/2000028)."""
    first = json.loads((folder / MANIFEST).read_text())["WAL-Ranges"][0]
    return {"timeline": first["Timeline"], "lsn": first["Start-LSN"]}


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


def _unpacked(folder: Path, data: Path) -> None:
    """The filter leaves owners away: the server named them as it sees them, in its own user namespace."""
    with lz4.frame.open(folder / BASE) as packed, tarfile.open(fileobj=packed, mode="r|") as base:
        base.extractall(data, filter="data")
    with tarfile.open(folder / LOG, mode="r|") as log:
        log.extractall(data / "pg_wal", filter="data")
