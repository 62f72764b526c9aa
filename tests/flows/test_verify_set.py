"""Sets are checked without restoring: what agrees is checked, what does not counts no more."""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from clients.catalogue import Listed, open_draft
from clients.environment import Environment
from clients.google import storage_client
from clients.objects import delete_object, write_json
from domain.lease import LeaseHeld
from domain.manifest import Manifest
from domain.recovery_set import Proof, RecoverySet, State, Window
from domain.refusal import Refused
from domain.set_check import CheckNotMade, SetWrong
from domain.vault_layout import manifest_name
from flows.verify_set import verify_set
from tasks.catalogue import change_set
from tasks.leases import leased_beside
from tasks.runs import new_id
from tests.conftest import Endpoints
from tests.contract.conftest import plain_secret
from tests.flows.conftest import Environments, own_name
from tests.flows.runs import slack_text
from tests.recovery import listed, make_set, put, rot

verify = verify_set.fn

Break = Callable[[Environment, Endpoints, Listed, Manifest, bytes], None]


@pytest.fixture
def env(environment: Environments, request: pytest.FixtureRequest) -> Environment:
    return environment(own_name(request))


@pytest.fixture
def secret(env: Environment, http: httpx.Client) -> str:
    """A version that is enabled."""
    name = f"secret-{secrets.token_hex(4)}"
    plain_secret(http, env.project, name, "x")
    return f"projects/{env.project}/secrets/{name}/versions/1"


def state(env: Environment, manifest: Manifest) -> State:
    return listed(env, manifest.id).set.state


def prove(env: Environment, manifest: Manifest) -> Proof:
    proof = Proof("restore drill 1", datetime.now(UTC), timedelta(minutes=5), timedelta(seconds=3))
    change_set(env, manifest.id, lambda each: replace(each, state=State.PROVEN, proof=proof))
    return proof


def test_what_agrees_is_checked_the_oldest_first_and_once(env: Environment, secret: str) -> None:
    newer, older = (make_set(env, secrets=[secret], age=timedelta(days=days)) for days in (1, 2))
    verify(env.name)
    assert state(env, newer) is state(env, older) is State.CHECKED
    said = slack_text(env)
    assert f"checked, and all right: {older.id} and {newer.id}" in said
    verify(env.name)
    assert slack_text(env) == said, "a run with nothing to do is not heard"


def test_a_proven_set_stays_proven_and_one_that_was_put_right_is_checked(env: Environment) -> None:
    manifest = make_set(env)
    proof = prove(env, manifest)
    verify(env.name, manifest.id)
    assert listed(env, manifest.id).set.proof == proof
    change_set(env, manifest.id, lambda each: replace(each, state=State.INCOMPLETE, proof=None))
    verify(env.name, manifest.id)
    assert state(env, manifest) is State.CHECKED


def first(manifest: Manifest) -> str:
    return next(iter(manifest.digests)).partition("gs://")[2].partition("/")[2]


def cut_short(env: Environment, cloud: Endpoints, each: Listed, manifest: Manifest, content: bytes) -> None:
    put(env, first(manifest), content[:100])


def flip(env: Environment, cloud: Endpoints, each: Listed, manifest: Manifest, content: bytes) -> None:
    rot(cloud, content)


def delete(env: Environment, cloud: Endpoints, each: Listed, manifest: Manifest, content: bytes) -> None:
    delete_object(env, env.vault, first(manifest))


def alter(env: Environment, cloud: Endpoints, each: Listed, manifest: Manifest, content: bytes) -> None:
    """By hand, in the console, with all else as it was."""
    blob = storage_client(env).bucket(each.bucket).blob(each.name)
    blob.reload()
    metadata = blob.metadata
    blob = storage_client(env).bucket(each.bucket).blob(each.name)
    blob.metadata = metadata
    blob.upload_from_string(manifest.to_text().replace('"service": "', '"service": "x'))


def rot_manifest(
    env: Environment, cloud: Endpoints, each: Listed, manifest: Manifest, content: bytes
) -> None:
    rot(cloud, manifest.to_text().encode())


def contradict(env: Environment, cloud: Endpoints, each: Listed, manifest: Manifest, content: bytes) -> None:
    now = datetime.now(UTC)
    change_set(env, manifest.id, lambda each: replace(each, window=Window(now, now)))


def disable(env: Environment, cloud: Endpoints, each: Listed, manifest: Manifest, content: bytes) -> None:
    [version] = manifest.parts[1].references
    httpx.post(f"{cloud.google}/v1/{version}:disable", json={}).raise_for_status()


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        pytest.param(cut_short, "configuration/one: its 100 bytes have the SHA-256", id="cut short"),
        pytest.param(flip, "the storage serves other bytes than were written", id="a flipped bit"),
        pytest.param(delete, "configuration/one: it is gone", id="gone"),
        pytest.param(alter, "it was altered: its SHA-256 is", id="a manifest altered by hand"),
        pytest.param(rot_manifest, "its checksum is not that of its bytes", id="a manifest that rotted"),
        pytest.param(contradict, "its summary: window is", id="a summary that says otherwise"),
        pytest.param(disable, "it is DISABLED", id="a secret version that was disabled"),
    ],
)
def test_what_is_wrong_is_named_and_the_set_counts_no_more(
    environment: Environments, cloud: Endpoints, http: httpx.Client, harm: Break, says: str
) -> None:
    env = environment(f"t-wrong-{harm.__name__.replace('_', '-')}")
    name = f"secret-{secrets.token_hex(4)}"
    plain_secret(http, env.project, name, "x")
    version = f"projects/{env.project}/secrets/{name}/versions/1"
    content = os.urandom(1000)
    manifest = make_set(env, {"configuration/one": content}, secrets=[version])
    prove(env, manifest)
    harm(env, cloud, listed(env, manifest.id), manifest, content)
    with pytest.raises(SetWrong, match=says):
        verify(env.name, manifest.id)
    found = listed(env, manifest.id).set
    assert found.state is State.INCOMPLETE
    assert found.proof is None
    assert says in slack_text(env)
    assert f"{manifest.id} is wrong" in slack_text(env)


def test_all_that_is_wrong_is_told_at_once_and_the_rest_is_checked(env: Environment) -> None:
    contents = {f"configuration/{name}": os.urandom(100) for name in ("one", "two")}
    broken, good = make_set(env, contents, age=timedelta(days=1)), make_set(env)
    for name in broken.digests:
        delete_object(env, env.vault, name.removeprefix(f"gs://{env.vault}/"))
    with pytest.raises(SetWrong, match=r"one: it is gone; .*two: it is gone"):
        verify(env.name)
    assert state(env, broken) is State.INCOMPLETE
    assert state(env, good) is State.CHECKED
    verify(env.name)
    assert state(env, broken) is State.INCOMPLETE, "what is wrong is told once, and counts nowhere"


def test_a_check_that_cannot_be_made_leaves_the_set_as_it_is(env: Environment, http: httpx.Client) -> None:
    manifest = make_set(env, {"configuration/one": os.urandom(100)})
    fault = {"action": "refuse", "path": "/download/.*configuration", "times": 1000, "status": 503}
    http.post("/faults", json=fault).raise_for_status()
    with pytest.raises(CheckNotMade, match=rf"^not checked: {manifest.id}: objects: gs://.*one: reading it"):
        verify(env.name)
    assert state(env, manifest) is State.COMPLETE
    assert "not checked: objects" in slack_text(env)
    http.delete("/faults")
    verify(env.name)
    assert state(env, manifest) is State.CHECKED


def test_a_manifest_without_a_summary_is_told_each_time(env: Environment) -> None:
    write_json(env, env.vault, manifest_name(env.name, "stray"), json.loads("{}"))
    with pytest.raises(SetWrong, match=r"stray.*its summary cannot be read"):
        verify(env.name)
    with pytest.raises(Refused, match="its summary cannot be read"):
        verify(env.name, "stray")


def test_what_there_is_nothing_to_hold_against_is_refused(env: Environment) -> None:
    with pytest.raises(Refused, match="there is no recovery set none"):
        verify(env.name, "none")
    draft = RecoverySet(new_id(), datetime.now(UTC), State.INCOMPLETE)
    open_draft(env, draft)
    with pytest.raises(Refused, match="it has no manifest"):
        verify(env.name, draft.id)
    verify(env.name)


def test_beside_another_run_it_leaves_the_sets_to_that(env: Environment) -> None:
    manifest = make_set(env)
    with leased_beside(env, "checks", "verify set (1, by somebody)"):
        verify(env.name)
        assert state(env, manifest) is State.COMPLETE
        with pytest.raises(LeaseHeld, match="is under way"):
            verify(env.name, manifest.id)
