"""A restore drill beside the bare commands on the same set, and beside others' restores of the same database.

The drill's restore is what its own report tells of it: from the beginning (T4) until the database had taken
a write and every shard of the index was there (T5), side by side. The bare commands are Cloud SQL's restore
into a new instance until DONE, and Elasticsearch's until green, side by side as well.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

from bench import documents
from bench.backup_ways import instance
from bench.bare_restore import BareRestore, Took
from bench.beating import beating
from bench.cloud import Cloud
from bench.debian_restores import debian_restores
from bench.figure import Figure, Peer, at_least, at_most
from bench.postgres import Postgres
from bench.progress import tell
from bench.reports import achieved, phase_peers, teardown, took, whole
from clients.catalogue import read_catalogue
from clients.secret_versions import read_secret
from domain.drill_report import DrillReport
from domain.timeline import LEADS_TO, Moment
from tasks.drill_reports import read_reports

T = TypeVar("T")

ENVIRONMENT = "sandbox"
SANDBOX = (
    "--backup-quota",
    "1000",
    "--restore-quota",
    "1000",
)  # three restores of one backup are Cloud SQL's
SLOWEST = 1.10  # times the bare commands
TORN_DOWN = 10.0  # seconds
RESTORE = LEADS_TO[Moment.WRITABLE]


@dataclass(frozen=True)
class Size:
    """How much there is to restore, and how often."""

    scale: int = 70  # of pgbench's tables, 15 MB each
    text: int = 333  # MB
    documents: int = 100_000
    rounds: int = 3


FULL = Size()
SMALL = Size(scale=1, text=2, documents=500, rounds=1)


def measure(cloud: Cloud, size: Size = FULL) -> Iterator[Figure]:
    """The sample's own service, database and index, filled to that size; its heart beats all the while."""
    tell("deploying the sample, which makes its index")
    cloud.stage.deploy_base()
    server = instance(cloud)
    tell(f"filling {server.name}: pgbench at scale {size.scale}, {size.text} MB of text")
    server.fill(size.scale, size.text)
    tell(f"writing {size.documents:,} documents, as rows and into the index")
    documents.store(server, size.documents)
    documents.index(cloud.endpoints["elasticsearch"], size.documents)
    tell("starting an isolated cluster")
    cloud.stage.isolate()
    with beating(cloud):
        cloud.muster("backup", "backup", ENVIRONMENT, "--alone")
        yield from _figures(cloud, server, size)


def _figures(cloud: Cloud, server: Postgres, size: Size) -> Iterator[Figure]:
    """All ways in turn, so that what disturbs one disturbs the others."""
    env = cloud.environment(ENVIRONMENT)
    assert env.drill.search
    bare: list[Took] = []
    drills: list[DrillReport] = []
    others: defaultdict[str, list[float]] = defaultdict(list)
    newest = read_catalogue(env).sets[-1]
    with ExitStack() as stack:
        ways = stack.enter_context(closing(BareRestore(cloud, newest, read_secret(env, env.drill.search))))
        peers = stack.enter_context(debian_restores(cloud, lambda other: other.fill(size.scale, size.text)))
        turns: dict[str, Callable[[], float]] = {
            "the bare commands": lambda: _kept(bare, ways.restore()).both,
            "the drill's restore": lambda: took(_kept(drills, drilled(cloud)), RESTORE),
            **{name: lambda name=name: _kept(others[name], peers[name]()) for name in peers},  # type: ignore[misc]
        }
        for number in range(size.rounds):
            tell(f"restores: each way once, round {number + 1} of {size.rounds}")
            for name, turn in turns.items():
                server.checkpoint()
                os.sync()
                tell(f"    {name}: {turn():.2f} s")
    yield from restore_figures(bare, drills, {name: median(each) for name, each in others.items()}, size)


def restore_figures(
    bare: list[Took], drills: list[DrillReport], others: dict[str, float], size: Size
) -> Iterator[Figure]:
    """Of the medians. `others`: seconds of other tools' restores of the same database."""
    critical = median(each.both for each in bare)
    stored = drills[-1].database_bytes or 0
    yield at_most(
        f"a drill's restore of {stored / 1e9:.3g} GB and {size.documents:,} documents",
        median(took(each, RESTORE) for each in drills),
        "s",
        SLOWEST * critical,
        Peer("the bare commands side by side", critical),
        Peer("of these Cloud SQL's restore, until DONE", median(each.database for each in bare)),
        Peer("of these Elasticsearch's, until green", median(each.search for each in bare)),
        *(Peer(name, seconds) for name, seconds in others.items()),
        note=f"limit: {SLOWEST:g} times the bare commands; medians of {size.rounds} in turn",
    )
    promise = drills[-1].promise.rto.total_seconds()
    yield at_most(
        "a drill's achieved RTO, in its phases",
        median(achieved(each) for each in drills),
        "s",
        promise,
        *phase_peers(drills),
        Peer("the whole drill, from its first step to its report", median(whole(each) for each in drills)),
        note="limit: the environment's objective; medians",
    )
    yield at_most(
        "a drill's end: from its last check until nothing is left of it, the slowest",
        max(teardown(each) for each in drills),
        "s",
        TORN_DOWN,
        Peer("Cloud SQL's deletion of a restored instance", median(each.deletion for each in bare)),
        note="the loss is measured in that time, too",
    )
    checks = sum(len(each.checks) for each in drills)
    yield at_least(
        "checks of these drills that passed",
        sum(check.passed for each in drills for check in each.checks),
        f"of {checks}",
        checks,
    )


def drilled(cloud: Cloud) -> DrillReport:
    """The report of a drill of the newest set, by the command. NotReady when it did not pass."""
    cloud.muster("drill", "drill", ENVIRONMENT)
    [report] = read_reports(cloud.environment(ENVIRONMENT), 1).reports
    return report


def _kept(several: list[T], one: T) -> T:
    several.append(one)
    return one
