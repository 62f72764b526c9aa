"""Uploads in parts, by Cloud Storage's XML API: as Google's client sends them, and request by request."""

import base64
import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from google.cloud.storage import Client, transfer_manager

from tests.sandbox.only_storage import Server, started
from tests.sandbox.test_storage import crc32c, new_bucket

MEBIBYTE = 1 << 20
LARGE = os.urandom(5 * MEBIBYTE)
SMALL = b"the last part"
NAMESPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@pytest.fixture
def bucket(alone_client: Client) -> Any:
    return new_bucket(alone_client)


def told(answer: httpx.Response, name: str) -> list[str]:
    """The texts of the elements of that name."""
    root = ElementTree.fromstring(answer.content)  # noqa: S314 - our own server's
    return [one.text or "" for one in root.iter() if one.tag.removeprefix(NAMESPACE) == name]


def start(http: httpx.Client, bucket: Any, name: str = "object", **headers: str) -> str:
    answer = http.post(f"/{bucket.name}/{name}?uploads", headers=headers)
    assert answer.status_code == 200, answer.text
    assert (told(answer, "Bucket"), told(answer, "Key")) == ([bucket.name], [name])
    return told(answer, "UploadId")[0]


def send(
    http: httpx.Client, bucket: Any, upload: str, number: int, data: bytes, **headers: str
) -> httpx.Response:
    params: dict[str, str | int] = {"partNumber": number, "uploadId": upload}
    return http.put(f"/{bucket.name}/object", params=params, content=data, headers=headers)


def complete(http: httpx.Client, bucket: Any, upload: str, *parts: tuple[int, str]) -> httpx.Response:
    named = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>" for number, etag in parts
    )
    body = f"<CompleteMultipartUpload>{named}</CompleteMultipartUpload>"
    return http.post(f"/{bucket.name}/object", params={"uploadId": upload}, content=body)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"].startswith("application/xml")
    return answer.status_code, told(answer, "Code")[0]


@pytest.mark.parametrize("size", [1, 5 * MEBIBYTE, 12 * MEBIBYTE + 3])
def test_googles_client_uploads_chunks_side_by_side(bucket: Any, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    blob = bucket.blob("a folder/ünï?&#.bin")
    blob.metadata = {"set": "42"}
    blob.cache_control = "no-store"
    transfer_manager.upload_chunks_concurrently(
        tmp_path / "file",
        blob,
        content_type="text/csv",
        chunk_size=5 * MEBIBYTE,
        worker_type=transfer_manager.THREAD,
    )
    (found,) = bucket.list_blobs()
    assert (found.name, found.size, found.crc32c) == (blob.name, size, crc32c(data))
    assert found.md5_hash is None, "none is told of what came in parts"
    assert (found.content_type, found.cache_control, found.metadata) == (
        "text/csv",
        "no-store",
        {"set": "42"},
    )
    assert found.download_as_bytes() == data


def test_parts_may_come_in_any_order_and_again(alone: httpx.Client, bucket: Any, server: Server) -> None:
    upload = start(alone, bucket)
    files = len(server.files)
    last = send(alone, bucket, upload, 7, SMALL)
    send(alone, bucket, upload, 2, b"another" * MEBIBYTE)
    first = send(alone, bucket, upload, 2, LARGE)
    unused = send(alone, bucket, upload, 3, LARGE)
    assert first.headers["ETag"] == f'"{hashlib.md5(LARGE, usedforsecurity=False).hexdigest()}"'
    assert f"crc32c={crc32c(LARGE)}" in first.headers["X-Goog-Hash"]
    assert unused.is_success
    assert not list(bucket.list_blobs()), "not before it is complete"
    made = complete(alone, bucket, upload, (2, first.headers["ETag"]), (7, last.headers["ETag"]))
    assert made.status_code == 200
    digests = b"".join(hashlib.md5(part, usedforsecurity=False).digest() for part in (LARGE, SMALL))
    etag = hashlib.md5(digests, usedforsecurity=False).hexdigest()
    assert told(made, "ETag") == [f'"{etag}-2"']
    assert bucket.blob("object").download_as_bytes() == LARGE + SMALL
    assert refusal(alone.get(f"/{bucket.name}/object", params={"uploadId": upload})) == (404, "NoSuchUpload")
    assert len(server.files) <= files + 2, "no part is left"


def test_parts_are_listed_page_by_page(alone: httpx.Client, bucket: Any) -> None:
    upload = start(alone, bucket)
    for number in (5, 1, 3):
        send(alone, bucket, upload, number, SMALL)
    url = f"/{bucket.name}/object"
    page = alone.get(url, params={"uploadId": upload, "max-parts": 2})
    assert (told(page, "PartNumber"), told(page, "IsTruncated")) == (["1", "3"], ["true"])
    following = alone.get(url, params={"uploadId": upload, "part-number-marker": 3})
    assert (told(following, "PartNumber"), told(following, "Size")) == (["5"], [str(len(SMALL))])
    assert told(alone.get(f"/{bucket.name}?uploads"), "UploadId") == [upload]


def test_an_aborted_upload_leaves_nothing(alone: httpx.Client, bucket: Any, server: Server) -> None:
    files = server.files
    upload = start(alone, bucket)
    send(alone, bucket, upload, 1, SMALL)
    url = f"/{bucket.name}/object"
    assert alone.delete(url, params={"uploadId": upload}).status_code == 204
    assert refusal(alone.delete(url, params={"uploadId": upload})) == (404, "NoSuchUpload")
    assert refusal(send(alone, bucket, upload, 2, SMALL)) == (404, "NoSuchUpload")
    assert told(alone.get(f"/{bucket.name}?uploads"), "UploadId") == []
    assert len(server.files) <= len(files) + 1


@pytest.mark.parametrize(
    ("named", "code"),
    [
        pytest.param([(1, "first"), (2, "second")], "EntityTooSmall", id="a small part that is not the last"),
        pytest.param([(2, "second"), (1, "first")], "InvalidPartOrder", id="out of order"),
        pytest.param([(1, "first"), (1, "first")], "InvalidPartOrder", id="one twice"),
        pytest.param([(1, "second")], "InvalidPart", id="with another's ETag"),
        pytest.param([(9, "first")], "InvalidPart", id="one that never came"),
        pytest.param([], "InvalidPart", id="none"),
    ],
)
def test_parts_that_make_no_object(
    alone: httpx.Client, bucket: Any, named: list[tuple[int, str]], code: str
) -> None:
    upload = start(alone, bucket)
    etags = {
        word: send(alone, bucket, upload, number, word.encode()).headers["ETag"]
        for number, word in ((1, "first"), (2, "second"))
    }
    answer = complete(alone, bucket, upload, *((number, etags[word]) for number, word in named))
    assert refusal(answer) == (400, code)
    assert complete(alone, bucket, upload, (1, etags["first"])).status_code == 200, "it stayed open"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-MD5": base64.b64encode(hashlib.md5(b"else", usedforsecurity=False).digest()).decode()},
        {"X-Goog-Hash": f"crc32c={crc32c(b'else')}"},
    ],
    ids=["MD5", "CRC32C"],
)
def test_a_part_that_was_damaged_on_its_way_is_refused(
    alone: httpx.Client, bucket: Any, headers: dict[str, str]
) -> None:
    upload = start(alone, bucket)
    answer = send(alone, bucket, upload, 1, SMALL, **headers)
    assert refusal(answer) == (400, "BadDigest")
    assert told(answer, "Details")[0].startswith("Provided ")
    assert told(alone.get(f"/{bucket.name}/object", params={"uploadId": upload}), "PartNumber") == []


@pytest.mark.parametrize("number", [0, 10_001])
def test_parts_are_numbered_from_1_to_10000(alone: httpx.Client, bucket: Any, number: int) -> None:
    assert refusal(send(alone, bucket, start(alone, bucket), number, SMALL)) == (400, "InvalidArgument")


def test_no_xml_and_no_bucket(alone: httpx.Client, bucket: Any) -> None:
    upload = start(alone, bucket)
    answer = alone.post(f"/{bucket.name}/object", params={"uploadId": upload}, content="no XML")
    assert refusal(answer) == (400, "MalformedXML")
    assert refusal(alone.post("/no-such-bucket/object?uploads")) == (404, "NoSuchBucket")


@pytest.mark.parametrize(
    ("held", "code", "text"),
    [
        (True, "ObjectUnderActiveHold", "is under active Temporary hold"),
        (False, "RetentionPolicyNotMet", "is subject to bucket's retention policy"),
    ],
    ids=["held", "retained"],
)
def test_what_is_kept_is_not_overwritten_at_the_end(
    alone: httpx.Client, bucket: Any, held: bool, code: str, text: str
) -> None:
    bucket.blob("object").upload_from_string(b"kept")
    if held:
        blob = bucket.get_blob("object")
        blob.temporary_hold = True
        blob.patch()
    else:
        bucket.retention_period = 3600
        bucket.patch()
    upload = start(alone, bucket)
    etag = send(alone, bucket, upload, 1, SMALL).headers["ETag"]
    refused = complete(alone, bucket, upload, (1, etag))
    assert refusal(refused) == (403, code)
    assert text in told(refused, "Details")[0]
    assert told(alone.get(f"/{bucket.name}?uploads"), "UploadId") == [upload], "it stays open, to be aborted"
    assert bucket.blob("object").download_as_bytes() == b"kept"


def test_googles_client_tells_what_is_kept_and_aborts(
    bucket: Any, tmp_path: Path, alone: httpx.Client
) -> None:
    bucket.retention_period = 3600
    bucket.patch()
    bucket.blob("object").upload_from_string(b"kept")
    (tmp_path / "file").write_bytes(LARGE)
    with pytest.raises(Exception, match="403"):
        transfer_manager.upload_chunks_concurrently(
            tmp_path / "file", bucket.blob("object"), worker_type=transfer_manager.THREAD
        )
    assert told(alone.get(f"/{bucket.name}?uploads"), "UploadId") == []


def test_a_location_that_is_down_refuses_in_xml(alone: httpx.Client, bucket: Any) -> None:
    upload = start(alone, bucket)
    alone.post("/faults", json={"location": bucket.location}).raise_for_status()
    assert refusal(send(alone, bucket, upload, 1, SMALL)) == (503, "ServiceUnavailable")


@pytest.mark.slow
def test_parts_survive_the_sandbox(tmp_path: Path) -> None:
    with started(tmp_path) as server:
        bucket = new_bucket(server.client())
        with httpx.Client(base_url=server.address) as http:
            upload = start(http, bucket)
            first = send(http, bucket, upload, 1, LARGE).headers["ETag"]
        server.kill()
        (server.home / "storage" / "objects" / "half-a-part").write_bytes(b"not acknowledged")
        server.start()
        assert len(server.files) == 1
        with httpx.Client(base_url=server.address) as http:
            last = send(http, bucket, upload, 2, SMALL).headers["ETag"]
            assert complete(http, bucket, upload, (1, first), (2, last)).status_code == 200
        server.kill()
        server.start()
        assert server.client().bucket(bucket.name).blob("object").download_as_bytes() == LARGE + SMALL
        assert len(server.files) == 1


def test_an_upload_left_behind_is_aborted_by_its_age(
    alone: httpx.Client, bucket: Any, server: Server
) -> None:
    bucket.add_lifecycle_abort_incomplete_multipart_upload_rule(age=7, matches_prefix=["obj"])
    bucket.patch()
    upload, other = start(alone, bucket), start(alone, bucket, "another")
    send(alone, bucket, upload, 1, SMALL)
    server.set_clock(timedelta(days=6, hours=23))
    assert alone.post("/sandbox/storage/lifecycle").json()["aborted"] == 0
    server.set_clock(timedelta(days=7, minutes=1))
    assert alone.post("/sandbox/storage/lifecycle").json()["aborted"] == 1
    assert told(alone.get(f"/{bucket.name}?uploads"), "UploadId") == [other]


def test_paths_of_others_stay_theirs(alone: httpx.Client) -> None:
    assert alone.get("/v9/anything?filter=x").json()["error"]["status"] == "NOT_FOUND"
    assert alone.put("/v9/anything").status_code == 404


def test_a_fault_refuses_in_xml(alone: httpx.Client, bucket: Any) -> None:
    upload = start(alone, bucket)
    fault = {"action": "refuse", "method": "PUT", "path": f"uploadId={upload}", "status": 429}
    alone.post("/faults", json=fault).raise_for_status()
    assert refusal(send(alone, bucket, upload, 1, SMALL)) == (429, "SlowDown")
    assert send(alone, bucket, upload, 1, SMALL).is_success
