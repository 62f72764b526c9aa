"""Cloud Storage as a client meets it: objects, their metadata, versions and preconditions; buckets."""

import asyncio
import base64
import hashlib
import io
import json
import os
import uuid
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import google_crc32c
import httpx
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.storage import Client, transfer_manager

from sandbox.kernel.kernel import Kernel
from sandbox.kernel.settings import Settings
from sandbox.storage.storage import Storage
from tests.conftest import Endpoints

MEBIBYTE = 1 << 20


def connected(cloud: Endpoints) -> Client:
    """Google's own client."""
    return Client(
        project=cloud.project,
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": cloud.google},
    )


def new_bucket(client: Client) -> Any:
    return client.create_bucket(f"test-{uuid.uuid4().hex}", location="us-central1")


def upload(http: httpx.Client, bucket: Any, name: str, data: bytes = b"old", **query: Any) -> dict[str, Any]:
    """The resource of an object just written."""
    answer = media(http, bucket, name, data, **query)
    answer.raise_for_status()
    resource: dict[str, Any] = answer.json()
    return resource


def media(http: httpx.Client, bucket: Any, name: str, data: bytes = b"new", **query: Any) -> httpx.Response:
    params = {"uploadType": "media", "name": name, **query}
    return http.post(f"/upload/storage/v1/b/{bucket.name}/o", params=params, content=data)


def path(bucket: Any, name: str) -> str:
    return f"/storage/v1/b/{bucket.name}/o/{quote(name, safe='')}"


def crc32c(data: bytes) -> str:
    return base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


@pytest.fixture(scope="module")
def client(cloud: Endpoints) -> Client:
    return connected(cloud)


@pytest.fixture
def bucket(client: Client) -> Any:
    return new_bucket(client)


def send_blob(blob: Any, data: bytes, file: Path) -> None:
    blob.upload_from_string(data)


def send_file(blob: Any, data: bytes, file: Path) -> None:
    file.write_bytes(data)
    blob.chunk_size = 256 << 10
    blob.upload_from_filename(file)


def send_stream(blob: Any, data: bytes, file: Path) -> None:
    with blob.open("wb", chunk_size=256 << 10) as writer:
        for start in range(0, len(data), 100_000):
            writer.write(data[start : start + 100_000])


@pytest.mark.parametrize(
    "send",
    [
        pytest.param(send_blob, id="in one multipart request"),
        pytest.param(send_file, id="resumable, of a known size"),
        pytest.param(send_stream, id="resumable, of a size known at the end"),
    ],
)
@pytest.mark.parametrize("size", [0, 1, 256 << 10, 3 * MEBIBYTE + 7])
def test_what_was_uploaded_is_downloaded(
    bucket: Any, tmp_path: Path, send: Callable[[Any, bytes, Path], None], size: int
) -> None:
    data = os.urandom(size)
    send(bucket.blob("object"), data, tmp_path / "source")
    blob = bucket.get_blob("object")
    assert (blob.size, blob.md5_hash, blob.crc32c) == (size, md5(data), crc32c(data))
    assert blob.download_as_bytes() == data
    blob.download_to_filename(tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data
    with blob.open("rb", chunk_size=256 << 10) as reader:
        assert reader.read() == data


def test_chunks_are_downloaded_side_by_side(bucket: Any, tmp_path: Path) -> None:
    data = os.urandom(4 * MEBIBYTE + 1)
    bucket.blob("object").upload_from_string(data)
    transfer_manager.download_chunks_concurrently(
        bucket.get_blob("object"), tmp_path / "copy", chunk_size=MEBIBYTE, worker_type=transfer_manager.THREAD
    )
    assert (tmp_path / "copy").read_bytes() == data


@pytest.mark.parametrize("end", [b"\r\n", b"\n"], ids=["as the clients end lines", "as gcloud ends them"])
def test_a_multipart_body_is_taken_apart_wherever_it_is_cut(
    http: httpx.Client, bucket: Any, end: bytes
) -> None:
    data = b"\r\n--mar" + os.urandom(200_000) + b"\r\n--marg\n--mar"
    resource = json.dumps({"name": "object", "metadata": {"a": "b"}}).encode()
    first = [b"--mark", b"Content-Type: application/json", b"", resource]
    second = [b"--mark", b"Content-Type: text/csv", b"", data, b"--mark--", b""]
    body = end.join([*first, *second])
    sizes = (1, 7, 50, 65_536, 3)

    def pieces() -> Any:
        source = io.BytesIO(body)
        count = 0
        while piece := source.read(sizes[count % len(sizes)]):
            count += 1
            yield piece

    answer = http.post(
        f"/upload/storage/v1/b/{bucket.name}/o?uploadType=multipart",
        content=pieces(),
        headers={"Content-Type": "multipart/related; boundary='mark'"},
    )
    assert answer.json()["contentType"] == "text/csv"
    assert answer.json()["metadata"] == {"a": "b"}
    assert bucket.blob("object").download_as_bytes() == data


@pytest.mark.parametrize(
    "name",
    [
        "../../../etc/passwd", "a/../b", "a//b/", "/", "%2F", "a%2Fb", "100%", "%zz", "a b+c?d#e&f=g;h",
        "".join(chr(code) for code in range(32, 127)), "{braces}", "ünï/文件/🗂", "\x01\x7f\u200b\ue000",
        "x" * 1024,
    ],
)  # fmt: skip
def test_a_name_is_a_name_and_never_a_path(cloud: Endpoints, bucket: Any, name: str) -> None:
    bucket.blob(name).upload_from_string(name.encode())
    assert [blob.name for blob in bucket.list_blobs()] == [name]
    assert bucket.blob(name).download_as_bytes().decode() == name
    bucket.copy_blob(bucket.blob(name), bucket, "copy")
    bucket.blob(name).delete()
    assert [blob.name for blob in bucket.list_blobs()] == ["copy"]
    folder = cloud.home / "storage" / "objects"
    assert all(len(file.name) == 32 for file in folder.iterdir())


@pytest.mark.parametrize("name", ["", ".", "..", "a\nb", "a\rb", "x" * 1025])
def test_a_name_that_objects_cannot_have_is_refused(http: httpx.Client, bucket: Any, name: str) -> None:
    assert media(http, bucket, name).status_code == 400


@pytest.mark.parametrize(
    ("header", "status", "body"),
    [
        pytest.param("bytes=2-4", 206, b"234", id="from here to there"),
        pytest.param("bytes=7-", 206, b"789", id="from here on"),
        pytest.param("bytes=-4", 206, b"6789", id="the last ones"),
        pytest.param("bytes=0-99", 206, b"0123456789", id="more than there is"),
        pytest.param("bytes=-99", 206, b"0123456789", id="more of the last ones than there are"),
        pytest.param("bytes=10-", 416, None, id="beyond the end"),
        pytest.param("bytes=-0", 416, None, id="the last none"),
        pytest.param("bytes=5-4", 200, b"0123456789", id="backwards"),
        pytest.param("bytes=0-1,3-4", 200, b"0123456789", id="several at once"),
        pytest.param("lines=1-2", 200, b"0123456789", id="in another unit"),
    ],
)
def test_ranges(http: httpx.Client, bucket: Any, header: str, status: int, body: bytes | None) -> None:
    upload(http, bucket, "object", b"0123456789")
    answer = http.get(f"/download{path(bucket, 'object')}?alt=media", headers={"Range": header})
    assert answer.status_code == status
    if body is None:
        assert answer.headers["Content-Range"] == "bytes */10"
    else:
        assert answer.content == body
        assert answer.headers["X-Goog-Stored-Content-Length"] == "10"
    if status == 206 and body:
        start = b"0123456789".index(body)
        assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(body) - 1}/10"


def test_a_download_tells_what_it_is(http: httpx.Client, bucket: Any) -> None:
    made = upload(http, bucket, "object", b"data")
    http.patch(path(bucket, "object"), json={"cacheControl": "no-store", "contentLanguage": "en"})
    answer = http.get(path(bucket, "object"), params={"alt": "media"})
    assert answer.headers["X-Goog-Hash"] == f"crc32c={crc32c(b'data')},md5={md5(b'data')}"
    assert answer.headers["X-Goog-Generation"] == made["generation"]
    assert answer.headers["X-Goog-Metageneration"] == "2"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["ETag"] == http.get(path(bucket, "object")).json()["etag"] != made["etag"]
    age = parsedate_to_datetime(answer.headers["Date"]) - parsedate_to_datetime(
        answer.headers["Last-Modified"]
    )
    assert 0 <= age.total_seconds() < 60


def test_stored_gzip_goes_only_to_who_accepts_it(http: httpx.Client, bucket: Any) -> None:
    upload(http, bucket, "object", b"not really", contentEncoding="gzip")
    url = f"{path(bucket, 'object')}?alt=media"
    with http.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as answer:
        assert (
            answer.headers["X-Goog-Stored-Content-Encoding"] == answer.headers["Content-Encoding"] == "gzip"
        )
        assert b"".join(answer.iter_raw()) == b"not really"
    assert http.get(url, headers={"Accept-Encoding": "identity"}).status_code == 501


@pytest.mark.parametrize(
    ("header", "resource", "text"),
    [
        pytest.param(
            f"crc32c={crc32c(b'data')},md5={md5(b'data')}", {}, None, id="both right, in the header"
        ),
        pytest.param("", {"crc32c": crc32c(b"data"), "md5Hash": md5(b"data")}, None, id="both right"),
        pytest.param("", {"crc32c": crc32c(b"else")}, "Provided CRC32C", id="another CRC32C"),
        pytest.param("", {"md5Hash": md5(b"else")}, "Provided MD5 hash", id="another MD5"),
        pytest.param(f"crc32c={crc32c(b'else')}", {}, "Provided CRC32C", id="another CRC32C in the header"),
        pytest.param(f"md5={md5(b'else')}", {}, "Provided MD5 hash", id="another MD5 in the header"),
    ],
)
@pytest.mark.parametrize("kind", ["multipart", "resumable"])
def test_checksums_of_the_uploader(
    http: httpx.Client, bucket: Any, kind: str, header: str, resource: dict[str, str], text: str | None
) -> None:
    url = f"/upload/storage/v1/b/{bucket.name}/o?uploadType={kind}"
    resource = {"name": "object", **resource}
    hashes = {"X-Goog-Hash": header} if header else {}
    if kind == "resumable":
        session = http.post(url, json=resource).headers["Location"]
        answer = http.put(session, content=b"data", headers=hashes)
        assert http.put(session, content=b"data").status_code == (410 if text else 200)
    else:
        body = f"--m\r\n\r\n{json.dumps(resource)}\r\n--m\r\n\r\ndata\r\n--m--"
        headers = {"Content-Type": "multipart/related; boundary=m", **hashes}
        answer = http.post(url, content=body, headers=headers)
    if text is None:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 400
        assert answer.json()["error"]["errors"][0]["reason"] == "invalid"
        assert answer.json()["error"]["message"].startswith(text)
    assert bucket.blob("object").exists() is (text is None)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        pytest.param(lambda client, _: client.get_bucket("nowhere"), exceptions.NotFound,
                     "The specified bucket does not exist.", id="a bucket that is not there"),
        pytest.param(lambda client, _: client.bucket("nowhere").blob("x").upload_from_string(b""),
                     exceptions.NotFound, "The specified bucket does not exist.", id="an upload to it"),
        pytest.param(lambda client, _: list(client.list_blobs("nowhere")), exceptions.NotFound,
                     "The specified bucket does not exist.", id="a listing of it"),
        pytest.param(lambda _, bucket: bucket.blob("x").delete(), exceptions.NotFound,
                     "No such object: {bucket}/x", id="the deletion of what is gone"),
        pytest.param(lambda _, bucket: bucket.blob("x").download_as_bytes(), exceptions.NotFound,
                     "No such object: {bucket}/x", id="the download of what is gone"),
        pytest.param(lambda client, bucket: client.create_bucket(bucket.name), exceptions.Conflict,
                     "and you already own it.", id="a bucket that is there"),
        pytest.param(lambda client, _: client.create_bucket("UPPER"), exceptions.BadRequest,
                     "Invalid bucket name: 'UPPER'", id="a bucket's name that is none"),
        pytest.param(lambda client, _: client.create_bucket("proper", project="other"),
                     exceptions.BadRequest, "Unknown project id: other", id="another project"),
    ],
)  # fmt: skip
def test_errors_in_the_services_words(
    client: Client, bucket: Any, call: Callable[..., Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error) as raised:
        call(client, bucket)
    assert text.format(bucket=bucket.name) in str(raised.value)


def test_a_download_that_fails_says_why_in_plain_text(http: httpx.Client, bucket: Any) -> None:
    answer = http.get(f"/download{path(bucket, 'x')}?alt=media")
    assert (answer.status_code, answer.text) == (404, f"No such object: {bucket.name}/x")
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("verb", "url", "body", "what"),
    [
        pytest.param("PATCH", "/storage/v1/b/{b}",
                     {"softDeletePolicy": {"hardDeletePause": {"enabled": True}}}, "hardDeletePause",
                     id="a pause of hard deletions"),
        pytest.param("PATCH", "/storage/v1/b/{b}", {"autoclass": {"enabled": True}}, "autoclass",
                     id="autoclass"),
        pytest.param("PATCH", "/storage/v1/b/{b}/o/x", {"storageClass": "COLDLINE"}, "storage class",
                     id="another storage class in place"),
        pytest.param("PATCH", "/storage/v1/b/{b}?predefinedAcl=private", {}, "predefinedAcl", id="an ACL"),
        pytest.param("GET", "/storage/v1/b/{b}/o?matchGlob=*", None, "matchGlob", id="a glob"),
        pytest.param("GET", "/storage/v1/b/{b}/iam", None, "getIamPolicy", id="IAM"),
        pytest.param("GET", "/storage/v1/b/{b}/notificationConfigs", None, "notifications.list",
                     id="notifications"),
    ],
)  # fmt: skip
def test_what_is_not_emulated_is_refused(
    http: httpx.Client, bucket: Any, verb: str, url: str, body: dict[str, Any] | None, what: str
) -> None:
    upload(http, bucket, "x")
    answer = http.request(verb, url.format(b=bucket.name), json=body)
    assert answer.status_code == 501
    assert what in answer.json()["error"]["message"]


def test_a_customers_own_key_is_refused(bucket: Any) -> None:
    with pytest.raises(exceptions.GoogleAPICallError, match="encryption key") as raised:
        bucket.blob("x", encryption_key=os.urandom(32)).upload_from_string(b"secret")
    assert raised.value.code == 501


@pytest.mark.lies
def test_an_unknown_field_in_an_uploads_resource_is_refused(http: httpx.Client, bucket: Any) -> None:
    url = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=resumable"
    answer = http.post(url, json={"name": "x", "colour": "red"})
    assert answer.status_code == 400
    assert "colour: no such field" in answer.json()["error"]["message"]
    assert http.get("/truth").json()["mismatches"]


def test_other_systems_of_the_sandbox_read_and_write_files(tmp_path: Path) -> None:
    async def written() -> tuple[Path | None, Path | None]:
        kernel = Kernel.open(Settings(home=tmp_path))
        storage = Storage(kernel)
        storage.buckets.insert({"name": "own"})
        first = await storage.put("own", "../source.zip", b"first", "application/zip")
        await storage.put("own", "../source.zip", b"second")
        return storage.file("own", "../source.zip"), storage.file("own", "../source.zip", first.generation)

    now, before = asyncio.run(written())
    assert now is not None
    assert now.read_bytes() == b"second"
    assert now.is_relative_to(tmp_path)
    assert before is None
