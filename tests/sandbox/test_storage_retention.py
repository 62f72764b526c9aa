"""What Cloud Storage keeps from going: retention policies and their lock, holds, retention of objects."""

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

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEPT = (
    "is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until "
)
HELD = "is under active {} hold and cannot be deleted, overwritten or archived until hold is removed."
NOT_MET = "At least one of the pre-conditions you specified did not hold."


@pytest.fixture
def bucket(alone_client: Client) -> Any:
    return new_bucket(alone_client)


@pytest.fixture
def kept(alone_client: Client) -> Any:
    """A bucket that keeps each object for a day."""
    bucket = new_bucket(alone_client)
    bucket.retention_period = 86400
    bucket.patch()
    return bucket


def now() -> datetime:
    return datetime.now(UTC)


GOING: dict[str, Callable[[httpx.Client, Any], httpx.Response]] = {
    "a deletion": lambda http, bucket: http.delete(path(bucket, "object")),
    "a deletion of that generation": lambda http, bucket: http.delete(
        path(bucket, "object"), params={"generation": bucket.get_blob("object").generation}
    ),
    "an upload": lambda http, bucket: media(http, bucket, "object"),
    "a resumable upload": lambda http, bucket: http.put(
        http.post(
            f"/upload/storage/v1/b/{bucket.name}/o", params={"uploadType": "resumable", "name": "object"}
        ).headers["Location"],
        content=b"new",
    ),
    "a rewrite": lambda http, bucket: http.post(
        f"{path(bucket, 'other')}/rewriteTo/b/{bucket.name}/o/object"
    ),
    "a rewrite in place": lambda http, bucket: http.post(
        f"{path(bucket, 'object')}/rewriteTo/b/{bucket.name}/o/object", json={"storageClass": "COLDLINE"}
    ),
    "a composition": lambda http, bucket: http.post(
        f"{path(bucket, 'object')}/compose", json={"sourceObjects": [{"name": "other"}]}
    ),
}


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    assert answer.status_code == error["code"]
    assert error["errors"][0]["message"] == error["message"]
    assert error["errors"][0]["domain"] == "global"
    return error["code"], error["errors"][0]["reason"], error["message"]


@pytest.mark.parametrize("verb", GOING)
def test_a_policy_keeps_each_object_for_its_period(
    alone: httpx.Client, kept: Any, server: Server, verb: str
) -> None:
    upload(alone, kept, "other")
    made = upload(alone, kept, "object")
    until = datetime.fromisoformat(made["retentionExpirationTime"])
    assert until == datetime.fromisoformat(made["timeCreated"]) + DAY
    code, reason, text = refusal(GOING[verb](alone, kept))
    assert (code, reason) == (403, "retentionPolicyNotMet")
    what, _, instant = text.partition(KEPT)
    assert what == f"Object '{kept.name}/object' "
    assert datetime.fromisoformat(instant) == until
    assert instant[-6:] in {"-07:00", "-08:00"}, "in Google's own zone"
    server.set_clock(DAY + timedelta(seconds=1))
    assert GOING[verb](alone, kept).is_success


@pytest.mark.parametrize("verb", GOING)
@pytest.mark.parametrize("hold", ["Temporary", "Event-Based"])
def test_a_hold_keeps_an_object_until_it_is_released(
    alone: httpx.Client, bucket: Any, server: Server, verb: str, hold: str
) -> None:
    field = {"Temporary": "temporaryHold", "Event-Based": "eventBasedHold"}[hold]
    upload(alone, bucket, "other")
    upload(alone, bucket, "object")
    assert alone.patch(path(bucket, "object"), json={field: True}).json()[field] is True
    server.set_clock(1000 * DAY)
    text = f"Object '{bucket.name}/object' {HELD.format(hold)}"
    assert refusal(GOING[verb](alone, bucket)) == (403, "forbidden", text)
    assert alone.patch(path(bucket, "object"), json={field: False}).json()[field] is False
    assert GOING[verb](alone, bucket).is_success


@pytest.mark.parametrize("going", ["delete", "overwrite"])
def test_a_precondition_is_told_before_a_retention(alone: httpx.Client, kept: Any, going: str) -> None:
    upload(alone, kept, "object")
    if going == "delete":
        answer = alone.delete(path(kept, "object"), params={"ifGenerationMatch": 7})
    else:
        answer = media(alone, kept, "object", ifGenerationMatch=7)
    assert refusal(answer) == (412, "conditionNotMet", NOT_MET)


def test_what_is_kept_can_be_read_and_described(alone: httpx.Client, kept: Any) -> None:
    upload(alone, kept, "object", b"data")
    blob = kept.get_blob("object")
    blob.metadata = {"set": "42"}
    blob.patch()
    assert kept.blob("object").download_as_bytes() == b"data"
    assert kept.get_blob("object").metadata == {"set": "42"}
    assert kept.get_blob("object").retention_expiration_time == blob.time_created + DAY


def test_a_policy_is_for_what_is_there_already(alone: httpx.Client, bucket: Any) -> None:
    made = upload(alone, bucket, "object")
    assert "retentionExpirationTime" not in made
    bucket.retention_period = 3600
    bucket.patch()
    assert bucket.retention_policy_effective_time >= bucket.time_created
    with pytest.raises(exceptions.Forbidden, match="cannot be deleted or overwritten until"):
        bucket.blob("object").delete()
    bucket.retention_period = None
    bucket.patch()
    assert "retentionPolicy" not in alone.get(f"/storage/v1/b/{bucket.name}").json()
    bucket.blob("object").delete()


def test_a_locked_policy_is_for_ever(kept: Any, server: Server, alone: httpx.Client) -> None:
    kept.lock_retention_policy()
    kept.reload()
    assert kept.retention_policy_locked is True
    server.set_clock(10_000 * DAY)
    kept.retention_period = 86399
    with pytest.raises(exceptions.Forbidden) as reduced:
        kept.patch()
    assert (
        f"Cannot reduce retention duration of a locked Retention Policy for bucket '{kept.name}'."
        in reduced.value.message
    )
    kept.retention_period = None
    with pytest.raises(exceptions.Forbidden) as removed:
        kept.patch()
    assert (
        f"Bucket '{kept.name}' has a locked Retention Policy which cannot be removed."
        in removed.value.message
    )
    assert removed.value.errors[0]["reason"] == "retentionPolicyNotMet"
    replaced = alone.put(f"/storage/v1/b/{kept.name}", json={"labels": {"a": "b"}})
    assert refusal(replaced)[:2] == (403, "retentionPolicyNotMet"), "an update without it would remove it"
    kept.reload()
    kept.retention_period = 172800
    kept.patch()
    assert (kept.retention_policy_locked, kept.retention_period) == (True, 172800)


def test_a_lock_outlives_the_sandbox(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        bucket = new_bucket(server.client())
        bucket.retention_period = 3600
        bucket.patch()
        bucket.lock_retention_policy()
        bucket.blob("object").upload_from_string(b"data")
        server.kill()
        server.start()
        again = server.client().get_bucket(bucket.name)
        assert again.retention_policy_locked is True
        with pytest.raises(exceptions.Forbidden, match="cannot be deleted or overwritten until"):
            again.blob("object").delete()


def test_what_cannot_be_locked(alone: httpx.Client, bucket: Any, kept: Any) -> None:
    def lock(bucket: Any, **query: Any) -> tuple[int, str, str]:
        return refusal(alone.post(f"/storage/v1/b/{bucket.name}/lockRetentionPolicy", params=query))

    kept.reload()
    without = f"Bucket '{bucket.name}' does not have an unlocked retention policy."
    assert lock(bucket, ifMetagenerationMatch=1) == (400, "invalid", without)
    assert lock(kept) == (400, "required", "Required parameter: ifMetagenerationMatch")
    assert lock(kept, ifMetagenerationMatch=kept.metageneration + 1) == (412, "conditionNotMet", NOT_MET)
    kept.lock_retention_policy()
    kept.reload()
    assert lock(kept, ifMetagenerationMatch=kept.metageneration)[:2] == (400, "invalid"), "not twice"


@pytest.mark.parametrize("period", ["0", "3155760001"])
def test_a_period_has_its_limits(alone: httpx.Client, bucket: Any, period: str) -> None:
    answer = alone.patch(
        f"/storage/v1/b/{bucket.name}", json={"retentionPolicy": {"retentionPeriod": period}}
    )
    text = "Retention policy must have a retention period greater than 0 and less than 100 years."
    assert refusal(answer) == (400, "invalid", text)


def test_a_kept_version_may_become_noncurrent_and_is_kept_there(
    alone: httpx.Client, kept: Any, server: Server
) -> None:
    kept.versioning_enabled = True
    kept.patch()
    first = upload(alone, kept, "object", b"first")
    upload(alone, kept, "object", b"second")
    kept.blob("object").delete()
    versions = list(kept.list_blobs(versions=True))
    assert [bool(version.time_deleted) for version in versions] == [True, True]
    erased = alone.delete(path(kept, "object"), params={"generation": first["generation"]})
    assert refusal(erased)[:2] == (403, "retentionPolicyNotMet")
    server.set_clock(DAY + HOUR)
    kept.blob("object", generation=int(first["generation"])).delete()
    assert [version.generation for version in kept.list_blobs(versions=True)] == [versions[1].generation]


def test_a_held_version_may_not_even_become_noncurrent(alone: httpx.Client, bucket: Any) -> None:
    bucket.versioning_enabled = True
    bucket.patch()
    upload(alone, bucket, "object")
    blob = bucket.get_blob("object")
    blob.temporary_hold = True
    blob.patch()
    assert refusal(media(alone, bucket, "object"))[1] == "forbidden"


def test_an_event_based_hold_defers_the_period_to_its_release(
    alone: httpx.Client, kept: Any, server: Server
) -> None:
    kept.default_event_based_hold = True
    kept.patch()
    made = upload(alone, kept, "object")
    assert made["eventBasedHold"] is True
    assert "retentionExpirationTime" not in made, "nobody knows yet"
    server.set_clock(10 * DAY)
    blob = kept.get_blob("object")
    blob.event_based_hold = False
    blob.patch()
    left = blob.retention_expiration_time - (now() + 10 * DAY)
    assert timedelta(hours=23, minutes=59) < left <= DAY
    with pytest.raises(exceptions.Forbidden, match="retention policy"):
        blob.delete()
    server.set_clock(11 * DAY + HOUR)
    blob.delete()


def test_an_upload_may_say_that_it_is_held_or_not(alone: httpx.Client, bucket: Any) -> None:
    bucket.default_event_based_hold = True
    bucket.patch()
    for asked in (
        {"name": "free", "eventBasedHold": False},
        {"name": "held", "eventBasedHold": False, "temporaryHold": True},
    ):  # not by Google's client: what it uploads has no holds
        session = alone.post(f"/upload/storage/v1/b/{bucket.name}/o?uploadType=resumable", json=asked)
        alone.put(session.headers["Location"], content=b"").raise_for_status()
    free, held = bucket.blob("free"), bucket.blob("held")
    free.delete()
    with pytest.raises(exceptions.Forbidden, match="Temporary hold"):
        held.delete()
    copied = bucket.copy_blob(held, bucket, "copy")
    assert (copied.temporary_hold, copied.event_based_hold) == (None, True), "a copy has the bucket's"


@pytest.fixture
def retaining(alone_client: Client) -> Any:
    """A bucket whose objects may have a retention of their own."""
    bucket = alone_client.bucket(new_bucket(alone_client).name + "-own")
    made = alone_client.create_bucket(bucket, location="us-central1", enable_object_retention=True)
    assert made.object_retention_mode == "Enabled"
    return made


def retained(bucket: Any, mode: str) -> Any:
    """An object that has a retention of an hour."""
    blob = bucket.blob("object")
    blob.retention.mode = mode
    blob.retention.retain_until_time = now() + HOUR
    blob.upload_from_string(b"data")
    return blob


@pytest.mark.parametrize("mode", ["Unlocked", "Locked"])
def test_an_object_is_kept_until_its_own_time(retaining: Any, server: Server, mode: str) -> None:
    blob = retained(retaining, mode)
    assert blob.retention.mode == mode
    assert blob.retention_expiration_time == blob.retention.retain_until_time
    for going in (blob.delete, lambda: retaining.blob("object").upload_from_string(b"new")):
        with pytest.raises(exceptions.Forbidden, match="object retention and cannot be deleted"):
            going()
    server.set_clock(HOUR + timedelta(seconds=1))
    blob.delete()


def without_retention(blob: Any) -> None:
    blob.retention.mode = None
    blob.retention.retain_until_time = None


CHANGES: dict[str, Callable[[Any], None]] = {
    "extended": lambda blob: setattr(blob.retention, "retain_until_time", now() + 2 * HOUR),
    "shortened": lambda blob: setattr(blob.retention, "retain_until_time", now() + HOUR / 2),
    "removed": without_retention,
    "of the other mode": lambda blob: setattr(
        blob.retention, "mode", {"Locked": "Unlocked", "Unlocked": "Locked"}[blob.retention.mode]
    ),
}
UNLOCKED = "The unlocked object retention cannot be removed and its retention period cannot be shortened"
LOCKED = "The locked object retention cannot be removed. Its retention mode cannot be changed"


@pytest.mark.parametrize(
    ("mode", "change", "override", "refused"),
    [
        ("Unlocked", "extended", False, None),
        ("Unlocked", "shortened", False, UNLOCKED),
        ("Unlocked", "removed", False, UNLOCKED),
        ("Unlocked", "of the other mode", False, UNLOCKED),
        ("Unlocked", "shortened", True, None),
        ("Unlocked", "removed", True, None),
        ("Unlocked", "of the other mode", True, None),
        ("Locked", "extended", False, None),
        ("Locked", "shortened", True, LOCKED),
        ("Locked", "removed", True, LOCKED),
        ("Locked", "of the other mode", True, LOCKED),
    ],
)
def test_a_retention_is(retaining: Any, mode: str, change: str, override: bool, refused: str | None) -> None:
    blob = retained(retaining, mode)
    CHANGES[change](blob)
    if refused:
        with pytest.raises(exceptions.Forbidden, match=refused) as raised:
            blob.patch(override_unlocked_retention=override)
        assert raised.value.errors[0]["reason"] == "forbidden"
    else:
        blob.patch(override_unlocked_retention=override)
    if change == "removed" and not refused:
        blob.delete()
    else:
        with pytest.raises(exceptions.Forbidden):
            blob.delete()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"retention": {"mode": "Locked"}}, "Missing retain until time. Both mode and retain until time"),
        ({"retention": {"retainUntilTime": "2099-01-01T00:00:00Z"}}, "Missing retention mode."),
        (
            {"retention": {"mode": "Shut", "retainUntilTime": "2099-01-01T00:00:00Z"}},
            "Shut is not a valid value",
        ),
        (
            {"retention": {"mode": "Locked", "retainUntilTime": "2099-01-01T00:00:00"}},
            "Illegal timestamp format",
        ),
        (
            {"retention": {"mode": "Locked", "retainUntilTime": "2020-01-01T00:00:00Z"}},
            "Retain until time cannot be in the past.",
        ),
        (
            {
                "retention": {"mode": "Locked", "retainUntilTime": "2099-01-01T00:00:00Z"},
                "eventBasedHold": True,
            },
            "Retention and event based holds cannot be configured together.",
        ),
    ],
)
def test_a_retention_that_none_is(
    alone: httpx.Client, retaining: Any, body: dict[str, Any], text: str
) -> None:
    upload(alone, retaining, "object")
    code, reason, told = refusal(alone.patch(path(retaining, "object"), json=body))
    assert (code, reason) == (400, "invalid")
    assert text in told
    session = alone.post(
        f"/upload/storage/v1/b/{retaining.name}/o?uploadType=resumable", json={"name": "new", **body}
    )
    assert text in refusal(session)[2], "before a byte is sent"


def test_a_bucket_must_admit_retention_of_objects(alone: httpx.Client, bucket: Any) -> None:
    upload(alone, bucket, "object")
    asked = {"retention": {"mode": "Unlocked", "retainUntilTime": "2099-01-01T00:00:00Z"}}
    answer = alone.patch(path(bucket, "object"), json=asked)
    assert refusal(answer) == (400, "invalid", "Object retention is not enabled on the bucket.")


def test_uniform_access_can_be_taken_back_for_ninety_days(bucket: Any, server: Server) -> None:
    configuration = bucket.iam_configuration
    configuration.uniform_bucket_level_access_enabled = True
    bucket.patch()
    locked_at = bucket.iam_configuration.uniform_bucket_level_access_locked_time
    assert timedelta(days=89, hours=23) < locked_at - now() <= timedelta(days=90)
    bucket.iam_configuration.uniform_bucket_level_access_enabled = False
    bucket.patch()
    assert bucket.iam_configuration.uniform_bucket_level_access_locked_time is None
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    bucket.patch()
    server.set_clock(timedelta(days=91))
    bucket.iam_configuration.uniform_bucket_level_access_enabled = False
    with pytest.raises(exceptions.BadRequest, match="can no longer be disabled"):
        bucket.patch()


def test_the_clock_is_the_servers_for_whoever_asks_it(
    alone: httpx.Client, bucket: Any, server: Server
) -> None:
    server.set_clock(30 * DAY)
    made = upload(alone, bucket, "object")
    assert datetime.fromisoformat(made["timeCreated"]) - now() > 29 * DAY
    assert alone.get("/sandbox/clock").json()["ahead"] == 30 * DAY.total_seconds()
    for nonsense in ("later", -1, True, None, 1e12):
        assert alone.put("/sandbox/clock", json={"ahead": nonsense}).status_code == 400
