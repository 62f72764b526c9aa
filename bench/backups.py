"""A recovery set beside the slowest of its parts alone, beside others' tools on the same data, and what the
service's users notice of it.

The flow runs in a process of its own, as it does in Prefect, and counts from its call to its end; what Python
takes to start and to import it stands beside. Everything is a full backup: what one turn made is deleted
before the next.
"""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import documents
from bench.backup_peers import pg_basebackup, pg_dump
from bench.backup_ways import Ways, instance
from bench.cloud import Cloud
from bench.debian import Debian, debian, missing
from bench.figure import Figure, Peer, at_most
from bench.postgres import Postgres
from bench.progress import tell
from bench.spell import during

SANDBOX = ("--backup-quota", "1000")  # its options
SLOWEST = 1.10  # times the slowest part alone
FLOW = "the flow"
PARTS = {"database": "the Cloud SQL backup alone", "search": "the search snapshot alone"}
LATER = 2.0  # times the users' p95 while pg_basebackup alone runs: they share two cores with either


@dataclass(frozen=True)
class Size:
    """How much there is to back up, how often, and how long users are watched."""

    scale: int = 70  # of pgbench's tables, 15 MB each
    text: int = 333  # MB
    documents: int = 100_000
    rounds: int = 3
    seconds: float = 20.0


FULL = Size()


def measure(cloud: Cloud, size: Size = FULL) -> Iterator[Figure]:
    """The sample's own service, database and index, filled to that size."""
    tell("deploying the sample, which makes its index")
    cloud.stage.deploy_base()
    server = instance(cloud)
    tell(f"filling {server.name}: pgbench at scale {size.scale}, {size.text} MB of text")
    server.fill(size.scale, size.text)
    tell(f"indexing {size.documents:,} documents")
    documents.index(cloud.endpoints["elasticsearch"], size.documents)
    with closing(Ways(cloud)) as ways:
        ways.forget()
        yield _times(cloud, ways, server, size)
        yield from _noticed(cloud, ways, server, size)


def _times(cloud: Cloud, ways: Ways, server: Postgres, size: Size) -> Figure:
    """All ways in turn, so that what disturbs one disturbs the others."""
    took: defaultdict[str, list[float]] = defaultdict(list)
    folder = cloud.home / "peer"

    def flow() -> float:
        began = time.monotonic()
        seconds: float = ways.flow()["seconds"]
        took["the command, Python's start and imports too"].append(time.monotonic() - began)
        return seconds

    turns: dict[str, Callable[[], float]] = {
        PARTS["database"]: ways.database,
        FLOW: flow,
        PARTS["search"]: ways.search,
        "pg_basebackup": lambda: pg_basebackup(server, folder),
        "pg_dump": lambda: pg_dump(server, folder),
    }
    with ExitStack() as stack:
        if lacking := missing():
            tell(f"left out, as this machine has no {lacking}: pgBackRest")
        else:
            other = stack.enter_context(debian(cloud.processes, cloud.home / "debian"))
            tell(f"filling {other.postgres.name} with the same")
            other.postgres.fill(size.scale, size.text)
            turns |= _debian(other, folder)
        for number in range(size.rounds):
            tell(f"backups: each way once, round {number + 1} of {size.rounds}")
            for name, turn in turns.items():
                server.checkpoint()
                os.sync()
                took[name].append(turn())
                tell(f"    {name}: {took[name][-1]:.2f} s")
                ways.forget()
    medians = {name: median(seconds) for name, seconds in took.items()}
    return figure(medians, server.size(), size)


def _debian(other: Debian, folder: Path) -> dict[str, Callable[[], float]]:
    return {
        "pg_basebackup of PostgreSQL 15": lambda: pg_basebackup(other.postgres, folder),
        "pgBackRest of PostgreSQL 15": other.backup,
    }


def figure(medians: dict[str, float], stored: int, size: Size) -> Figure:
    """The slowest part first among its peers: the ratio to it is what was promised."""
    slowest = max(PARTS.values(), key=lambda name: medians[name])
    names = [slowest, *(name for name in medians if name not in {slowest, FLOW})]
    return at_most(
        f"a recovery set of {stored / 1e9:.3g} GB and {size.documents:,} documents",
        medians[FLOW],
        "s",
        SLOWEST * medians[slowest],
        *(Peer(name, medians[name]) for name in names),
        note=f"limit: {SLOWEST:g} times its slowest part alone; medians of {size.rounds} in turn",
    )


def _noticed(cloud: Cloud, ways: Ways, server: Postgres, size: Size) -> Iterator[Figure]:
    """What users see of sets taken one after another."""
    tell(f"users: {size.seconds:g} s with nothing going on")
    before = during(cloud, size.seconds, lambda: None)
    tell(f"users: {size.seconds:g} s with sets taken one after another")
    sets: list[float] = []
    meanwhile = during(
        cloud, size.seconds, lambda: sets.extend(one["seconds"] for one in ways.flows(size.seconds))
    )
    ways.forget()
    tell(f"users: {size.seconds:g} s with pg_basebackup, one after another")
    bare = during(cloud, size.seconds, lambda: _again(server, cloud, size.seconds))
    done = f"{len(sets)} sets one after another in {size.seconds:g} s, {sum(sets):.1f} s altogether"
    yield at_most(
        "users' p95 while sets are taken",
        meanwhile.p95,
        "s",
        LATER * bare.p95,
        Peer("with nothing going on", before.p95),
        Peer("while pg_basebackup alone runs, one after another", bare.p95),
        note=f"limit: {LATER:g} times the latter; {done}",
    )
    yield at_most(
        "users' errors while sets are taken",
        meanwhile.failed,
        f"of {meanwhile.requests:,}",
        0,
        Peer(f"with nothing going on, of {before.requests:,}", before.failed),
        Peer(f"while pg_basebackup alone runs, of {bare.requests:,}", bare.failed),
        note=", ".join(f"{count} x {kind}" for kind, count in meanwhile.errors.items()),
    )


def _again(server: Postgres, cloud: Cloud, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pg_basebackup(server, cloud.home / "peer")
