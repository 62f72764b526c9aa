"""The lease: one deploy per environment, held by a right that lapses by itself.

It carries a nonce of the process and a counter, and a length; no instant, so that nobody's clock matters:
it has lapsed when the storage server's own Date minus the object's own `updated` exceeds the length.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.refusal import Refused

SLACK = timedelta(seconds=2)  # Date has whole seconds, and so has our patience


class LeaseHeld(Refused):
    """Nothing was touched, as another holds the lease."""


class LeaseLost(Exception):
    """Someone else holds the lease now: whoever lost it changes nothing more."""


class LeaseExpiring(Exception):
    """The lease could not be renewed for too long: go back while it is still ours."""


@dataclass(frozen=True)
class Lease:
    """What is written in the lease object."""

    nonce: str
    counter: int
    length: timedelta
    holder: str  # for people: what holds it, and where to look


@dataclass(frozen=True)
class Reading:
    """The lease object as read: what it says, its generation, and both instants by the server's clock."""

    lease: Lease
    generation: int
    updated_at: datetime
    server_now: datetime

    @property
    def age(self) -> timedelta:
        return self.server_now - self.updated_at

    @property
    def lapsed(self) -> bool:
        return lapsed(self.age, self.lease.length)


def taken_for_dead(environment: str) -> str:
    """Why a run that slept too long, and was ended by somebody else, is over."""
    return f"{environment}: this run was taken for dead, and its record is ended"


def lapsed(age: timedelta, length: timedelta) -> bool:
    """Whether what is renewed within a length was not, for longer than that."""
    return age > length + SLACK


def due(length: timedelta, since_renewal: timedelta) -> bool:
    """Whether it is time to renew: a tenth of the length has passed, and at least a second.

    Storage allows about one write a second to an object.
    """
    return since_renewal >= max(length / 10, timedelta(seconds=1))


def expiring(length: timedelta, since_renewal: timedelta) -> bool:
    """Whether so much of the length has passed that going back must begin now."""
    return since_renewal > length * 2 / 3


def little_patience(length: timedelta) -> timedelta:
    """The longest for a call that only helps: what it does not tell may be missed, a renewal may not."""
    return length / 20


def patience(length: timedelta) -> timedelta:
    """The longest that one call, with its retries, may take while a lease of that length is held."""
    return length / 4
