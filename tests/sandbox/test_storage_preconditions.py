"""Preconditions of Cloud Storage: on every verb, and of which many writers one meets them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from google.cloud.storage import Client

from tests.conftest import Endpoints
from tests.sandbox.test_storage import connected, media, new_bucket, path, upload

NOT_MET = "At least one of the pre-conditions you specified did not hold."


@pytest.fixture(scope="module")
def client(cloud: Endpoints) -> Client:
    return connected(cloud)


@pytest.fixture
def bucket(client: Client) -> Any:
    return new_bucket(client)


READS: dict[str, Callable[..., httpx.Response]] = {
    "a read": lambda http, bucket, **query: http.get(path(bucket, "object"), params=query),
    "a download": lambda http, bucket, **query: http.get(
        f"/download{path(bucket, 'object')}", params={"alt": "media", **query}
    ),
}
CREATIONS: dict[str, Callable[..., httpx.Response]] = {
    "an upload": lambda http, bucket, **query: media(http, bucket, "object", **query),
    "a resumable upload": lambda http, bucket, **query: http.put(
        http.post(
            f"/upload/storage/v1/b/{bucket.name}/o",
            params={"uploadType": "resumable", "name": "object", **query},
        ).headers["Location"],
        content=b"new",
    ),
    "a rewrite": lambda http, bucket, **query: http.post(
        f"{path(bucket, 'source')}/rewriteTo/b/{bucket.name}/o/object", params=query
    ),
    "a copy": lambda http, bucket, **query: http.post(
        f"{path(bucket, 'source')}/copyTo/b/{bucket.name}/o/object", params=query
    ),
}
CHANGES: dict[str, Callable[..., httpx.Response]] = {
    "a patch": lambda http, bucket, **query: http.patch(path(bucket, "object"), params=query, json={}),
    "an update": lambda http, bucket, **query: http.put(path(bucket, "object"), params=query, json={}),
    "a deletion": lambda http, bucket, **query: http.delete(path(bucket, "object"), params=query),
}
COMPOSITION: dict[str, Callable[..., httpx.Response]] = {
    "a composition": lambda http, bucket, **query: http.post(
        f"{path(bucket, 'object')}/compose", params=query, json={"sourceObjects": [{"name": "source"}]}
    ),
}


@pytest.mark.parametrize(
    ("condition", "offset", "holds"),
    [
        pytest.param("ifGenerationMatch", 0, True, id="if the generation is the one"),
        pytest.param("ifGenerationMatch", 1, False, id="if the generation is another"),
        pytest.param("ifGenerationNotMatch", 0, False, id="unless the generation is the one"),
        pytest.param("ifGenerationNotMatch", 1, True, id="unless the generation is another"),
        pytest.param("ifMetagenerationMatch", 0, True, id="if the metageneration is the one"),
        pytest.param("ifMetagenerationMatch", 1, False, id="if the metageneration is another"),
        pytest.param("ifMetagenerationNotMatch", 0, False, id="unless the metageneration is the one"),
        pytest.param("ifMetagenerationNotMatch", 1, True, id="unless the metageneration is another"),
    ],
)
@pytest.mark.parametrize("verb", [*READS, *CREATIONS, *CHANGES, *COMPOSITION])
def test_preconditions(
    http: httpx.Client, bucket: Any, verb: str, condition: str, offset: int, holds: bool
) -> None:
    if verb in COMPOSITION and "Not" in condition:
        return  # it takes no such condition
    upload(http, bucket, "source", b"new")
    before = upload(http, bucket, "object")
    value = int(before["metageneration" if "Meta" in condition else "generation"]) + offset
    call = {**READS, **CREATIONS, **CHANGES, **COMPOSITION}[verb]
    answer = call(http, bucket, **{condition: value})
    if holds:
        assert answer.status_code in {200, 204}
        return
    if verb in READS and "Not" in condition:
        assert (answer.status_code, answer.content) == (304, b"")
    else:
        assert answer.status_code == 412
        assert NOT_MET in answer.text
    assert http.get(path(bucket, "object")).json() == before


@pytest.mark.parametrize(
    ("condition", "value", "status"),
    [
        pytest.param("ifGenerationMatch", 0, 200, id="it must not be there"),
        pytest.param("ifGenerationMatch", 1, 412, id="it must be that one"),
        pytest.param("ifGenerationNotMatch", 0, 412, id="it must be there"),
        pytest.param("ifMetagenerationMatch", 1, 412, id="its metadata must be these"),
    ],
)
@pytest.mark.parametrize("verb", [*CREATIONS, *COMPOSITION])
def test_preconditions_on_what_is_not_there(
    http: httpx.Client, bucket: Any, verb: str, condition: str, value: int, status: int
) -> None:
    if verb in COMPOSITION and "Not" in condition:
        return  # it takes no such condition
    upload(http, bucket, "source", b"new")
    answer = {**CREATIONS, **COMPOSITION}[verb](http, bucket, **{condition: value})
    assert answer.status_code == status
    assert bucket.blob("object").exists() is (status == 200)


@pytest.mark.parametrize(
    ("condition", "offset", "status"),
    [
        pytest.param("ifSourceGenerationMatch", 0, 200, id="the source is the one"),
        pytest.param("ifSourceGenerationMatch", 1, 412, id="the source is another"),
        pytest.param("ifSourceMetagenerationNotMatch", 0, 412, id="the source's metadata are the same"),
        pytest.param("sourceGeneration", 1, 404, id="the source is gone"),
    ],
)
@pytest.mark.parametrize("verb", ["a rewrite", "a copy"])
def test_conditions_on_the_source(
    http: httpx.Client, bucket: Any, verb: str, condition: str, offset: int, status: int
) -> None:
    source = upload(http, bucket, "source", b"new")
    value = int(source["metageneration" if "Meta" in condition else "generation"]) + offset
    assert CREATIONS[verb](http, bucket, **{condition: value}).status_code == status


@pytest.mark.parametrize(
    ("header", "status"),
    [
        pytest.param({"If-Match": "{etag}"}, 200, id="the one known"),
        pytest.param({"If-Match": '"other", "{etag}"'}, 200, id="among the ones known"),
        pytest.param({"If-Match": "other"}, 412, id="not the one known"),
        pytest.param({"If-None-Match": "{etag}"}, 304, id="no other than the one known"),
        pytest.param({"If-None-Match": "other"}, 200, id="another than the one known"),
    ],
)
def test_reads_by_etag(http: httpx.Client, bucket: Any, header: dict[str, str], status: int) -> None:
    made = upload(http, bucket, "object")
    headers = {name: value.format(etag=made["etag"]) for name, value in header.items()}
    assert http.get(path(bucket, "object"), headers=headers).status_code == status


def test_of_two_hundred_writers_one_wins_each_round(
    cloud: Endpoints, http: httpx.Client, bucket: Any
) -> None:
    generation = 0
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    with (
        httpx.Client(base_url=cloud.google, timeout=60, limits=limits) as own,
        ThreadPoolExecutor(200) as pool,
    ):

        def write(number: int) -> httpx.Response:
            return media(own, bucket, "lease", str(number).encode(), ifGenerationMatch=generation)

        for _ in range(2):
            answers = list(pool.map(write, range(200)))
            assert sorted(answer.status_code for answer in answers) == [200] + [412] * 199
            winner = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
            assert bucket.blob("lease").download_as_bytes() == str(winner).encode()
            generation = int(answers[winner].json()["generation"])


def test_generations_grow_even_within_a_microsecond(http: httpx.Client, bucket: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: upload(http, bucket, "object"), range(40)))
    generations = [int(one["generation"]) for one in made]
    assert len(set(generations)) == 40
    assert min(generations) / 1e6 > datetime.now(UTC).timestamp() - 60, "an instant, in microseconds"
    assert max(generations) - min(generations) < 60e6, "of one moment; later than now where a clock was ahead"
