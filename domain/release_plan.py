"""The plan of a deploy: what was found, and what will be done about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.migration import NOTHING, Migration
from domain.service import Revision
from domain.traffic import Split

DIGITS = 10  # of a revision's fingerprint in its name


@dataclass(frozen=True)
class Plan:
    """What a deploy is about to do. Values that were read are what `confirm` looks at once more."""

    image: str
    revision: str
    baseline: str  # empty for a first deploy
    secrets: Mapping[str, str] = field(
        default_factory=dict
    )  # each secret's name and the version it is pinned to
    split: Split | None = None
    schema: str = ""
    proven_schema: str = ""  # what the baseline was last proven on, if a deploy died in between
    migration: Migration = NOTHING
    unchanged: bool = False  # the baseline is made of just this already
    broken: str = ""  # what is wrong with the baseline that the operator wants to deploy over
    left_by: str = ""  # the deploy that died and left its mark on the service

    @property
    def first(self) -> bool:
        return not self.baseline

    @property
    def nothing_to_do(self) -> bool:
        """What was asked for serves already."""
        return self.unchanged and not self.migration

    @property
    def left_schema(self) -> bool:
        """A deploy that died had changed the schema, and had not proven the baseline on it."""
        return bool(self.proven_schema) and self.proven_schema != self.schema and not self.broken

    @property
    def begins_on_baseline(self) -> bool:
        """The schema will change, so the baseline is to be proven before anything is touched; where a deploy
        that died has left the schema unproven, that is proven first, or taken back."""
        return bool(self.migration) and not self.broken and not self.left_schema

    def steps(self, steps: Sequence[int]) -> Sequence[int]:
        """The canary steps to take: none against a broken baseline, as nothing can be compared with it."""
        return () if self.broken else steps

    def moved(self, other: "Plan") -> list[str]:
        """What is no longer as it was when this plan was made, going by a plan made now."""
        pairs = {
            "the baseline": (self.baseline, other.baseline),
            "the split": (str(self.split or ""), str(other.split or "")),
            "the schema": (self.schema, other.schema),
        }
        return [
            f"{what} was {before or 'none'} and is {after or 'none'}"
            for what, (before, after) in pairs.items()
            if before != after
        ]


def revision_name(service: str, fingerprint: str, existing: Mapping[str, Revision]) -> str:
    """A name that derives from what the revision is made of, so that a second run finds the first one's.

    A revision that failed stays failed: the next attempt gets a name of its own.
    """
    stem = f"{service}-{fingerprint[:DIGITS]}"
    name, attempt = stem, 1
    while name in existing and existing[name].failed:
        attempt += 1
        name = f"{stem}-{attempt}"
    return name
