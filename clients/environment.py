"""The model of an environment file: every key, its unit, its default, and what is refused.

A service without a database, or without a search, is an ordinary case: those parts may be absent.
"""

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from clients.lengths import Length, length
from domain.canary import Policy, WhenInconclusive
from domain.smoke import Check, names_used

Name = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
ServiceName = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$")]
Command = Annotated[list[str], Field(min_length=1)]


class Part(BaseModel):
    """Unknown keys are refused: a typo must not silently leave a default in force."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Endpoints(Part):
    """Where the APIs answer, where that is not at Google and Slack themselves."""

    google: str = Field(default="", description="one address for every Google API, told apart by path")
    slack: str = Field(
        default="", description="in place of https://slack.com; the API is at /api/ beneath it"
    )


class Startup(Part):
    """How it is known that an instance has started. By default the port is open within 240 s."""

    path: str = Field(default="", description="an HTTP path to ask instead of only opening the port")
    within: Length = Field(default=length("240s"), description="after which a start has failed")


class Template(Part):
    """What this environment lays over the baseline's template. What is absent stays as it is there."""

    cpu: str | None = Field(default=None, description='CPUs, as Cloud Run writes them: "1", "2", "500m"')
    memory: str | None = Field(default=None, description="memory, such as 512Mi or 4Gi")
    concurrency: int | None = Field(default=None, ge=1, le=1000, description="requests an instance at once")
    min_instances: int | None = Field(default=None, ge=0)
    max_instances: int | None = Field(default=None, ge=1)
    timeout: Length | None = Field(default=None, description="of a request; an hour at most")
    service_account: str | None = None
    startup: Startup | None = None
    env: dict[str, str | None] = Field(default_factory=dict, description="variables; null removes one")
    secrets: dict[str, Name | None] = Field(
        default_factory=dict,
        description="variables and the secrets they come from, by name; pinned to a version at deploy",
    )

    @field_validator("timeout")
    @classmethod
    def _an_hour(cls, value: Any) -> Any:
        if value is not None and value > length("1h"):
            raise ValueError("Cloud Run cuts requests after an hour; write 1h or less")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> "Template":
        both = self.env.keys() & self.secrets.keys()
        if both:
            raise ValueError(
                f"{', '.join(sorted(both))} is both under env and under secrets; keep one of them"
            )
        return self


class Smoke(Part):
    """A smoke check: what to ask of a revision, and what its answer has to be."""

    name: str
    path: Annotated[str, StringConstraints(pattern="^/")]
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"] = "GET"
    body: Any = Field(default=None, description="sent as JSON")
    status: int = Field(default=200, ge=100, le=599)
    expect: dict[str, Any] = Field(
        default_factory=dict,
        description="paths into the JSON answer (items.*.id) and the values wanted there",
    )
    remember: dict[str, str] = Field(
        default_factory=dict, description="names for parts of the answer, for later checks to use in braces"
    )
    within: Length = Field(default=length("5s"), description="the longest that one answer may take")
    eventually: Length = Field(default=length("0s"), description="how long to go on asking until it is right")

    def check(self) -> Check:
        return Check(**self.model_dump())


class Service(Part):
    """The Cloud Run service."""

    name: ServiceName
    repository: str = Field(
        default="", description="where images are pushed: REGION-docker.pkg.dev/PROJECT/REPO/NAME"
    )
    template: Template = Template()
    smoke: Annotated[list[Smoke], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_are_known(self) -> "Service":
        known = {"unique"}
        for smoke in self.smoke:
            unknown = names_used(smoke.check()) - known
            if unknown:
                raise ValueError(
                    f"smoke check {smoke.name!r} uses {{{min(unknown)}}}, which no check before it "
                    f"remembers; known here: {', '.join(sorted(known))}"
                )
            known |= smoke.remember.keys()
        return self

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(smoke.check() for smoke in self.smoke)


class Migration(Part):
    """How the service's schema is migrated: by Alembic, run as a job from the release's own image."""

    command: Command = Field(
        default=["python", "-m", "alembic"],
        description="Alembic as the image runs it, with its -c where the ini is in another place",
    )
    seed: list[str] = Field(default_factory=list, description="a command to run after each upgrade, if any")
    python: str = Field(default="python", description="the image's Python, to run the job's script")
    table: str = Field(
        default="alembic_version", description="Alembic's version table, schema-qualified if need be"
    )
    env: dict[str, str] = Field(default_factory=dict, description="variables of the job alone")
    lock_timeout: Length = length("5s")
    statement_timeout: Length = length("5m")
    timeout: Length = Field(default=length("15m"), description="of a whole job")
    lock_attempts: int = Field(default=5, ge=1, description="tries while other work holds a lock")


class Database(Part):
    """The Cloud SQL (PostgreSQL) database behind the service."""

    instance: Name
    name: str
    credentials: Name = Field(
        description="a secret with a login of Muster's own, as postgresql://...; it reads the version table"
    )
    migration: Migration = Migration()


class Canary(Part):
    """How a release is tried on users."""

    steps: Annotated[list[Annotated[int, Field(ge=1, le=99)]], Field(min_length=1)] = Field(
        default=[5, 25, 50], description="percent of the requests, rising"
    )
    hold: Length = Field(default=length("10m"), description="the time on each step")
    minimum_requests: int = Field(default=300, ge=1, description="on the canary, for a step to pass")
    alpha: float = Field(
        default=0.01, gt=0, lt=0.5, description="the highest probability of a false rollback"
    )
    when_inconclusive: WhenInconclusive = WhenInconclusive.ROLL_BACK
    look_every: Length = Field(
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

    channel: str
    token: Name = Field(description="a secret with a bot token that may chat:write")


class Links(Part):
    """Where a person looks things up."""

    record: str = Field(
        default="https://console.cloud.google.com/storage/browser/_details/{bucket}/{object}",
        description="the address of a record in the vault: {bucket}, {object}, and {google}, the endpoint",
    )


class Environment(Part):
    """One environment, as its file describes it."""

    name: str
    project: str
    region: str
    endpoints: Endpoints = Endpoints()
    vault: str = Field(description="the bucket for what is written once: records")
    state: str = Field(
        description="the bucket for what changes: leases, evidence; no versioning, no retention"
    )
    service: Service
    database: Database | None = None
    canary: Canary = Canary()
    lease: Length = Field(default=length("60s"), description="how long a dead deploy's right to act lasts")
    slack: Slack | None = None
    links: Links = Links()

    @field_validator("lease")
    @classmethod
    def _long_enough(cls, value: Any) -> Any:
        if value < length("5s"):
            raise ValueError("a lease is renewed once a second at most; write 5s or more")
        return value
