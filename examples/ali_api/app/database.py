"""The way to PostgreSQL."""

from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import sessionmaker

from .settings import settings

engine = create_engine(
    settings.database_url,
    pool_size=10,  # several instances of several revisions share the server's 100
    max_overflow=0,
    pool_timeout=5,  # seconds a request waits for one of them
    hide_parameters=True,  # documents do not belong in the log
    connect_args={
        "application_name": settings.revision,
        "connect_timeout": 3,  # seconds
        "tcp_user_timeout": 5_000,  # milliseconds until a server that went silent is given up
        "options": "-c statement_timeout=5s",
    },
)
Session = sessionmaker(engine, expire_on_commit=False)


def schema_revision() -> str | None:
    """The revision that the schema is at; None before the first migration."""
    try:
        with engine.connect() as connection:
            return connection.scalar(text("SELECT version_num FROM alembic_version"))
    except ProgrammingError:
        return None
