"""Databases of an instance: those of the cluster itself, which is where they are kept."""

from psycopg import Error, sql
from psycopg import errors as failures

from sandbox.kernel.errors import ReasonError
from sandbox.kernel.state import Document
from sandbox.sql import errors
from sandbox.sql.cluster import Connection
from sandbox.sql.users import SUPERUSER

LISTED = """
SELECT datname, pg_encoding_to_char(encoding), coalesce(datlocale, datcollate)
FROM pg_database WHERE NOT datistemplate ORDER BY datname
"""


async def insert(connection: Connection, body: Document) -> None:
    """Create a database that cloudsqlsuperuser owns. A collation must be one that the machine has."""
    name = body.get("name", "")
    if not name:
        raise errors.invalid("database name is missing.")
    parts = [sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))]
    if body.get("charset"):
        parts.append(sql.SQL("ENCODING {}").format(sql.Literal(body["charset"])))
    if body.get("collation"):
        parts.append(sql.SQL("LOCALE_PROVIDER libc LOCALE {}").format(sql.Literal(body["collation"])))
    try:
        await _as_superuser(connection, sql.SQL(" ").join(parts))
    except Error as failure:
        if not failure.sqlstate:  # it was not the server that refused
            raise
        raise _refused(f"failed to create database {name}", failure) from failure


async def delete(connection: Connection, name: str) -> None:
    """Drop a database; refused while somebody is connected to it, or when somebody else owns it."""
    await get(connection, name)
    try:
        await _as_superuser(connection, sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
    except Error as failure:
        if not failure.sqlstate:
            raise
        raise _refused(f"failed to delete database {name}", failure) from failure


async def listed(connection: Connection) -> list[Document]:
    rows = await (await connection.execute(LISTED)).fetchall()
    return [
        {"kind": "sql#database", "name": name, "charset": charset, "collation": collation}
        for name, charset, collation in rows
    ]


async def get(connection: Connection, name: str) -> Document:
    for database in await listed(connection):
        if database["name"] == name:
            return database
    raise errors.not_found()


async def _as_superuser(connection: Connection, statement: sql.Composed) -> None:
    await connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(SUPERUSER)))
    await connection.execute(statement)


def _refused(what: str, failure: Error) -> ReasonError:
    hint = ""
    if isinstance(failure, failures.InsufficientPrivilege):
        hint = f' (Please use psql client to delete database that is not owned by "{SUPERUSER}").'
    return errors.invalid(f"{what}. Detail: pq: {failure.diag.message_primary}.{hint}")
