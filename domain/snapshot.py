"""A snapshot of Elasticsearch: one that Muster took, and what is known of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain import wording


class State(StrEnum):
    """Elasticsearch's own. PARTIAL is not success: an index of it cannot be restored whole."""

    IN_PROGRESS = "IN_PROGRESS"
    SUCCESS = "SUCCESS"
    PARTIAL = "PARTIAL"
    FAILED = "FAILED"
    INCOMPATIBLE = "INCOMPATIBLE"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One snapshot, as its repository tells it. It holds the indices as of its start, or of a moment between
    start and end, index by index: only the start is a bound."""

    repository: str
    name: str
    uuid: str  # another one of the same name has another
    state: State
    started_at: datetime  # by the clock of the cluster's master
    ended_at: datetime | None
    indices: tuple[str, ...]
    shards: int
    shards_failed: int
    failures: tuple[str, ...]  # a sentence for each shard that failed
    version: str  # of the data's format; restored by that or a later Elasticsearch
    set_id: str = ""  # the recovery set for which it was taken; empty for a frequent one

    @property
    def reference(self) -> str:
        return f"{self.repository}/{self.name}"

    @property
    def under_way(self) -> bool:
        return self.state is State.IN_PROGRESS

    @property
    def successful(self) -> bool:
        """Everything is in it. One of no index at all is a SUCCESS to Elasticsearch, and holds nothing."""
        return self.state is State.SUCCESS and not self.shards_failed and bool(self.indices)

    @property
    def trouble(self) -> str:
        """Why it is of no use, in a sentence; empty when it is successful, or under way."""
        if self.successful or self.under_way:
            return ""
        if not self.indices:
            return f"{self.reference} is {self.state} and holds no index"
        lost = f"{self.shards_failed} of {wording.counted(self.shards, 'shard')} failed"
        return "; ".join([f"{self.reference} is {self.state}: {lost}", *self.failures])


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a snapshot is. Bytes are those to be copied: what the repository has already is not."""

    copied: int
    to_copy: int
    size: int  # bytes of all that the snapshot refers to, copied for it or before
    files: int  # to be copied
    shards_done: int
    shards: int

    def __str__(self) -> str:
        copied, to_copy = wording.size(self.copied), wording.size(self.to_copy)
        return f"{copied} of {to_copy}, {self.shards_done} of {wording.counted(self.shards, 'shard')}"


@dataclass(frozen=True, slots=True)
class Repository:
    """A snapshot repository, as the cluster has it registered."""

    name: str
    type: str  # fs, gcs, url ...
    readonly: bool


def frequent_name(run: str) -> str:
    """Of the snapshot that a run of `snapshot_search` takes. A set's: see domain/set_names.py."""
    return f"muster-frequent-{run}"
