"""A service on the page: its address, its split, its revisions."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.console import revision, split, status
from sandbox.console.revision import Revision
from sandbox.console.split import Segment
from sandbox.console.status import Status
from sandbox.kernel.state import Document
from sandbox.run.names import short


@dataclass(frozen=True)
class Tag:
    """A tag, with the address it has of its own."""

    name: str
    address: str


@dataclass(frozen=True)
class Service:
    """`older` is how many of its revisions are not shown."""

    name: str
    address: str
    status: Status
    reconciling: bool
    labels: Mapping[str, str]
    tags: list[Tag]
    split: list[Segment]
    revisions: list[Revision]
    older: int


def service(document: Document, documents: Mapping[str, Document]) -> Service:
    """From the documents of the service and of its revisions, these by their short names."""
    made = {name: str(one["createTime"]) for name, one in documents.items()}
    segments = split.segments(document.get("_served", []), made)
    shown, older = revision.revisions(documents, {segment.revision: segment for segment in segments})
    return Service(
        name=short(document["name"]),
        address=document.get("uri", ""),
        status=status.of_condition(document["terminalCondition"]),
        reconciling=bool(document.get("reconciling")),
        labels=document.get("labels") or {},
        tags=[Tag(one["tag"], one["uri"]) for one in document.get("trafficStatuses", []) if "tag" in one],
        split=segments,
        revisions=shown,
        older=older,
    )
