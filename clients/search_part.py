"""The part of an environment file about the service's search: Elasticsearch, and where its snapshots go."""

from typing import Annotated

from pydantic import Field

from clients.lengths import PositiveLength, length
from clients.names import SecretName
from clients.part import Part


class Reindex(Part):
    """A job, from the service's own image, that makes the index say what the database says."""

    command: Annotated[list[str], Field(min_length=1)] = Field(description="such as [python, -m, reindex]")
    timeout: PositiveLength = length("30m")


class Search(Part):
    """The Elasticsearch cluster behind the service."""

    credentials: SecretName = Field(
        description="a secret with the cluster's address and Muster's own login, as https://USER:PASSWORD@HOST:PORT"
    )
    indices: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)] = Field(
        description="the service's indices by name or pattern, such as documents-*"
    )
    repository: str = Field(
        min_length=1, description="the snapshot repository, as it is registered in the cluster"
    )
    keep_snapshots: PositiveLength = Field(
        default=length("48h"),
        description="how long frequent snapshots are kept; those of sets go with them",
    )
    binding: str = Field(
        default="", description="the service's variable with the cluster's address; re-pointed in drills"
    )
    reindex: Reindex | None = Field(
        default=None, description="brings the index to the database's cut; absent: they are left as restored"
    )
