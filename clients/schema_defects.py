"""A change of a restored database's schema, made on purpose, to see that it is noticed."""

from datetime import timedelta

from psycopg import sql

from clients.environment import Environment
from clients.errors import Rejected
from clients.inquiries import as_service
from clients.patience import attempt_timeout, patient

COLUMN = "planted_by_a_drill"
OWN = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relowner = current_user::regrole
    ORDER BY pg_relation_size(c.oid) DESC, 1, 2 LIMIT 1
"""


@patient
def add_column(env: Environment) -> str:
    """Add a column to the largest table that the service's login owns; its name. Added already is added.

    Raises:
        Rejected: it owns none.
    """
    with as_service(env, timedelta(seconds=attempt_timeout())).writing() as connection:
        row = connection.execute(OWN).fetchone()
        if row is None:
            raise Rejected(f"{env.name}: the service's login owns no table", "plant another defect")
        table = sql.Identifier(*row)
        statement = sql.SQL("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {} integer")
        connection.execute(statement.format(table, sql.Identifier(COLUMN)))
    return f"{row[0]}.{row[1]}.{COLUMN}"
