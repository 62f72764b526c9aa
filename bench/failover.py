"""The database's primary lost under users' load, its server killed and its disk gone, and the failover.

Achieved RTO and RPO are what Muster's own report tells. Beside them stands what a writer of the bench's own
saw, which asks nobody, and the bare command: a second replica of the same primary, promoted until it has
taken a write.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from statistics import median

import httpx
import psycopg

from bench import environments
from bench.backup_ways import instance
from bench.beating import beating
from bench.cloud import Cloud
from bench.figure import Figure, Peer, at_least, at_most
from bench.outage import Writer, outage, reach, writing
from bench.postgres import Postgres
from bench.progress import tell
from bench.reports import achieved, phase_peers
from bench.sql import LONGEST, LOOK, Sql
from bench.users import Users
from domain.drill_figures import figures, measured
from domain.drill_report import DrillReport
from domain.loss import Loss
from examples.demo.processes import NotReady
from examples.landscape import INSTANCE
from tasks.drill_reports import read_reports

ENVIRONMENT = "sandbox"
SANDBOX = ("--backup-quota", "1000")
BEFORE = 5.0  # seconds of users before the loss


@dataclass(frozen=True)
class Size:
    """How often, and how much is stored."""

    rounds: int = 3
    scale: int = 10  # of pgbench's tables, 15 MB each


FULL = Size()
SMALL = Size(rounds=1, scale=1)


@dataclass
class Seen:
    """Of all rounds. Seconds."""

    reports: list[DrillReport] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    outages: list[float] = field(default_factory=list)  # as the bench's own writer saw them
    reaches: list[float] = field(default_factory=list)
    written: int = 0  # acknowledged before the losses
    lost: int = 0


def measure(cloud: Cloud, size: Size = FULL) -> Iterator[Figure]:
    """The sample's own service. Each round loses the instance that the one before has made the primary."""
    tell("deploying the sample")
    cloud.stage.deploy_base()
    server, seen, primary = instance(cloud), Seen(), INSTANCE
    tell(f"filling {server.name}: pgbench at scale {size.scale}")
    server.fill(size.scale, 1)
    users = Users(cloud)
    try:
        for number in range(1, size.rounds + 1):
            tell(f"failover {number} of {size.rounds}: {primary} is lost")
            primary = _round(cloud, seen, server, primary, number)
    finally:
        users.stop()
    env = cloud.environment(ENVIRONMENT)
    promise = env.objectives.failover
    yield from failover_figures(seen, promise.rto.total_seconds(), promise.rpo.total_seconds())


def _round(cloud: Cloud, seen: Seen, server: Postgres, primary: str, number: int) -> str:
    """One loss and its failover; the new primary, which the environment's file names from then on."""
    sql, new, other = Sql(cloud), f"ali-db-{number}", f"ali-db-{number}-bare"
    for replica in (new, other):
        sql.replicate(replica, primary)
    with beating(cloud), writing(cloud.stage.service) as writer:
        writer.heard(datetime.now(UTC))
        time.sleep(BEFORE)
        loss = {"instance": primary, "loss": "disk"}
        answer = httpx.post(f"{cloud.endpoints['google']}/faults", json=loss, timeout=60)
        answer.raise_for_status()
        lost_at = datetime.now(UTC)
        cloud.muster("recover", "recover", ENVIRONMENT, "--failover", "--replica", new, "--apply")
        [report] = read_reports(cloud.environment(ENVIRONMENT), 1).reports
        writer.heard(datetime.now(UTC))
    _note(seen, report, writer, lost_at)
    seen.bare.append(_promoted(sql, replace(server, host=sql.host(other)), other))
    tell(f"    RTO {achieved(report):.2f} s, promoted by the bare command in {seen.bare[-1]:.2f} s")
    sql.delete(other)
    environments.move(cloud.home / "environments", new)
    return new


def _note(seen: Seen, report: DrillReport, writer: Writer, lost_at: datetime) -> None:
    lost = writer.lost(lost_at)
    seen.reports.append(report)
    seen.outages.append(outage(writer.acknowledged, lost_at))
    seen.reaches.append(reach(writer.acknowledged, lost, lost_at))
    seen.written += sum(each.at <= lost_at for each in writer.acknowledged)
    seen.lost += len(lost)


def _promoted(sql: Sql, server: Postgres, name: str) -> float:
    """Seconds from promoteReplica until it has taken a write."""
    began = time.monotonic()
    sql.operate("POST", f"instances/{name}/promoteReplica")
    while True:
        try:
            with server.connect() as connection:
                connection.execute("CREATE TABLE bench_written (at timestamptz DEFAULT now())")
            return time.monotonic() - began
        except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as refused:
            if time.monotonic() - began > LONGEST:
                raise NotReady(f"{name}: it takes no write within {LONGEST:g} s") from refused
        time.sleep(LOOK)


def failover_figures(seen: Seen, rto: float, rpo: float) -> Iterator[Figure]:
    """Of all rounds: medians of the times, the worst of the losses. `rto`, `rpo`: the objectives, seconds."""
    yield at_most(
        "failover under users' load: achieved RTO, in its phases",
        median(achieved(each) for each in seen.reports),
        "s",
        rto,
        *phase_peers(seen.reports),
        Peer("the bare command: promoteReplica, until a write is taken", median(seen.bare)),
        Peer("without a write acknowledged, as a user of the bench's saw it", median(seen.outages)),
        note=f"limit: the environment's objective; medians of {len(seen.reports)}",
    )
    losses = [measured(figures(each).rpo) for each in seen.reports]
    if None in losses:
        raise NotReady("a failover's RPO was not measured: see its report")
    beats = sum(len(each.database.lost) for each in seen.reports if isinstance(each.database, Loss))
    yield at_most(
        "failover under users' load: achieved RPO, the worst",
        max(each.total_seconds() for each in losses if each),
        "s",
        rpo,
        Peer("the same by the writes of a user of the bench's", max(seen.reaches)),
        note=f"limit: the environment's objective; {beats} beats lost; of {seen.written:,} writes "
        f"acknowledged to that user {seen.lost} are gone",
    )
    checks = sum(len(each.checks) for each in seen.reports)
    yield at_least(
        "checks of these failovers that passed",
        sum(check.passed for each in seen.reports for check in each.checks),
        f"of {checks}",
        checks,
    )
