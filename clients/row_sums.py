"""Sums of a table's rows by their age, made where they are: two databases are compared by a few numbers."""

from collections.abc import Mapping, Sequence

from psycopg import sql

from clients.errors import Rejected
from clients.inquiries import NAMED, Access
from clients.patience import patient
from clients.tables import Table
from domain.settled_rows import SPANS, RowSum, Span, Sums

COLUMNS = """
SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
WHERE a.attrelid = %s::text::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
FOUND = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = to_regclass(%s)
"""


@patient
def find_table(access: Access, name: str) -> Table:
    """The table that the login means by that name, schema-qualified or not. Rejected where there is none."""
    with access.reading() as connection:
        row = connection.execute(FOUND, [name]).fetchone()
    if row is None:
        raise Rejected(f"{access.where}: there is no table {name}", "write it with its schema: drill.settled")
    return Table(*row)


@patient
def columns_of(access: Access, table: Table) -> Mapping[str, str]:
    """Its columns and their types, in their order."""
    with access.reading(NAMED) as connection:
        return dict(connection.execute(COLUMNS, [table.quoted.as_string(connection)]).fetchall())


@patient
def sum_rows(access: Access, table: Table, by: str, columns: Sequence[str], span: Span) -> Sums:
    """Number and sum of hashes of the rows whose `by` is in the span, over these columns."""
    question = sql.SQL(
        "SELECT width_bucket(extract(epoch FROM t.{by}), extract(epoch FROM %(begin)s::timestamptz), "
        "extract(epoch FROM %(end)s::timestamptz), {spans}), count(*), "
        'sum(hashtextextended(ROW({columns})::text COLLATE "C", 0)::numeric) '
        "FROM {table} t WHERE t.{by} >= %(begin)s AND t.{by} < %(end)s GROUP BY 1"
    ).format(
        by=sql.Identifier(by),
        spans=sql.Literal(SPANS),
        columns=sql.SQL(", ").join(sql.SQL("t.{}").format(sql.Identifier(each)) for each in columns),
        table=table.quoted,
    )
    with access.reading(NAMED) as connection:
        found = connection.execute(question, {"begin": span.begin, "end": span.end}).fetchall()
    return {number: RowSum(count, int(total)) for number, count, total in found}
