"""Objects in the buckets: written whole, written once, gone when they are gone."""

import hashlib
import os
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from clients.environment import Environment
from clients.errors import NotFound, Rejected
from clients.objects import (
    delete_object,
    link,
    list_names,
    read_json,
    upload_file,
    write_json,
    write_json_once,
)
from tests.conftest import Endpoints
from tests.contract.conftest import Faults
from tests.environments import STATE, VAULT, environment

CONTENT = {"id": "Zürich → 1", "seen": [1, 2.5, None, True], "inner": {"a": "b"}}


@pytest.fixture
def name(env: Environment) -> str:
    return f"tests/{env.name}/a name with / and ü.json"


def test_what_was_written_is_read(env: Environment, name: str) -> None:
    write_json(env, STATE, name, {"old": True})
    write_json(env, STATE, name, CONTENT)
    assert read_json(env, STATE, name) == CONTENT


def test_what_is_not_there_is_none(env: Environment, name: str) -> None:
    assert read_json(env, STATE, name) is None
    assert read_json(env, "no-such-bucket", name) is None


def test_what_is_not_json_is_named(env: Environment, name: str, http: httpx.Client) -> None:
    http.post(f"/upload/storage/v1/b/{STATE}/o", params={"uploadType": "media", "name": name}, content=b"{")
    with pytest.raises(Rejected, match=f"gs://{STATE}/{name}: it is not JSON"):
        read_json(env, STATE, name)


def test_once_means_once(env: Environment, name: str) -> None:
    write_json_once(env, VAULT, name, CONTENT)
    write_json_once(env, VAULT, name, {"later": True})
    assert read_json(env, VAULT, name) == CONTENT


def test_once_is_done_though_its_answer_was_lost(env: Environment, name: str, faults: Faults) -> None:
    faults.add("drop_answer", "/upload/", "POST")
    write_json_once(env, VAULT, name, CONTENT)
    assert faults.met == 1
    assert read_json(env, VAULT, name) == CONTENT


def test_what_was_deleted_is_gone_and_may_be_deleted_again(
    env: Environment, name: str, faults: Faults
) -> None:
    write_json(env, STATE, name, CONTENT)
    faults.add("drop_answer", "/o/", "DELETE")
    delete_object(env, STATE, name)
    delete_object(env, STATE, name)
    assert faults.met == 1
    assert read_json(env, STATE, name) is None


def test_names_are_listed_in_order_under_their_prefix_alone(env: Environment) -> None:
    for name in ("b", "a", "c/d"):
        write_json(env, STATE, f"tests/{env.name}/{name}", {})
    write_json(env, STATE, f"tests/{env.name}-other", {})
    prefix = f"tests/{env.name}/"
    assert list_names(env, STATE, prefix) == [prefix + "a", prefix + "b", prefix + "c/d"]
    assert list_names(env, STATE, f"tests/{env.name}/none") == []


@pytest.mark.parametrize(
    "size", [pytest.param(0, id="empty"), pytest.param(1000, id="small"), pytest.param(9 << 20, id="large")]
)
def test_a_file_arrives_whole_though_a_call_was_lost(
    env: Environment, name: str, tmp_path: Path, http: httpx.Client, faults: Faults, size: int
) -> None:
    file = tmp_path / "file"
    file.write_bytes(os.urandom(size))
    faults.add("drop", "/upload/")
    generation = upload_file(env, STATE, name, file)
    found = http.get(
        f"/download/storage/v1/b/{STATE}/o/{quote(name, safe='')}",
        params={"alt": "media", "generation": generation},
    ).raise_for_status()
    assert hashlib.sha256(found.content).digest() == hashlib.sha256(file.read_bytes()).digest()


def test_a_bucket_that_is_not_there_is_told(env: Environment, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="gs://no-such-bucket/x: writing it: The specified bucket does not"):
        write_json(env, "no-such-bucket", "x", {})


def test_a_link_leads_to_the_object(cloud: Endpoints, env: Environment, name: str) -> None:
    record = "{google}/storage/v1/b/{bucket}/o/{object}?alt=media"
    env = environment(cloud, env.name, over={"links": {"record": record}})
    write_json(env, VAULT, name, CONTENT)
    assert httpx.get(link(env, VAULT, name)).json() == CONTENT
