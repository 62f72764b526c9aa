"""The traffic split of a service: percentages that total 100, and tags."""

from collections.abc import Mapping
from dataclasses import dataclass

CANARY = "canary"
PREVIOUS = "previous"  # the former baseline, kept for an instant return
OURS = frozenset({CANARY, PREVIOUS})


class TrafficChanged(Exception):
    """The split is not the one we set: someone else acts on the service, so we do not."""


@dataclass(frozen=True, slots=True)
class Target:
    """A revision's share of the users' requests, and perhaps an address of its own."""

    revision: str
    percent: int
    tag: str = ""


@dataclass(frozen=True)
class Split:
    """Where a service's requests go. One that does not total 100 cannot be built."""

    targets: tuple[Target, ...]

    def __post_init__(self) -> None:
        total = sum(target.percent for target in self.targets)
        if total != 100 or any(target.percent < 0 for target in self.targets):
            raise ValueError(f"a split totals 100 %, this one {total} %: {self}")
        tags = [target.tag for target in self.targets if target.tag]
        if len(tags) != len(set(tags)):
            raise ValueError(f"a tag leads to one revision: {tags}")

    @property
    def shares(self) -> dict[str, int]:
        """The share of each revision that has one."""
        shares: dict[str, int] = {}
        for target in self.targets:
            if target.percent:
                shares[target.revision] = shares.get(target.revision, 0) + target.percent
        return shares

    @property
    def tags(self) -> dict[str, str]:
        """The revision each tag leads to."""
        return {target.tag: target.revision for target in self.targets if target.tag}

    def equals(self, other: "Split") -> bool:
        """Whether both send every request to the same place, however they are written down."""
        return self.shares == other.shares and self.tags == other.tags

    def __str__(self) -> str:
        shares = sorted(self.shares.items(), key=lambda item: (-item[1], item[0]))
        return ", ".join(f"{percent} % {revision}" for revision, percent in shares)


def split(shares: Mapping[str, int], tags: Mapping[str, str]) -> Split:
    """The split of these shares and tags. A tagged revision's share is written with its tag."""
    left = dict(shares)
    targets = [Target(revision, left.pop(revision, 0), tag) for tag, revision in tags.items()]
    targets += [Target(revision, percent) for revision, percent in left.items() if percent]
    return Split(tuple(sorted(targets, key=lambda target: (-target.percent, target.revision, target.tag))))


def kept_tags(current: Split) -> dict[str, str]:
    """The tags that are none of ours: whoever set them still needs them."""
    return {tag: revision for tag, revision in current.tags.items() if tag not in OURS}


def baseline_alone(current: Split, baseline: str) -> Split:
    """All traffic on the baseline; the canary loses its tag, the former baseline keeps its own."""
    return split({baseline: 100}, without_canary(current))


def with_canary(current: Split, baseline: str, canary: str, percent: int) -> Split:
    """A step: so many percent on the canary, which has its tag, the rest on the baseline."""
    return split({baseline: 100 - percent, canary: percent}, {**without_canary(current), CANARY: canary})


def canary_undone(current: Split, baseline: str, canary: str) -> Split:
    """The canary's share on the baseline; what somebody gave to other revisions stays theirs."""
    shares = dict(current.shares)
    share = shares.pop(canary, 0)
    if share:
        shares[baseline] = shares.get(baseline, 0) + share
    return split(shares, without_canary(current))


def without_canary(current: Split) -> dict[str, str]:
    """All tags but the canary's."""
    return {tag: revision for tag, revision in current.tags.items() if tag != CANARY}
