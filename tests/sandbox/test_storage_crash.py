"""Cloud Storage under `kill -9`, by a sandbox of the tests' own with nothing else in it."""

import base64
import contextlib
import hashlib
import itertools
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from tests.processes import wait_until
from tests.sandbox.only_storage import Server, started

QUANTUM = 256 << 10


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with started(tmp_path_factory.mktemp("storage")) as server:
        yield server


@pytest.fixture
def bucket(server: Server) -> str:
    name = f"crash-{uuid.uuid4().hex}"
    url = f"{server.address}/storage/v1/b?project=sandbox-project"
    policy = {"retentionDurationSeconds": "0"}  # what is overwritten is gone
    httpx.post(url, json={"name": name, "softDeletePolicy": policy}).raise_for_status()
    return name


def objects(server: Server, bucket: str) -> list[dict[str, Any]]:
    page = httpx.get(f"{server.address}/storage/v1/b/{bucket}/o").json()
    items: list[dict[str, Any]] = page.get("items", [])
    return items


def digest(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


WRITERS, NAMES = 4, 5


def write_until_killed(
    server: Server, bucket: str, writer: int, acknowledged: dict[str, tuple[int, str]]
) -> None:
    """Write small and large objects, over and over the same few names."""
    with httpx.Client(base_url=server.address) as client, contextlib.suppress(httpx.TransportError):
        for count in itertools.count():
            data = os.urandom((10, 5_000, 1_200_000)[count % 3])
            params = {"uploadType": "media", "name": f"{writer}/{count % NAMES}"}
            made = client.post(f"/upload/storage/v1/b/{bucket}/o", params=params, content=data).json()
            acknowledged[made["name"]] = int(made["generation"]), digest(data)


def has_all_names(acknowledged: dict[str, tuple[int, str]]) -> bool:
    return len(acknowledged) == WRITERS * NAMES


def test_killed_among_many_writers(server: Server, bucket: str) -> None:
    acknowledged: dict[str, tuple[int, str]] = {}  # by name: the generation and the MD5 of its bytes
    others = server.files
    for _ in range(2):
        recent: dict[str, tuple[int, str]] = {}
        arguments = [(server, bucket, writer, recent) for writer in range(WRITERS)]
        threads = [threading.Thread(target=write_until_killed, args=each) for each in arguments]
        for thread in threads:
            thread.start()
        wait_until(partial(has_all_names, recent), what="an object of each name")
        server.kill()
        for thread in threads:
            thread.join()
        acknowledged |= recent
        server.start()
        there = {one["name"]: one for one in objects(server, bucket)}
        assert acknowledged.keys() <= there.keys()
        for name, one in there.items():
            data = httpx.get(one["mediaLink"]).content
            assert one["md5Hash"] == digest(data), "not torn"
            generation, known = acknowledged.get(name, (0, ""))
            assert int(one["generation"]) > generation or digest(data) == known, "not lost"
        assert len(server.files - others) == len(there)


def test_killed_amid_a_resumable_upload(server: Server, bucket: str) -> None:
    others = server.files
    data = os.urandom(6 * QUANTUM + 5)
    params = {"uploadType": "resumable", "name": "object"}
    url = f"{server.address}/upload/storage/v1/b/{bucket}/o"
    session = httpx.post(url, params=params).headers["Location"]
    span = {"Content-Range": f"bytes 0-{2 * QUANTUM - 1}/*"}
    assert httpx.put(session, content=data[: 2 * QUANTUM], headers=span).status_code == 308
    server.kill()
    server.start()
    host, _, port = server.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        head = f"PUT {session.removeprefix(server.address)} HTTP/1.1\r\nHost: {host}:{port}\r\n"
        head += f"Content-Range: bytes {2 * QUANTUM}-{len(data) - 1}/{len(data)}\r\n"
        head += f"Content-Length: {len(data) - 2 * QUANTUM}\r\n\r\n"
        connection.sendall(head.encode() + data[2 * QUANTUM : 5 * QUANTUM])
        server.kill()
    server.start()
    assert not objects(server, bucket)
    progress = httpx.put(session, headers={"Content-Range": "bytes */*"}).headers["Range"]
    kept = int(progress.removeprefix("bytes=0-")) + 1
    assert 2 * QUANTUM <= kept <= 5 * QUANTUM
    span = {"Content-Range": f"bytes {kept}-{len(data) - 1}/{len(data)}"}
    made = httpx.put(session, content=data[kept:], headers=span).json()
    server.kill()
    server.start()
    assert httpx.put(session, headers={"Content-Range": "bytes */*"}).json() == made
    assert httpx.get(made["mediaLink"]).content == data
    assert len(server.files - others) == 1


def test_what_nothing_names_is_swept_at_the_start(server: Server, bucket: str) -> None:
    params = {"uploadType": "media", "name": "object"}
    httpx.post(f"{server.address}/upload/storage/v1/b/{bucket}/o", params=params, content=b"data")
    kept = server.files
    server.kill()
    (server.home / "storage" / "objects" / uuid.uuid4().hex).write_bytes(b"left by a crash")
    server.start()
    assert server.files == kept


def test_an_object_is_never_held_whole(server: Server, bucket: str) -> None:
    size = 128 << 20
    piece = os.urandom(1 << 20)
    params = {"uploadType": "media", "name": "large"}
    url = f"{server.address}/upload/storage/v1/b/{bucket}/o"
    before = server.peak
    httpx.post(url, params=params, content=(piece for _ in range(size >> 20)), timeout=60).raise_for_status()
    body = {"sourceObjects": [{"name": "large"}]}
    made = httpx.post(f"{server.address}/storage/v1/b/{bucket}/o/large/compose", json=body, timeout=60).json()
    with httpx.stream("GET", made["mediaLink"]) as answer:
        assert sum(len(part) for part in answer.iter_raw()) == size
    assert server.peak - before < size // 4
