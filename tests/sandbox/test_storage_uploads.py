"""Resumable uploads, request by request."""

import os
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import Endpoints
from tests.processes import wait_until
from tests.sandbox.test_storage import connected, crc32c

QUANTUM = 256 << 10
DATA = os.urandom(3 * QUANTUM + 17)


@pytest.fixture
def bucket(cloud: Endpoints, http: httpx.Client) -> str:
    name = f"uploads-{uuid.uuid4().hex}"
    http.post(f"/storage/v1/b?project={cloud.project}", json={"name": name}).raise_for_status()
    return name


@pytest.fixture
def start(http: httpx.Client, bucket: str) -> Callable[..., str]:
    """Starts a session and tells its address."""

    def start(**query: Any) -> str:
        answer = http.post(
            f"/upload/storage/v1/b/{bucket}/o",
            params={"uploadType": "resumable", "name": "object", **query},
            headers={"X-Upload-Content-Type": "text/csv"},
        )
        assert (answer.status_code, answer.content) == (200, b"")
        return answer.headers["Location"]

    return start


def send(http: httpx.Client, session: str, first: int, last: int, total: int | str) -> httpx.Response:
    """Those bytes of the data, both ends included."""
    headers = {"Content-Range": f"bytes {first}-{last}/{total}"}
    return http.put(session, content=DATA[first : last + 1], headers=headers)


def ask(http: httpx.Client, session: str, total: int | str = "*") -> httpx.Response:
    return http.put(session, headers={"Content-Range": f"bytes */{total}"})


def stored(http: httpx.Client, bucket: str) -> bytes:
    answer = http.get(f"/download/storage/v1/b/{bucket}/o/object?alt=media")
    answer.raise_for_status()
    return answer.content


def test_chunk_after_chunk(http: httpx.Client, bucket: str, start: Callable[..., str]) -> None:
    session = start()
    assert (ask(http, session).status_code, ask(http, session).headers.get("Range")) == (308, None)
    for number in range(3):
        answer = send(http, session, number * QUANTUM, (number + 1) * QUANTUM - 1, "*")
        progress = f"bytes=0-{(number + 1) * QUANTUM - 1}"
        assert (answer.status_code, answer.headers["Range"]) == (308, progress)
        assert ask(http, session).headers["Range"] == progress
    answer = send(http, session, 3 * QUANTUM, len(DATA) - 1, len(DATA))
    assert answer.status_code == 200
    assert (answer.json()["crc32c"], answer.json()["contentType"]) == (crc32c(DATA), "text/csv")
    assert stored(http, bucket) == DATA


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(lambda http, session: ask(http, session, len(DATA)), id="its length is told at last"),
        pytest.param(lambda http, session: send(http, session, 0, len(DATA) - 1, len(DATA)), id="sent whole"),
        pytest.param(lambda http, session: http.put(session, content=DATA), id="sent whole, without a range"),
        pytest.param(
            lambda http, session: http.put(session, content=iter([DATA[:9], DATA[9:]])), id="sent in pieces"
        ),
    ],
)
def test_the_last_request_makes_the_object(
    http: httpx.Client, bucket: str, start: Callable[..., str], end: Callable[..., httpx.Response]
) -> None:
    session = start()
    send(http, session, 0, QUANTUM - 1, len(DATA))
    if end(http, session).status_code == 308:
        send(http, session, QUANTUM, len(DATA) - 1, len(DATA))
    assert stored(http, bucket) == DATA
    assert ask(http, session).json()["size"] == str(len(DATA))


def test_a_finished_session_answers_with_its_object(
    http: httpx.Client, bucket: str, start: Callable[..., str]
) -> None:
    session = start()
    made = http.put(session, content=DATA).json()
    for again in (
        ask(http, session),
        ask(http, session, 5),
        send(http, session, 0, QUANTUM - 1, "*"),
        http.put(session, content=b"other"),
    ):
        assert (again.status_code, again.json()) == (200, made)
    http.delete(session)
    assert stored(http, bucket) == DATA


def test_what_is_sent_again_changes_nothing(
    http: httpx.Client, bucket: str, start: Callable[..., str]
) -> None:
    session = start()
    send(http, session, 0, 2 * QUANTUM - 1, "*")
    assert send(http, session, 0, QUANTUM - 1, "*").headers["Range"] == f"bytes=0-{2 * QUANTUM - 1}"
    assert send(http, session, QUANTUM, 3 * QUANTUM - 1, "*").headers["Range"] == f"bytes=0-{3 * QUANTUM - 1}"
    assert send(http, session, 2 * QUANTUM, len(DATA) - 1, len(DATA)).status_code == 200
    assert stored(http, bucket) == DATA


def test_of_a_chunk_that_is_no_multiple_the_rest_is_not_kept(
    http: httpx.Client, bucket: str, start: Callable[..., str]
) -> None:
    session = start()
    assert send(http, session, 0, QUANTUM + 4, "*").headers["Range"] == f"bytes=0-{QUANTUM - 1}"
    assert send(http, session, QUANTUM, len(DATA) - 1, len(DATA)).json()["crc32c"] == crc32c(DATA)


@pytest.mark.parametrize(
    ("span", "status", "text"),
    [
        pytest.param(
            f"bytes {QUANTUM}-{2 * QUANTUM - 1}/*",
            503,
            "Invalid request. According to the Content-Range header, the upload offset is "
            f"{QUANTUM} byte(s), which exceeds already uploaded size of 0 byte(s).",
            id="a chunk ahead of its turn",
        ),
        pytest.param(
            "bytes 0-499/*", 400, "The received request contained 500 bytes", id="too small a chunk"
        ),
        pytest.param(
            "bytes 0-9/500", 400, "Content-Range names 10 byte(s)", id="another length than it says"
        ),
        pytest.param("bytes 0-500/500", 400, "Failed to parse Content-Range", id="more than all"),
        pytest.param("bytes 9-0/*", 400, "Failed to parse Content-Range", id="backwards"),
        pytest.param("500 bytes", 400, "Failed to parse Content-Range", id="no range"),
    ],
)
def test_refused_in_plain_text(
    http: httpx.Client, bucket: str, start: Callable[..., str], span: str, status: int, text: str
) -> None:
    session = start()
    size = QUANTUM if "262144" in span else 500
    answer = http.put(session, content=b"x" * size, headers={"Content-Range": span})
    assert answer.status_code == status
    assert text in answer.text
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert http.put(session, content=DATA).status_code == 200, "the session is none the worse"


def test_a_cancelled_session_is_no_more(
    http: httpx.Client, bucket: str, start: Callable[..., str], cloud: Endpoints
) -> None:
    session = start()
    send(http, session, 0, QUANTUM - 1, "*")
    assert http.delete(session).status_code == 499
    assert http.delete(session).status_code == 499
    assert http.put(session, content=DATA).status_code == 499
    assert http.get(f"/storage/v1/b/{bucket}/o/object").status_code == 404
    assert http.put(session.replace("upload_id=", "upload_id=0"), content=DATA).status_code == 404


def test_a_condition_counts_when_the_upload_ends(
    http: httpx.Client, bucket: str, start: Callable[..., str]
) -> None:
    one, two = start(ifGenerationMatch=0), start(ifGenerationMatch=0)
    assert http.put(one, content=b"one").status_code == 200
    assert http.put(two, content=b"two").status_code == 412
    assert http.put(two, content=b"two").status_code == 410
    assert stored(http, bucket) == b"one"


def test_a_broken_connection_leaves_what_came_in_whole_quanta(
    cloud: Endpoints, http: httpx.Client, bucket: str, start: Callable[..., str]
) -> None:
    session = start()
    data = os.urandom(12 * QUANTUM)
    file = cloud.home / "storage" / "objects" / session.rpartition("=")[2]

    def breaking() -> Iterator[bytes]:
        yield data[: 11 * QUANTUM + 9]
        wait_until(lambda: file.exists() and file.stat().st_size >= 4 * QUANTUM)
        raise ConnectionError("pulled out")

    headers = {"Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}", "Content-Length": str(len(data))}
    with pytest.raises(ConnectionError, match="pulled out"):
        http.put(session, content=breaking(), headers=headers)
    kept = int(ask(http, session).headers["Range"].removeprefix("bytes=0-")) + 1
    assert kept % QUANTUM == 0
    assert 4 * QUANTUM <= kept <= 11 * QUANTUM
    rest = {"Content-Range": f"bytes {kept}-{len(data) - 1}/{len(data)}"}
    assert http.put(session, content=data[kept:], headers=rest).json()["crc32c"] == crc32c(data)


@pytest.mark.parametrize("action", ["drop", "drop_answer"])
def test_googles_client_gets_over_a_lost_call(
    cloud: Endpoints, http: httpx.Client, bucket: str, action: str
) -> None:
    blob = connected(cloud).bucket(bucket).blob("object", chunk_size=QUANTUM)
    http.post("/faults", json={"action": action, "method": "PUT", "path": "/upload/", "skip": 1, "times": 1})
    with blob.open("wb", chunk_size=QUANTUM, if_generation_match=0) as writer:
        writer.write(DATA)
    assert stored(http, bucket) == DATA


def test_an_upload_given_up_by_googles_client_leaves_no_object(cloud: Endpoints, bucket: str) -> None:
    blob = connected(cloud).bucket(bucket).blob("object")

    def give_up() -> None:
        with blob.open("wb", chunk_size=QUANTUM) as writer:
            writer.write(DATA)
            raise RuntimeError("gave up")

    with pytest.raises(RuntimeError, match="gave up"):
        give_up()
    assert not blob.exists()


def test_a_fault_that_looks_into_bodies_takes_none_away(
    http: httpx.Client, bucket: str, start: Callable[..., str]
) -> None:
    http.post("/faults", json={"action": "refuse", "path": "/nowhere", "body": "x"})
    assert http.put(start(), content=DATA).json()["crc32c"] == crc32c(DATA)
