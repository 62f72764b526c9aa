"""Objects in a second bucket: whatever happens on the way, a copy is whole or not there."""

import hashlib
import json
import os
import subprocess
import sys

import httpx
import pytest

from clients.environment import Environment
from clients.errors import AlreadyThere, Corrupted, NotFound, Unavailable
from clients.object_stream import PIECE
from clients.objects import list_names
from clients.patience import patience
from clients.stored_objects import stat
from domain.lease import patience as patience_of
from tasks.copies import copy_object
from tests.conftest import ROOT, Endpoints
from tests.contract.conftest import Faults
from tests.environments import SECOND_VAULT, STATE, VAULT, environment_content
from tests.faults.api import Faults as Holds
from tests.recovery import content_of, put, rot

SMALL = 1000
LARGE = 2 * PIECE + 1000

COPYING = """
import json, sys
from clients.environment import Environment
from tasks.copies import copy_object
env = Environment.model_validate(json.loads(sys.argv[1]))
copy_object(env, sys.argv[2], sys.argv[3], None, keep=lambda: None, tell=lambda said: None)
"""


def copy(env: Environment, source: str, digest: str | None = None, told: list[str] | None = None) -> str:
    tell = (told if told is not None else []).append
    return copy_object(env, source, SECOND_VAULT, digest, keep=lambda: None, tell=tell)


def source_of(env: Environment, size: int) -> tuple[str, bytes]:
    content = os.urandom(size)
    return put(env, f"tests/{env.name}", content, VAULT), content


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def notes(env: Environment) -> list[str]:
    return list_names(env, STATE, f"copies/{env.name}/")


@pytest.mark.parametrize("size", [0, SMALL, LARGE])
def test_a_copy_is_the_same_and_nothing_is_left_of_its_making(env: Environment, size: int) -> None:
    source, content = source_of(env, size)
    told: list[str] = []
    made = copy(env, source, sha256(content), told)
    assert made == f"gs://{SECOND_VAULT}/tests/{env.name}"
    assert content_of(env, made) == content
    found = stat(env, made)
    assert found
    assert found.content_type == "application/json"
    assert not notes(env)
    assert size != LARGE or told == ["8.4 MB of 17 MB", "17 MB of 17 MB", "17 MB of 17 MB"]


def test_what_is_there_is_not_copied_again(env: Environment, faults: Faults) -> None:
    source, _ = source_of(env, SMALL)
    made = copy(env, source)
    faults.add("refuse", "/upload/", times=1000, status=503)
    faults.add("refuse", "/download/", times=1000, status=503)
    assert copy(env, source) == made
    assert not faults.met


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param({"action": "refuse", "status": 503, "path": "upload_id", "times": 2}, id="503"),
        pytest.param({"action": "refuse", "status": 429, "path": "/download/"}, id="429"),
        pytest.param({"action": "drop_answer", "path": "uploadType=resumable", "method": "POST"}, id="begun"),
        pytest.param({"action": "drop_answer", "path": "upload_id", "method": "PUT"}, id="sent"),
        pytest.param({"action": "refuse", "status": 410, "path": "upload_id", "method": "PUT"}, id="gone"),
        pytest.param({"action": "refuse", "status": 404, "path": "upload_id", "method": "PUT"}, id="unknown"),
    ],
)
def test_a_copy_survives(env: Environment, faults: Faults, size: int, trouble: dict[str, str]) -> None:
    source, content = source_of(env, size)
    faults.add(**trouble)
    assert content_of(env, copy(env, source, sha256(content))) == content
    assert faults.met
    assert not notes(env)


def test_a_killed_copy_is_taken_up_where_it_was(
    cloud: Endpoints, env: Environment, http: httpx.Client, faults: Faults
) -> None:
    source, content = source_of(env, LARGE)
    holds = Holds(http)
    third = holds.arm("hold", path="upload_id", method="PUT", skip=2)
    said = json.dumps({"name": env.name, **environment_content(cloud, env.name)})
    process = subprocess.Popen([sys.executable, "-c", COPYING, said, source, SECOND_VAULT], cwd=ROOT)
    assert holds.wait_held(third, lambda: process.poll() is None)
    process.kill()
    process.wait()
    holds.remove(third, carry_out=False)
    assert len(notes(env)) == 1
    assert stat(env, f"gs://{SECOND_VAULT}/tests/{env.name}") is None
    sent = holds.arm("delay", path="upload_id", method="PUT", seconds=0, times=1000)
    assert content_of(env, copy(env, source, sha256(content))) == content
    assert holds.met(sent) == 2, "one to ask how far it is, one for the piece that had not arrived"
    assert not notes(env)


def test_bytes_that_are_not_the_manifest_s_are_not_copied(env: Environment) -> None:
    source, content = source_of(env, LARGE)
    with pytest.raises(
        Corrupted, match=f"{source}: the SHA-256 of its bytes is {sha256(content)}, and the man"
    ):
        copy(env, source, sha256(b"others"))
    assert stat(env, f"gs://{SECOND_VAULT}/tests/{env.name}") is None
    assert not notes(env)


def test_bytes_that_rotted_in_the_vault_are_not_copied(cloud: Endpoints, env: Environment) -> None:
    source, content = source_of(env, SMALL)
    rot(cloud, content)
    with pytest.raises(Corrupted, match=r"the CRC32C of its bytes is .*, and the storage has"):
        copy(env, source)
    assert stat(env, f"gs://{SECOND_VAULT}/tests/{env.name}") is None


def test_something_else_of_that_name_is_left_alone(env: Environment) -> None:
    source, _ = source_of(env, SMALL)
    put(env, f"tests/{env.name}", b"theirs", SECOND_VAULT)
    with pytest.raises(AlreadyThere, match=f"something else than {source} has that name"):
        copy(env, source)
    assert content_of(env, f"gs://{SECOND_VAULT}/tests/{env.name}") == b"theirs"


def test_a_source_that_changed_is_copied_from_its_beginning(env: Environment, faults: Faults) -> None:
    source, _ = source_of(env, LARGE)
    faults.add("refuse", "upload_id", "PUT", skip=1, status=403, message="No.")
    with pytest.raises(Exception, match="No"):
        copy(env, source)
    assert notes(env)
    source, content = source_of(env, LARGE)
    assert content_of(env, copy(env, source, sha256(content))) == content


def test_what_is_gone_is_told(env: Environment) -> None:
    with pytest.raises(NotFound, match=f"gs://{VAULT}/none: it is gone"):
        copy(env, f"gs://{VAULT}/none")


def test_a_location_that_is_down_is_told_in_time(env: Environment, http: httpx.Client) -> None:
    source, _ = source_of(env, SMALL)
    http.post("/faults", json={"location": "europe-west1"}).raise_for_status()
    with patience(patience_of(env.lease)), pytest.raises(Unavailable, match=f"gs://{SECOND_VAULT}/"):
        copy(env, source)
