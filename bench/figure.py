"""A figure: what was measured, how far it may go, and what it is to be seen beside."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Bound(StrEnum):
    """On which side of its limit a figure has to be."""

    AT_MOST = "at most"
    AT_LEAST = "at least"


@dataclass(frozen=True)
class Peer:
    """The same done in another way in the same run, in the figure's own unit."""

    name: str
    value: float


@dataclass(frozen=True)
class Figure:
    """One measured value. Peers tell how much of it is the machine's, and how busy that was."""

    name: str
    value: float
    unit: str
    bound: Bound
    limit: float
    peers: tuple[Peer, ...] = ()
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether it is within its limit."""
        return self.value <= self.limit if self.bound is Bound.AT_MOST else self.value >= self.limit

    @property
    def ratio(self) -> float | None:
        """Of the value to its limit; None where the limit is nothing at all."""
        return self.value / self.limit if self.limit else None

    def ratio_to(self, peer: Peer) -> float | None:
        return self.value / peer.value if peer.value else None

    def to_json(self) -> dict[str, Any]:
        peers = [{**asdict(peer), "ratio": self.ratio_to(peer)} for peer in self.peers]
        return {**asdict(self), "peers": peers, "ratio": self.ratio, "kept": self.kept}


def at_most(name: str, value: float, unit: str, limit: float, *peers: Peer, note: str = "") -> Figure:
    return Figure(name, value, unit, Bound.AT_MOST, limit, peers, note)


def at_least(name: str, value: float, unit: str, limit: float, *peers: Peer, note: str = "") -> Figure:
    return Figure(name, value, unit, Bound.AT_LEAST, limit, peers, note)
