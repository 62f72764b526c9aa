"""The part of an environment file about its objectives: what a recovery may take, and may lose."""

from pydantic import Field

from clients.lengths import PositiveLength, length
from clients.part import Part


class Objective(Part):
    """One promise: how long users wait, and how much of what they wrote is lost, each at most."""

    rto: PositiveLength = Field(description="recovery time objective: from the loss until users are served")
    rpo: PositiveLength = Field(description="recovery point objective: before the loss, what is not kept")


class Objectives(Part):
    """Two scenarios, two promises: a restore takes tens of minutes by nature, a failover does not."""

    restore: Objective = Field(
        default=Objective(rto=length("1h"), rpo=length("15m")),
        description="a new instance from a recovery point, after corruption or deletion",
    )
    failover: Objective = Field(
        default=Objective(rto=length("15m"), rpo=length("5m")),
        description="a replica is promoted, after the loss of the primary",
    )
