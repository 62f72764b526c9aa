"""A revision on the page."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.console import status
from sandbox.console.split import NONE, Segment
from sandbox.console.status import Status
from sandbox.kernel.state import Document
from sandbox.run import conditions

SHOWN = 8  # of a service, unless more of them are reached by users or by a tag
SHORT = 12  # characters of a digest


@dataclass(frozen=True)
class Revision:
    """`image` is short, `reference` all of it."""

    name: str
    status: Status
    image: str
    reference: str
    colour: str
    tags: tuple[str, ...]


def revisions(documents: Mapping[str, Document], split: Mapping[str, Segment]) -> tuple[list[Revision], int]:
    """Newest first, and how many older ones are left out: never one that users or a tag reach."""
    newest = sorted(documents, key=lambda name: str(documents[name]["createTime"]), reverse=True)
    shown = [name for place, name in enumerate(newest) if place < SHOWN or name in split]
    return [_revision(name, documents[name], split.get(name)) for name in shown], len(newest) - len(shown)


def _revision(name: str, document: Document, segment: Segment | None) -> Revision:
    reference = document["containers"][0]["image"]
    return Revision(
        name=name,
        status=status.of_condition(conditions.ready(document)),
        image=short_image(reference),
        reference=reference,
        colour=segment.colour if segment else NONE,
        tags=segment.tags if segment else (),
    )


def short_image(reference: str) -> str:
    """The digest's first characters; of an image without one, all that stands behind its folder."""
    _, at, digest = reference.partition("@sha256:")
    return f"sha256:{digest[:SHORT]}" if at else reference.rpartition("/")[2]
