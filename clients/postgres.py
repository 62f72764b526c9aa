"""The service's own database, seen with Muster's own login. Nothing of that login is ever shown."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from clients.environment import Environment
from clients.errors import HINTS, ClientError, Denied, Rejected, Unavailable
from clients.patience import attempt_timeout, patient
from clients.secret_versions import read_secret
from domain.position import Heartbeat, Position

REFUSALS = (  # the server's words: while a connection is made, libpq tells no SQLSTATE
    "authentication failed",
    "does not exist",
    "is not permitted to log in",
    "no pg_hba.conf entry",
    "permission denied for database",
)


HEARTBEAT = "muster.heartbeat"


@patient
def schema_revision(env: Environment) -> str:
    """The schema revision that Alembic's version table names; the empty text where there is none yet.

    Several rows (one for each branch) come back joined by commas.

    Raises:
        Denied: the login is refused, or may not read the table.
        Rejected: the credentials secret holds no address, or the table is not Alembic's.
        Unavailable: the server does not answer, or a lock kept the table for too long.
    """
    assert env.database
    table = env.database.migration.table
    with telling(env, table), connected(env) as connection:
        return revision_in(connection, table)


@patient
def read_position(env: Environment) -> Position:
    """Where the database is now, in one look. What is begun afterwards holds at least that.

    Raises:
        Denied, Rejected, Unavailable: as for `schema_revision`.
    """
    assert env.database
    table = env.database.migration.table
    with telling(env, table), connected(env) as connection:
        with telling(env, HEARTBEAT):
            beat = _heartbeat(connection)
        schema = revision_in(connection, table)
        row = connection.execute("SELECT pg_current_wal_lsn()::text, clock_timestamp()").fetchone()
    assert row
    return Position(lsn=row[0], at=row[1].astimezone(UTC), schema=schema, heartbeat=beat)


@patient
def prove_writable(env: Environment) -> tuple[datetime, int]:
    """Commit a write that leaves nothing behind: when it was, and the database's size in bytes.

    Raises:
        Denied: the login is refused, or may make no temporary table.
        Rejected: the server takes no writes, or the credentials secret holds no address.
        Unavailable: it does not answer.
    """
    table = "a table of its own"
    with telling(env, table), connected(env) as connection:
        connection.execute(
            "CREATE TEMPORARY TABLE muster_writable ON COMMIT DROP AS SELECT pg_current_xact_id()::text AS id"
        )
        connection.commit()
        at = datetime.now(UTC)
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row
    return at, row[0]


@patient
def read_logins(env: Environment) -> list[str]:
    """The roles that may log in, but for Cloud SQL's own.

    Raises:
        Denied, Rejected, Unavailable: as for `schema_revision`.
    """
    question = "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname NOT LIKE 'cloudsql%' ORDER BY 1"
    with telling(env, "pg_roles"), connected(env) as connection:
        return [row[0] for row in connection.execute(question)]


@contextmanager
def connected(env: Environment) -> Iterator[psycopg.Connection]:
    assert env.database
    with psycopg.connect(login_address(env, env.database.credentials)) as connection:
        milliseconds = str(round(attempt_timeout() * 1000))
        connection.execute("SELECT set_config('statement_timeout', %s, true)", [milliseconds])
        yield connection


@contextmanager
def telling(env: Environment, table: str) -> Iterator[None]:
    """Whatever psycopg raises inside, where that table is read, becomes a ClientError."""
    try:
        yield
    except psycopg.Error as error:
        raise _told(env, error, table) from error


def revision_in(connection: psycopg.Connection, table: str) -> str:
    """What `schema_revision` promises, over a connection that is there."""
    question = sql.SQL("SELECT version_num FROM {} ORDER BY version_num").format(
        sql.Identifier(*table.split("."))
    )
    try:
        with connection.transaction():
            return ",".join(row[0] for row in connection.execute(question))
    except psycopg.errors.UndefinedTable:
        return ""


def _heartbeat(connection: psycopg.Connection) -> Heartbeat | None:
    """The newest heartbeat that was committed; None where there is no such table, or no row."""
    found = connection.execute("SELECT to_regclass(%s)", [HEARTBEAT]).fetchone()
    if found is None or found[0] is None:
        return None
    row = connection.execute(
        "SELECT epoch, sequence, at FROM muster.heartbeat ORDER BY epoch DESC, sequence DESC LIMIT 1"
    ).fetchone()
    return Heartbeat(row[0], row[1], row[2].astimezone(UTC)) if row else None


def login_address(env: Environment, secret: str) -> str:
    """The address in the secret, with time limits.

    What is wrong with one that cannot be read is not said: any part of it may be the password.
    """
    try:
        parts = {name: value for name, value in conninfo_to_dict(read_secret(env, secret)).items() if value}
    except psycopg.ProgrammingError:
        parts = {}
    port = str(parts.get("port", 5432))
    places = "".join(str(parts.get(name, "")) for name in ("host", "dbname"))
    if not {"host", "user", "dbname"} <= parts.keys() or not port.isdigit() or set(places) & set("@\n"):
        raise Rejected(
            f"secret {secret}: its address cannot be read",
            "add a version such as postgresql://USER:PASSWORD@HOST/DATABASE, special characters "
            "percent-encoded (@ as %40, / as %2F)",
        ) from None
    seconds = attempt_timeout()
    limits = {
        "connect_timeout": max(2, int(seconds)),  # libpq takes less than 2 s for 2
        "tcp_user_timeout": round(seconds * 1000),  # milliseconds, of a server that has fallen silent
    }
    return make_conninfo("", **{**parts, **limits})


def _told(env: Environment, error: psycopg.Error, table: str) -> ClientError:
    assert env.database
    database, text = env.database, " ".join(str(error).split())
    where = f"{database.instance}/{database.name}"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        schema, _, _ = table.rpartition(".")
        grants = [f"GRANT USAGE ON SCHEMA {schema}"] if schema else []
        return Denied(
            f"{where}: Muster's login may not read {table}",
            " and ".join([*grants, f"GRANT SELECT ON {table} to it"]),
        )
    if isinstance(error, psycopg.errors.ObjectNotInPrerequisiteState):
        return Rejected(
            f"{where}: {text}", f"a replica has no position: let {database.credentials} name a primary"
        )
    if not isinstance(error, psycopg.OperationalError):
        return Rejected(f"{where}: {text}", "check database.migration.table in the environment's file")
    if any(words in text for words in REFUSALS):
        return Denied(
            f"{where}: Muster's login is refused ({text})", f"check the secret {database.credentials}"
        )
    return Unavailable(f"{where}: {text}", HINTS[Unavailable])
