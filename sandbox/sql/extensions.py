"""Extensions that Cloud SQL's own PostgreSQL lets cloudsqlsuperuser create, and PostgreSQL a superuser only.

Imitated: amcheck (https://docs.cloud.google.com/sql/docs/postgres/find-fix-inconsistent-indexes). It is in
every database from the beginning, and cloudsqlsuperuser may call its functions: `CREATE EXTENSION IF NOT
EXISTS amcheck` does nothing, and succeeds. Exports leave it out.
"""

from psycopg import sql

from sandbox.sql.cluster import Cluster
from sandbox.sql.users import SUPERUSER

OFFERED = "amcheck"
FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND e.extname = %s
"""


async def offer(cluster: Cluster) -> None:
    """Put them into all databases of a new cluster, and into the templates of those to come."""
    await _open(cluster, "template0", allowed=True)
    for database in ("postgres", "template1", "template0"):
        async with await cluster.connect(database) as connection:
            await connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(OFFERED)))
            for (function,) in await (await connection.execute(FUNCTIONS, [OFFERED])).fetchall():
                await connection.execute(
                    sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(
                        sql.SQL(str(function)), sql.Identifier(SUPERUSER)
                    )
                )
    await _open(cluster, "template0", allowed=False)


async def _open(cluster: Cluster, database: str, *, allowed: bool) -> None:
    async with await cluster.connect() as connection:
        await connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
                sql.Identifier(database), sql.Literal(allowed)
            )
        )
