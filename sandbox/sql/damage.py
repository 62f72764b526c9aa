"""What damage does to a database that was restored: to its files, or to what is in them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from psycopg import sql

from sandbox.sql.cluster import Cluster, Connection

PAGE = 8192  # bytes
UPPER = slice(14, 16)  # in a page's header: where the free space ends, and rows begin
DATABASES = "SELECT datname, pg_get_userbyid(datdba) FROM pg_database WHERE NOT datistemplate ORDER BY 1"
LARGEST = """
    SELECT pg_relation_filepath(oid) FROM pg_class
    WHERE relkind = 'r' AND relpersistence = 'p' AND pg_relation_size(oid) > 0
      AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
    ORDER BY oid IS NOT DISTINCT FROM to_regclass(%(table)s) DESC, pg_relation_size(oid) DESC LIMIT 1
"""


@dataclass(frozen=True)
class Damage:
    """Of one backup: where no database is named, of all; and of the largest table, or of the one named."""

    damage: str
    database: str = ""
    table: str = ""
    instead: str = ""  # the backup in its place


async def harm(damage: Damage, cluster: Cluster, launch: Callable[[], Awaitable[None]]) -> None:
    """Do to the running cluster, which has recovered, what the damage is; afterwards it runs again."""
    if damage.damage == "empty but valid":
        await _empty(cluster, damage.database)
        return
    files = [cluster.data / path for path in await _tables(cluster, damage)]
    await cluster.stop()
    for file in files:
        if damage.damage == "bit flip":
            flip(file)
        else:
            cut(file)
    await launch()


def flip(file: Path) -> None:
    """Flip one bit of a row, on the first page from the middle of the file on that has any."""
    with file.open("r+b") as opened:
        pages = file.stat().st_size // PAGE
        for number in [*range(pages // 2, pages), *range(pages // 2)]:
            opened.seek(number * PAGE)
            upper = int.from_bytes(opened.read(PAGE)[UPPER], "little")
            if 0 < upper < PAGE:
                place = number * PAGE + (upper + PAGE) // 2
                opened.seek(place)
                byte = opened.read(1)[0]
                opened.seek(place)
                opened.write(bytes([byte ^ 1]))
                return


def cut(file: Path) -> None:
    """Leave the first half of it."""
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 2)


async def _tables(cluster: Cluster, damage: Damage) -> list[str]:
    """The files of the tables to be damaged, from the data directory."""
    async with await cluster.connect() as connection:
        names = [name for name, _ in await _databases(connection, damage.database)]
    found = []
    for name in names:
        async with await cluster.connect(name) as connection:
            row = await (await connection.execute(LARGEST, {"table": damage.table or None})).fetchone()
            if row:
                found.append(str(row[0]))
    if not found:
        raise RuntimeError(f"{cluster.name}: there is no table to damage: {damage}")
    return found


async def _empty(cluster: Cluster, only: str) -> None:
    """Make each database anew, with nothing in it; who may log in stays."""
    async with await cluster.connect("template1") as connection:
        for name, owner in await _databases(connection, only):
            here = sql.Identifier(name)
            await connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(here))
            create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
            await connection.execute(create.format(here, sql.Identifier(owner)))


async def _databases(connection: Connection, only: str) -> list[tuple[str, str]]:
    rows = await (await connection.execute(DATABASES)).fetchall()
    return [(str(name), str(owner)) for name, owner in rows if only in ("", name)]
