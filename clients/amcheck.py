"""What pg_amcheck does, by its own SQL: every page of every table and of every B-tree index is looked at.

The extension amcheck is wanted, which Cloud SQL lets an administrator create
(https://docs.cloud.google.com/sql/docs/postgres/find-fix-inconsistent-indexes). The conditions are those of
PostgreSQL's src/bin/pg_amcheck/pg_amcheck.c. Other kinds of indices have no such check.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from clients.errors import Rejected
from clients.inquiries import NAMED, Access, said
from clients.patience import patient

TOLD = 3  # faults of one table that are told, of however many
CHECKS_UNIQUE = (1, 4)  # amcheck since then looks for doubles in unique indices
HEAPS = """
SELECT c.oid, c.oid::regclass::text FROM pg_class c JOIN pg_am a ON a.oid = c.relam
WHERE a.amname = 'heap' AND c.relkind IN ('r', 'm', 't') AND c.relpersistence <> 't'
ORDER BY c.relpages DESC
"""
BTREES = """
SELECT c.oid, c.oid::regclass::text
FROM pg_class c JOIN pg_am a ON a.oid = c.relam JOIN pg_index i ON i.indexrelid = c.oid
WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relpersistence <> 't'
  AND i.indisready AND i.indisvalid AND i.indislive
ORDER BY c.relpages DESC
"""
INSTALLED = """
SELECT n.nspname, e.extversion FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'amcheck'
"""


@dataclass(frozen=True)
class Examined:
    """How many were looked at, and what is wrong, in sentences."""

    number: int
    faults: tuple[str, ...]


@patient
def install_amcheck(access: Access) -> None:
    """See that the extension is there. For a target: it writes.

    Raises:
        Denied: the login may not create it.
    """
    with access.writing() as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS amcheck")


@patient
def examine_tables(access: Access) -> Examined:
    """Every row of every table, the values kept beside it and the catalogs included: verify_heapam."""
    with access.reading(NAMED) as connection:
        schema, _ = _installed(connection)
        query = sql.SQL(
            "SELECT blkno, offnum, msg FROM {}.verify_heapam(%s::oid::regclass, check_toast => true)"
        ).format(sql.Identifier(schema))

        def look(oid: int) -> Iterator[str]:
            found = connection.execute(query, [oid]).fetchall()
            for block, line, message in found[:TOLD]:
                yield f"block {block}, line {line}: {' '.join(message.split())}"
            if len(found) > TOLD:
                yield f"and {len(found) - TOLD:,} more"

        return _each(connection, HEAPS, look)


@patient
def examine_indices(access: Access) -> Examined:
    """The order within every B-tree index, each row of its table in it, and no double in a unique one."""
    with access.reading(NAMED) as connection:
        schema, version = _installed(connection)
        unique = sql.SQL(", checkunique => true" if version >= CHECKS_UNIQUE else "")
        query = sql.SQL("SELECT {}.bt_index_check(%s::oid::regclass, heapallindexed => true{})").format(
            sql.Identifier(schema), unique
        )

        def look(oid: int) -> Iterator[str]:
            connection.execute(query, [oid])
            yield from ()

        return _each(connection, BTREES, look)


def _each(
    connection: psycopg.Connection[Any],
    listed: str,
    look: Callable[[int], Iterator[str]],
) -> Examined:
    """One after the other; what the server refuses to read is a fault of that one, and the next is read."""
    relations = connection.execute(listed.encode()).fetchall()
    faults: list[str] = []
    for oid, name in relations:
        try:
            with connection.transaction():
                faults += [f"{name}: {fault}" for fault in look(oid)]
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.QueryCanceled):
            raise
        except psycopg.OperationalError as error:
            if not error.sqlstate:  # the connection is gone
                raise
            faults.append(f"{name}: {said(error)}")
        except psycopg.DatabaseError as error:
            faults.append(f"{name}: {said(error)}")
    return Examined(len(relations), tuple(faults))


def _installed(connection: psycopg.Connection[Any]) -> tuple[str, tuple[int, ...]]:
    """Its schema and version."""
    row = connection.execute(INSTALLED).fetchone()
    if row is None:
        raise Rejected("the extension amcheck is not there", "CREATE EXTENSION amcheck")
    return row[0], tuple(int(part) for part in row[1].split("."))
