"""Lifecycle rules: which versions they are about, and what a round does."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from google.cloud.storage import Client
from hypothesis import given
from hypothesis import strategies as st

from sandbox.kernel.clock import stamp_ms
from sandbox.storage.lifecycle_rule import Version, action, matches
from sandbox.storage.object import Content, Object
from tests.processes import wait_until
from tests.sandbox.only_storage import Server
from tests.sandbox.test_storage import new_bucket, path, upload

DAY = timedelta(days=1)
BORN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def version(
    *,
    days: float = 0,
    noncurrent_after: float | None = None,
    newer: int = 0,
    name: str = "logs/a.txt",
    size: int = 10,
    **fields: Any,
) -> Version:
    """A version made at noon of 1 March, so many days later."""
    gone = None if noncurrent_after is None else stamp_ms(BORN + noncurrent_after * DAY)
    found = Object(
        "bucket",
        name,
        1,
        1,
        stamp_ms(BORN),
        stamp_ms(BORN),
        Content("file", size, "", None, None),
        {"storageClass": "STANDARD", **fields},
        gone,
    )
    return Version(found, newer, BORN + days * DAY)


@pytest.mark.parametrize(
    ("condition", "about", "held"),
    [
        pytest.param({"age": 30}, version(days=30), True, id="as old as that"),
        pytest.param({"age": 30}, version(days=29.9), False, id="not so old yet"),
        pytest.param({"age": 0}, version(), True, id="of any age"),
        pytest.param({"createdBefore": "2026-03-02"}, version(), True, id="made before that day"),
        pytest.param({"createdBefore": "2026-03-01"}, version(), False, id="made on that day"),
        pytest.param({"isLive": True}, version(), True, id="live"),
        pytest.param({"isLive": True}, version(noncurrent_after=1), False, id="noncurrent, not live"),
        pytest.param({"isLive": False}, version(noncurrent_after=1), True, id="noncurrent"),
        pytest.param({"numNewerVersions": 2}, version(newer=2), True, id="two are newer"),
        pytest.param({"numNewerVersions": 2}, version(newer=1), False, id="only one is newer"),
        pytest.param(
            {"daysSinceNoncurrentTime": 5},
            version(days=6, noncurrent_after=1),
            True,
            id="noncurrent for long",
        ),
        pytest.param(
            {"daysSinceNoncurrentTime": 5}, version(days=5, noncurrent_after=1), False, id="not for so long"
        ),
        pytest.param({"daysSinceNoncurrentTime": 0}, version(days=99), False, id="never noncurrent"),
        pytest.param(
            {"noncurrentTimeBefore": "2026-03-03"}, version(noncurrent_after=1), True, id="noncurrent by then"
        ),
        pytest.param({"matchesPrefix": ["x/", "logs/"]}, version(), True, id="one of the prefixes"),
        pytest.param({"matchesPrefix": ["x/"]}, version(), False, id="another prefix"),
        pytest.param({"matchesSuffix": [".txt"]}, version(), True, id="the suffix"),
        pytest.param({"matchesSuffix": [".bin"]}, version(), False, id="another suffix"),
        pytest.param({"matchesStorageClass": ["NEARLINE"]}, version(), False, id="another class"),
        pytest.param({"matchesStorageClass": ["STANDARD"]}, version(), True, id="the class"),
        pytest.param({"sizeAboveBytes": "9"}, version(), True, id="larger"),
        pytest.param({"sizeAboveBytes": "10"}, version(), False, id="not larger"),
        pytest.param({"sizeBelowBytes": "11"}, version(), True, id="smaller"),
        pytest.param(
            {"daysSinceCustomTime": 1}, version(days=2, customTime="2026-03-01T00:00:00Z"), True, id="custom"
        ),
        pytest.param({"daysSinceCustomTime": 0}, version(days=2), False, id="no custom time"),
        pytest.param({"age": 1, "isLive": False}, version(days=9), False, id="one of two conditions"),
    ],
)
def test_a_condition_holds_of_a_version(condition: dict[str, Any], about: Version, held: bool) -> None:
    assert matches(condition, about) is held


def rule(kind: str, days: int, storage_class: str = "") -> dict[str, Any]:
    chosen = {"storageClass": storage_class} if storage_class else {}
    return {"action": {"type": kind, **chosen}, "condition": {"age": days}}


@pytest.mark.parametrize(
    ("rules", "about", "done"),
    [
        pytest.param([rule("Delete", 9)], version(days=8), None, id="nothing is due"),
        pytest.param(
            [rule("SetStorageClass", 1, "ARCHIVE"), rule("Delete", 1)],
            version(days=1),
            {"type": "Delete"},
            id="a deletion comes first",
        ),
        pytest.param(
            [rule("SetStorageClass", 1, "NEARLINE"), rule("SetStorageClass", 1, "COLDLINE")],
            version(days=1),
            {"type": "SetStorageClass", "storageClass": "COLDLINE"},
            id="of classes the cheapest",
        ),
        pytest.param(
            [rule("SetStorageClass", 1, "NEARLINE")],
            version(days=1, storageClass="ARCHIVE"),
            None,
            id="never back to a dearer one",
        ),
    ],
)
def test_what_is_done(rules: list[dict[str, Any]], about: Version, done: dict[str, Any] | None) -> None:
    assert action(rules, about) == done


@given(st.integers(0, 400), st.floats(0, 400))
def test_an_age_once_reached_stays_reached(age: int, days: float) -> None:
    condition = {"age": age}
    if matches(condition, version(days=days)):
        assert matches(condition, version(days=days + 1))


@pytest.fixture
def bucket(alone_client: Client) -> Any:
    return new_bucket(alone_client)


def round_of(http: httpx.Client) -> dict[str, int]:
    answer = http.post("/sandbox/storage/lifecycle")
    answer.raise_for_status()
    done: dict[str, int] = answer.json()
    return done


def test_old_objects_go_and_can_be_restored_for_a_while(
    alone: httpx.Client, bucket: Any, server: Server
) -> None:
    bucket.add_lifecycle_delete_rule(age=30, matches_prefix=["old/"])
    bucket.patch()
    upload(alone, bucket, "old/object")
    upload(alone, bucket, "new/object")
    server.set_clock(29 * DAY)
    assert round_of(alone)["deleted"] == 0
    server.set_clock(31 * DAY)
    assert round_of(alone)["deleted"] == 1
    assert [blob.name for blob in bucket.list_blobs()] == ["new/object"]
    (gone,) = bucket.list_blobs(soft_deleted=True)
    assert gone.name == "old/object"
    files = server.files
    server.set_clock(39 * DAY)
    assert round_of(alone)["hardDeleted"] >= 1
    wait_until(lambda: len(server.files) < len(files), what="its bytes are gone")


def test_of_versions_only_the_newest_are_left(alone: httpx.Client, bucket: Any, server: Server) -> None:
    bucket.versioning_enabled = True
    bucket.add_lifecycle_delete_rule(number_of_newer_versions=2)
    bucket.add_lifecycle_delete_rule(days_since_noncurrent_time=10)
    bucket.patch()
    generations = [int(upload(alone, bucket, "object", b"data")["generation"]) for _ in range(4)]
    assert round_of(alone)["deleted"] == 2
    assert [one.generation for one in bucket.list_blobs(versions=True)] == generations[2:]
    server.set_clock(11 * DAY)
    assert round_of(alone)["deleted"] == 1
    assert [one.generation for one in bucket.list_blobs(versions=True)] == generations[3:]


def test_a_live_version_becomes_noncurrent_first(alone: httpx.Client, bucket: Any, server: Server) -> None:
    bucket.versioning_enabled = True
    bucket.add_lifecycle_delete_rule(age=1)
    bucket.patch()
    upload(alone, bucket, "object")
    server.set_clock(2 * DAY)
    round_of(alone)
    (version,) = bucket.list_blobs(versions=True)
    assert version.time_deleted is not None
    round_of(alone)
    assert not list(bucket.list_blobs(versions=True))


def test_a_class_is_set_in_place(alone: httpx.Client, bucket: Any, server: Server) -> None:
    bucket.add_lifecycle_set_storage_class_rule("COLDLINE", age=1)
    bucket.patch()
    made = upload(alone, bucket, "object", b"data")
    server.set_clock(2 * DAY)
    assert round_of(alone)["storageClassSet"] == 1
    blob = bucket.get_blob("object")
    assert (blob.storage_class, str(blob.generation)) == ("COLDLINE", made["generation"])
    assert alone.get(path(bucket, "object")).json()["timeStorageClassUpdated"] > made["timeCreated"]
    assert round_of(alone)["storageClassSet"] == 0


def test_what_is_kept_waits_for_a_later_round(alone: httpx.Client, bucket: Any, server: Server) -> None:
    bucket.add_lifecycle_delete_rule(age=1)
    bucket.retention_period = 5 * 86400
    bucket.patch()
    upload(alone, bucket, "object")
    server.set_clock(2 * DAY)
    assert (round_of(alone)["kept"], len(list(bucket.list_blobs()))) == (1, 1)
    server.set_clock(6 * DAY)
    assert round_of(alone)["deleted"] == 1


def test_a_location_that_is_down_waits(alone: httpx.Client, bucket: Any, server: Server) -> None:
    bucket.add_lifecycle_delete_rule(age=1)
    bucket.patch()
    upload(alone, bucket, "object")
    server.set_clock(2 * DAY)
    alone.post("/faults", json={"location": "us-central1"})
    assert round_of(alone)["deleted"] == 0
    alone.delete("/faults")
    assert round_of(alone)["deleted"] == 1


def test_rules_read_back_as_they_are_kept(bucket: Any) -> None:
    bucket.add_lifecycle_delete_rule(age=3, matches_suffix=[".tmp"], is_live=True)
    bucket.add_lifecycle_set_storage_class_rule("nearline", created_before=date(2026, 1, 2))
    bucket.patch()
    first, second = bucket.lifecycle_rules
    assert dict(first) == {
        "action": {"type": "Delete"},
        "condition": {"age": 3, "isLive": True, "matchesSuffix": [".tmp"]},
    }
    assert second["action"]["storageClass"] == "NEARLINE"
    bucket.clear_lifecycle_rules()
    bucket.patch()
    assert list(bucket.lifecycle_rules) == []


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({"action": {"type": "Delete"}}, "Lifecycle rules must have a condition."),
        ({"action": {"type": "Delete"}, "condition": {}}, "Lifecycle rules must have a condition."),
        ({"action": {"type": "Burn"}, "condition": {"age": 1}}, "Burn is not a valid value"),
        ({"action": {"type": "Delete"}, "condition": {"age": -1}}, "must be greater than or equal to 0"),
        ({"action": {"type": "SetStorageClass"}, "condition": {"age": 1}}, "destination storage class."),
        (
            {"action": {"type": "SetStorageClass", "storageClass": "TAPE"}, "condition": {"age": 1}},
            "Unknown storage class 'TAPE'",
        ),
        (
            {"action": {"type": "AbortIncompleteMultipartUpload"}, "condition": {"isLive": True}},
            "are the only ones allowed for a ABORT_INCOMPLETE_MULTIPART_UPLOAD rule.",
        ),
        ({"action": {"type": "Delete"}, "condition": {"createdBefore": "2026-02-30"}}, "Invalid format"),
        ({"action": {"type": "Delete"}, "condition": {"matchesPrefix": [""]}}, "cannot contain a string"),
    ],
)
def test_a_rule_that_is_none(alone: httpx.Client, bucket: Any, wanted: dict[str, Any], text: str) -> None:
    answer = alone.patch(f"/storage/v1/b/{bucket.name}", json={"lifecycle": {"rule": [wanted]}})
    assert answer.status_code == 400
    assert text in answer.json()["error"]["message"]
