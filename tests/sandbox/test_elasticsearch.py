"""Elasticsearch as its own client meets it, faults on the way to it, and what a crash leaves."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from elasticsearch import ApiError, Elasticsearch
from elasticsearch import ConnectionError as Disconnected
from elasticsearch.helpers import bulk

from sandbox.elasticsearch.distribution import SHA256, home
from sandbox.elasticsearch.fetch import FetchError, check
from tests.conftest import ROOT, Endpoints, start_sandbox
from tests.processes import wait_until

TEXT = "the same words over and over " * 20


def client_of(endpoints: Endpoints, **options: Any) -> Elasticsearch:
    return Elasticsearch(endpoints.elasticsearch, request_timeout=60, max_retries=0, **options)


def write(client: Elasticsearch, index: str, documents: int) -> None:
    client.options(ignore_status=404).indices.delete(index=index)
    bulk(client, ({"_index": index, "_id": str(n), "n": n, "text": TEXT} for n in range(documents)))
    client.indices.refresh(index=index)


def count(client: Elasticsearch, index: str) -> int:
    found: int = client.count(index=index)["count"]
    return found


@pytest.fixture(scope="module")
def client(cloud: Endpoints) -> Iterator[Elasticsearch]:
    with client_of(cloud) as client:
        yield client


def test_it_introduces_itself(client: Elasticsearch) -> None:
    said = client.info()
    assert client.ping()
    assert said["cluster_name"] == client.cluster.health()["cluster_name"]
    assert said["cluster_uuid"] == client.cluster.state(metric="metadata")["metadata"]["cluster_uuid"]
    assert said["version"]["number"] == "9.2.4"
    assert said["tagline"] == "You Know, for Search"


@pytest.mark.parametrize("compressed", [False, True], ids=["as it is", "compressed"])
def test_what_was_written_is_found(cloud: Endpoints, compressed: bool) -> None:
    with client_of(cloud, http_compress=compressed) as client:
        write(client, "documents", 3000)  # 1.8 MB there, and more than that back
        found = client.search(index="documents", query={"match": {"text": "words"}}, sort="n", size=3000)
        assert [hit["_source"]["n"] for hit in found["hits"]["hits"]] == list(range(3000))
        assert client.exists(index="documents", id="7")
        assert not client.exists(index="documents", id="none")


def test_a_snapshot_is_restored_under_another_name(client: Elasticsearch) -> None:
    write(client, "orders", 100)
    client.snapshot.create_repository(
        name="drills", repository={"type": "fs", "settings": {"location": "drills"}}
    )
    taken = client.snapshot.create(
        repository="drills", snapshot="first", indices="orders", wait_for_completion=True
    )
    assert taken["snapshot"]["state"] == "SUCCESS"
    write(client, "orders", 3)
    restored = client.snapshot.restore(
        repository="drills",
        snapshot="first",
        rename_pattern="(.+)",
        rename_replacement="restored-$1",
        wait_for_completion=True,
    )
    assert restored["snapshot"]["shards"]["failed"] == 0
    assert (count(client, "orders"), count(client, "restored-orders")) == (3, 100)


def test_a_refused_call_is_told_in_elasticsearchs_own_form(client: Elasticsearch, http: httpx.Client) -> None:
    write(client, "documents", 3)
    fault = {
        "action": "refuse",
        "path": "^/documents/_search",
        "status": 429,
        "headers": {"Retry-After": "1"},
    }
    http.post("/faults", json={**fault, "message": "too many searches"}).raise_for_status()
    assert count(client, "documents") == 3, "another path is not meant"
    with pytest.raises(ApiError) as refused:
        client.search(index="documents")
    assert refused.value.status_code == 429
    assert refused.value.error == "status_exception"
    assert "too many searches" in str(refused.value)
    assert refused.value.meta.headers["Retry-After"] == "1"
    assert client.search(index="documents")["hits"]["total"]["value"] == 3, "it was to happen once"


@pytest.mark.parametrize(
    ("action", "written"),
    [
        pytest.param("drop", False, id="a dropped call never arrives"),
        pytest.param("drop_answer", True, id="a call with a dropped answer was carried out"),
    ],
)
def test_dropped(client: Elasticsearch, http: httpx.Client, action: str, written: bool) -> None:
    client.options(ignore_status=404).delete(index="documents", id=action)
    http.post(
        "/faults", json={"action": action, "method": "PUT", "path": f"_doc/{action}"}
    ).raise_for_status()
    with pytest.raises(Disconnected):
        client.index(index="documents", id=action, document={"n": 1})
    assert bool(client.exists(index="documents", id=action)) is written


def test_a_fault_that_reads_bodies_leaves_them_whole(client: Elasticsearch, http: httpx.Client) -> None:
    fault = {"action": "refuse", "path": "_bulk", "body": "never written"}
    http.post("/faults", json=fault).raise_for_status()
    write(client, "documents", 1000)
    assert count(client, "documents") == 1000


def running(pid: int) -> bool:
    """Whether that process still works on; one that ended and was not collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def process(client: Elasticsearch) -> int:
    (node,) = client.nodes.info(node_id="_local", metric="process")["nodes"].values()
    pid: int = node["process"]["id"]
    return pid


def answers(client: Elasticsearch) -> bool:
    return "count" in client.options(ignore_status=503).count(index="orders")


@pytest.mark.slow
def test_what_was_written_survives_crashes(tmp_path: Path) -> None:
    sandbox, endpoints = start_sandbox(tmp_path / "home")
    try:
        with client_of(endpoints) as client:
            write(client, "orders", 10)
            first = process(client)
            os.kill(first, signal.SIGKILL)
            wait_until(lambda: not running(first))
            wait_until(lambda: answers(client), seconds=60, what="the server is started again")
            assert count(client, "orders") == 10
            client.index(index="orders", id="written", document={"n": 11})
            second = process(client)
        launcher = int(Path(f"/proc/{second}/stat").read_text().rpartition(")")[2].split()[1])
        sandbox.kill()
        sandbox.wait()
        wait_until(lambda: not running(second) and not running(launcher), what="no java runs on")
        (endpoints.home / "endpoints.json").unlink()
        sandbox, again = start_sandbox(tmp_path / "home")
        assert again.elasticsearch == endpoints.elasticsearch
        with client_of(again) as client:
            assert client.exists(index="orders", id="written")
            assert client.info()["cluster_uuid"]
    finally:
        sandbox.terminate()
        sandbox.wait(30)


def fetched(cache: Path) -> subprocess.CompletedProcess[str]:
    """What becomes of fetching the server where no network is."""
    return subprocess.run(
        [sys.executable, "-m", "sandbox.elasticsearch.fetch", str(cache)],
        cwd=ROOT,
        env={**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_network_it_says_what_to_do(tmp_path: Path) -> None:
    without = fetched(tmp_path)
    assert without.returncode == 1
    (sentence,) = without.stderr.splitlines()
    assert sentence.startswith("Elasticsearch 9.2.4 could not be fetched from Maven Central: ")
    assert str(home(tmp_path)) in sentence
    assert not home(tmp_path).exists()


def test_what_is_in_the_cache_is_not_fetched(tmp_path: Path) -> None:
    home(tmp_path).mkdir()
    assert fetched(tmp_path).returncode == 0


def test_another_file_than_the_pinned_one_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "elasticsearch-9.2.4.zip"
    file.write_bytes(b"another")
    with pytest.raises(FetchError) as refused:
        check(file)
    for told in (
        "elasticsearch-9.2.4.zip",
        SHA256,
        "ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5",
    ):
        assert told in str(refused.value)
