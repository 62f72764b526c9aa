"""What Cloud Storage still has of what was deleted: objects and buckets that can be listed and restored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud.storage import Client

from tests.sandbox.only_storage import Server, started
from tests.sandbox.test_storage import media, new_bucket, path, upload

DAY = timedelta(days=1)
WEEK = 7 * DAY


@pytest.fixture
def bucket(alone_client: Client) -> Any:
    return new_bucket(alone_client)


def gone(bucket: Any) -> dict[str, int]:
    """What was deleted not long ago, by name, with its generation."""
    return {blob.name: blob.generation for blob in bucket.list_blobs(soft_deleted=True)}


def test_a_bucket_keeps_what_is_deleted_for_a_week(bucket: Any, server: Server) -> None:
    assert bucket.soft_delete_policy.retention_duration_seconds == 604800
    bucket.blob("object").upload_from_string(b"data")
    bucket.blob("object").delete()
    assert not list(bucket.list_blobs())
    assert not bucket.blob("object").exists()
    (blob,) = bucket.list_blobs(soft_deleted=True)
    assert timedelta() <= datetime.now(UTC) - blob.soft_delete_time < timedelta(minutes=1)
    assert blob.hard_delete_time == blob.soft_delete_time + WEEK
    server.set_clock(WEEK + DAY)
    assert gone(bucket) == {}
    with pytest.raises(exceptions.NotFound, match="No such object"):
        bucket.restore_blob("object", generation=blob.generation)


@pytest.mark.parametrize(
    "going",
    [
        pytest.param(lambda bucket, _: bucket.blob("object").delete(), id="a deletion"),
        pytest.param(
            lambda bucket, made: bucket.blob("object", generation=made).delete(), id="of a generation"
        ),
        pytest.param(lambda bucket, _: bucket.blob("object").upload_from_string(b"new"), id="an overwrite"),
        pytest.param(lambda bucket, _: bucket.copy_blob(bucket.blob("other"), bucket, "object"), id="a copy"),
    ],
)
def test_what_goes_can_be_restored(bucket: Any, going: Callable[[Any, int], Any]) -> None:
    bucket.blob("other").upload_from_string(b"other")
    first = bucket.blob("object")
    first.metadata = {"set": "42"}
    first.upload_from_string(b"data", content_type="text/csv")
    going(bucket, first.generation)
    assert gone(bucket) == {"object": first.generation}
    restored = bucket.restore_blob("object", generation=first.generation)
    assert restored.download_as_bytes() == b"data"
    assert (restored.metadata, restored.content_type) == ({"set": "42"}, "text/csv")
    assert restored.generation > first.generation
    assert restored.metageneration == 1
    assert (restored.soft_delete_time, restored.hard_delete_time) == (None, None)
    assert gone(bucket)["object"] >= first.generation, "what was restored stays restorable"
    assert first.generation in [blob.generation for blob in bucket.list_blobs(soft_deleted=True)]


def test_only_its_generation_reads_what_was_deleted(alone: httpx.Client, bucket: Any) -> None:
    made = upload(alone, bucket, "object")
    bucket.blob("object").delete()
    about = path(bucket, "object")
    found = alone.get(about, params={"softDeleted": True, "generation": made["generation"]}).json()
    assert found["softDeleteTime"] < found["hardDeleteTime"]
    assert found["md5Hash"] == made["md5Hash"]
    without = alone.get(about, params={"softDeleted": True})
    assert (without.status_code, without.json()["error"]["message"]) == (
        400,
        "You must specify a generation.",
    )
    assert alone.get(about, params={"softDeleted": True, "generation": 7}).status_code == 404
    assert alone.get(about, params={"generation": made["generation"]}).status_code == 404
    bytes_too = alone.get(
        about, params={"softDeleted": True, "generation": made["generation"], "alt": "media"}
    )
    assert bytes_too.status_code == 400
    both = alone.get(f"/storage/v1/b/{bucket.name}/o", params={"softDeleted": True, "versions": True})
    assert both.status_code == 400


def test_they_are_listed_by_prefix_and_page_by_page(alone: httpx.Client, bucket: Any) -> None:
    for name in ("a/1", "a/2", "b/1"):
        upload(alone, bucket, name, b"first")
        upload(alone, bucket, name, b"second")
        bucket.blob(name).delete()
    listed = list(bucket.list_blobs(soft_deleted=True, page_size=1))
    assert [blob.name for blob in listed] == ["a/1", "a/1", "a/2", "a/2", "b/1", "b/1"]
    assert [blob.name for blob in bucket.list_blobs(soft_deleted=True, prefix="b/")] == ["b/1", "b/1"]
    folders = bucket.list_blobs(soft_deleted=True, delimiter="/")
    assert ([*folders], folders.prefixes) == ([], {"a/", "b/"})


def test_a_restore_takes_conditions(alone: httpx.Client, bucket: Any) -> None:
    made = upload(alone, bucket, "object", b"first")
    live = upload(alone, bucket, "object", b"second")

    def restore(**conditions: Any) -> httpx.Response:
        return alone.post(
            f"{path(bucket, 'object')}/restore", params={"generation": made["generation"], **conditions}
        )

    assert restore(ifGenerationMatch=0).status_code == 412
    assert restore(ifGenerationMatch=live["generation"]).status_code == 200
    assert bucket.blob("object").download_as_bytes() == b"first"
    assert int(live["generation"]) in [blob.generation for blob in bucket.list_blobs(soft_deleted=True)]


def test_a_kept_object_is_not_displaced_by_a_restore(alone: httpx.Client, bucket: Any) -> None:
    made = upload(alone, bucket, "object", b"first")
    upload(alone, bucket, "object", b"second")
    alone.patch(path(bucket, "object"), json={"temporaryHold": True}).raise_for_status()
    with pytest.raises(exceptions.Forbidden, match="Temporary hold"):
        bucket.restore_blob("object", generation=int(made["generation"]))


def test_of_a_versioned_bucket_only_what_would_be_gone_is_soft_deleted(bucket: Any) -> None:
    bucket.versioning_enabled = True
    bucket.patch()
    blob = bucket.blob("object")
    blob.upload_from_string(b"first")
    first = blob.generation
    blob.upload_from_string(b"second")
    assert gone(bucket) == {}
    bucket.blob("object", generation=first).delete()
    (deleted,) = bucket.list_blobs(soft_deleted=True)
    assert (deleted.generation, bool(deleted.time_deleted)) == (first, True)
    second = blob.generation
    restored = bucket.restore_blob("object", generation=first)
    assert restored.download_as_bytes() == b"first"
    versions = {one.generation: one.time_deleted for one in bucket.list_blobs(versions=True)}
    assert (versions[second] is None, versions[restored.generation]) == (False, None)


@pytest.mark.parametrize("seconds", [1, 604799, 7776001])
def test_a_policy_is_from_a_week_to_ninety_days(bucket: Any, seconds: int) -> None:
    bucket.soft_delete_policy.retention_duration_seconds = seconds
    with pytest.raises(exceptions.BadRequest, match="between 7 days and 90 days"):
        bucket.patch()


def test_without_a_policy_what_is_deleted_is_gone(alone: httpx.Client, bucket: Any, server: Server) -> None:
    made = upload(alone, bucket, "earlier")
    bucket.blob("earlier").delete()
    bucket.soft_delete_policy.retention_duration_seconds = 0
    bucket.patch()
    assert bucket.soft_delete_policy.effective_time is None
    files = len(server.files)
    upload(alone, bucket, "object")
    bucket.blob("object").delete()
    assert gone(bucket) == {"earlier": int(made["generation"])}, "it was promised a week"
    assert len(server.files) <= files
    with pytest.raises(exceptions.BadRequest, match="bucket soft delete policy must be set"):
        bucket.restore_blob("earlier", generation=int(made["generation"]))


def test_a_deleted_bucket_can_be_restored_with_what_was_in_it(
    alone: httpx.Client, alone_client: Client, bucket: Any, server: Server
) -> None:
    made = upload(alone, bucket, "object", b"data")
    bucket.blob("object").delete()
    generation = bucket.generation
    bucket.delete()
    with pytest.raises(exceptions.NotFound):
        bucket.reload()
    listed = {one.name: one for one in alone_client.list_buckets(soft_deleted=True)}
    assert listed[bucket.name].hard_delete_time >= listed[bucket.name].soft_delete_time + WEEK
    found = alone_client.get_bucket(bucket.name, generation=generation, soft_deleted=True)
    assert found.generation == generation
    namesake = alone_client.create_bucket(bucket.name)
    assert gone(namesake) == {}, "it is another bucket"
    with pytest.raises(exceptions.Conflict):
        alone_client.restore_bucket(bucket.name, generation)
    namesake.delete()
    restored = alone_client.restore_bucket(bucket.name, generation)
    assert gone(restored) == {"object": int(made["generation"])}
    assert restored.restore_blob("object", generation=int(made["generation"])).download_as_bytes() == b"data"
    restored.blob("object").delete()
    restored.delete()
    server.set_clock(WEEK + DAY)
    with pytest.raises(exceptions.NotFound):
        alone_client.restore_bucket(bucket.name, generation)


def test_what_was_deleted_survives_the_sandbox(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        bucket = new_bucket(server.client())
        blob = bucket.blob("object")
        blob.upload_from_string(b"data")
        generation = blob.generation
        blob.delete()
        server.kill()
        server.start()
        again = server.client().bucket(bucket.name)
        assert again.restore_blob("object", generation=generation).download_as_bytes() == b"data"
        with httpx.Client(base_url=server.address) as http:
            assert media(http, bucket, "object").is_success
            newer = {blob.generation for blob in again.list_blobs(soft_deleted=True)}
            assert len(newer) == 2, "generations go on from where they were"
