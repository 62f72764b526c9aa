"""Debian's PostgreSQL 15 with pgBackRest, in a folder of its own: its 2.45 refuses the sandbox's 17."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.postgres import Postgres
from examples.demo.processes import Processes
from sandbox.kernel.children import AS_ORDINARY_USER

TOOLS = Path("/usr/lib/postgresql/15/bin")
PGBACKREST = "pgbackrest"
STANZA = "bench"
PROCESSES = 2


@dataclass(frozen=True)
class Debian:
    """The server, and how pgBackRest is asked to back it up."""

    postgres: Postgres
    options: tuple[str, ...]

    def backup(self) -> float:
        """Seconds of a full backup by pgBackRest, until the log that makes it consistent is archived, too.

        The one before it is removed by pgBackRest itself, which takes it no time to speak of.
        """
        began = time.monotonic()
        self.pgbackrest("--type=full", "backup")
        return time.monotonic() - began

    def create_stanza(self) -> None:
        self.pgbackrest("stanza-create")

    def pgbackrest(self, *arguments: str) -> None:
        """Run pgBackRest on it, to its end. ToolFailed with what it said last."""
        found = shutil.which(PGBACKREST)
        assert found
        self.postgres.run(Path(found), *self.options, *arguments)


def missing() -> str:
    """What is not installed of it; empty where all is there."""
    if not (TOOLS / "postgres").exists():
        return f"PostgreSQL 15 in {TOOLS}"
    return "" if shutil.which(PGBACKREST) else PGBACKREST


@contextmanager
def debian(processes: Processes, folder: Path) -> Iterator[Debian]:
    """A running cluster whose log pgBackRest archives; stopped and removed afterwards."""
    folder.mkdir()
    data = folder / "data"
    postgres = Postgres(
        name="PostgreSQL 15",
        tools=TOOLS,
        host=str(folder),
        port=5432,
        user="postgres",
        database="postgres",
        prefix=AS_ORDINARY_USER if os.geteuid() == 0 else (),
    )
    options = (f"--config={folder}/pgbackrest.conf", f"--stanza={STANZA}")
    made = Debian(postgres, options)
    try:
        postgres.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-k")
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(_settings(folder, options))
        (folder / "pgbackrest.conf").write_text(_configuration(folder, data))
        server = processes.start("postgres 15", *postgres.prefix, TOOLS / "postgres", "-D", data)
        processes.wait_for("postgres 15", lambda: _answers(postgres))
        made.create_stanza()
        yield made
        server.send_signal(signal.SIGINT)  # a fast shutdown
        server.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(folder: Path, options: tuple[str, ...]) -> str:
    """As the sandbox's own server has them, and the archive."""
    push = " ".join([PGBACKREST, *options, "archive-push", "%p"])
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": folder,
        "shared_buffers": "32MB",
        "max_wal_size": "256MB",
        "min_wal_size": "32MB",
        "wal_compression": "lz4",
        "archive_mode": "on",
        "archive_command": push,
    }
    return "".join(f"{name} = '{value}'\n" for name, value in settings.items())


def _configuration(folder: Path, data: Path) -> str:
    settings = {
        "repo1-path": folder / "repository",
        "repo1-retention-full": 1,
        "lock-path": folder / "lock",
        "log-path": folder / "log",
        "log-level-file": "off",
        "spool-path": folder / "spool",
        "compress-type": "lz4",
        "process-max": PROCESSES,
        "start-fast": "y",
    }
    lines = "".join(f"{name}={value}\n" for name, value in settings.items())
    server = f"pg1-path={data}\npg1-socket-path={folder}\npg1-user=postgres\n"
    return f"[global]\n{lines}\n[{STANZA}]\n{server}"


def _answers(postgres: Postgres) -> bool | None:
    try:
        postgres.connect().close()
    except psycopg.OperationalError:
        return None
    return True
