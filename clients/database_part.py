"""The part of an environment file about the service's database, and how its schema is migrated."""

from string import Formatter
from typing import Annotated

from pydantic import Field, field_validator

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


BINDING_PLACES = {"user", "password", "host", "connection", "database"}


class Binding(Part):
    """The service's variable that says where its database is: re-pointed on recovery and in drills."""

    variable: str = Field(min_length=1, description="such as DATABASE_URL; it comes from a secret")
    user: str = Field(min_length=1, description="the service's login, which is given a new password")
    address: str = Field(
        description="its value, with {user}, {password}, {host} (or {connection}, PROJECT:REGION:INSTANCE) "
        "and {database} in their places; the password is percent-encoded"
    )
    superuser: str = Field(
        default="postgres", description="the instance's administrator, whose password a drill sets anew"
    )

    @field_validator("address")
    @classmethod
    def _places(cls, text: str) -> str:
        try:
            found = {place for _, place, _, _ in Formatter().parse(text) if place is not None}
        except ValueError:
            found = {"..."}
        if found - BINDING_PLACES:
            raise ValueError(
                f"nothing is known for {{{min(found - BINDING_PLACES)}}}; write "
                + ", ".join(f"{{{place}}}" for place in sorted(BINDING_PLACES))
            )
        if "password" not in found or not found & {"host", "connection"}:
            raise ValueError(
                f"{text!r} says no password or no host; write "
                "postgresql://{user}:{password}@{host}/{database}"
            )
        return text


class Database(Part):
    """The Cloud SQL (PostgreSQL) database behind the service."""

    instance: InstanceName = Field(description="the Cloud SQL instance's name")
    name: str = Field(description="the database's name on the instance")
    credentials: SecretName = Field(
        description="a secret with a login of Muster's own, as postgresql://...; it reads the version table"
    )
    binding: Binding | None = Field(
        default=None, description="how the service finds its database; drills and recovery want it"
    )
    migration: Migration = Migration()
