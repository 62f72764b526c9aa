"""A second, isolated Elasticsearch on demand: to restore where the first is not, or is not to be touched."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from elasticsearch import ApiError, Elasticsearch

from tests.conftest import Endpoints, start_sandbox
from tests.processes import wait_until
from tests.sandbox.test_elasticsearch import client_of, count, process, running, write

CLUSTERS = "/sandbox/elasticsearch/clusters"
REPOSITORY = {"type": "fs", "settings": {"location": "shared"}}
READ_ONLY = {"type": "fs", "settings": {"location": "shared", "readonly": True}}


def started(google: str, name: str) -> dict[str, Any]:
    """A cluster of that name, once it is up."""
    asked = httpx.post(f"{google}{CLUSTERS}", json={"name": name}).raise_for_status().json()
    assert (asked["name"], asked["state"]) == (name, "STARTING"), "it is told at once, and starts meanwhile"
    url = f"{google}{CLUSTERS}/{name}"

    def up() -> dict[str, Any]:
        told: dict[str, Any] = httpx.get(url).json()
        assert told["state"] != "FAILED", told
        return told if told["state"] == "RUNNING" else {}

    told = wait_until(up, seconds=170, what=f"cluster {name}")
    assert (told["address"], told["host"]) == (f"http://127.0.0.1:{told['port']}", "127.0.0.1")
    assert told["address"] == asked["address"]
    return told


def connected(cluster: dict[str, Any]) -> Elasticsearch:
    return Elasticsearch(cluster["address"], request_timeout=60, max_retries=0)


@pytest.fixture(scope="module")
def first(cloud: Endpoints) -> Iterator[Elasticsearch]:
    with client_of(cloud) as client:
        yield client


@pytest.fixture(scope="module")
def cluster(cloud: Endpoints) -> Iterator[dict[str, Any]]:
    yield started(cloud.google, "recovery")
    httpx.delete(f"{cloud.google}{CLUSTERS}/recovery", timeout=60).raise_for_status()


@pytest.fixture(scope="module")
def second(cluster: dict[str, Any]) -> Iterator[Elasticsearch]:
    with connected(cluster) as client:
        yield client


def test_it_is_another_cluster(first: Elasticsearch, second: Elasticsearch) -> None:
    write(first, "only-in-the-first", 3)
    assert second.info()["cluster_name"] == "recovery"
    assert second.info()["cluster_uuid"] != first.info()["cluster_uuid"]
    assert not second.indices.exists(index="only-in-the-first")
    write(second, "only-in-the-second", 3)
    assert not first.indices.exists(index="only-in-the-second")
    assert process(first) != process(second)


def test_a_snapshot_of_the_first_is_restored_in_the_second(
    first: Elasticsearch, second: Elasticsearch
) -> None:
    write(first, "orders", 500)
    first.snapshot.create_repository(name="shared", repository=REPOSITORY)
    taken = first.snapshot.create(
        repository="shared", snapshot="nightly", indices="orders", wait_for_completion=True
    )
    assert taken["snapshot"]["state"] == "SUCCESS"
    first.indices.delete(index="orders")
    second.snapshot.create_repository(name="shared", repository=READ_ONLY)
    listed = second.snapshot.get(repository="shared", snapshot="_all")["snapshots"]
    assert [one["snapshot"] for one in listed] == ["nightly"]
    restored = second.snapshot.restore(repository="shared", snapshot="nightly", wait_for_completion=True)
    assert restored["snapshot"]["shards"]["failed"] == 0
    assert count(second, "orders") == 500
    assert not first.indices.exists(index="orders"), "the first is as it was"
    with pytest.raises(ApiError) as refused:
        second.snapshot.delete(repository="shared", snapshot="nightly")
    assert refused.value.error == "repository_exception"
    assert "read-only" in str(refused.value) or "readonly" in str(refused.value)
    again = first.snapshot.restore(repository="shared", snapshot="nightly", wait_for_completion=True)
    assert again["snapshot"]["shards"]["failed"] == 0
    assert count(first, "orders") == 500, "the repository is whole, and the first one's own"


def test_a_repository_of_its_own_is_not_the_firsts(
    cloud: Endpoints, first: Elasticsearch, second: Elasticsearch
) -> None:
    own = cloud.home / "clusters" / "recovery" / "repositories" / "own"
    repository = {"type": "fs", "settings": {"location": str(own)}}
    second.snapshot.create_repository(name="own", repository=repository)
    with pytest.raises(ApiError, match="repositories"):
        first.snapshot.create_repository(name="own", repository=repository)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        pytest.param("recovery", "ALREADY_EXISTS", id="that of another"),
        pytest.param("sandbox", "ALREADY_EXISTS", id="the first one's"),
        pytest.param("Upper/../case", "INVALID_ARGUMENT", id="no name"),
        pytest.param(None, "INVALID_ARGUMENT", id="none"),
    ],
)
def test_a_name_that_no_cluster_can_have(
    http: httpx.Client, cluster: dict[str, Any], name: str | None, status: str
) -> None:
    assert http.post(CLUSTERS, json={"name": name}).json()["error"]["status"] == status
    assert [one["name"] for one in http.get(CLUSTERS).json()["clusters"]] == [cluster["name"]]


def test_it_is_gone_when_asked_even_while_it_starts(cloud: Endpoints, http: httpx.Client) -> None:
    asked = http.post(CLUSTERS, json={"name": "brief"}).json()
    folder = cloud.home / "clusters" / "brief"
    log = folder / "console.txt"
    wait_until(log.exists, what="its server is being started")
    http.delete(f"{CLUSTERS}/brief").raise_for_status()
    assert not folder.exists()
    assert http.get(f"{CLUSTERS}/brief").json()["error"]["status"] == "NOT_FOUND"
    assert http.delete(f"{CLUSTERS}/brief").status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(asked["address"])
    assert not processes_of(folder)


def processes_of(folder: Path) -> list[int]:
    """The processes that keep something in that folder."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdecimal() and str(folder).encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
    return found


@pytest.mark.slow
def test_it_ends_with_the_sandbox_however_that_ends(tmp_path: Path) -> None:
    sandbox, endpoints = start_sandbox(tmp_path / "home", "--without", "sql")
    try:
        with connected(started(endpoints.google, "recovery")) as client:
            pid = process(client)
        sandbox.kill()
        sandbox.wait()
        wait_until(lambda: not running(pid), what="no java runs on")
        wait_until(lambda: not processes_of(tmp_path / "home" / "clusters"), what="nor a launcher")
        (endpoints.home / "endpoints.json").unlink()
        sandbox, again = start_sandbox(tmp_path / "home", "--without", "sql")
        assert httpx.get(f"{again.google}{CLUSTERS}").json() == {"clusters": []}
        assert not (tmp_path / "home" / "clusters").exists()
        with connected(started(again.google, "recovery")) as client:
            pid = process(client)
        sandbox.terminate()
        sandbox.wait(60)
        assert not running(pid)
    finally:
        sandbox.terminate()
        sandbox.wait(60)
