"""What is wrong with buckets, objects and secret versions is found, named, and said with what to do."""

import os
import secrets
from typing import Any

import httpx
import pytest

from clients.environment import Environment
from clients.errors import Unavailable
from clients.objects import delete_object
from clients.patience import patience
from domain.lease import patience as patience_of
from domain.manifest import Manifest
from domain.refusal import Refused
from tasks.logbook import logged
from tasks.vault_checks import (
    check_objects,
    check_secrets,
    second_location,
    second_vault_problems,
    vault_problems,
)
from tests.conftest import Endpoints
from tests.contract.conftest import Faults, plain_secret
from tests.environments import SECOND_VAULT, environment
from tests.recovery import make_set, put, rot

UNIFORM = {"iamConfiguration": {"uniformBucketLevelAccess": {"enabled": True}}}
VERSIONED = {"versioning": {"enabled": True}}


def bucket(http: httpx.Client, project: str, **fields: Any) -> str:
    name = f"checks-{secrets.token_hex(6)}"
    http.post("/storage/v1/b", params={"project": project}, json={"name": name, **fields}).raise_for_status()
    return name


def test_the_sample_s_buckets_are_a_vault(cloud: Endpoints, env: Environment) -> None:
    assert vault_problems(env) == []
    over = environment(cloud, env.name, over={"second_vault": SECOND_VAULT})
    assert vault_problems(over) == []
    with logged("test", env, quiet=True):
        assert second_location(over) == "europe-west1"


@pytest.mark.parametrize(
    ("key", "fields", "says", "remedy"),
    [
        pytest.param("vault", UNIFORM, "has no versioning", "--versioning", id="vault without versions"),
        pytest.param(
            "vault", VERSIONED, "no uniform bucket-level", "--uniform-bucket", id="vault with object ACLs"
        ),
        pytest.param("vault", None, "there is no such bucket", "make it", id="no vault"),
        pytest.param("state", VERSIONED, "has versioning", "--no-versioning", id="state with versions"),
        pytest.param(
            "state", {"retentionPolicy": {"retentionPeriod": "60"}}, "keeps objects", "--clear", id="retained"
        ),
        pytest.param(
            "state", {"defaultEventBasedHold": True}, "keeps objects", "--no-default", id="held by default"
        ),
        pytest.param("state", None, "there is no such bucket", "make it", id="no state bucket"),
        pytest.param(
            "second_vault",
            {**UNIFORM, "location": "EUROPE-WEST1"},
            "has no versioning",
            "--versioning",
            id="second vault without versions",
        ),
        pytest.param(
            "second_vault", {**UNIFORM, **VERSIONED}, "lies in us, as", "another location", id="same location"
        ),
        pytest.param("second_vault", None, "there is no such bucket", "make it", id="no second vault there"),
    ],
)
def test_a_bucket_that_will_not_do_is_named(
    cloud: Endpoints,
    foundation: None,
    http: httpx.Client,
    key: str,
    fields: dict[str, Any] | None,
    says: str,
    remedy: str,
) -> None:
    name = bucket(http, cloud.project, **fields) if fields is not None else "no-such-bucket"
    [found] = vault_problems(environment(cloud, "checks", over={key: name}))
    assert name in found.what
    assert says in found.what
    assert remedy in found.remedy


def test_a_second_vault_is_refused_where_it_is_none(cloud: Endpoints, env: Environment) -> None:
    [absent] = second_vault_problems(env)
    assert "second_vault" in absent.remedy
    [itself] = second_vault_problems(environment(cloud, env.name, over={"second_vault": env.vault}))
    assert "it is the vault itself" in itself.what
    with logged("test", env, quiet=True), pytest.raises(Refused):
        second_location(env)


def test_a_second_location_that_is_down_is_in_nobody_s_way_but_a_copy_s(
    cloud: Endpoints, env: Environment, http: httpx.Client
) -> None:
    over = environment(cloud, env.name, over={"second_vault": SECOND_VAULT})
    http.post("/faults", json={"location": "europe-west1"}).raise_for_status()
    assert vault_problems(over) == []
    with patience(patience_of(env.lease)), logged("test", env, quiet=True), pytest.raises(Unavailable):
        second_location(over)


@pytest.fixture
def contents() -> dict[str, bytes]:
    return {f"configuration/{name}": os.urandom(2000) for name in ("one", "two")}


@pytest.fixture
def kept(env: Environment, contents: dict[str, bytes]) -> Manifest:
    """A set of two objects."""
    return make_set(env, contents)


def wrong(env: Environment, manifest: Manifest) -> list[str]:
    with logged("test", env, quiet=True):
        return check_objects(env, manifest)


def test_what_agrees_is_told_to_agree(env: Environment, kept: Manifest) -> None:
    assert wrong(env, kept) == []


def test_an_object_that_is_gone_is_named(env: Environment, kept: Manifest) -> None:
    [first, _] = kept.digests
    delete_object(env, env.vault, first.removeprefix(f"gs://{env.vault}/"))
    assert wrong(env, kept) == [f"{first}: it is gone"]


def test_an_object_that_was_cut_short_is_named(
    env: Environment, kept: Manifest, contents: dict[str, bytes]
) -> None:
    first = next(iter(kept.digests))
    put(env, first.removeprefix(f"gs://{env.vault}/"), contents["configuration/one"][:1500])
    [found] = wrong(env, kept)
    assert found.startswith(f"{first}: its 1,500 bytes have the SHA-256")


def test_a_flipped_bit_is_found_by_both_sums(
    cloud: Endpoints, env: Environment, kept: Manifest, contents: dict[str, bytes]
) -> None:
    rot(cloud, contents["configuration/two"])
    [crc, sha] = wrong(env, kept)
    assert "the storage serves other bytes than were written" in crc
    assert "have the SHA-256" in sha
    assert crc.startswith(list(kept.digests)[1])


def test_without_a_digest_a_flipped_bit_is_found_by_the_storage_s_sum(
    cloud: Endpoints, env: Environment, kept: Manifest, contents: dict[str, bytes]
) -> None:
    rot(cloud, contents["configuration/two"])
    [found] = wrong(env, Manifest(kept.id, env.name, "s", kept.taken_at, kept.taken_at, kept.parts))
    assert "the storage serves other bytes" in found


def test_without_a_digest_a_part_that_lost_bytes_is_found_by_its_size(
    env: Environment, kept: Manifest, contents: dict[str, bytes]
) -> None:
    put(env, next(iter(kept.digests)).removeprefix(f"gs://{env.vault}/"), b"short")
    [found] = wrong(env, Manifest(kept.id, env.name, "s", kept.taken_at, kept.taken_at, kept.parts))
    assert found == "configuration: it has 2,005 bytes, and the manifest has 4,000"


def test_what_cannot_be_read_is_not_wrong_unless_something_else_is(
    env: Environment, kept: Manifest, faults: Faults
) -> None:
    [first, second] = kept.digests
    faults.add("refuse", "/download/.*two", times=1000, status=503)
    with patience(patience_of(env.lease)):
        with pytest.raises(Unavailable, match="two"):
            wrong(env, kept)
        delete_object(env, env.vault, first.removeprefix(f"gs://{env.vault}/"))
        assert wrong(env, kept) == [f"{first}: it is gone"]
    assert second


def test_secret_versions_are_to_be_there_and_enabled(env: Environment, http: httpx.Client) -> None:
    name = f"secret-{secrets.token_hex(4)}"
    plain_secret(http, env.project, name, "one", "two", "three")
    full = f"projects/{env.project}/secrets/{name}/versions"
    http.post(f"/v1/{full}/2:disable", json={}).raise_for_status()
    http.post(f"/v1/{full}/3:destroy", json={}).raise_for_status()
    manifest = make_set(env, {}, secrets=[f"{full}/{number}" for number in (1, 2, 3, 4)])
    with logged("test", env, quiet=True):
        assert check_secrets(env, manifest) == [
            f"{full}/2: it is DISABLED, and a restored service could not read it",
            f"{full}/3: it is DESTROYED, and a restored service could not read it",
            f"{full}/4: there is no such version",
        ]
