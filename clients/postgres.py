"""The service's own database, seen with Muster's own login. Nothing of that login is ever shown."""

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from clients.environment import Environment
from clients.errors import HINTS, ClientError, Denied, Rejected, Unavailable
from clients.patience import attempt_timeout, patient
from clients.secret_versions import read_secret

REFUSALS = (  # the server's words: while a connection is made, libpq tells no SQLSTATE
    "authentication failed",
    "does not exist",
    "is not permitted to log in",
    "no pg_hba.conf entry",
    "permission denied for database",
)


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
    question = sql.SQL("SELECT version_num FROM {} ORDER BY version_num").format(
        sql.Identifier(*table.split("."))
    )
    address = _address(env, env.database.credentials)
    try:
        with psycopg.connect(address) as connection:
            milliseconds = str(round(attempt_timeout() * 1000))
            connection.execute("SELECT set_config('statement_timeout', %s, true)", [milliseconds])
            return ",".join(row[0] for row in connection.execute(question))
    except psycopg.errors.UndefinedTable:
        return ""
    except psycopg.Error as error:
        raise _told(env, error) from error


def _address(env: Environment, secret: str) -> str:
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


def _told(env: Environment, error: psycopg.Error) -> ClientError:
    assert env.database
    database, text = env.database, " ".join(str(error).split())
    where = f"{database.instance}/{database.name}"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        table = database.migration.table
        return Denied(f"{where}: Muster's login may not read {table}", f"GRANT SELECT ON {table} to it")
    if not isinstance(error, psycopg.OperationalError):
        return Rejected(f"{where}: {text}", "check database.migration.table in the environment's file")
    if any(words in text for words in REFUSALS):
        return Denied(
            f"{where}: Muster's login is refused ({text})", f"check the secret {database.credentials}"
        )
    return Unavailable(f"{where}: {text}", HINTS[Unavailable])
