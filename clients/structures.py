"""The structure of a database, as its catalog tells it to any login: all that a migration could change.

Left out: PostgreSQL's own, what belongs to an extension, the heartbeat's schema, and amcheck, which a drill
adds to its target.
"""

import psycopg

from clients.inquiries import NAMED, Access
from clients.patience import patient
from domain.structure import Structure

OTHERS = """
    n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'muster')
    AND NOT EXISTS (SELECT FROM pg_depend d
      WHERE d.classid = %s::regclass AND d.objid = %s AND d.deptype = 'e')
"""


def _ours(catalog: str, oid: str) -> str:
    return OTHERS.replace("%s", f"'{catalog}'", 1).replace("%s", oid, 1)


RELATION = _ours("pg_class", "c.oid")
QUERY = f"""
SELECT CASE c.relkind WHEN 'S' THEN 'sequence ' WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view '
         ELSE 'table ' END || c.oid::regclass,
       concat_ws(' ', c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
         CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
         CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
         pg_get_expr(c.relpartbound, c.oid),
         (SELECT concat_ws(' ', seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcycle)
          FROM pg_sequence WHERE seqrelid = c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND {RELATION}
UNION ALL
SELECT 'column ' || c.oid::regclass || '.' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
         'DEFAULT ' || pg_get_expr(v.adbin, v.adrelid), nullif(a.attidentity, ''), nullif(a.attgenerated, ''),
         (SELECT 'COLLATE ' || collname FROM pg_collation WHERE oid = a.attcollation))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef v ON v.adrelid = a.attrelid AND v.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c') AND {RELATION}
UNION ALL
SELECT 'index ' || c.oid::regclass,
       pg_get_indexdef(c.oid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {RELATION}
UNION ALL
SELECT 'constraint ' || conname || coalesce(' on ' || nullif(conrelid, 0)::regclass, ''),
       pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace
WHERE {_ours("pg_constraint", "k.oid")}
UNION ALL
SELECT 'trigger ' || t.tgname || ' on ' || c.oid::regclass,
       concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid))
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND {RELATION}
UNION ALL
SELECT 'function ' || p.oid::regprocedure, md5(pg_get_functiondef(p.oid))
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.prokind <> 'a' AND {_ours("pg_proc", "p.oid")}
UNION ALL
SELECT 'policy ' || o.polname || ' on ' || c.oid::regclass,
       concat_ws(' ', o.polcmd, o.polpermissive, pg_get_expr(o.polqual, o.polrelid),
         pg_get_expr(o.polwithcheck, o.polrelid))
FROM pg_policy o JOIN pg_class c ON c.oid = o.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE {RELATION}
UNION ALL
SELECT 'type ' || t.oid::regtype,
       concat_ws(' ', t.typtype, nullif(t.typbasetype, 0)::regtype,
         (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE t.typtype IN ('e', 'd') AND {_ours("pg_type", "t.oid")}
UNION ALL
SELECT 'extension ' || extname, 'installed' FROM pg_extension WHERE extname <> 'amcheck'
"""  # noqa: S608  names of PostgreSQL's own catalogs


@patient
def read_structure(access: Access) -> Structure:
    """All definitions, with every name in its schema."""
    with access.reading(NAMED) as connection:
        return structure_in(connection)


def structure_in(connection: psycopg.Connection) -> Structure:
    """The same over a connection whose search path is `NAMED`."""
    return {name: definition or "" for name, definition in connection.execute(QUERY.encode())}
