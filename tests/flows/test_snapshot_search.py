"""Frequent snapshots: taken, kept for a span, and safe from whatever ends a run."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from clients.environment import Environment
from clients.leases import read_lease
from clients.snapshots import begin_snapshot, list_snapshots, newest_snapshot, read_snapshot
from domain.refusal import Refused
from domain.set_names import snapshot_name
from flows.snapshot_search import snapshot_search
from tasks.freshness import ages
from tasks.snapshots import SnapshotFailed
from tests.conftest import Endpoints
from tests.flows.conftest import Environments, own_name
from tests.flows.runs import Command, muster, slack_text
from tests.processes import wait_until
from tests.search_ground import NOWHERE, SearchGround


@pytest.fixture
def ground(landscape: Endpoints) -> Iterator[SearchGround]:
    ground = SearchGround(landscape)
    yield ground
    ground.clear()


@pytest.fixture
def env(environment: Environments, ground: SearchGround, request: pytest.FixtureRequest) -> Environment:
    """An environment with an index of ten documents."""
    ground.index("one", 10)
    return environment(own_name(request), search={**ground.part, "keep_snapshots": "1s"}, lease="20s")


def taken(env: Environment) -> str:
    """A snapshot by the flow; its name."""
    before = {each.name for each in list_snapshots(env)}
    snapshot_search.fn(env.name)
    (name,) = {each.name for each in list_snapshots(env)} - before
    return name


def test_the_newest_stays_and_those_of_sets(env: Environment, ground: SearchGround) -> None:
    first = taken(env)
    begin_snapshot(env, snapshot_name("7"), "7")
    by_set = f"{ground.repository}/{snapshot_name('7')}"
    wait_until(lambda: (found := read_snapshot(env, by_set)) and found.successful, what="the set's snapshot")
    time.sleep(1.2)  # the span for which they are kept
    last = taken(env)
    wait_until(lambda: first not in ground.snapshots(), what="the first one's end")
    assert set(ground.snapshots()) == {last, snapshot_name("7")}
    assert set(ground.snapshots().values()) == {"SUCCESS"}
    assert read_lease(env, "search").reading is None
    assert "snapshot search" not in slack_text(env), "a run that comes every few minutes is quiet"


def test_the_repository_itself_tells_how_old_the_newest_is(
    environment: Environments, ground: SearchGround
) -> None:
    ground.index("one", 1)
    limit = {"complete": None, "checked": None, "proven": None, "search_snapshot": "15m"}
    env = environment("t-newest-snapshot", search=ground.part, backup={"freshness": limit})
    (none,) = ages(env)
    assert not none.fresh
    name = taken(env)
    (found,) = ages(env)
    assert found.fresh
    assert name in found.reason


def test_an_index_that_is_red_is_heard_and_the_next_run_is_well(
    env: Environment, ground: SearchGround
) -> None:
    first = taken(env)
    broken = ground.index("broken", documents=0, **NOWHERE)
    with pytest.raises(SnapshotFailed, match=broken):
        snapshot_search.fn(env.name)
    said = slack_text(env)
    assert "snapshot search" in said
    assert broken in said
    assert set(ground.snapshots()) == {first}, "nothing expires when nothing was taken"
    ground.heal(broken)
    found = read_snapshot(env, f"{ground.repository}/{taken(env)}")
    assert found
    assert found.successful
    assert broken in found.indices


@pytest.mark.parametrize(
    ("over", "says", "remedy"),
    [
        pytest.param({"search": None}, "it has no search", "search", id="no search"),
        pytest.param(
            {"search": {"repository": "nowhere"}},
            "snapshot repository nowhere is not registered in the cluster",
            "PUT _snapshot/nowhere",
            id="no repository",
        ),
        pytest.param(
            {"search": {"repository": "READONLY"}},
            "is read-only in this cluster",
            "without readonly",
            id="read-only",
        ),
        pytest.param(
            {"search": {"indices": ["GROUND-one", "GROUND-none*"]}},
            "no index matches",
            "correct search.indices",
            id="a pattern that matches nothing, beside one that does",
        ),
        pytest.param(
            {"search": {"indices": ["GROUND-none"]}}, "there is no index", "search.indices", id="no index"
        ),
    ],
)
def test_what_is_refused_before_anything_is_touched(
    environment: Environments,
    ground: SearchGround,
    over: dict[str, Any],
    says: str,
    remedy: str,
    request: pytest.FixtureRequest,
) -> None:
    ground.index("one", 1)
    readonly = ground.register(readonly=True, name=f"{ground.name}-readonly")

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return [named(each) for each in value]
        return str(value).replace("GROUND", ground.name).replace("READONLY", readonly)

    part = over["search"] and {**ground.part, **{key: named(value) for key, value in over["search"].items()}}
    env = environment(f"t-refused-{ground.name}", search=part)
    with pytest.raises(Refused) as refused:
        snapshot_search.fn(env.name)
    (problem,) = refused.value.problems
    assert says in problem.what
    assert remedy in problem.remedy
    assert not ground.snapshots()
    assert says in slack_text(env), "a snapshot that is not taken is heard"


def fault(http: httpx.Client, action: str, path: str, method: str) -> Callable[[], int]:
    """Let the next such call wait; how many do."""
    made = {"action": action, "path": path, "method": method}
    name = http.post("/faults", json=made).raise_for_status().json()["name"]

    def held() -> int:
        found = http.get("/faults").json()["faults"]
        return next((each["held"] for each in found if each["name"] == name), 0)

    return held


def test_of_two_at_once_the_second_leaves_quietly(
    env: Environment, ground: SearchGround, http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    held = fault(http, "hold_answer", f"/_snapshot/{ground.repository}/", "PUT")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(snapshot_search.fn, env.name)
        wait_until(held, what="a snapshot that was begun, and whose answer is held")
        with caplog.at_level(logging.INFO, "muster"):
            snapshot_search.fn(env.name)
        http.delete("/faults").raise_for_status()
        first.result()
    assert f"snapshot search: nothing was done: {env.name}: snapshot search (" in caplog.text
    assert "is under way" in caplog.text
    assert list(ground.snapshots().values()) == ["SUCCESS"]
    assert "snapshot search" not in slack_text(env)


@pytest.mark.slow
def test_what_a_killed_run_began_ends_by_itself_and_counts(
    environment: Environments, ground: SearchGround, http: httpx.Client
) -> None:
    ground.index("one", 10)
    env = environment("t-killed-snapshot", search=ground.part, lease="15s")
    held = fault(http, "hold_answer", f"/_snapshot/{ground.repository}/", "PUT")
    killed = Command("snapshot", env.name)
    wait_until(lambda: held() or killed.process.poll() is not None, seconds=90, what="an answer that is held")
    assert killed.process.poll() is None, killed.end().said
    killed.process.kill()
    killed.end()
    http.delete("/faults").raise_for_status()
    wait_until(lambda: list(ground.snapshots().values()) == ["SUCCESS"], what="the end of what it began")
    (began,) = ground.snapshots()
    newest = newest_snapshot(env)
    assert newest
    assert newest[0] == began
    wait_until(
        lambda: (lease := read_lease(env, "search").reading) and lease.lapsed, what="the dead one's lease"
    )
    ended = muster("snapshot", env.name)
    assert ended.code == 0, ended.said
    assert ground.snapshots().keys() > {began}
    assert set(ground.snapshots().values()) == {"SUCCESS"}


def test_a_lost_answer_makes_no_second_snapshot(
    env: Environment, ground: SearchGround, http: httpx.Client
) -> None:
    made = {"action": "drop_answer", "path": f"/_snapshot/{ground.repository}/", "method": "PUT"}
    http.post("/faults", json=made).raise_for_status()
    name = taken(env)
    assert [each["met"] for each in http.get("/faults").json()["faults"]] == [1]
    assert ground.snapshots() == {name: "SUCCESS"}
