"""What the heartbeat costs the sample's users: p95 at an ordinary rate, and requests at most, with it and
without, in turn.

A hundredth is less than a busy machine strays from one spell to the next: so there are many, and medians are
compared. How far those without it stray among themselves stands beside.
"""

import asyncio
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from statistics import median

from bench.beating import beating
from bench.cloud import Cloud
from bench.figure import Figure, Peer, at_least, at_most
from bench.progress import tell
from bench.spell import during
from bench.wire import throughput

COST = 0.01
CONNECTIONS = 16


@dataclass(frozen=True)
class Size:
    """How often, and for how long."""

    rounds: int = 10
    seconds: float = 15.0


@dataclass
class Seen:
    """Of the spells of one kind."""

    p95: list[float] = field(default_factory=list)  # seconds
    rate: list[float] = field(default_factory=list)  # requests a second, as many as it takes


FULL = Size()
SMALL = Size(rounds=1, seconds=4)


def measure(cloud: Cloud, size: Size = FULL) -> Iterator[Figure]:
    """The sample's own service, whose database and index it beats through."""
    tell("deploying the sample")
    cloud.stage.deploy_base()
    seen = {True: Seen(), False: Seen()}
    for number in range(size.rounds):
        order = (True, False) if number % 2 else (False, True)  # what drifts falls on both
        for beats in order:
            tell(f"users, round {number + 1} of {size.rounds}, {'with' if beats else 'without'} a heartbeat")
            _spell(cloud, size, seen[beats], beats=beats)
    yield from figures(seen[True], seen[False], size)


def figures(beating: Seen, still: Seen, size: Size) -> Iterator[Figure]:
    """Of the medians. The limit is a hundredth beyond those without it."""
    note = f"limit: {COST:.0%} beyond; medians of {size.rounds} spells of {size.seconds:g} s each, in turn"
    yield at_most(
        "heartbeat: users' p95 with it",
        median(beating.p95) * 1000,
        "ms",
        median(still.p95) * 1000 * (1 + COST),
        Peer("without it", median(still.p95) * 1000),
        Peer("without it, the best spell", min(still.p95) * 1000),
        Peer("without it, the worst spell", max(still.p95) * 1000),
        note=note,
    )
    yield at_least(
        "heartbeat: requests with it",
        median(beating.rate),
        "/s",
        median(still.rate) * (1 - COST),
        Peer("without it", median(still.rate)),
        Peer("without it, the worst spell", min(still.rate)),
        Peer("without it, the best spell", max(still.rate)),
        note=f"{note}; {CONNECTIONS} connections",
    )


def _spell(cloud: Cloud, size: Size, seen: Seen, *, beats: bool) -> None:
    with beating(cloud) if beats else nullcontext():
        seen.p95.append(during(cloud, size.seconds, lambda: None).p95)
        address = f"{cloud.stage.service}/documents?limit=1"
        seen.rate.append(asyncio.run(throughput(address, connections=CONNECTIONS, seconds=size.seconds / 2)))
