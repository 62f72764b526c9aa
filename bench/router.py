"""The router, beside asking the instance's own port with the same client."""

import asyncio
from collections.abc import Iterator

from bench.cloud import Cloud
from bench.figure import Figure, Peer, at_least, at_most
from bench.process_table import cpu_seconds, family, running
from bench.progress import tell
from bench.wire import medians, throughput

ROUNDS = 3
SECONDS = 2.0
CONNECTIONS = 32
RATE = 150.0  # requests a second: an ordinary service's


def measure(cloud: Cloud) -> Iterator[Figure]:
    """Throughput of the best of some rounds; what it adds to an answer, by requests sent in turn."""
    routed = cloud.echo()
    revision = cloud.service("echo")["latestReadyRevision"].rpartition("/")[2]
    direct = f"http://{cloud.ask('POST', f'/sandbox/instances/{revision}')['address']}"
    process = [running(family(cloud.pid), "sandbox.run.router")]
    straight, through, alone = 0.0, 0.0, 0.0
    for turn in range(ROUNDS):
        tell(f"router: as many requests as it takes, round {turn + 1} of {ROUNDS}")
        straight = max(straight, _throughput(direct))
        computed = -cpu_seconds(process)
        rate = _throughput(routed)
        computed += cpu_seconds(process)
        through, alone = max(through, rate), max(alone, rate * SECONDS / computed)
    yield at_least(
        "router: requests through it",
        through,
        "/s",
        1000,
        Peer("the instance's own port", straight),
        Peer("in each second that it computes itself", alone),
        note=f"{CONNECTIONS} connections, best of {ROUNDS}",
    )
    tell(f"router: {RATE:.0f} requests/s, through it and to the instance in turn")
    rounds = [asyncio.run(medians((direct, routed), rate=RATE, seconds=SECONDS)) for _ in range(ROUNDS)]
    straight, through = min(rounds, key=lambda one: one[1] - one[0])
    yield at_most(
        "router: p50 it adds to an answer",
        (through - straight) * 1000,
        "ms",
        5,
        Peer("p50 of the instance itself", straight * 1000),
        note=f"{RATE:.0f} requests/s, best of {ROUNDS}",
    )


def _throughput(address: str) -> float:
    return asyncio.run(throughput(address, connections=CONNECTIONS, seconds=SECONDS))
