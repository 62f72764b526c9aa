"""The sample's releases under a hundred users: who meets the bad ones, and what a change costs."""

import time
from collections.abc import Iterator
from datetime import datetime
from statistics import median

from bench.cloud import Cloud
from bench.deployment import Deployment, deploy, roll_back
from bench.figure import Figure, Peer, at_most
from bench.progress import tell
from bench.split import Watch, move, watching
from bench.users import Count, Users
from clients.logs import read_requests
from domain.canary import Outcome
from domain.record import Result
from domain.requests import Request, of_users

SERVICE = "ali-api"
SLOW = 0.3  # seconds added to every answer while the split changes: thirty requests are under way each time
MOVES = 6
QUIET = 5.0  # seconds


def measure(cloud: Cloud) -> Iterator[Figure]:
    """Promote a good release, go back and forth, then deploy the bad ones over it."""
    cloud.stage.prefect.start()
    tell("deploying the sample's first release, while Prefect starts")
    cloud.stage.deploy_base()
    users = Users(cloud)
    cloud.stage.prefect.wait()
    quiet = users.during(lambda: time.sleep(QUIET))
    promoted = users.during(lambda: deploy(cloud, "good", Result.PROMOTED, "--prefect"))
    good = promoted.outcome
    yield _lost("promote", promoted.count, quiet.count)

    moved = users.during(lambda: _go_back_and_forth(cloud, good))
    with watching(cloud, SERVICE) as watch:
        returned = users.during(lambda: deploy(cloud, "erring", Result.ROLLED_BACK, "--prefect"))
    erring = returned.outcome
    cloud.stage.prefect.process.terminate()
    crashing = deploy(cloud, "crashing", Result.FAILED)
    failing = deploy(cloud, "failing", Result.FAILED)

    yield _lost("rollback", moved.count.and_of(returned.count), quiet.count)
    yield _met(cloud, users, crashing, erring, "crashes at start")
    yield _met(cloud, users, failing, erring, "answers 500 to everything")
    yield _return(erring, watch, moved.outcome, _requests(cloud, erring))
    yield _own("a flow that promotes", good)
    yield _own("a flow that rolls back", erring)
    yield _own("a command that fails", failing)
    users.stop()


def _go_back_and_forth(cloud: Cloud, good: Deployment) -> list[float]:
    """Roll back and forth, then by bare PATCHes; the seconds that each of these took to be in force."""
    base, other = good.record.baseline, good.record.canary
    for revision in (base, other):
        cloud.ask("POST", "/faults", {"revision": revision, "latency": SLOW})
    for revision in (base, other):
        roll_back(cloud, revision)
    tell(f"moving all traffic {MOVES} times")
    moves = [move(cloud, SERVICE, revision) for revision in (base, other) * (MOVES // 2)]
    cloud.ask("DELETE", "/faults")
    return moves


def _lost(what: str, count: Count, quiet: Count) -> Figure:
    return at_most(
        f"requests lost or cut by the platform: {what}",
        count.lost.total(),
        f"of {count.requests:,}",
        0,
        Peer(f"with nothing going on, of {quiet.requests:,}", quiet.lost.total()),
        note=", ".join(
            [f"p99 {count.slowest:.2g} s", *(f"{number} x {kind}" for kind, number in count.lost.items())]
        ),
    )


def _met(cloud: Cloud, users: Users, deployment: Deployment, other: Deployment, what: str) -> Figure:
    """By the request log, and by what the users themselves saw: whichever is more."""
    by_log, by_users = len(_requests(cloud, deployment)), users.met(deployment.record.canary)
    return at_most(
        f"users' requests that a release received: {what}",
        max(by_log, by_users),
        "requests",
        0,
        Peer("one that errs on users' writes alone", len(_requests(cloud, other))),
    )


def _requests(cloud: Cloud, deployment: Deployment) -> list[Request]:
    """The users' requests that its revision received."""
    record = deployment.record
    env = cloud.environment("sandbox")
    entries, _ = read_requests(env, since=record.started_at, revision=record.canary)
    return of_users(entries, ())


def _return(erring: Deployment, watch: Watch, moves: list[float], met: list[Request]) -> Figure:
    """From the verdict until the service itself says that the baseline has all traffic."""
    verdict = next(look.at for look in erring.record.looks if look.outcome == Outcome.FAIL)
    back = watch.since(verdict, {erring.record.baseline: 100})
    call = median(moves)
    last: datetime = max(request.at for request in met)
    return at_most(
        "verdict to baseline at 100 %",
        (back - verdict).total_seconds(),
        "s",
        1 + call,
        Peer("one PATCH, until it is in force", call),
        note=f"the last request it received began {(last - verdict).total_seconds():.2f} s after the verdict",
    )


def _own(what: str, deployment: Deployment) -> Figure:
    return at_most(
        f"a deploy's own time: {what}",
        deployment.own,
        "s",
        5,
        Peer("what its process computed meanwhile", deployment.computed),
        Peer("its waits for APIs, and its holds", deployment.took - deployment.own),
        note=f"mostly {deployment.mostly}",
    )
