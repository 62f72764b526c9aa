"""Damaged snapshots: a further cluster restores them as told, the first one's are whole, and DELETE heals."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from elasticsearch import ApiError, Elasticsearch

from tests.conftest import Endpoints
from tests.sandbox.test_elasticsearch import client_of, count, write
from tests.sandbox.test_elasticsearch_clusters import CLUSTERS, connected, started

REPOSITORY, SNAPSHOT = "rotting", "nightly"
NAME = f"{REPOSITORY}/{SNAPSHOT}"
REGISTRATION = {"type": "fs", "settings": {"location": REPOSITORY}}
READ_ONLY = {"type": "fs", "settings": {"location": REPOSITORY, "readonly": True}}
INDICES = ("rot-orders", "rot-carts")


@pytest.fixture(scope="module")
def first(cloud: Endpoints) -> Iterator[Elasticsearch]:
    """With a snapshot of two indices, taken after another one of something else."""
    with client_of(cloud) as client:
        write(client, "rot-before", 2000)
        for index, documents in zip(INDICES, (500, 20), strict=True):
            write(client, index, documents)
        client.snapshot.create_repository(name=REPOSITORY, repository=REGISTRATION)
        for name, indices in (("before", "rot-before"), (SNAPSHOT, ",".join(INDICES))):
            client.snapshot.create(
                repository=REPOSITORY,
                snapshot=name,
                indices=indices,
                metadata={"whose": name},
                wait_for_completion=True,
            )
        yield client
        client.snapshot.delete_repository(name=REPOSITORY)
        client.indices.delete(index=["rot-before", *INDICES])


@pytest.fixture(scope="module")
def second(cloud: Endpoints) -> Iterator[Elasticsearch]:
    with connected(started(cloud.google, "damaged")) as client:
        yield client
    httpx.delete(f"{cloud.google}{CLUSTERS}/damaged", timeout=60).raise_for_status()


@pytest.fixture(autouse=True)
def nothing_is_left(http: httpx.Client, second: Elasticsearch) -> Iterator[None]:
    yield
    http.delete("/faults").raise_for_status()
    second.options(ignore_status=404).indices.delete(
        index=[*INDICES, "rot-orders-extra"], ignore_unavailable=True
    )
    second.options(ignore_status=404).snapshot.delete_repository(name=REPOSITORY)


def plant(http: httpx.Client, damage: str, **how: str) -> None:
    told = http.post("/faults", json={"snapshot": NAME, "damage": damage, **how}).json()
    assert told.get("damage") == damage, told
    assert http.get("/faults").json()["snapshots"] == {
        NAME: {"damage": damage, "index": how.get("index", "")}
    }


def restored(cluster: Elasticsearch) -> Any:
    """What a restore in that cluster says of its shards."""
    answer = cluster.snapshot.restore(repository=REPOSITORY, snapshot=SNAPSHOT, wait_for_completion=True)
    return answer["snapshot"]["shards"]


@pytest.mark.parametrize("damage", ["bit flip", pytest.param("truncation", marks=pytest.mark.slow)])
def test_a_damaged_blob_fails_its_shard_in_the_further_cluster_alone(
    first: Elasticsearch, second: Elasticsearch, http: httpx.Client, damage: str
) -> None:
    plant(http, damage)
    second.snapshot.create_repository(name=REPOSITORY, repository=READ_ONLY)
    assert second.snapshot.get(repository=REPOSITORY, snapshot=SNAPSHOT)["snapshots"][0]["state"] == "SUCCESS"
    assert restored(second)["failed"] == 1
    assert count(second, "rot-carts") == 20, "the other index is whole"
    second.indices.delete(index=list(INDICES))
    again = first.snapshot.restore(
        repository=REPOSITORY,
        snapshot=SNAPSHOT,
        rename_pattern="(.+)",
        rename_replacement="again-$1",
        wait_for_completion=True,
    )
    assert again["snapshot"]["shards"]["failed"] == 0
    assert count(first, "again-rot-orders") == 500
    first.indices.delete(index=[f"again-{index}" for index in INDICES])
    assert http.delete(f"/faults/{NAME}").status_code == 200
    assert http.get("/faults").json()["snapshots"] == {}
    assert restored(second)["failed"] == 0, "what is registered there is led back"
    assert count(second, "rot-orders") == 500


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "state", "indices"),
    [
        pytest.param("PARTIAL snapshot", "PARTIAL", set(INDICES), id="partial"),
        pytest.param("missing index", "SUCCESS", {"rot-carts"}, id="missing index"),
        pytest.param("extra index", "SUCCESS", {*INDICES, "rot-orders-extra"}, id="extra index"),
    ],
)
def test_another_snapshot_of_that_name(
    first: Elasticsearch,
    second: Elasticsearch,
    http: httpx.Client,
    damage: str,
    state: str,
    indices: set[str],
) -> None:
    second.snapshot.create_repository(name=REPOSITORY, repository=READ_ONLY)
    plant(http, damage, index="rot-orders")
    (found,) = second.snapshot.get(repository=REPOSITORY, snapshot=SNAPSHOT)["snapshots"]
    assert (found["state"], set(found["indices"])) == (state, indices)
    assert found["metadata"] == {"whose": SNAPSHOT}
    assert bool(found["failures"]) is (state == "PARTIAL")
    assert not second.indices.exists(index="rot-*", allow_no_indices=False), "nothing is left of the making"
    assert list(second.snapshot.get_repository()) == [REPOSITORY]
    (own,) = first.snapshot.get(repository=REPOSITORY, snapshot=SNAPSHOT)["snapshots"]
    assert (own["state"], set(own["indices"])) == ("SUCCESS", set(INDICES))
    if state == "PARTIAL":
        with pytest.raises(ApiError):
            restored(second)


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        pytest.param({"damage": "mould"}, "INVALID_ARGUMENT", id="no such damage"),
        pytest.param({"snapshot": "rotting/none", "damage": "bit flip"}, "NOT_FOUND", id="no such snapshot"),
        pytest.param({"snapshot": "none/x", "damage": "bit flip"}, "NOT_FOUND", id="no such repository"),
        pytest.param({"damage": "bit flip", "index": "none"}, "FAILED_PRECONDITION", id="no such index"),
        pytest.param({"damage": "PARTIAL snapshot", "index": "none"}, "FAILED_PRECONDITION", id="nor there"),
    ],
)
def test_what_is_no_damage_is_refused(
    first: Elasticsearch, http: httpx.Client, fault: dict[str, str], status: str
) -> None:
    answer = http.post("/faults", json={"snapshot": NAME, **fault})
    assert answer.json()["error"]["status"] == status
    assert http.get("/faults").json()["snapshots"] == {}
