"""The heartbeat's rows in the database: a commit each, by a connection that is kept, in a schema of its own.

What is committed here is in the write-ahead log like any user's row, and comes back, or not, as theirs do.
"""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from threading import Timer
from types import TracebackType
from typing import Self

import psycopg

from clients.environment import Environment
from clients.errors import Denied, Rejected
from clients.patience import patient
from clients.postgres import HEARTBEAT, connected, login_address, telling
from domain.loss import Beat

LONGEST = 3.0  # seconds for one statement; a server that was stopped dead tells nothing at all
REMEMBERED = 10.0  # seconds; each reading of the secret is two calls, and Secret Manager counts them
OVER = timedelta(hours=1)  # rows outlive the ledger, or what was merely pruned would count as lost
AT_ONCE = 1000  # rows deleted by one statement
MAKE = (
    "SELECT pg_advisory_xact_lock(hashtext('muster.heartbeat'))",  # two that make it at once: one waits
    "CREATE SCHEMA IF NOT EXISTS muster",
    """CREATE TABLE IF NOT EXISTS muster.heartbeat (
        epoch bigint, sequence bigint, at timestamptz NOT NULL, lsn pg_lsn NOT NULL,
        PRIMARY KEY (epoch, sequence))""",
    "GRANT USAGE ON SCHEMA muster TO PUBLIC",
    "GRANT SELECT ON muster.heartbeat TO PUBLIC",
)
BEAT = (
    "INSERT INTO muster.heartbeat (epoch, sequence, at, lsn) "
    "VALUES (%s, %s, clock_timestamp(), pg_current_wal_lsn())"
)
PRUNE = (  # the oldest come first, so that it reads no more than it deletes
    "DELETE FROM muster.heartbeat WHERE at < clock_timestamp() - %s AND (epoch, sequence) IN "
    "(SELECT epoch, sequence FROM muster.heartbeat ORDER BY epoch, sequence LIMIT %s)"
)


class HeartbeatRows:
    """A connection with the heartbeat's own login, made anew after any failure. Of one thread."""

    def __init__(self, env: Environment) -> None:
        """Raises Rejected where the environment has no heartbeat, or no database."""
        if env.heartbeat is None or env.database is None:
            raise Rejected(f"{env.name}: it has no heartbeat in a database")
        self._keep = env.heartbeat.keep
        database = env.database.model_copy(update={"credentials": env.heartbeat.credentials})
        self._env = env.model_copy(update={"database": database})  # as its login sees it
        self._secret = env.heartbeat.credentials
        self._connection: psycopg.Connection | None = None
        self._address, self._read_at = "", 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def beat(self, beat: Beat) -> None:
        """Commit a row; that this returns is the acknowledgement. One that failed may be there all the same.

        Raises:
            ClientError: it was not acknowledged, within about five seconds.
        """
        with self._connected() as connection:
            connection.execute(BEAT, [beat.epoch, beat.sequence])

    def prune(self) -> int:
        """Delete rows that are past keeping, a thousand at most; how many there were."""
        with self._connected() as connection:
            return connection.execute(PRUNE, [self._keep + OVER, AT_ONCE]).rowcount

    def close(self) -> None:
        if self._connection:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        with telling(self._env, HEARTBEAT):
            try:
                connection = self._connection or self._connect()
                with _cut_after(connection, LONGEST):
                    yield connection
            except BaseException:
                self.close()
                raise

    def _connect(self) -> psycopg.Connection:
        if not self._address or time.monotonic() - self._read_at > REMEMBERED:
            self._address, self._read_at = login_address(self._env, self._secret), time.monotonic()
        # prepare_threshold: behind a pooler a prepared statement is another connection's
        made = self._connection = psycopg.connect(self._address, autocommit=True, prepare_threshold=None)
        with _cut_after(made, LONGEST):
            made.execute("SET synchronous_commit = on")
            made.execute(f"SET statement_timeout = {round(LONGEST * 1000 * 0.9)}")
            made.execute("SET application_name = 'muster heartbeat'")
            found = made.execute("SELECT to_regclass(%s)", [HEARTBEAT]).fetchone()
            if not found or found[0] is None:
                self._make(made)
        return made

    def _make(self, connection: psycopg.Connection) -> None:
        try:
            with connection.transaction():
                for statement in MAKE:
                    connection.execute(statement)
        except psycopg.errors.InsufficientPrivilege as error:
            assert self._env.database
            raise Denied(
                f"{self._env.database.instance}/{self._env.database.name}: the heartbeat's login "
                f"({self._secret}) may not make the schema muster",
                "GRANT CREATE ON DATABASE to it",
            ) from error


@patient
def read_beats(env: Environment, since: int) -> frozenset[Beat]:
    """The beats of that epoch and later ones that the database has; none where nobody ever wrote one.

    By `database.credentials`, as all that reads what was restored.

    Raises:
        Denied, Rejected, Unavailable: as for `schema_revision`.
    """
    with telling(env, HEARTBEAT), connected(env) as connection:
        found = connection.execute("SELECT to_regclass(%s)", [HEARTBEAT]).fetchone()
        if not found or found[0] is None:
            return frozenset()
        rows = connection.execute("SELECT epoch, sequence FROM muster.heartbeat WHERE epoch >= %s", [since])
        return frozenset(Beat(epoch, sequence) for epoch, sequence in rows)


@contextmanager
def _cut_after(connection: psycopg.Connection, seconds: float) -> Iterator[None]:
    """Cut the line if what is inside takes longer: no time limit of the server's, nor of TCP, ends the wait
    for a server whose machine answers while it does not itself."""
    with socket.socket(fileno=os.dup(connection.fileno())) as line:
        timer = Timer(seconds, _cut, [line])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join(1)


def _cut(line: socket.socket) -> None:
    with suppress(OSError):  # it is gone already
        line.shutdown(socket.SHUT_RDWR)
