"""Marks of a database: by which a restored one is told from another, and from an older one."""

from datetime import timedelta

import psycopg

from clients.environment import Environment
from clients.inquiries import NAMED, Access, as_muster
from clients.patience import attempt_timeout, patient
from clients.structures import structure_in
from domain.database_marks import Marks
from domain.structure import digest


@patient
def read_marks(access: Access) -> Marks:
    """The marks as they are now.

    Raises:
        Denied, Rejected, Unavailable: as for any inquiry.
    """
    with access.reading(NAMED) as connection:
        row = connection.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint").fetchone()
        assert row
        return Marks(_system(connection), row[0], digest(structure_in(connection)))


def marks_of(env: Environment) -> Marks:
    """The marks of the environment's own database, looked at as quickly as any other call."""
    return read_marks(as_muster(env, timedelta(seconds=attempt_timeout())))


@patient
def read_progress(access: Access) -> tuple[str, int]:
    """How far a database is: the position in its log, and the number of its next transaction."""
    with access.reading(NAMED) as connection:
        row = connection.execute(
            "SELECT pg_current_wal_lsn()::text, pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        ).fetchone()
    assert row
    return row[0], row[1]


@patient
def is_behind(access: Access, lsn: str) -> bool:
    """Whether a database's log has not come to that position."""
    with access.reading(NAMED) as connection:
        row = connection.execute("SELECT pg_current_wal_lsn() < %s::pg_lsn", [lsn]).fetchone()
    assert row
    return bool(row[0])


@patient
def has_beat(access: Access, epoch: int, sequence: int) -> bool:
    """Whether that row of the heartbeat is there. Rejected where there is no such table."""
    with access.reading(NAMED) as connection:
        found = connection.execute(
            "SELECT 1 FROM muster.heartbeat WHERE epoch = %s AND sequence = %s", [epoch, sequence]
        ).fetchone()
    return found is not None


def _system(connection: psycopg.Connection) -> str:
    """The system identifier; empty where the login may not ask."""
    try:
        with connection.transaction():
            row = connection.execute("SELECT system_identifier::text FROM pg_control_system()").fetchone()
    except psycopg.errors.InsufficientPrivilege:
        return ""
    return str(row[0]) if row else ""
