"""Others' restores of the same database, on Debian's PostgreSQL 15: pgBackRest's and Barman's.

Each is counted from the command until the restored server, brought to the backup's own instant, has taken a
write: that is what an operation of Cloud SQL's is to be compared with. What is not installed is left out,
with a line.
"""

import os
import pwd
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from bench.cloud import Cloud
from bench.debian import STANZA, TOOLS, Debian, debian, missing
from bench.postgres import Postgres
from bench.progress import tell
from examples.demo.processes import NotReady

Ways = dict[str, Callable[[], float]]
BARMAN = ("barman", "rsync")  # with which Barman copies
LONGEST = 300.0  # seconds for a restored server to take a write


@contextmanager
def debian_restores(cloud: Cloud, fill: Callable[[Postgres], None]) -> Iterator[Ways]:
    """Inside, there is such a server, filled and backed up by each tool: a call restores it, in seconds."""
    if lacking := missing():
        tell(f"left out, as this machine has no {lacking}: pgBackRest, Barman")
        yield {}
        return
    with debian(cloud.processes, cloud.home / "debian") as other:
        tell(f"filling {other.postgres.name} with the same")
        fill(other.postgres)
        restores = Restores(cloud, other)
        ways: Ways = {"pgBackRest's, on PostgreSQL 15": restores.pgbackrest()}
        lacking = ", ".join(tool for tool in BARMAN if not shutil.which(tool))
        if lacking:
            tell(f"left out, as this machine has no {lacking}: Barman")
        else:
            ways["Barman's, on PostgreSQL 15"] = restores.barman()
        yield ways


class Restores:
    """The ways back of one server's backups, into a folder beside it."""

    def __init__(self, cloud: Cloud, other: Debian) -> None:
        self._cloud = cloud
        self._other = other
        self._server = other.postgres
        self._folder = cloud.home / "debian-restored"

    def pgbackrest(self) -> Callable[[], float]:
        """Back up, now; the call that restores it."""
        self._other.backup()
        back = (
            f"--pg1-path={self._folder}",
            "--type=immediate",
            "--target-action=promote",
            "--archive-mode=off",
        )
        return lambda: self._restored(lambda: self._other.pgbackrest(*back, "restore"))

    def barman(self) -> Callable[[], float]:
        """Back up, now; the call that restores it."""
        home = self._cloud.home / "barman"
        incoming = home / STANZA / "incoming"
        incoming.mkdir(parents=True)
        configuration = self._cloud.home / "barman.conf"
        configuration.write_text(self._configuration(home))
        with self._server.connect() as connection:
            row = connection.execute("SHOW archive_command").fetchone()
            assert row
            both = f"{row[0]} && cp %p {incoming}/%f"
            connection.execute(
                "ALTER SYSTEM SET archive_command = '{}'".format(both.replace("'", "''")).encode()
            )
            connection.execute("SELECT pg_reload_conf()")
        self._archived(incoming)

        def barman(*arguments: str) -> None:
            found = shutil.which("barman")
            assert found
            self._server.run(Path(found), "-q", "-c", configuration, *arguments, as_itself=False)

        barman("archive-wal", STANZA)
        barman("backup", STANZA)
        with self._server.connect() as connection:
            connection.execute("SELECT pg_switch_wal()")
        barman("switch-wal", "--force", "--archive", STANZA)
        back = (
            "recover",
            "--target-immediate",
            "--target-action",
            "promote",
            STANZA,
            "latest",
            str(self._folder),
        )
        return lambda: self._restored(lambda: barman(*back))

    def _archived(self, incoming: Path) -> None:
        """Have the server archive some log: Barman backs up none that has never done so."""
        end = time.monotonic() + LONGEST
        while not any(incoming.iterdir()):
            with self._server.connect() as connection:  # a switch does nothing where nothing was written
                connection.execute("CREATE TABLE IF NOT EXISTS bench_archived (at timestamptz)")
                connection.execute("INSERT INTO bench_archived VALUES (now())")
                connection.execute("SELECT pg_switch_wal()")
            if time.monotonic() > end:
                raise NotReady(f"{self._server.name} archives nothing into {incoming}")
            time.sleep(0.2)

    def _configuration(self, home: Path) -> str:
        settings = {
            "barman_user": pwd.getpwuid(os.geteuid()).pw_name,
            "barman_home": home,
            "barman_lock_directory": home,
            "log_file": self._cloud.home / "output" / "barman.log",
            "configuration_files_directory": home,
        }
        server = {
            "description": STANZA,
            "conninfo": f"host={self._server.host} port={self._server.port} user={self._server.user}"
            f" dbname={self._server.database}",
            "backup_method": "local-rsync",
            "backup_options": "concurrent_backup",
            "archiver": "on",
            "path_prefix": TOOLS,
            "immediate_checkpoint": "true",
        }
        return _section("barman", settings) + _section(STANZA, server)

    def _restored(self, back: Callable[[], None]) -> float:
        """Seconds until the restored server has taken a write; nothing of it is left."""
        self._folder.mkdir(mode=0o700)
        began = time.monotonic()
        back()
        restored = self._cloud.processes.start(
            "postgres 15 restored", *self._server.prefix, TOOLS / "postgres", "-D", self._folder,
            "-c", f"unix_socket_directories={self._folder}", "-c", "archive_mode=off",
        )  # fmt: skip
        try:
            while not self._takes_a_write():
                if restored.poll() is not None or time.monotonic() - began > LONGEST:
                    raise NotReady("the restored server takes no write; see postgres 15 restored.log")
                time.sleep(0.01)
            return time.monotonic() - began
        finally:
            restored.send_signal(signal.SIGINT)  # a fast shutdown
            restored.wait(60)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _takes_a_write(self) -> bool:
        server = self._server
        try:
            with psycopg.connect(
                host=str(self._folder), port=server.port, user=server.user, dbname=server.database
            ) as connection:
                connection.execute("CREATE TABLE bench_written (at timestamptz DEFAULT now())")
        except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction):
            return False
        return True


def _section(name: str, settings: dict[str, object]) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in settings.items())
    return f"[{name}]\n{lines}\n"
