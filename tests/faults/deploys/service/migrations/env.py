"""Alembic reaches the database by DATABASE_URL alone."""

import os

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True, transaction_per_migration=True)
    context.run_migrations()
else:
    with create_engine(os.environ["DATABASE_URL"], poolclass=NullPool).connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True)
        context.run_migrations()
