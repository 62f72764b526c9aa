"""How Alembic reaches the database: by DATABASE_URL alone, so that a migration needs no other setting.

Every migration is a transaction of its own. It waits for a lock no longer than two seconds, as whatever
waits for one holds up all who come after it, and those are the users.
"""

import os
from logging.config import fileConfig

from alembic import context
from app.documents import Base
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

TIMEOUTS = {"lock_timeout": "2s", "statement_timeout": "15min"}

fileConfig(context.config.config_file_name, disable_existing_loggers=False)


def write_sql() -> None:
    """`--sql`: print what would run. Asks no database."""
    context.configure(
        dialect_name="postgresql",
        target_metadata=Base.metadata,
        literal_binds=True,
        transaction_per_migration=True,
    )
    for name, length in TIMEOUTS.items():
        context.execute(f"SET {name} = '{length}'")
    context.run_migrations()


def migrate() -> None:
    engine = create_engine(
        os.environ["DATABASE_URL"].strip(),
        poolclass=NullPool,
        connect_args={
            "connect_timeout": 5,  # seconds
            "options": " ".join(f"-c {name}={length}" for name, length in TIMEOUTS.items()),
        },
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, transaction_per_migration=True
        )
        context.run_migrations()


if context.is_offline_mode():
    write_sql()
else:
    migrate()
