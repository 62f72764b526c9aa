"""A part of a recovery set that was just taken, with what its manifest is to say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.manifest import Fact
from domain.recovery_set import Part, Window


@dataclass(frozen=True)
class Taken:
    """The part; facts that a check compares with; SHA-256 by reference, of what Muster wrote itself."""

    part: Part
    facts: Mapping[str, Fact] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    window: Window | None = None
