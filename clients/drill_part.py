"""The part of an environment file about drills: where to restore, what is true then, what it may cost."""

from typing import Any

from pydantic import Field, field_validator

from clients.lengths import Length, PositiveLength, length
from clients.names import InstanceName, SecretName
from clients.part import Part
from domain.drill import Scenario


class Invariant(Part):
    """Something that is true of the data at any time, and the answer that shows it."""

    name: str = Field(min_length=1)
    sql: str = Field(min_length=1, description="a query of one row and one column")
    answer: str | int | bool = Field(description="what it must answer")


class Settled(Part):
    """A table whose rows do not change once they are old enough: they are compared, one and all."""

    table: str = Field(min_length=1, description="schema-qualified if need be")
    by: str = Field(min_length=1, description="its column that tells a row's age, a timestamp with time zone")
    after: PositiveLength = Field(default=length("5m"), description="the age from which a row stays as it is")
    within: PositiveLength = Field(default=length("7d"), description="of the rows before that, how far back")


class SampleSearch(Part):
    """A search that has to find something."""

    name: str = Field(min_length=1)
    index: str = Field(min_length=1)
    query: dict[str, Any] = Field(description="in Elasticsearch's query language")
    at_least: int = Field(default=1, ge=0, description="documents that it must find")


class SameCount(Part):
    """An index and the rows that it is made of: as many documents as the query counts."""

    index: str = Field(min_length=1)
    sql: str = Field(min_length=1, description="one row and one column, such as SELECT count(*) FROM ...")


class Cost(Part):
    """What a drill may cost. Prices are yours to write: they differ by project and change."""

    cap: float = Field(gt=0, description="in your currency; a drill that would cost more is refused")
    hour: float = Field(default=0, ge=0, description="of the target instance, as the source is sized")
    gigabyte: float = Field(default=0, ge=0, description="of storage restored, for the drill")
    expected: PositiveLength = Field(
        default=length("1h"), description="how long a drill takes, until past drills tell"
    )


class Bindings(Part):
    """What the drill's service is given in place of what production's is."""

    env: dict[str, str | None] = Field(default_factory=dict, description="variables; null removes one")
    secrets: dict[str, SecretName | None] = Field(
        default_factory=dict, description="variables and the drill's own secrets they come from; null removes"
    )


class Drill(Part):
    """How recovery is rehearsed."""

    search: SecretName | None = Field(
        default=None,
        description="a secret with the address of an isolated cluster, whose indices may be lost",
    )
    service: Bindings = Field(
        default=Bindings(), description="for variables that are neither database.binding nor search.binding"
    )
    invariants: list[Invariant] = Field(default_factory=list)
    settled: list[Settled] = Field(default_factory=list, description="tables compared row by row")
    searches: list[SampleSearch] = Field(default_factory=list)
    counts: list[SameCount] = Field(default_factory=list)
    cost: Cost | None = Field(default=None, description="absent: drills are not limited by cost")
    lease: PositiveLength = Field(
        default=length("10m"), description="how long what a drill made is left alone after the drill died"
    )
    longest: PositiveLength = Field(default=length("6h"), description="a drill, then it gives up")
    loss: str = Field(
        default="",
        description="an address that makes a loss real, where that can be had; {google} is endpoints.google",
    )
    losses: dict[Scenario, dict[str, Any]] = Field(
        default_factory=dict,
        description="the losses that it can make, and what is POSTed to it for each, with {instance} and "
        "{region} in their places; none: any, by {scenario: ..., instance: ...}",
    )
    loss_within: Length = Field(default=length("30s"), description="how long that may take")
    damage: str = Field(
        default="",
        description="an address that damages what is restored, where that can be had, for planted defects; "
        "{google} is endpoints.google",
    )
    another: InstanceName | None = Field(
        default=None,
        description="another Cloud SQL instance of the project, whose newest backup is planted as another "
        "database's",
    )

    @field_validator("loss", "damage")
    @classmethod
    def _address(cls, text: str) -> str:
        if text and not text.startswith(("http://", "https://", "{google}/")):
            raise ValueError(f"{text!r} is not an address; write http://HOST:PORT/PATH or {{google}}/PATH")
        return text.rstrip("/")
