"""Others' tools on the same data, each in its fastest way that was found."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from bench.postgres import Postgres

HOW = ("-Ft", "-X", "stream", "-c", "fast", "-Z", "server-lz4", "--no-password")


def pg_basebackup(server: Postgres, folder: Path) -> float:
    """Seconds; the files are removed."""
    return _timed(folder, lambda: server.run("pg_basebackup", *server.login, *HOW, "-D", folder))


def pg_dump(server: Postgres, folder: Path) -> float:
    """Seconds; the files are removed."""
    how = ("-Fd", "-j2", "--compress=zstd:1", "--no-password", "-f", folder, server.database)
    return _timed(folder, lambda: server.run("pg_dump", *server.login, *how))


def _timed(folder: Path, way: Callable[[], None]) -> float:
    began = time.monotonic()
    way()
    took = time.monotonic() - began
    shutil.rmtree(folder)
    return took
