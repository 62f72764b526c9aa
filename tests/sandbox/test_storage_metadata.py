"""What Cloud Storage knows of an object and a bucket besides the bytes; objects made of objects; versions."""

import os
import uuid
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.storage import Client

from tests.conftest import Endpoints
from tests.sandbox.test_storage import MEBIBYTE, connected, crc32c, new_bucket, path, upload


@pytest.fixture(scope="module")
def client(cloud: Endpoints) -> Client:
    return connected(cloud)


@pytest.fixture
def bucket(client: Client) -> Any:
    return new_bucket(client)


def test_metadata_are_merged_by_patch_and_replaced_by_update(http: httpx.Client, bucket: Any) -> None:
    blob = bucket.blob("object")
    blob.metadata, blob.cache_control = {"keep": "1", "drop": "2"}, "no-store"
    blob.upload_from_string(b"data", content_type="text/csv")
    blob.metadata = {"keep": "1", "drop": None, "new": "3"}
    blob.patch()
    assert (blob.metadata, blob.metageneration) == ({"keep": "1", "new": "3"}, 2)
    assert (blob.cache_control, blob.content_type) == ("no-store", "text/csv")
    http.patch(path(bucket, "object"), json={"cacheControl": None, "metadata": None}).raise_for_status()
    after = http.get(path(bucket, "object")).json()
    assert not {"cacheControl", "metadata"} & after.keys()
    assert after["generation"] == str(blob.generation)
    assert after["updated"] > after["timeCreated"]
    http.put(path(bucket, "object"), json={"contentLanguage": "en"}).raise_for_status()
    replaced = http.get(path(bucket, "object")).json()
    assert "contentType" not in replaced
    assert (replaced["contentLanguage"], replaced["metageneration"]) == ("en", "4")


def test_a_composed_object_has_components_and_no_md5(bucket: Any) -> None:
    parts = [os.urandom(MEBIBYTE + 1), b"", b"tail"]
    sources = []
    for number, part in enumerate(parts):
        source = bucket.blob(f"part-{number}")
        source.upload_from_string(part)
        sources.append(source)
    whole = bucket.blob("whole")
    whole.content_type = "text/plain"
    whole.compose(sources, if_source_generation_match=[source.generation for source in sources])
    assert (whole.component_count, whole.md5_hash, whole.content_type) == (3, None, "text/plain")
    assert whole.crc32c == crc32c(b"".join(parts))
    assert whole.download_as_bytes() == b"".join(parts)
    whole.compose([whole, sources[2]])
    assert whole.component_count == 4
    assert whole.download_as_bytes().endswith(b"tailtail")
    with pytest.raises(exceptions.PreconditionFailed):
        whole.compose(sources[:1], if_source_generation_match=[sources[0].generation + 1])
    with pytest.raises(exceptions.NotFound, match=f"No such object: {bucket.name}/missing"):
        whole.compose([bucket.blob("missing")])
    with pytest.raises(exceptions.BadRequest, match=r"components provided \(33\) exceeds the maximum \(32\)"):
        whole.compose([sources[2]] * 33)


def test_a_rewrite_takes_as_many_calls_as_it_is_limited_to(
    http: httpx.Client, client: Client, bucket: Any
) -> None:
    data = os.urandom(2 * MEBIBYTE + 1)
    bucket.blob("source").upload_from_string(data, content_type="text/csv")
    other = client.create_bucket(f"other-{uuid.uuid4().hex}")
    url = f"{path(bucket, 'source')}/rewriteTo/b/{other.name}/o/target"
    query: dict[str, Any] = {"maxBytesRewrittenPerCall": MEBIBYTE}
    seen = []
    while not (answer := http.post(url, params=query).json())["done"]:
        seen.append(int(answer["totalBytesRewritten"]))
        assert not other.blob("target").exists()
        query["rewriteToken"] = answer["rewriteToken"]
    assert seen == [MEBIBYTE, 2 * MEBIBYTE]
    assert answer["totalBytesRewritten"] == answer["objectSize"] == str(len(data))
    assert answer["resource"]["contentType"] == "text/csv"
    assert other.blob("target").download_as_bytes() == data
    wrong = http.post(url.replace("target", "elsewhere"), params=query)
    assert (wrong.status_code, wrong.json()["error"]["message"]) == (400, "Invalid rewriteToken.")


@pytest.mark.parametrize("verb", ["rewriteTo", "copyTo"])
@pytest.mark.parametrize(
    ("body", "metadata", "content_type"),
    [
        pytest.param({}, {"a": "b"}, "text/csv", id="none given: those of the source stay"),
        pytest.param({"metadata": {"c": "d"}}, {"c": "d"}, None, id="any given: they replace all"),
    ],
)
def test_metadata_of_a_copy(
    http: httpx.Client, bucket: Any, verb: str, body: dict[str, Any], metadata: Any, content_type: str | None
) -> None:
    source = bucket.blob("source")
    source.metadata = {"a": "b"}
    source.upload_from_string(b"data", content_type="text/csv")
    answer = http.post(f"{path(bucket, 'source')}/{verb}/b/{bucket.name}/o/target", json=body).json()
    made = answer.get("resource", answer)
    assert (made["metadata"], made.get("contentType")) == (metadata, content_type)
    assert made["metageneration"] == "1"
    source.delete()
    assert bucket.blob("target").download_as_bytes() == b"data"


def test_versions_stay_until_each_is_deleted_by_its_generation(client: Client, bucket: Any) -> None:
    bucket.versioning_enabled = True
    bucket.patch()
    for text in ("one", "two", "three"):
        bucket.blob("object").upload_from_string(text)
    bucket.blob("object").delete()
    assert not bucket.blob("object").exists()
    assert not list(bucket.list_blobs())
    versions = list(bucket.list_blobs(versions=True))
    assert all(version.time_deleted for version in versions)
    assert [version.download_as_text() for version in versions] == ["one", "two", "three"]
    assert [v.generation for v in versions] == sorted(v.generation for v in versions)
    with pytest.raises(exceptions.Conflict, match="tried to delete is not empty"):
        bucket.delete()
    restored = bucket.copy_blob(
        bucket.blob("object"), bucket, "object", source_generation=versions[0].generation
    )
    assert bucket.blob("object").download_as_text() == "one"
    assert restored.generation > versions[-1].generation
    for version in bucket.list_blobs(versions=True):
        version.delete()
    with pytest.raises(exceptions.NotFound, match=f"No such object: {bucket.name}/object"):
        bucket.blob("object", generation=versions[0].generation).reload()
    bucket.delete()
    assert client.lookup_bucket(bucket.name) is None


def test_without_versioning_the_former_version_is_gone(http: httpx.Client, bucket: Any) -> None:
    first = upload(http, bucket, "object")
    upload(http, bucket, "object")
    assert http.get(path(bucket, "object"), params={"generation": first["generation"]}).status_code == 404


def test_a_bucket_is_changed_and_kept(client: Client, http: httpx.Client, bucket: Any) -> None:
    assert (bucket.location, bucket.location_type) == ("US-CENTRAL1", "region")
    bucket.labels = {"a": "1", "b": "2"}
    bucket.storage_class = "NEARLINE"
    bucket.patch()
    http.patch(f"/storage/v1/b/{bucket.name}", json={"labels": {"a": None}}).raise_for_status()
    again = client.get_bucket(bucket.name)
    assert (again.labels, again.storage_class, again.metageneration) == ({"b": "2"}, "NEARLINE", 3)
    again.update()
    assert (again.labels, again.storage_class) == ({"b": "2"}, "NEARLINE")
    blob = bucket.blob("object")
    blob.upload_from_string(b"data")
    assert blob.storage_class == "NEARLINE"
    stale = http.patch(f"/storage/v1/b/{bucket.name}", params={"ifMetagenerationMatch": 1}, json={})
    assert stale.status_code == 412
    moved = http.patch(f"/storage/v1/b/{bucket.name}", json={"location": "EU"})
    assert moved.status_code == 400


def test_buckets_are_listed_by_prefix_and_page(client: Client) -> None:
    prefix = f"list-{uuid.uuid4().hex}"
    names = [client.create_bucket(f"{prefix}-{number}").name for number in range(5)]
    assert [bucket.name for bucket in client.list_buckets(prefix=prefix, page_size=2)] == names
    assert client.get_bucket(names[0]).location_type == "multi-region"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"softDeletePolicy": {"retentionDurationSeconds": 0}}, id="no soft delete"),
        pytest.param({"lifecycle": {"rule": []}}, id="no lifecycle rules"),
        pytest.param({"retentionPolicy": None, "defaultEventBasedHold": False}, id="no retention, no hold"),
    ],
)
def test_asking_for_none_of_it_is_granted(http: httpx.Client, bucket: Any, body: dict[str, Any]) -> None:
    http.patch(f"/storage/v1/b/{bucket.name}", json=body).raise_for_status()
