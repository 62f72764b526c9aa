"""Listing a bucket: prefixes, delimiters, offsets, pages; and what a page of a full bucket costs."""

import json
import uuid
from typing import Any

import httpx
import pytest

from sandbox.kernel.clock import Clock
from sandbox.kernel.state import State
from sandbox.storage.buckets import Buckets
from sandbox.storage.conditions import Conditions
from sandbox.storage.files import Files
from sandbox.storage.listing import Listing, Place, above
from sandbox.storage.object import Content, Destination
from sandbox.storage.objects import Objects
from tests.conftest import Endpoints

NAMES = ("a", "a/", "a/b", "a/c/d", "a/c/e", "b", "b/x", "c//d", "é", "\ud7ff/y", "🗂")


@pytest.fixture(scope="module")
def bucket(cloud: Endpoints, http: httpx.Client) -> str:
    """One with these names in it, each written twice."""
    name = f"listing-{uuid.uuid4().hex}"
    http.post(f"/storage/v1/b?project={cloud.project}", json={"name": name, "versioning": {"enabled": True}})
    for text in (*NAMES, *NAMES):
        params = {"uploadType": "media", "name": text}
        http.post(f"/upload/storage/v1/b/{name}/o", params=params, content=b"x").raise_for_status()
    return name


def listed(http: httpx.Client, bucket: str, **query: Any) -> tuple[list[str], list[str]]:
    """The names of all items and all prefixes, page by page."""
    items, prefixes = [], []
    while True:
        answer = http.get(f"/storage/v1/b/{bucket}/o", params=query)
        answer.raise_for_status()
        page = answer.json()
        items += [item["name"] for item in page.get("items", [])]
        prefixes += page.get("prefixes", [])
        if "nextPageToken" not in page:
            return items, prefixes
        query["pageToken"] = page["nextPageToken"]


@pytest.mark.parametrize("size", [1, 2, 3, 1000], ids=lambda size: f"{size} a page")
@pytest.mark.parametrize(
    ("query", "items", "prefixes"),
    [
        pytest.param({}, [*NAMES], [], id="everything, in the order of UTF-8"),
        pytest.param({"prefix": "a/"}, ["a/", "a/b", "a/c/d", "a/c/e"], [], id="under a prefix"),
        pytest.param({"prefix": "none"}, [], [], id="under a prefix that nothing has"),
        pytest.param({"delimiter": "/"}, ["a", "b", "é", "🗂"], ["a/", "b/", "c/", "\ud7ff/"], id="one level"),
        pytest.param({"delimiter": "/", "prefix": "a/"}, ["a/", "a/b"], ["a/c/"], id="a level further down"),
        pytest.param({"delimiter": "/", "includeTrailingDelimiter": True}, ["a", "a/", "b", "é", "🗂"],
                     ["a/", "b/", "c/", "\ud7ff/"], id="with the marker of a folder"),
        pytest.param({"delimiter": "c/"}, ["a", "a/", "a/b", "b", "b/x", "é", "\ud7ff/y", "🗂"],
                     ["a/c/", "c/"], id="a delimiter of two characters"),
        pytest.param({"startOffset": "a/c/d", "endOffset": "b/x"}, ["a/c/d", "a/c/e", "b"], [],
                     id="from here to before there"),
        pytest.param({"prefix": "a/", "startOffset": "A", "endOffset": "a/c"}, ["a/", "a/b"], [],
                     id="of a prefix up to here"),
        pytest.param({"versions": "True", "prefix": "a/c/"}, ["a/c/d", "a/c/d", "a/c/e", "a/c/e"], [],
                     id="all versions"),
        pytest.param({"versions": "True", "delimiter": "/", "endOffset": "b"}, ["a", "a"], ["a/"],
                     id="all versions on one level"),
    ],
)  # fmt: skip
def test_listing(
    http: httpx.Client, bucket: str, query: dict[str, Any], items: list[str], prefixes: list[str], size: int
) -> None:
    assert listed(http, bucket, maxResults=size, **query) == (items, prefixes)


@pytest.mark.parametrize("query", [{"pageToken": "made up"}, {"maxResults": "-1"}, {"maxResults": "many"}])
def test_nonsense_is_refused(http: httpx.Client, bucket: str, query: dict[str, str]) -> None:
    answer = http.get(f"/storage/v1/b/{bucket}/o", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["reason"] == "invalid"


@pytest.mark.parametrize(
    ("prefix", "following"),
    [("a", "b"), ("a/", "a0"), ("a\U0010ffff", "b"), ("\ud7ff", "\ue000"), ("\U0010ffff", None), ("", None)],
)
def test_the_least_name_beyond_a_prefix(prefix: str, following: str | None) -> None:
    assert above(prefix) == following


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Objects:
    """A bucket of 100,000 objects, in a thousand folders."""
    home = tmp_path_factory.mktemp("full")
    state = State(home / "state.sqlite")
    clock = Clock(state)
    buckets = Buckets(state, clock)
    buckets.insert({"name": "full"})
    objects = Objects(state, Files(home), buckets, clock)
    content = Content("file", 1, "", None, None)
    made = objects.insert(Destination("full", "first", {}, Conditions()), content)
    body = json.dumps(made.document())
    names = (f"{number // 100:03}/{number % 100:02}" for number in range(100_000))
    rows = (("full", name, made.generation, 1, name, body.replace("first", name)) for name in names)
    with state.transaction():
        state.connection.executemany("INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?)", rows)
    return objects


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        pytest.param(Listing("full", size=100), None, id="the first page"),
        pytest.param(Listing("full", size=100), Place("900/00"), id="a page near the end"),
        pytest.param(Listing("full", size=100, versions=True), Place("900/00"), id="a page of versions"),
        pytest.param(
            Listing("full", prefix="50", delimiter="/", size=100), None, id="folders, none looked into"
        ),
        pytest.param(Listing("full", prefix="none"), None, id="nothing"),
    ],
)
def test_a_page_costs_what_is_on_it(full: Objects, wanted: Listing, place: Place | None) -> None:
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection = full.versions._connection
    connection.set_progress_handler(count, 1)  # called at every instruction of SQLite's machine
    page = wanted.page(full, place)
    connection.set_progress_handler(None, 0)
    shown = len(page.items) + len(page.prefixes)
    assert shown == (0 if wanted.prefix == "none" else 10 if wanted.prefix else 100)
    assert steps < 100 * (shown + 2), "reading the bucket would take a million"
