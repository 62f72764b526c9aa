"""The part of an environment file about the service's database, and how its schema is migrated."""

from typing import Annotated

from pydantic import Field

from clients.lengths import PositiveLength, length
from clients.names import InstanceName, SecretName
from clients.part import Part


class Migration(Part):
    """How the service's schema is migrated: by Alembic, run as a job from the release's own image."""

    command: Annotated[list[str], Field(min_length=1)] = Field(
        default=["python", "-m", "alembic"],
        description="Alembic as the image runs it, with its -c where the ini is in another place",
    )
    seed: list[str] = Field(default_factory=list, description="a command to run after each upgrade, if any")
    python: str = Field(default="python", description="the image's Python, to run the job's script")
    table: str = Field(
        default="alembic_version", description="Alembic's version table, schema-qualified if need be"
    )
    env: dict[str, str] = Field(default_factory=dict, description="variables of the job alone")
    lock_timeout: PositiveLength = length("5s")
    statement_timeout: PositiveLength = length("5m")
    timeout: PositiveLength = Field(default=length("15m"), description="of a whole job")
    lock_attempts: int = Field(default=5, ge=1, description="tries while other work holds a lock")


class Database(Part):
    """The Cloud SQL (PostgreSQL) database behind the service."""

    instance: InstanceName = Field(description="the Cloud SQL instance's name")
    name: str = Field(description="the database's name on the instance")
    credentials: SecretName = Field(
        description="a secret with a login of Muster's own, as postgresql://...; it reads the version table"
    )
    migration: Migration = Migration()
