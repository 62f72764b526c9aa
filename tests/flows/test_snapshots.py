"""A set's snapshot: taken once, noted, and checked without restoring."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from clients.environment import Environment
from clients.errors import NotFound
from clients.search import delete_snapshot
from clients.snapshots import begin_snapshot, read_snapshot
from domain.manifest import Manifest
from domain.set_names import snapshot_name
from domain.taken import Taken
from tasks.logbook import logged
from tasks.snapshots import (
    SnapshotFailed,
    check_snapshot,
    search_configuration,
    search_problems,
    take_snapshot,
)
from tests.conftest import Endpoints
from tests.environments import environment
from tests.processes import wait_until
from tests.search_ground import SearchGround


@pytest.fixture
def ground(landscape: Endpoints) -> Iterator[SearchGround]:
    ground = SearchGround(landscape)
    yield ground
    ground.clear()


@pytest.fixture
def env(landscape: Endpoints, ground: SearchGround) -> Environment:
    return environment(landscape, ground.name, over={"search": ground.part})


def take(env: Environment, set_id: str) -> tuple[Taken, list[str], int]:
    """The snapshot of a set, what was told of it, and how often its lease was kept."""
    told: list[str] = []
    kept: list[None] = []
    with logged("backup", env, quiet=True):
        taken = take_snapshot(env, set_id, lambda: kept.append(None), told.append)
    return taken, told, len(kept)


def manifest(taken: Taken) -> Manifest:
    at = taken.part.at
    return Manifest("1", "e", "s", at, at + timedelta(minutes=1), (taken.part,), facts=taken.facts)


def test_it_is_noted_with_what_it_holds_and_taken_once(env: Environment, ground: SearchGround) -> None:
    one, two = ground.index("one", 20), ground.index("two", 0)
    taken, told, kept = take(env, "1")
    found = read_snapshot(env, f"{ground.repository}/{snapshot_name('1')}")
    assert found
    assert taken.part.references == (found.reference,)
    assert taken.part.at == found.started_at, "its start is its bound"
    assert taken.part.size
    assert taken.facts == {
        "search.snapshot": found.uuid,
        "search.version": found.version,
        "search.indices": f"{one},{two}",
        "search.shards": 4,
        f"search.documents/{one}": 20,
        f"search.documents/{two}": 0,
    }
    assert told[-1].endswith(", 4 shards")
    assert kept >= 2
    again, _, _ = take(env, "1")
    assert again == taken, "run again, it is the same one"
    assert check_snapshot(env, manifest(taken)) == []
    assert search_problems(env) == []
    assert set(search_configuration(env)["indices"]) == {one, two}


def test_what_a_check_finds(env: Environment, ground: SearchGround) -> None:
    ground.index("one")
    taken, _, _ = take(env, "1")
    noted, name = manifest(taken), taken.part.references[0]
    delete_snapshot(env, name)
    assert check_snapshot(env, noted) == [f"snapshot {name} is gone"]
    ground.index("two")
    begin_snapshot(env, snapshot_name("1"), "1")
    wait_until(lambda: (found := read_snapshot(env, name)) and found.successful, what="another of its name")
    found = "\n".join(check_snapshot(env, noted))
    assert f"{name}: search.snapshot is " in found
    assert (
        f"{name}: search.indices is {ground.name}-one,{ground.name}-two, and {ground.name}-one was" in found
    )
    assert f"{name}: search.shards is 4, and 2 was noted" in found
    elsewhere = replace(taken.part, references=(f"{ground.name}-gone/{snapshot_name('1')}",))
    with pytest.raises(NotFound, match="repository_missing"):
        check_snapshot(env, replace(noted, parts=(elsewhere,)))


def test_a_shard_whose_files_are_damaged_fails_the_snapshot_and_is_named(
    env: Environment, ground: SearchGround, landscape: Endpoints
) -> None:
    """A bit flips on the server's disk, where only a reading of the whole file finds it."""
    ground.index("one", 5)
    broken = ground.index("broken", 500, number_of_shards=1)
    ground.client.indices.forcemerge(index=broken, max_num_segments=1)
    ground.client.indices.flush(index=broken, force=True)
    settings = ground.client.indices.get_settings(index=broken, flat_settings=True)
    uuid = settings[broken]["settings"]["index.uuid"]
    (shard,) = landscape.home.glob(f"**/indices/{uuid}/0/index")
    largest = max(shard.glob("_*"), key=lambda file: file.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    with pytest.raises(SnapshotFailed, match=rf"1 of 3 shards failed; {broken}\[0\]: .*[cC]orrupt") as failed:
        take(env, "1")
    assert "PARTIAL" in str(failed.value) or "FAILED" in str(failed.value)
    found = read_snapshot(env, f"{ground.repository}/{snapshot_name('1')}")
    assert found
    assert not found.successful
