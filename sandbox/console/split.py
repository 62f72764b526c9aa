"""The split that is in force, as a bar: a segment for each revision that users reach."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox.run.traffic import Served

COLOURS = 4  # in the style sheet
NONE = "none"  # the colour of a revision that only a tag leads to


@dataclass(frozen=True)
class Segment:
    """A revision's share. `start` is where it begins on the bar, in percent like the share itself."""

    revision: str
    percent: int
    start: int
    tags: tuple[str, ...]
    colour: str


def segments(served: Iterable[Served], made: Mapping[str, str]) -> list[Segment]:
    """Oldest revision first: while a canary is on trial the baseline has the first colour.

    `made` says when each revision was made. Those without a share come last.
    """
    shares: dict[str, int] = {}
    tags: dict[str, tuple[str, ...]] = {}
    for target in served:
        name = target["revision"]
        shares[name] = shares.get(name, 0) + target["percent"]
        tags[name] = (*tags.get(name, ()), target["tag"]) if target["tag"] else tags.get(name, ())
    ordered = sorted(shares, key=lambda name: (not shares[name], made.get(name, ""), name))
    found, start = [], 0
    for place, name in enumerate(ordered):
        colour = str(place % COLOURS) if shares[name] else NONE
        found.append(Segment(name, shares[name], start, tags[name], colour))
        start += shares[name]
    return found
