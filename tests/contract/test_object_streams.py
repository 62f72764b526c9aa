"""Objects are read and written in pieces: what is lost on the way is not begun anew."""

import hashlib
import os
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from requests import Response

from clients.checksums import Sums
from clients.environment import Environment
from clients.errors import NotFound, PreconditionFailed, Rejected, Unavailable
from clients.google import session
from clients.object_stream import PIECE, ObjectStream
from clients.object_uploads import ObjectUpload, UploadGone, begin_upload
from clients.patience import patience
from clients.stored_objects import Stored, stat
from tests.contract.conftest import Faults
from tests.environments import SECOND_VAULT, STATE
from tests.recovery import content_of, put

QUANTUM = 256 << 10
CONTENT = os.urandom(3 * QUANTUM + 7)


@pytest.fixture
def source(env: Environment) -> Stored:
    """An object to read."""
    found = stat(env, put(env, f"tests/{env.name}", CONTENT, STATE))
    assert found
    return found


def sums(content: bytes) -> Sums:
    made = Sums()
    made.add(content)
    return made


def test_what_is_known_of_an_object_is_told_without_its_bytes(env: Environment, source: Stored) -> None:
    assert (source.size, source.crc32c) == (len(CONTENT), sums(CONTENT).crc32c)
    assert source.content_type == "application/json"
    assert stat(env, f"gs://{STATE}/tests/{env.name}/none") is None
    assert stat(env, "gs://no-such-bucket/x") is None


@pytest.mark.parametrize("content", [b"", b"1", b"123456789"])
def test_sums_are_those_of_all_bytes(content: bytes) -> None:
    assert sums(content).sha256 == hashlib.sha256(content).hexdigest()
    assert sums(content).size == len(content)


def test_the_crc_is_the_castagnoli_one_in_base64() -> None:
    assert sums(b"123456789").crc32c == "4waSgw==", "its check value, E3069283"


def test_an_object_comes_in_pieces(env: Environment, source: Stored) -> None:
    pieces = list(ObjectStream(env, source, QUANTUM))
    assert [len(piece) for piece in pieces] == [QUANTUM] * 3 + [7]
    assert b"".join(pieces) == CONTENT
    empty = stat(env, put(env, f"tests/{env.name}-empty", b"", STATE))
    assert empty
    assert list(ObjectStream(env, empty)) == []


@pytest.mark.parametrize("action", [{"action": "drop"}, {"action": "refuse", "status": 503}])
def test_a_read_goes_on_though_calls_fail(
    env: Environment, source: Stored, faults: Faults, action: dict[str, Any]
) -> None:
    faults.add(**action, path="/download/", times=2)
    assert b"".join(ObjectStream(env, source, QUANTUM)) == CONTENT
    assert faults.met == 2


def test_it_is_one_version_that_is_read(env: Environment, source: Stored) -> None:
    pieces = iter(ObjectStream(env, source, QUANTUM))
    first = next(pieces)
    put(env, source.name, os.urandom(len(CONTENT)), STATE)
    rest = b"".join(pieces)
    assert first + rest == CONTENT
    with pytest.raises(NotFound, match="reading it"):
        list(ObjectStream(env, source))


def upload(env: Environment, source: Stored) -> ObjectUpload:
    return begin_upload(env, source, SECOND_VAULT)


def arrived(env: Environment, source: Stored) -> bytes:
    return content_of(env, f"gs://{SECOND_VAULT}/{source.name}")


def pieces() -> Iterator[tuple[bytes, int]]:
    return ((CONTENT[at : at + QUANTUM], at) for at in range(0, len(CONTENT), QUANTUM))


@pytest.fixture
def answered(env: Environment) -> Iterator[list[str]]:
    """The Content-Range of each piece that was taken with an answer that arrived."""
    seen: list[str] = []

    def note(answer: Response, **_: Any) -> None:
        span = answer.request.headers.get("Content-Range", "")
        if answer.status_code < 400 and span.startswith("bytes ") and "*" not in span:
            seen.append(span)

    hooks = session(env).hooks["response"]
    hooks.append(note)
    yield seen
    hooks.remove(note)


@pytest.mark.parametrize(
    ("trouble", "unheard"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"action": "refuse", "status": 503, "times": 2}, None, id="503"),
        pytest.param({"action": "drop"}, None, id="lost before it arrived"),
        pytest.param({"action": "drop_answer", "skip": 1}, 1, id="a piece whose answer was lost"),
        pytest.param({"action": "drop_answer", "skip": 3}, 3, id="the last answer was lost"),
    ],
)
def test_an_upload_arrives_whole_and_no_piece_twice(
    env: Environment,
    source: Stored,
    faults: Faults,
    answered: list[str],
    trouble: dict[str, Any],
    unheard: int | None,
) -> None:
    if trouble:
        faults.add(**trouble, path="upload_id", method="PUT")
    made = upload(env, source)
    for piece, at in pieces():
        made.send(piece, at)
    assert arrived(env, source) == CONTENT
    assert made.made
    assert made.made.same_bytes(source)
    assert made.made.content_type == source.content_type
    assert not trouble or faults.met
    spans = [f"bytes {at}-{at + len(piece) - 1}/{len(CONTENT)}" for piece, at in pieces()]
    assert answered == [span for number, span in enumerate(spans) if number != unheard]


def test_another_process_takes_an_upload_up_where_it_is(env: Environment, source: Stored) -> None:
    begun = upload(env, source)
    [*first, last] = pieces()
    for piece, at in first:
        begun.send(piece, at)
    again = ObjectUpload(env, source, SECOND_VAULT, begun.address)
    assert again.received() == 3 * QUANTUM
    for piece, at in (*first, last):
        again.send(piece, at)
    assert arrived(env, source) == CONTENT


def test_an_empty_object_is_uploaded_too(env: Environment) -> None:
    empty = stat(env, put(env, f"tests/{env.name}", b"", STATE))
    assert empty
    made = upload(env, empty)
    made.send(b"", 0)
    assert made.made
    assert arrived(env, empty) == b""


def test_other_bytes_than_were_announced_are_refused(env: Environment, source: Stored) -> None:
    made = upload(env, source)
    with pytest.raises(Rejected):
        made.send(os.urandom(len(CONTENT)), 0)
    assert stat(env, f"gs://{SECOND_VAULT}/{source.name}") is None


def test_a_session_that_is_cancelled_is_gone(env: Environment, source: Stored) -> None:
    made = upload(env, source)
    made.send(CONTENT[:QUANTUM], 0)
    made.cancel()
    made.cancel()
    with pytest.raises(UploadGone, match="its session has ended"):
        made.send(CONTENT[QUANTUM : 2 * QUANTUM], QUANTUM)
    with pytest.raises(UploadGone):
        ObjectUpload(env, source, SECOND_VAULT, made.address).received()


def test_what_was_there_first_stays(env: Environment, source: Stored) -> None:
    made = upload(env, source)
    put(env, source.name, b"theirs", SECOND_VAULT)
    with pytest.raises(PreconditionFailed):
        made.send(CONTENT, 0)
    assert arrived(env, source) == b"theirs"


def test_a_connection_that_breaks_in_the_middle_goes_on_where_it_was(env: Environment) -> None:
    content = os.urandom(4 * PIECE)
    found = stat(env, put(env, f"tests/{env.name}", content, STATE))
    assert found
    stream: Any = ObjectStream(env, found)
    there = hashlib.sha256()
    for number, piece in enumerate(stream):
        there.update(piece)
        if number == 1:
            stream._answer.raw.connection.sock.shutdown(socket.SHUT_RDWR)
    assert there.digest() == hashlib.sha256(content).digest()


def test_a_storage_that_does_not_answer_ends_the_read(
    env: Environment, source: Stored, faults: Faults
) -> None:
    faults.add("refuse", "/download/", times=1000, status=503)
    with patience(timedelta(seconds=1)), pytest.raises(Unavailable, match="reading it"):
        list(ObjectStream(env, source))
