"""A location that is down, and the others that go on."""

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.storage import Client
from google.cloud.storage.retry import DEFAULT_RETRY

from sandbox.kernel.errors import ReasonError
from sandbox.kernel.kernel import Kernel
from sandbox.kernel.settings import Settings
from sandbox.storage.storage import Storage
from tests.sandbox.test_storage import media, path, upload


def bucket_in(client: Client, location: str) -> Any:
    return client.create_bucket(f"place-{uuid.uuid4().hex}", location=location)


def lose(http: httpx.Client, location: str) -> None:
    http.post("/faults", json={"location": location}).raise_for_status()


def test_one_location_is_down_and_the_others_go_on(alone: httpx.Client, alone_client: Client) -> None:
    here, there, wide = (bucket_in(alone_client, place) for place in ("us-central1", "europe-west1", "US"))
    for bucket in (here, there, wide):
        upload(alone, bucket, "object", b"data")
    lose(alone, "us-central1")
    assert alone.get("/faults").json()["locations"] == ["us-central1"]
    refused = alone.get(path(here, "object"))
    assert refused.status_code == 503
    assert refused.json()["error"] == {
        "code": 503,
        "message": "We encountered an internal error. Please try again.",
        "errors": [
            {
                "message": "We encountered an internal error. Please try again.",
                "domain": "global",
                "reason": "backendError",
            }
        ],
    }
    calls = (
        alone.get(f"/storage/v1/b/{here.name}"),
        alone.get(f"/storage/v1/b/{here.name}/o"),
        alone.get(f"/download{path(here, 'object')}?alt=media"),
        alone.delete(path(here, "object")),
        alone.patch(path(here, "object"), json={}),
        media(alone, here, "object"),
        alone.post(f"{path(here, 'object')}/rewriteTo/b/{there.name}/o/copy"),
        alone.post(f"{path(there, 'object')}/rewriteTo/b/{here.name}/o/copy"),
    )
    assert [call.status_code for call in calls] == [503] * len(calls)
    for bucket in (there, wide):
        bucket.blob("another").upload_from_string(b"more")
        assert bucket.blob("object").download_as_bytes() == b"data"
    alone.delete("/faults/us-central1")
    assert here.blob("object").download_as_bytes() == b"data", (
        "nothing was lost, and nothing was done meanwhile"
    )
    assert [blob.name for blob in here.list_blobs()] == ["object"]


def test_a_session_of_a_location_that_is_down_goes_on_afterwards(
    alone: httpx.Client, alone_client: Client
) -> None:
    bucket = bucket_in(alone_client, "us-central1")
    session = alone.post(f"/upload/storage/v1/b/{bucket.name}/o?uploadType=resumable&name=object")
    lose(alone, "US-CENTRAL1")
    assert alone.put(session.headers["Location"], content=b"data").status_code == 503
    alone.delete("/faults")
    assert alone.put(session.headers["Location"], content=b"data").status_code == 200


def test_buckets_are_listed_without_those_that_cannot_be_reached(
    alone: httpx.Client, alone_client: Client
) -> None:
    here, there = bucket_in(alone_client, "us-central1"), bucket_in(alone_client, "europe-west1")
    lose(alone, "europe-west1")
    url = "/storage/v1/b?project=sandbox-project&prefix=place-"
    assert alone.get(url).status_code == 503
    partial = alone.get(f"{url}&returnPartialSuccess=true").json()
    names = [one["name"] for one in partial["items"]]
    assert (here.name in names, there.name in names) == (True, False)
    assert f"projects/_/buckets/{there.name}" in partial["unreachable"]


def test_googles_client_keeps_trying_while_a_location_is_down(
    alone: httpx.Client, alone_client: Client
) -> None:
    bucket = bucket_in(alone_client, "us-central1")
    lose(alone, "us-central1")
    with pytest.raises(exceptions.RetryError) as raised:
        bucket.reload(timeout=5, retry=DEFAULT_RETRY.with_deadline(2))
    assert isinstance(raised.value.cause, exceptions.ServiceUnavailable)


@pytest.mark.parametrize("body", [{"location": ""}, {"location": 7}, {"location": "us", "times": 1}])
def test_a_location_that_is_none_is_refused(alone: httpx.Client, body: dict[str, Any]) -> None:
    answer = alone.post("/faults", content=json.dumps(body))
    assert answer.status_code == 400
    assert alone.get("/faults").json()["locations"] == []


def test_it_is_down_for_the_sandboxs_own_systems_too(tmp_path: Path) -> None:
    async def tried() -> None:
        kernel = Kernel.open(Settings(home=tmp_path))
        storage = Storage(kernel)
        for name, location in (("here", "us-central1"), ("there", "europe-west1")):
            storage.buckets.insert({"name": name, "location": location})
            await storage.put(name, "source.zip", b"data")
        kernel.faults.locations.add("us-central1")
        with pytest.raises(ReasonError, match="try again"):
            await storage.put("here", "source.zip", b"new")
        with pytest.raises(ReasonError, match="try again"):
            storage.file("here", "source.zip")
        assert storage.file("there", "source.zip")
        assert kernel.faults.is_down("US-CENTRAL1"), "as a bucket writes it"

    asyncio.run(tried())
