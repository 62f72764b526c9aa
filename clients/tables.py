"""The tables of a database and their rows: counted, and looked for by their age."""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from clients.inquiries import NAMED, Access
from clients.patience import patient

TABLES = """
SELECT n.nspname, c.relname, has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'),
       greatest(coalesce(s.n_live_tup, 0), c.reltuples, 0)::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND c.relispopulated
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'muster')
ORDER BY 1, 2
"""


@dataclass(frozen=True, order=True)
class Table:
    """A table that holds rows itself, such as a partition. Unlogged ones are left out: no backup has them."""

    schema: str
    name: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)


@dataclass(frozen=True)
class Known:
    """What the catalog tells of a table: whether the login may read it, and about how many rows it has."""

    readable: bool
    about: int


@patient
def list_tables(access: Access) -> dict[Table, Known]:
    """All tables but the heartbeat's, as any login may list them."""
    with access.reading(NAMED) as connection:
        rows = connection.execute(TABLES).fetchall()
    return {Table(schema, name): Known(readable, about) for schema, name, readable, about in rows}


@patient
def count_rows(access: Access, tables: Iterable[Table]) -> dict[Table, int]:
    """The rows of each table, counted one by one.

    Raises:
        Denied: the login may not read one.
        Corrupted: one cannot be read.
    """
    counts = {}
    with access.reading(NAMED) as connection:
        for table in tables:
            question = sql.SQL("SELECT count(*) FROM ONLY {}").format(table.quoted)
            row = connection.execute(question).fetchone()
            assert row
            counts[table] = int(row[0])
    return counts


@patient
def has_row_before(access: Access, table: Table, horizon: int) -> bool:
    """Whether the table has a row now that some transaction before the horizon wrote.

    Transactions are counted in 32 bits: of a row that was written two thousand million transactions ago, and
    frozen since PostgreSQL 9.4, it may not be told.
    """
    question = sql.SQL("SELECT EXISTS (SELECT FROM ONLY {} WHERE age(xmin) > age(%s::text::xid))").format(
        table.quoted
    )
    with access.reading(NAMED) as connection:
        row = connection.execute(question, [str(horizon % 2**32)]).fetchone()
    assert row
    return bool(row[0])
