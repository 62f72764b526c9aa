"""Deploys that are killed in mid-canary: how long until all users are back on the baseline."""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.cloud import ECHO, Cloud
from bench.environments import DYING
from bench.figure import Figure, Peer, at_most
from bench.progress import tell
from clients.drafts import list_drafts
from examples.demo.prefect_api import Prefect
from examples.demo.prefect_server import BIN
from examples.demo.processes import NotReady, process_of

EACH = 10  # of every service, by settle; once by Prefect
LEASE, SLACK, GRAIN = 5.0, 2.0, 1.0  # seconds: the lease's length, what it is given beyond, the Date header's
ROUND = 2.0  # seconds between settle's rounds
ACT = 1.0  # seconds for a round's own work
PREFECT = 20.0  # seconds, as measured elsewhere: to notice a crash, to start a run
LONGEST = 120.0


def measure(cloud: Cloud) -> Iterator[Figure]:
    """First with Prefect's automation alone, then with settle alone."""
    names = [f"dying-{number}" for number in range(DYING)]
    release = another_release(cloud)
    cloud.stage.prefect.start()
    for name in names:
        cloud.muster(name, "deploy", name, "--source", ECHO)
    cloud.stage.prefect.open()
    with closing(Prefect(cloud.stage.prefect.address)) as prefect:
        tell(f"killing {DYING} flow runs; an automation rolls back")
        by_prefect = _side_by_side(names, lambda name: [_kill(cloud, name, _flow_run(prefect, release))])
    cloud.stage.prefect.process.terminate()

    settle = cloud.processes.start("settle", BIN / "muster", "settle", *names, "--every", f"{ROUND:g}s")
    tell(f"killing {DYING * EACH} deploys; settle puts their users back")
    by_settle = _side_by_side(
        names, lambda name: [_kill(cloud, name, _command(cloud, release)) for _ in range(EACH)]
    )
    settle.terminate()
    yield _figure("by settle", by_settle, LEASE + SLACK + GRAIN + ROUND + ACT, LEASE + ROUND)
    yield _figure("by Prefect's automation", by_prefect, LEASE + SLACK + GRAIN + PREFECT, LEASE + PREFECT)


Begin = Callable[[str], Callable[[], None]]


def _side_by_side(names: list[str], work: Callable[[str], list[float]]) -> list[float]:
    with ThreadPoolExecutor(len(names)) as pool:
        return [seconds for found in pool.map(work, names) for seconds in found]


def _kill(cloud: Cloud, name: str, begin: Begin) -> float:
    """Kill one deploy once its canary has users; the seconds until nobody is on it any more."""
    kill = begin(name)
    wait_for_canary(cloud, name)
    time.sleep(random.uniform(0, LEASE / 5))  # noqa: S311 - anywhere between two renewals
    kill()
    killed = time.monotonic()
    _wait(lambda: _canary_share(cloud.service(name)) == 0, f"{name}: its users back")
    took = time.monotonic() - killed
    _wait(lambda: not list_drafts(cloud.environment(name)), f"{name}: its record")
    return took


def _command(cloud: Cloud, release: Path) -> Begin:
    def begin(name: str) -> Callable[[], None]:
        process = cloud.processes.start(
            name, BIN / "muster", "deploy", name, "--source", release, "--wait", "30s"
        )

        def kill() -> None:
            process.kill()
            process.wait()

        return kill

    return begin


def _flow_run(prefect: Prefect, release: Path) -> Begin:
    def begin(name: str) -> Callable[[], None]:
        wanted = {"ref": "dying", "source": str(release)}
        run = prefect.ask_for("deploy", environment=name, release=wanted)
        return partial(_kill_process_of, run)

    return begin


def _kill_process_of(run: str) -> None:
    os.kill(process_of(run), signal.SIGKILL)


def wait_for_canary(cloud: Cloud, name: str) -> None:
    """Until users meet it. NotReady when they do not."""
    _wait(lambda: _canary_share(cloud.service(name)) > 0, f"{name}: its canary")


def _canary_share(service: dict[str, Any]) -> int:
    statuses = service.get("trafficStatuses", [])
    tagged = {status["revision"] for status in statuses if status.get("tag") == "canary"}
    return sum(status.get("percent", 0) for status in statuses if status.get("revision") in tagged)


def _wait(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + LONGEST
    while not condition():
        if time.monotonic() > end:
            raise NotReady(f"{what}: not within {LONGEST:g} s")
        time.sleep(0.05)


def another_release(cloud: Cloud) -> Path:
    """The echo once more, made of something else."""
    folder = shutil.copytree(ECHO, cloud.home / "dying", dirs_exist_ok=True)
    (folder / "release.txt").write_text("the next one\n")
    return folder


def _figure(how: str, took: list[float], limit: float, peer: float) -> Figure:
    beside = "a round" if how == "by settle" else "what Prefect takes to notice and to start a run"
    late = quantiles(took, n=10)[-1]
    return at_most(
        f"from SIGKILL in mid-canary to all users on the baseline, {how}: the slowest of {len(took)}",
        max(took),
        "s",
        limit,
        Peer(f"the lease's length and {beside}", peer),
        note=f"half within {median(took):.1f} s, nine in ten within {late:.1f} s; lease {LEASE:g} s",
    )
