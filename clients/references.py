"""What rows refer to, and what sequences count: whether the restored database holds together."""

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from clients.inquiries import NAMED, Access
from clients.patience import patient

FOREIGN_KEYS = """
SELECT k.conname, k.conrelid::regclass::text, k.confrelid::regclass::text, k.convalidated, k.confmatchtype,
       c.relkind, p.relkind,
       (SELECT array_agg(a.attname::text ORDER BY u.place)
        FROM unnest(k.conkey) WITH ORDINALITY u(number, place)
        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number),
       (SELECT array_agg(a.attname::text ORDER BY u.place)
        FROM unnest(k.confkey) WITH ORDINALITY u(number, place)
        JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number),
       (SELECT array_agg(ARRAY[n.nspname::text, o.oprname::text] ORDER BY u.place)
        FROM unnest(k.conpfeqop) WITH ORDINALITY u(number, place)
        JOIN pg_operator o ON o.oid = u.number JOIN pg_namespace n ON n.oid = o.oprnamespace)
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
WHERE k.contype = 'f' AND k.conparentid = 0
ORDER BY 2, 1
"""
SEQUENCES = """
SELECT s.oid::regclass::text, t.oid::regclass::text, a.attname, q.seqincrement
FROM pg_class s JOIN pg_sequence q ON q.seqrelid = s.oid
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
  AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE s.relkind = 'S' AND NOT q.seqcycle
  AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype, 'numeric'::regtype)
ORDER BY 1
"""


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key and how many rows violate it; None: it was never validated, so old rows need not hold."""

    name: str
    table: str
    parent: str
    violated: int | None


@dataclass(frozen=True)
class Sequence:
    """A sequence, and the column that takes its numbers."""

    name: str
    table: str
    column: str
    increment: int


@patient
def check_foreign_keys(access: Access) -> list[ForeignKey]:
    """Each foreign key with the rows whose parent is missing, counted. `session_replication_role` and
    disabled triggers let such rows in, and no constraint tells of them."""
    found = []
    with access.reading(NAMED) as connection:
        for row in connection.execute(FOREIGN_KEYS).fetchall():
            name, table, parent, validated = row[:4]
            violated = _violations(connection, row) if validated else None
            found.append(ForeignKey(name, table, parent, violated))
    return found


@patient
def list_sequences(access: Access) -> list[Sequence]:
    """The sequences that give a column its numbers, but for those that begin again at their end."""
    with access.reading(NAMED) as connection:
        return [Sequence(*row) for row in connection.execute(SEQUENCES).fetchall()]


@patient
def is_sequence_behind(access: Access, sequence: Sequence) -> bool:
    """Whether its next number is one that the column has passed: the next insert may meet a row.

    Raises:
        Denied: the login may not read the sequence or the table.
    """
    rising = sequence.increment > 0
    question = sql.SQL(
        "SELECT (SELECT {farthest}({column})::numeric FROM {table}) {passes} "
        "(SELECT last_value::numeric - CASE WHEN is_called THEN 0 ELSE {increment} END FROM {name})"
    ).format(
        farthest=sql.SQL("max" if rising else "min"),
        passes=sql.SQL(">" if rising else "<"),
        column=sql.Identifier(sequence.column),
        table=sql.SQL(sequence.table),
        name=sql.SQL(sequence.name),
        increment=sql.Literal(sequence.increment),
    )
    with access.reading(NAMED) as connection:
        row = connection.execute(question).fetchone()
    assert row
    return bool(row[0])


def _violations(connection: psycopg.Connection[Any], key: tuple[Any, ...]) -> int:
    _, table, parent, _, match, kind, parent_kind, columns, wanted, operators = key
    pairs = sql.SQL(" AND ").join(
        sql.SQL("p.{} OPERATOR({}.{}) c.{}").format(
            sql.Identifier(theirs), sql.Identifier(schema), sql.SQL(operator), sql.Identifier(ours)
        )
        for ours, theirs, (schema, operator) in zip(columns, wanted, operators, strict=True)
    )
    named = [sql.SQL("c.{}").format(sql.Identifier(column)) for column in columns]
    filled = sql.SQL("num_nulls({}) = 0").format(sql.SQL(", ").join(named))
    question = sql.SQL(
        "SELECT count(*) FROM {} c WHERE {} AND NOT EXISTS (SELECT FROM {} p WHERE {})"
    ).format(_only(table, kind), filled, _only(parent, parent_kind), pairs)
    row = connection.execute(question).fetchone()
    assert row
    violated = int(row[0])
    if match == "f":  # MATCH FULL: all or none
        some = sql.SQL("SELECT count(*) FROM {} c WHERE num_nulls({}) BETWEEN 1 AND {}").format(
            _only(table, kind), sql.SQL(", ").join(named), sql.Literal(len(columns) - 1)
        )
        half = connection.execute(some).fetchone()
        assert half
        violated += int(half[0])
    return violated


def _only(table: str, kind: str) -> sql.Composable:
    """A foreign key is of the table itself, not of those that inherit from it; partitions are the table."""
    return sql.SQL(table if kind == "p" else f"ONLY {table}")
