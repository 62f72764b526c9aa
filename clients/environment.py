"""The model of an environment file: every key, its unit, its default, and what is refused.

A service without a database is an ordinary case: that part may be absent. Refusals are ValueErrors that say
what is wrong and, after a semicolon, what to write instead.
"""

from itertools import pairwise
from string import Formatter
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator

from clients.backup_part import Backup
from clients.database_part import Database
from clients.drill_part import Drill
from clients.heartbeat_part import Heartbeat
from clients.lengths import Length, PositiveLength, length
from clients.names import Bucket, ProjectId, Region, SecretName
from clients.objectives_part import Objectives
from clients.part import Part
from clients.search_part import Search
from clients.service_part import Service
from domain.canary import Policy, WhenInconclusive

SHORTEST_LEASE = length("5s")
LINK_PLACES = {"google", "bucket", "object"}


def _address(text: str) -> str:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError(f"{text!r} is not an address; write http://HOST:PORT")
    return text.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


class Endpoints(Part):
    """Where the APIs answer, where that is not at Google and Slack themselves."""

    google: Address = Field(default="", description="one address for every Google API, told apart by path")
    slack: Address = Field(
        default="", description="in place of https://slack.com; the API is at /api/ beneath it"
    )


class Canary(Part):
    """How a release is tried on users."""

    steps: Annotated[list[Annotated[int, Field(ge=1, le=99)]], Field(min_length=1)] = Field(
        default=[5, 25, 50], description="percent of the requests, rising"
    )
    hold: PositiveLength = Field(default=length("10m"), description="the time on each step")
    minimum_requests: int = Field(default=300, ge=1, description="on the canary, for a step to pass")
    alpha: float = Field(
        default=0.01, gt=0, lt=0.5, description="the highest probability of a false rollback"
    )
    when_inconclusive: WhenInconclusive = WhenInconclusive.ROLL_BACK
    look_every: PositiveLength = Field(
        default=length("10s"), description="between looks at the log; Cloud Logging allows 60 reads a minute"
    )
    log_lag: Length = Field(
        default=length("5s"), description="from a request's end until its log entry can surely be read"
    )

    @field_validator("steps")
    @classmethod
    def _rise(cls, steps: list[int]) -> list[int]:
        for lower, higher in pairwise(steps):
            if higher <= lower:
                raise ValueError(
                    f"steps rise, and {lower} is followed by {higher}; write {sorted(set(steps))}"
                )
        return steps

    @property
    def policy(self) -> Policy:
        return Policy(
            steps=tuple(self.steps),
            hold=self.hold,
            minimum_requests=self.minimum_requests,
            alpha=self.alpha,
            when_inconclusive=self.when_inconclusive,
        )


class Slack(Part):
    """Where a deploy is heard."""

    channel: str = Field(description='the channel in quotes, such as "#deploys"')
    token: SecretName = Field(description="a secret with a bot token that may chat:write")


class Links(Part):
    """Where a person looks things up."""

    record: str = Field(
        default="https://console.cloud.google.com/storage/browser/_details/{bucket}/{object}",
        description="the address of a record in the vault: {bucket}, {object}, and {google}, the endpoint",
    )

    @field_validator("record")
    @classmethod
    def _places(cls, text: str) -> str:
        try:
            unknown = {place for _, place, _, _ in Formatter().parse(text) if place is not None} - LINK_PLACES
        except ValueError:
            unknown = {"..."}
        if unknown:
            raise ValueError(
                f"nothing is known for {{{min(unknown)}}}; write {{bucket}}, {{object}} or {{google}}"
            )
        return text


class Environment(Part):
    """One environment, as its file describes it."""

    name: str = Field(description="the file's")
    project: ProjectId
    region: Region
    endpoints: Endpoints = Endpoints()
    vault: Bucket = Field(
        description="the bucket for what is written once: records, recovery sets; versioned, of any project"
    )
    second_vault: Bucket | None = Field(
        default=None, description="a bucket in another location, for a second copy of recovery sets"
    )
    state: Bucket = Field(
        description="the bucket for what changes: leases, evidence; no versioning, no retention"
    )
    service: Service
    database: Database | None = None
    search: Search | None = None
    backup: Backup = Backup()
    objectives: Objectives = Objectives()
    heartbeat: Heartbeat | None = None
    drill: Drill = Drill()
    canary: Canary = Canary()
    lease: Length = Field(default=length("60s"), description="how long a dead deploy's right to act lasts")
    slack: Slack | None = None
    links: Links = Links()

    @field_validator("lease")
    @classmethod
    def _long_enough(cls, value: Any) -> Any:
        if value < SHORTEST_LEASE:
            raise ValueError("a lease is renewed once a second at most; write 5s or more")
        return value
