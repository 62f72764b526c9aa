"""The service's own database, seen with Muster's own login."""

import psycopg
from psycopg import sql

from clients.environment import Environment
from clients.errors import Denied, Rejected, Unavailable
from clients.patience import attempt_timeout, patient
from clients.secret_versions import read_secret


@patient
def schema_revision(env: Environment) -> str:
    """The schema revision that Alembic's version table names; the empty text where there is none yet.

    Several rows (one for each branch) come back joined by commas.
    """
    assert env.database
    table = sql.Identifier(*env.database.migration.table.split("."))
    question = sql.SQL("SELECT version_num FROM {} ORDER BY version_num").format(table)
    where = f"{env.database.instance}/{env.database.name}"
    address = read_secret(env, env.database.credentials)
    try:
        with psycopg.connect(address, connect_timeout=max(2, int(attempt_timeout()))) as connection:
            return ",".join(row[0] for row in connection.execute(question))
    except psycopg.errors.UndefinedTable:
        return ""
    except psycopg.errors.InsufficientPrivilege as error:
        raise Denied(
            f"{where}: Muster's login may not read {env.database.migration.table}",
            f"GRANT SELECT ON {env.database.migration.table} to it",
        ) from error
    except psycopg.OperationalError as error:
        text = " ".join(str(error).split())
        if "authentication failed" in text:
            raise Denied(f"{where}: Muster's login is refused", "check the credentials secret") from error
        raise Unavailable(f"{where}: no connection ({_without_password(text)})") from error
    except psycopg.Error as error:
        raise Rejected(f"{where}: {_without_password(str(error))}") from error


def _without_password(text: str) -> str:
    """psycopg's messages name host and user, never the password; a malformed address could hold it."""
    return "its address cannot be read" if "://" in text else text
