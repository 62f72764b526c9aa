"""What a deploy asks of Google's APIs, beside the quotas of a project and region."""

import re
import time
from collections import Counter
from collections.abc import Iterator

from bench.cloud import ECHO, Cloud
from bench.deaths import another_release, wait_for_canary
from bench.figure import Figure, Peer, at_most
from bench.progress import tell
from clients.environment import Canary
from examples.demo.prefect_server import BIN

NAME = "calls"
AT_ONCE = 20
WINDOW = 60.0  # seconds of a hold that are looked at
RUN_READS, RUN_WRITES, LOG_READS = 600, 30, 60  # a minute: the smallest quotas seen of projects
LOOKING = 10  # deploys in one project whose looks fit into the quota of log reads
READ = re.compile(r"run\..*\.(get|list)$")
WRITTEN = re.compile(r"run\..*\.(create|patch|delete|run|cancel)$")


def measure(cloud: Cloud) -> Iterator[Figure]:
    """A deploy with the usual pause between looks, in its first hold; then the rest of it."""
    cloud.muster(NAME, "deploy", NAME, "--source", ECHO)
    cloud.ask("DELETE", "/truth")
    release = another_release(cloud)
    process = cloud.processes.start(NAME, BIN / "muster", "deploy", NAME, "--source", release)
    wait_for_canary(cloud, NAME)
    before = _calls(cloud)
    tell(f"counting the calls of {WINDOW:g} s on trial")
    time.sleep(WINDOW)
    holding = _calls(cloud) - before
    cloud.muster("promote", "promote", NAME)
    process.wait()
    minutes = len(Canary().steps) * Canary().hold.total_seconds() / 60
    writes = sum(_of(WRITTEN, _calls(cloud)).values()) + len(Canary().steps) - 1  # steps that were skipped
    reads = sum(_of(READ, holding).values()) / WINDOW * 60
    looks = holding["logging.entries.list"] / WINDOW * 60
    yield at_most(
        f"calls of {AT_ONCE} deploys at once: reads of Cloud Run on trial",
        reads * AT_ONCE,
        "a minute",
        RUN_READS,
        Peer("one deploy", reads),
        note=_told(_of(READ, holding)),
    )
    yield at_most(
        f"calls of {AT_ONCE} deploys at once: writes to Cloud Run, over the usual {minutes:.0f} min of holds",
        writes * AT_ONCE / minutes,
        "a minute",
        RUN_WRITES,
        Peer("one deploy, all of it", writes),
        note=_told(_of(WRITTEN, _calls(cloud))),
    )
    yield at_most(
        f"calls of {LOOKING} deploys at once: reads of the log on trial",
        looks * LOOKING,
        "a minute",
        LOG_READS,
        Peer("one deploy", looks),
        note="beyond that looks are refused, and made at growing pauses",
    )


def _calls(cloud: Cloud) -> Counter[str]:
    return Counter(cloud.ask("GET", "/truth/calls")["calls"])


def _of(kind: re.Pattern[str], calls: Counter[str]) -> Counter[str]:
    return Counter({method: count for method, count in calls.items() if kind.search(method)})


def _told(calls: Counter[str]) -> str:
    return ", ".join(
        f"{count} x {method.removeprefix('run.projects.locations.')}" for method, count in calls.most_common()
    )
