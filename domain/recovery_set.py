"""A recovery set: a database recovery point, a search snapshot, configuration and secret versions under one
id, as the catalogue knows it.

A set that is none cannot be built: ValueError. All instants are aware, all sizes are bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """How much is known of a set. What a check or a drill found wrong makes it incomplete again."""

    INCOMPLETE = "incomplete"  # a part is still being taken, is missing, or was found wrong
    COMPLETE = "complete"  # all parts are there
    CHECKED = "checked"  # `verify_set` agreed, without restoring
    PROVEN = "proven"  # a drill restored it and passed


class Kind(StrEnum):
    """What a part holds, in the order in which parts are deleted: what can be made again goes first."""

    SEARCH = "search snapshot"
    EXPORT = "export"
    DATABASE = "database backup"
    CONFIGURATION = "configuration"
    SECRETS = "secret versions"

    @property
    def own(self) -> bool:
        """Whether the part was made for the set. Secret versions are the service's: named, never deleted."""
        return self is not Kind.SECRETS


_DELETED_IN = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Part:
    """One part, with the full names of all that it cannot be restored without.

    Several sets may refer to the same thing, such as a snapshot of an index that had not changed.
    """

    kind: Kind
    references: tuple[str, ...]
    at: datetime  # what it holds is as of then: for a snapshot, which takes a while, its start
    size: int | None = None  # None where the system does not tell

    def __post_init__(self) -> None:
        _aware(f"the {self.kind}'s instant", self.at)
        if not self.references or not all(self.references):
            raise ValueError(f"the {self.kind} refers to nothing")
        if self.size is not None and self.size < 0:
            raise ValueError(f"the {self.kind} has {self.size} bytes")


@dataclass(frozen=True, slots=True)
class Copy:
    """The set once more, in another location."""

    location: str
    references: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.location or not self.references or not all(self.references):
            raise ValueError("a copy has a location, and refers to something")


@dataclass(frozen=True, slots=True)
class Window:
    """The span of instants to which the database can be brought back."""

    earliest_at: datetime
    latest_at: datetime

    def __post_init__(self) -> None:
        _aware("the recovery window's beginning", self.earliest_at)
        _aware("the recovery window's end", self.latest_at)
        if self.latest_at < self.earliest_at:
            raise ValueError(f"the recovery window ends ({self.latest_at}) before it begins")


@dataclass(frozen=True, slots=True)
class Proof:
    """The drill that restored the set and passed, and what it measured."""

    drill: str
    proven_at: datetime
    achieved_rto: timedelta
    achieved_rpo: timedelta | None  # None: without a heartbeat it cannot be measured

    def __post_init__(self) -> None:
        _aware("the proof's instant", self.proven_at)


@dataclass(frozen=True, slots=True)
class Pin:
    """Somebody's word that the set is kept until an instant, and why. A pin ends: none is forgotten."""

    who: str
    why: str
    until: datetime

    def __post_init__(self) -> None:
        _aware("the pin's end", self.until)
        if not self.who or not self.why:
            raise ValueError("a pin says who wants the set kept, and why")


@dataclass(frozen=True, slots=True)
class RecoverySet:
    """What is known of one set.

    The last three are no part of its summary: they are read of the objects themselves, and of drills' leases.
    """

    id: str
    taken_at: datetime
    state: State
    parts: tuple[Part, ...] = ()
    proof: Proof | None = None
    window: Window | None = None  # as it was when the set was taken
    copies: tuple[Copy, ...] = ()
    pins: tuple[Pin, ...] = ()
    manifest_sha256: str = ""  # empty while it has none
    expires_at: datetime | None = None  # marked to expire: deleted from then on, and not before
    deleting: bool = False  # its deletion has begun: nothing counts on it any more
    holds: tuple[str, ...] = ()  # the storage's own, each as a person reads it
    locked_until: datetime | None = None  # the latest end of a retention lock on any of its objects
    used_by: tuple[str, ...] = ()  # drills that have a draft: under way, or not cleaned up after

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("a recovery set has an id")
        _aware(f"{self.id}: taken_at", self.taken_at)
        for name, at in (("expires_at", self.expires_at), ("locked_until", self.locked_until)):
            if at is not None:
                _aware(f"{self.id}: {name}", at)
        if (self.state is State.PROVEN) is not (self.proof is not None):
            raise ValueError(f"{self.id}: a set is proven by a drill, and no other has a proof")
        if self.state is not State.INCOMPLETE and not self.parts:
            raise ValueError(f"{self.id}: it is {self.state} without a part")
        if self.deleting and self.expires_at is None:
            raise ValueError(f"{self.id}: its deletion has begun, and it was never marked to expire")

    @property
    def restorable(self) -> bool:
        """All parts are there, and stay."""
        return self.state is not State.INCOMPLETE and not self.deleting

    @property
    def proven(self) -> bool:
        """A drill restored it, and could again."""
        return self.state is State.PROVEN and not self.deleting

    @property
    def size(self) -> int:
        """The bytes of its parts, of those that tell."""
        return sum(part.size or 0 for part in self.parts)

    def part(self, kind: Kind) -> Part | None:
        """The newest part of that kind."""
        return max((part for part in self.parts if part.kind is kind), key=lambda part: part.at, default=None)

    def deletable(self) -> Iterator[tuple[str, str]]:
        """What goes with the set, in that order: what it is, and its full name; each name once.

        Copies go before what they are copies of. The manifest is not among them: it goes last.
        """
        seen: set[str] = set()
        for what, references in self._own():
            for reference in references:
                if reference not in seen:
                    seen.add(reference)
                    yield what, reference

    def _own(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for copy in self.copies:
            yield f"copy in {copy.location}", copy.references
        for part in sorted(self.parts, key=lambda part: _DELETED_IN[part.kind]):
            if part.kind.own:
                yield part.kind, part.references


def _aware(what: str, at: datetime) -> None:
    if at.utcoffset() is None:
        raise ValueError(f"{what} ({at}) has no time zone")
