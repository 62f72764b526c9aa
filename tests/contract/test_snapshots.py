"""Snapshots in a real Elasticsearch: begun once whatever is lost, and told as they are."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from clients import snapshots as client
from clients.environment import Environment
from clients.errors import ClientError, NotFound, Rejected, Unavailable
from clients.patience import patience
from clients.search import delete_snapshot
from clients.snapshots import begin_deletion, begin_snapshot, list_snapshots, newest_snapshot, read_snapshot
from domain.snapshot import Snapshot, State
from tasks.snapshots import search_problems
from tests.conftest import Endpoints
from tests.contract.conftest import Faults, plain_secret
from tests.environments import environment
from tests.processes import wait_until
from tests.sandbox.test_elasticsearch_clusters import CLUSTERS, connected, started
from tests.search_ground import NOWHERE, SearchGround


@pytest.fixture
def ground(cloud: Endpoints, foundation: None) -> Iterator[SearchGround]:
    ground = SearchGround(cloud)
    yield ground
    ground.clear()


@pytest.fixture
def env(cloud: Endpoints, ground: SearchGround) -> Environment:
    return environment(cloud, ground.name, over={"search": ground.part})


def taken(env: Environment, name: str, set_id: str = "") -> Snapshot:
    """A snapshot that has ended."""
    begin_snapshot(env, name, set_id)
    return ended(env, name)


def ended(env: Environment, name: str) -> Snapshot:
    def look() -> Snapshot | None:
        found = read_snapshot(env, f"{env.search.repository if env.search else ''}/{name}")
        return found if found and not found.under_way else None

    found = wait_until(look, what=f"the end of {name}")
    assert found
    return found


def test_a_snapshot_is_told_as_it_is(env: Environment, ground: SearchGround) -> None:
    one, two = ground.index("one"), ground.index("two", documents=0)
    began = datetime.now(UTC)
    found = taken(env, "muster-set-1", "1")
    assert (found.state, found.successful, found.trouble) == (State.SUCCESS, True, "")
    assert (found.indices, found.shards, found.shards_failed) == ((one, two), 4, 0)
    assert found.set_id == "1"
    assert abs(found.started_at - began) < timedelta(seconds=2), "its clock ticks five times a second"
    assert found.ended_at
    assert found.ended_at >= found.started_at
    assert found.uuid
    progress = client.read_progress(env, found.reference)
    assert (progress.shards_done, progress.shards) == (4, 4)
    assert 0 < progress.size == progress.copied == progress.to_copy
    assert progress.files > 0
    again = client.read_progress(env, taken(env, "muster-set-2").reference)
    assert (again.to_copy, again.size) == (0, progress.size), "what the repository has is not copied again"


def test_what_was_begun_is_not_begun_again(env: Environment, ground: SearchGround) -> None:
    ground.index("one")
    first = taken(env, "muster-set-1")
    begin_snapshot(env, "muster-set-1")
    assert ended(env, "muster-set-1").uuid == first.uuid


@pytest.mark.parametrize("action", ["drop", "drop_answer"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        pytest.param("PUT", "/_snapshot/.*/muster-set-1", id="beginning"),
        pytest.param("GET", "/_snapshot/.*/muster-set-1", id="looking"),
    ],
)
def test_a_lost_call_makes_no_second_snapshot(
    env: Environment, ground: SearchGround, faults: Faults, action: str, method: str, path: str
) -> None:
    ground.index("one")
    faults.add(action, path, method)
    assert taken(env, "muster-set-1").successful
    assert faults.met == 1
    assert ground.snapshots() == {"muster-set-1": "SUCCESS"}


def test_a_shard_without_a_node_is_refused_by_its_index(env: Environment, ground: SearchGround) -> None:
    ground.index("one")
    broken = ground.index("broken", documents=0, **NOWHERE)
    with pytest.raises(Rejected, match=rf"unassigned primary shards.*{broken}") as refused:
        begin_snapshot(env, "muster-set-1")
    assert "_cluster/allocation/explain" in refused.value.hint
    assert not ground.snapshots()


def test_partial_is_no_success_and_names_its_shards(env: Environment, ground: SearchGround) -> None:
    """As another tool, or somebody by hand, takes one."""
    ground.index("one")
    broken = ground.index("broken", documents=0, **NOWHERE)
    ground.client.snapshot.create(
        repository=ground.repository,
        snapshot="by-hand",
        indices=f"{ground.name}-*",
        partial=True,
        wait_for_completion=True,
    )
    found = ended(env, "by-hand")
    assert (found.state, found.successful, found.shards, found.shards_failed) == (State.PARTIAL, False, 4, 2)
    assert found.trouble == (
        f"{ground.repository}/by-hand is PARTIAL: 2 of 4 shards failed; "
        f"{broken}[0]: primary shard is not allocated; {broken}[1]: primary shard is not allocated"
    )


def test_one_of_no_index_is_no_success(env: Environment, ground: SearchGround) -> None:
    """Elasticsearch takes a snapshot of what a pattern does not match, and calls it a SUCCESS."""
    found = taken(env, "muster-set-1")
    assert (found.state, found.successful) == (State.SUCCESS, False)
    assert "holds no index" in found.trouble


def test_a_name_that_no_snapshot_can_have(env: Environment, ground: SearchGround) -> None:
    with pytest.raises(Rejected, match="must be lowercase"):
        begin_snapshot(env, "Upper")


def test_what_is_gone_is_none_and_stays_gone(env: Environment, ground: SearchGround) -> None:
    ground.index("one")
    one, two = taken(env, "muster-set-1"), taken(env, "muster-set-2")
    delete_snapshot(env, one.reference)
    delete_snapshot(env, one.reference)
    assert read_snapshot(env, one.reference) is None
    begin_deletion(env, two.reference)
    begin_deletion(env, two.reference)
    wait_until(lambda: read_snapshot(env, two.reference) is None, what="the deletion")
    begin_deletion(env, two.reference)
    assert not ground.snapshots()


def test_in_a_repository_that_is_not_there_nothing_can_be_told(
    env: Environment, ground: SearchGround
) -> None:
    with pytest.raises(NotFound, match="repository_missing_exception"):
        read_snapshot(env, f"{ground.name}-other/muster-set-1")
    assert client.read_repository(env, f"{ground.name}-other") is None


def test_repositories_say_whether_they_can_be_written(env: Environment, ground: SearchGround) -> None:
    found = client.read_repository(env, ground.repository)
    assert found
    assert (found.type, found.readonly) == ("fs", False)
    other = ground.register(readonly=True, name=f"{ground.name}-readonly")
    found = client.read_repository(env, other)
    assert found
    assert found.readonly


def test_a_listing_is_of_one_environment_the_newest_first(
    cloud: Endpoints, env: Environment, ground: SearchGround
) -> None:
    """Environments may share a repository; others' snapshots and people's are not ours."""
    ground.index("one")
    other = environment(cloud, f"{ground.name}-other", over={"search": ground.part})
    assert newest_snapshot(env) is None
    for each, name, set_id in (
        (env, "muster-set-1", "1"),
        (other, "muster-set-2", "2"),
        (env, "muster-frequent-3", ""),
        (env, "muster-frequent-4", ""),
    ):
        taken(each, name, set_id)
    ground.client.snapshot.create(
        repository=ground.repository,
        snapshot="muster-by-hand",
        indices=f"{ground.name}-*",
        wait_for_completion=True,
    )
    listed = list(list_snapshots(env, page=2))
    assert sorted(each.name for each in listed) == ["muster-frequent-3", "muster-frequent-4", "muster-set-1"]
    assert listed == sorted(listed, key=lambda each: (each.started_at, each.name), reverse=True)
    assert {each.set_id for each in listed} == {"1", ""}
    newest = listed[0]
    assert newest_snapshot(env) == (newest.name, newest.started_at)
    assert [each.name for each in list_snapshots(other)] == ["muster-set-2"]


def test_what_is_not_there_says_where_it_was_looked_for(
    cloud: Endpoints, env: Environment, ground: SearchGround, dead: str, faults: Faults
) -> None:
    secret = f"{ground.name}-dead"
    plain_secret(faults.http, cloud.project, secret, dead.replace("http://", "http://muster:hidden@"))
    away = environment(cloud, "away", over={"search": {**ground.part, "credentials": secret}})
    with pytest.raises(Unavailable, match=r"no answer from 127\.0\.0\.1:") as away_error, patience(PROMPTLY):
        begin_snapshot(away, "muster-set-1")
    assert "hidden" not in str(away_error.value)


PROMPTLY = timedelta(milliseconds=600)


@pytest.mark.parametrize("value", ["not an address", "https://muster:p/w@search:9200", "search:9200"])
def test_a_secret_that_holds_no_address_is_not_repeated(
    cloud: Endpoints, ground: SearchGround, faults: Faults, value: str
) -> None:
    secret = f"{ground.name}-{abs(hash(value)) % 10_000}"
    plain_secret(faults.http, cloud.project, secret, value)
    env = environment(cloud, "odd", over={"search": {**ground.part, "credentials": secret}})
    with pytest.raises(Rejected, match=f"secret {secret}: its address cannot be read") as refused:
        newest_snapshot(env)
    assert value not in str(refused.value)
    assert "percent-encoded" in refused.value.hint


@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param({"action": "refuse", "status": 503}, id="unavailable"),
        pytest.param({"action": "refuse", "status": 429}, id="too many requests"),
    ],
)
def test_trouble_that_passes_is_not_noticed(
    env: Environment, ground: SearchGround, faults: Faults, trouble: dict[str, object]
) -> None:
    ground.index("one")
    faults.add(**trouble, path="/_snapshot/", times=2)  # type: ignore[arg-type]
    assert taken(env, "muster-set-1").successful
    assert faults.met == 2


@pytest.mark.slow
def test_a_second_cluster_reads_what_the_first_has_taken_and_may_not_write_it(
    cloud: Endpoints, env: Environment, ground: SearchGround, faults: Faults
) -> None:
    """As a drill restores: it registers the first one's repository as read-only."""
    ground.index("one", 20)
    first = taken(env, "muster-set-1", "1")
    cluster = started(cloud.google, "second")
    try:
        with connected(cluster) as second:
            ground.register(readonly=True, client=second)
            secret = f"{ground.name}-second"
            plain_secret(faults.http, cloud.project, secret, cluster["address"])
            part = {**ground.part, "credentials": secret}
            there = environment(cloud, env.name, over={"search": part})
            assert read_snapshot(there, first.reference) == first
            assert newest_snapshot(there) == (first.name, first.started_at)
            repository = client.read_repository(there, ground.repository)
            assert repository
            assert repository.readonly
            assert [each.what for each in search_problems(there)] == [
                f"{env.name}: snapshot repository {ground.repository} is read-only in this cluster",
                f"{env.name}: no index matches {ground.name}-*",
            ]
            with pytest.raises(ClientError, match="readonly"), patience(PROMPTLY):
                begin_snapshot(there, "muster-set-2")
    finally:
        faults.http.delete(f"{CLUSTERS}/second", timeout=60).raise_for_status()
    assert ground.snapshots() == {"muster-set-1": "SUCCESS"}
