"""Preconditions on generations (https://cloud.google.com/storage/docs/request-preconditions)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sandbox.storage.errors import condition_not_met, invalid, not_modified


class Versioned(Protocol):
    """An object or a bucket."""

    @property
    def generation(self) -> int: ...
    @property
    def metageneration(self) -> int: ...


@dataclass(frozen=True)
class Conditions:
    """What must hold of an object or a bucket. What is not there has generation and metageneration 0."""

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str | int | None], prefix: str = "if") -> "Conditions":
        """Those of a query; the prefix `ifSource` selects those on the source of a copy."""
        return cls(
            number(query, f"{prefix}GenerationMatch"),
            number(query, f"{prefix}GenerationNotMatch"),
            number(query, f"{prefix}MetagenerationMatch"),
            number(query, f"{prefix}MetagenerationNotMatch"),
        )

    def check(self, found: Versioned | None) -> None:
        """For a write: 412 unless all of them hold."""
        if not self._matched(found) or not self._differs(found):
            raise condition_not_met()

    def check_read(self, found: Versioned) -> None:
        """For a read: an unmet NotMatch answers 304, as the reader has that version already."""
        if not self._matched(found):
            raise condition_not_met()
        if not self._differs(found):
            raise not_modified()

    def _matched(self, found: Versioned | None) -> bool:
        generation, metageneration = _versions(found)
        return self.generation_match in {None, generation} and self.metageneration_match in {
            None,
            metageneration,
        }

    def _differs(self, found: Versioned | None) -> bool:
        generation, metageneration = _versions(found)
        return self.generation_not_match != generation and self.metageneration_not_match != metageneration


def number(query: Mapping[str, str | int | None], name: str) -> int | None:
    """A number of a query or a body, or None where it is not given; 400 when it is none."""
    value = query.get(name)
    if value is None:
        return None
    text = str(value)
    if not (text.isascii() and text.isdecimal()):
        raise invalid(f"Invalid unsigned long value: '{text}'.")
    return int(text)


def _versions(found: Versioned | None) -> tuple[int, int]:
    return (found.generation, found.metageneration) if found else (0, 0)
