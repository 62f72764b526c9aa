"""The part of an environment file about recovery sets: how they are taken, kept, and how old they may be."""

from collections.abc import Callable

from pydantic import Field, model_validator

from clients.lengths import Length, PositiveLength, length
from clients.part import Part
from domain.freshness import Limits
from domain.refusal import Refused
from domain.retention_policy import Policy


def _sensible(made: Callable[[], object]) -> None:
    """ValueError with the domain's own words, as `what; remedy`."""
    try:
        made()
    except Refused as refusal:
        first = refusal.problems[0]
        raise ValueError(f"{first.what}; {first.remedy}") from refusal


class Retention(Part):
    """Which sets are kept. Each rule keeps; none takes away what another keeps. See domain/retention.py."""

    all_for: Length = Field(default=length("30d"), description="every set for so long before the newest")
    weekly: int = Field(default=8, description="the newest set of each of so many weeks")
    monthly: int = Field(default=12, description="the newest set of each of so many months")
    yearly: int = Field(default=2, description="the newest set of each of so many years")
    minimum: int = Field(default=3, description="of sets that can be restored, however old")
    minimum_proven: int = Field(default=1, description="of proven sets; a plan that leaves fewer is refused")
    maximum: int | None = Field(
        default=None, description="all_for and the periods look at no more sets than these"
    )
    grace: Length = Field(default=length("1d"), description="between the mark and the deletion")
    most_percent: int = Field(default=50, description="of the sets, that one run may delete")

    @model_validator(mode="after")
    def _makes_sense(self) -> "Retention":
        _sensible(lambda: self.policy)
        return self

    @property
    def policy(self) -> Policy:
        return Policy(**self.model_dump())


class Freshness(Part):
    """The greatest age of each, for the alarm; absent where nobody asks for it."""

    complete: Length | None = Field(default=length("26h"), description="of the newest complete set")
    checked: Length | None = Field(default=length("26h"), description="of the newest checked set")
    proven: Length | None = Field(default=length("35d"), description="of the newest set a drill restored")
    search_snapshot: Length | None = Field(default=None, description="of the newest snapshot, such as 15m")
    recovery_window: Length | None = Field(
        default=None, description="of the last instant to which the database can be brought back, such as 15m"
    )
    export: Length | None = Field(default=None, description="of the newest export, such as 8d")
    second_copy: Length | None = Field(
        default=None, description="of the newest set in the second vault, such as 26h"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "Freshness":
        _sensible(lambda: self.limits)
        return self

    @property
    def limits(self) -> Limits:
        return Limits(**self.model_dump())


class Backup(Part):
    """How recovery sets are taken and kept."""

    location: str = Field(
        default="", description="where Cloud SQL keeps the backups: a region or multi-region; its own choice"
    )
    window_within: PositiveLength = Field(
        default=length("15m"),
        description="how long a check waits until the recovery window covers a set just taken",
    )
    retention: Retention = Retention()
    freshness: Freshness = Freshness()
