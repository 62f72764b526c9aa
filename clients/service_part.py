"""The part of an environment file about the Cloud Run service: its template, and what is asked of it."""

import json
import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from clients.lengths import Length, PositiveLength, length
from clients.names import Repository, SecretName, ServiceName, named
from clients.part import Part
from domain.smoke import Check, names_used


def _figure(value: Any) -> Any:
    """A number written without quotes is a text all the same."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Cpu = Annotated[
    str,
    BeforeValidator(_figure),
    named("a number of CPUs", r"\d+(\.\d+)?|\d+m", "write one such as 1, 2 or 500m"),
]
Memory = Annotated[
    str,
    BeforeValidator(_figure),
    named("an amount of memory", r"\d+(\.\d+)?([KMG]i|[kMG])", "write a number and Mi or Gi, such as 512Mi"),
]


class Startup(Part):
    """How it is known that an instance has started. By default the port is open within 240 s."""

    path: Annotated[str, StringConstraints(pattern="^(/.*)?$")] = Field(
        default="", description="an HTTP path to ask instead of only opening the port"
    )
    within: PositiveLength = Field(default=length("240s"), description="after which a start has failed")


class Template(Part):
    """What this environment lays over the baseline's template. What is absent stays as it is there."""

    cpu: Cpu | None = Field(default=None, description="CPUs, as Cloud Run writes them: 1, 2, 500m")
    memory: Memory | None = Field(default=None, description="memory, such as 512Mi or 4Gi")
    concurrency: int | None = Field(default=None, ge=1, le=1000, description="requests an instance at once")
    min_instances: int | None = Field(default=None, ge=0)
    max_instances: int | None = Field(default=None, ge=1)
    timeout: PositiveLength | None = Field(default=None, description="of a request; an hour at most")
    service_account: str | None = None
    startup: Startup | None = None
    env: dict[str, str | None] = Field(default_factory=dict, description="variables; null removes one")
    secrets: dict[str, SecretName | None] = Field(
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

    @model_validator(mode="after")
    def _room(self) -> "Template":
        fewest, most = self.min_instances, self.max_instances
        if fewest is not None and most is not None and fewest > most:
            raise ValueError(
                f"min_instances {fewest} is more than max_instances {most}; write {most} or less"
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
    within: PositiveLength = Field(default=length("5s"), description="the longest that one answer may take")
    eventually: Length = Field(default=length("0s"), description="how long to go on asking until it is right")

    @field_validator("body", "expect")
    @classmethod
    def _json(cls, value: Any) -> Any:
        try:
            json.dumps(value)
        except TypeError as error:
            kind = re.sub(r"Object of type (\w+) .*", r"\1", str(error))
            raise ValueError(f"JSON knows no {kind}; write it in quotes, as a text") from error
        return value

    def check(self) -> Check:
        return Check(**self.model_dump())


class Service(Part):
    """The Cloud Run service."""

    name: ServiceName
    repository: Repository = Field(
        default="", description="where images are pushed: REGION-docker.pkg.dev/PROJECT/REPO/NAME"
    )
    template: Template = Template()
    smoke: Annotated[list[Smoke], Field(min_length=1)] = Field(
        description="at least one check that a revision has to pass before a user meets it"
    )

    @field_validator("smoke")
    @classmethod
    def _names_are_known(cls, checks: list[Smoke]) -> list[Smoke]:
        known, seen = {"unique"}, set()
        for smoke in checks:
            if smoke.name in seen:
                raise ValueError(f"two checks are called {smoke.name!r}; give each a name of its own")
            unknown = names_used(smoke.check()) - known
            if unknown:
                raise ValueError(
                    f"check {smoke.name!r} uses {{{min(unknown)}}}, which no check before it remembers; "
                    f"remember it there, or use one of: {', '.join(sorted(known))}"
                )
            seen.add(smoke.name)
            known |= smoke.remember.keys()
        return checks

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(smoke.check() for smoke in self.smoke)
