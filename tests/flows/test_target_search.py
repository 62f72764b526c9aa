"""A set's snapshot in the isolated cluster: whole or not at all, begun once, taken down without a trace."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from clients.cluster_marks import read_mark
from clients.environment import Environment
from clients.errors import ClientError
from clients.indices import read_definitions
from clients.patience import patience
from clients.search import delete_snapshot
from domain.manifest import Manifest
from domain.refusal import Refused
from tasks.logbook import logged
from tasks.runs import new_id
from tasks.target_search import (
    NotPlaced,
    RestoredSearch,
    SearchNotRestored,
    restore_search,
    search_target_problems,
    take_down_search,
)
from tasks.targets import Target, target_of
from tests.conftest import Endpoints
from tests.contract.conftest import Faults
from tests.drill_sets import take_set
from tests.environments import environment
from tests.isolation import FULL
from tests.search_ground import SearchGround

DRILL = {"search": "ali-drill-elasticsearch-url"}


@pytest.fixture
def faults(http: Any) -> Faults:
    return Faults(http)


@pytest.fixture
def ground(landscape: Endpoints) -> Iterator[SearchGround]:
    ground = SearchGround(landscape)
    yield ground
    ground.clear()


@pytest.fixture
def env(landscape: Endpoints, ground: SearchGround) -> Iterator[Environment]:
    """Of the test's own, with a run under way."""
    search = {**ground.part, "binding": "ELASTICSEARCH_URL"}
    env = environment(landscape, ground.name, over={"search": search, "drill": DRILL})
    with logged("restore drill", env, quiet=True):
        yield env


@pytest.fixture
def target(env: Environment, isolation: Elasticsearch) -> Iterator[Target]:
    """A target of the test's own, which is taken down."""
    target = target_of(env, new_id())
    yield target
    take_down_search(target, lambda: None)
    assert not isolation.indices.get(index="*", expand_wildcards="all").body
    assert not isolation.snapshot.get_repository().body
    assert read_mark(target.env) is None


def restored(target: Target, manifest: Manifest, **options: Any) -> tuple[RestoredSearch, list[str], int]:
    """What came back, what was told of it, and how often its lease was kept."""
    told: list[str] = []
    kept: list[None] = []
    found = restore_search(target, manifest, lambda: kept.append(None), told.append, **options)
    return found, told, len(kept)


def documents(client: Elasticsearch, index: str) -> int:
    return int(client.count(index=index)["count"])


@pytest.mark.filterwarnings("ignore:Legacy index templates")  # deprecated, and still there
def test_it_comes_back_as_it_was_and_goes_without_a_trace(
    env: Environment, ground: SearchGround, target: Target, isolation: Elasticsearch
) -> None:
    one = ground.index("one", 50)
    two = f"{ground.name}-two"
    client = ground.client
    client.indices.create(index=two, settings={"number_of_shards": 1, "auto_expand_replicas": "0-1"})
    client.indices.put_alias(index=one, name=f"{ground.name}.alias")
    client.ingest.put_pipeline(id=f"{ground.name}-pipe", processors=[], description="noted")
    client.cluster.put_component_template(
        name=f"{ground.name}-base", template={"settings": {"refresh_interval": "7s"}}
    )
    client.indices.put_index_template(
        name=f"{ground.name}-t", index_patterns=[f"{ground.name}-*"], composed_of=[f"{ground.name}-base"]
    )
    try:
        manifest = take_set(env)
        noted = read_definitions(env)
        ground.write(one, 7)  # later than the set
        assert search_target_problems(env) == []
        found, told, kept = restored(target, manifest)
        assert (found.documents, found.shards) == (50, 3)
        assert found.at == manifest.parts[0].at
        assert found.begun_at < found.ready_at
        assert found.bytes > 0
        assert told[-1].startswith("50 documents, ")
        assert kept > 3
        assert documents(isolation, one) == 50
        there = read_definitions(target.env)
        assert there["repository"]["settings"]["readonly"] == "true"
        assert {**there, "repository": None} == {**noted, "repository": None}, "as it was, in all it is"
        again, _, _ = restored(target, manifest)
        assert (again.documents, again.begun_at) == (50, found.begun_at), "not begun again"
        removed = take_down_search(target, lambda: None)
        assert removed == [
            f"in the isolated cluster: {one} and {two}",
            f"repository {ground.repository} is no longer registered there",
        ]
        assert take_down_search(target, lambda: None) == []
        assert not isolation.indices.exists_index_template(name=f"{ground.name}-t")
        assert documents(client, one) == 57, "production is as it was"
        assert len(ground.snapshots()) == 1
    finally:
        client.indices.delete_index_template(name=f"{ground.name}-t")
        client.cluster.delete_component_template(name=f"{ground.name}-base")
        client.ingest.delete_pipeline(id=f"{ground.name}-pipe")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("PUT", "/_cluster/settings", id="its mark"),
        pytest.param("PUT", "/_snapshot/[^/]+$", id="registering"),
        pytest.param("POST", "/_restore", id="beginning"),
        pytest.param("GET", "/_cluster/health", id="looking"),
    ],
)
@pytest.mark.parametrize("action", [pytest.param("drop", marks=pytest.mark.slow), "drop_answer"])
def test_a_lost_call_makes_no_second_restore(
    env: Environment,
    ground: SearchGround,
    target: Target,
    faults: Faults,
    action: str,
    method: str,
    path: str,
) -> None:
    ground.index("one", 5)
    manifest = take_set(env)
    faults.add(action, path, method)
    assert restored(target, manifest)[0].documents == 5
    assert faults.met == 1


def test_a_shard_that_cannot_come_back_ends_it_with_its_reason(
    env: Environment, ground: SearchGround, target: Target
) -> None:
    """Its index demands a node that is nowhere: the restore's own answer is 200."""
    ground.index("one", 5)
    stuck = ground.index("stuck", 5)
    ground.client.indices.put_settings(
        index=stuck, settings={"index.routing.allocation.require._name": "nobody"}
    )
    manifest = take_set(env)
    with pytest.raises(NotPlaced, match=rf"{stuck}\[[01]\]: .*constraints prevented allocation"):
        restored(target, manifest)


def test_a_blob_that_rotted_ends_it_with_its_reason(
    env: Environment, ground: SearchGround, target: Target, landscape: Endpoints
) -> None:
    one = ground.index("one", 500, number_of_shards=1)
    ground.client.indices.forcemerge(index=one, max_num_segments=1)
    manifest = take_set(env)
    blobs = landscape.home.glob(f"**/repositories/{ground.repository}/indices/*/0/__*")
    largest = max(blobs, key=lambda file: file.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    with pytest.raises(SearchNotRestored, match=rf"{one}\[0\]: .*(checksum|[Cc]orrupt)"):
        restored(target, manifest)


def test_a_full_disk_ends_it_with_its_reason(
    env: Environment, ground: SearchGround, target: Target, isolation: Elasticsearch
) -> None:
    ground.index("one", 5)
    manifest = take_set(env)
    isolation.cluster.put_settings(persistent=FULL)
    try:
        with pytest.raises(NotPlaced, match=r"the node is above the low watermark .* actual free"):
            restored(target, manifest)
        take_down_search(target, lambda: None)
    finally:
        isolation.cluster.put_settings(persistent=dict.fromkeys(FULL))


def test_what_never_begins_ends_within_the_limit(
    env: Environment, ground: SearchGround, target: Target, isolation: Elasticsearch
) -> None:
    ground.index("one", 5)
    manifest = take_set(env)
    limit = "cluster.routing.allocation.node_initial_primaries_recoveries"
    isolation.cluster.put_settings(persistent={limit: 0})
    try:
        with pytest.raises(NotPlaced, match=r"nothing moved for 1 s: 0 of 2 shards started; .*limit"):
            restored(target, manifest, stalls=timedelta(seconds=1))
        assert take_down_search(target, lambda: None), "while it is under way, too"
    finally:
        isolation.cluster.put_settings(persistent={limit: None})


def test_a_snapshot_that_is_gone_is_said_so(env: Environment, ground: SearchGround, target: Target) -> None:
    ground.index("one", 5)
    manifest = take_set(env)
    delete_snapshot(env, manifest.parts[0].references[0])
    with pytest.raises(SearchNotRestored, match=r"snapshot .* is gone"):
        restored(target, manifest)


def test_a_set_without_a_snapshot(env: Environment, ground: SearchGround, target: Target) -> None:
    ground.index("one", 1)
    manifest = take_set(env)
    with pytest.raises(SearchNotRestored, match="holds no snapshot"):
        restored(target, replace(manifest, parts=manifest.parts[1:]))


def test_the_isolated_cluster_may_not_be_production_s(env: Environment, ground: SearchGround) -> None:
    ground.index("one", 5)
    drill = env.drill.model_copy(update={"search": "ali-elasticsearch-url"})
    own = env.model_copy(update={"drill": drill})
    (problem,) = search_target_problems(own)
    assert "the very cluster" in problem.what
    with pytest.raises(Refused, match="the very cluster"):
        restored(target_of(own, "x"), take_set(own))
    assert take_down_search(target_of(own, "x"), lambda: None) == []
    assert documents(ground.client, f"{ground.name}-one") == 5


def test_what_no_drill_restored_is_not_touched(
    env: Environment, ground: SearchGround, target: Target, isolation: Elasticsearch
) -> None:
    one = ground.index("one", 5)
    manifest = take_set(env)
    isolation.index(index=one, document={"n": 1}, refresh=True)
    try:
        (problem,) = search_target_problems(env)
        assert problem.what.startswith(f"{env.name}: no drill restored {one}")
        with pytest.raises(Refused, match="no drill restored"):
            restored(target, manifest)
        assert take_down_search(target, lambda: None) == []
        assert documents(isolation, one) == 1
    finally:
        isolation.indices.delete(index=one)


def test_what_another_drill_restored_is_left_to_it(
    env: Environment, ground: SearchGround, target: Target, isolation: Elasticsearch
) -> None:
    one = ground.index("one", 5)
    manifest = take_set(env)
    restored(target, manifest)
    other = target_of(env, new_id())
    with pytest.raises(Refused, match=f"holds what drill {target.drill} of {env.name} restored") as refused:
        restored(other, manifest)
    assert f"muster reap {env.name}" in str(refused.value)
    assert take_down_search(other, lambda: None) == []
    assert documents(isolation, one) == 5


def test_what_the_environment_s_file_must_say(
    landscape: Endpoints, ground: SearchGround, isolation: Elasticsearch
) -> None:
    assert search_target_problems(environment(landscape, "none")) == []
    without = environment(landscape, "without", over={"search": ground.part})
    assert "no isolated cluster" in search_target_problems(without)[0].what
    unbound = environment(landscape, "unbound", over={"search": ground.part, "drill": DRILL})
    assert "search.binding" in search_target_problems(unbound)[0].remedy
    unknown = environment(
        landscape, "unknown", over={"search": ground.part, "drill": {"search": "no-such-secret"}}
    )
    assert any("no-such-secret" in problem.what for problem in search_target_problems(unknown))


def test_production_that_does_not_answer_is_not_taken_for_another(
    env: Environment, ground: SearchGround, target: Target, faults: Faults
) -> None:
    ground.index("one", 5)
    manifest = take_set(env)
    faults.add("refuse", "^/$", "GET", times=1000)
    with pytest.raises(ClientError), patience(timedelta(seconds=1)):
        restored(target, manifest)
