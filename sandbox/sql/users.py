"""Users of an instance: login roles of the cluster itself, which is where they are kept.

Imitated of Cloud SQL (https://docs.cloud.google.com/sql/docs/postgres/users): `cloudsqlsuperuser`, which is
no superuser, owns the databases made by the API, and counts every user made by the API among its members;
and the user `postgres`, one of them. Not imitated: what Cloud SQL patched into PostgreSQL, so
`cloudsqlsuperuser` creates the extensions that PostgreSQL calls trusted, and none but those in extensions.py.
"""

from psycopg import ProgrammingError, sql
from psycopg import errors as failures

from sandbox.kernel.errors import not_emulated
from sandbox.kernel.state import Document
from sandbox.sql import errors
from sandbox.sql.cluster import Connection
from sandbox.sql.configuration import ADMIN

SUPERUSER = "cloudsqlsuperuser"
LISTED = "SELECT rolname FROM pg_roles WHERE rolcanlogin AND rolname <> %s ORDER BY rolname"


async def prepare(connection: Connection, root_password: str | None) -> None:
    """Give a new cluster the roles that every instance has."""
    superuser = sql.Identifier(SUPERUSER)
    for statement in (
        sql.SQL("CREATE ROLE {} NOLOGIN CREATEDB CREATEROLE").format(superuser),
        sql.SQL("GRANT pg_monitor, pg_signal_backend TO {}").format(superuser),
        sql.SQL("ALTER DATABASE postgres OWNER TO {}").format(superuser),
    ):
        await connection.execute(statement)
    await insert(connection, {"name": "postgres", "password": root_password})


async def insert(connection: Connection, body: Document) -> None:
    """Create a user. One with `databaseRoles` has those, and is no member of cloudsqlsuperuser."""
    name, roles = body.get("name", ""), body.get("databaseRoles", [])
    if not name:
        raise errors.invalid("user name is missing.")
    if body.get("type", "BUILT_IN") != "BUILT_IN":
        raise not_emulated(f"A user of type {body['type']}")
    user = sql.Identifier(name)
    rights = sql.SQL("LOGIN" if roles else "LOGIN CREATEDB CREATEROLE")
    try:
        async with connection.transaction():
            await connection.execute(sql.SQL("CREATE ROLE {} {}").format(user, rights))
            await _set_password(connection, name, body.get("password"))
            for role in roles or [SUPERUSER]:
                await connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), user))
    except ProgrammingError as failure:
        raise errors.invalid(f'failed to create user "{name}": {failure.diag.message_primary}.') from failure


async def update(connection: Connection, name: str, body: Document) -> None:
    """Change the password, which is all that is emulated of an update."""
    await get(connection, name)
    if body.get("databaseRoles"):
        raise not_emulated("Changing a user's databaseRoles")
    await _set_password(connection, name, body.get("password"))


async def delete(connection: Connection, name: str) -> None:
    """Drop a user. One that owns something is refused, in the words of the real API."""
    await get(connection, name)
    try:
        await connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
    except failures.DependentObjectsStillExist as failure:
        told = f"{failure.diag.message_primary} Details: {failure.diag.message_detail}"
        raise errors.invalid(f"failed to delete user {name}: . {told}.") from failure


async def listed(connection: Connection) -> list[Document]:
    rows = await (await connection.execute(LISTED, (ADMIN,))).fetchall()
    return [{"kind": "sql#user", "name": name, "host": ""} for (name,) in rows]


async def get(connection: Connection, name: str) -> Document:
    for user in await listed(connection):
        if user["name"] == name:
            return user
    raise errors.not_found()


async def _set_password(connection: Connection, name: str, password: str | None) -> None:
    """Hand over a SCRAM verifier: the password itself never reaches the server, nor its log."""
    if not password:
        return
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
    statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
    await connection.execute(statement.format(sql.Identifier(name), sql.Literal(verifier.decode())))
