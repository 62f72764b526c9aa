"""Objects with all their versions: deleted for good, or kept, with who keeps them."""

import secrets
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from clients.environment import Environment
from clients.errors import NotFound
from clients.object_versions import Kept, delete_for_good, list_versions
from clients.objects import write_json
from domain.vault_layout import reference
from tests.contract.conftest import Faults
from tests.recovery_vault import make_bucket


@pytest.fixture(scope="module")
def bucket(cloud: object, http: httpx.Client) -> str:
    return f"versions-{secrets.token_hex(4)}"


@pytest.fixture
def versioned(env: Environment, bucket: str, http: httpx.Client) -> str:
    """A versioned bucket of these tests."""
    if http.get(f"/storage/v1/b/{bucket}").status_code == 404:
        make_bucket(env, bucket)
    return bucket


def patch(http: httpx.Client, bucket: str, name: str, **body: object) -> None:
    place = f"/storage/v1/b/{bucket}/o/{name.replace('/', '%2F')}"
    http.patch(place, json=body).raise_for_status()


def names(env: Environment, bucket: str, prefix: str) -> list[str]:
    return [version.name for version in list_versions(env, bucket, prefix)]


def test_an_object_goes_with_all_its_versions_and_no_other_one(
    env: Environment, versioned: str, faults: Faults
) -> None:
    name, other = f"{env.name}/a b.json", f"{env.name}/a b.json.bak"
    for number in range(3):
        write_json(env, versioned, name, {"number": number})
    write_json(env, versioned, other, {})
    assert names(env, versioned, f"{env.name}/") == [name, name, name, other]
    faults.add("drop_answer", "/o/", "DELETE")
    delete_for_good(env, reference(versioned, name))
    delete_for_good(env, reference(versioned, name))
    assert faults.met == 1
    assert names(env, versioned, f"{env.name}/") == [other]


def test_many_versions_are_listed_over_several_pages(env: Environment, versioned: str) -> None:
    for number in range(7):
        write_json(env, versioned, f"{env.name}/{number % 2}", {})
    found = list_versions(env, versioned, f"{env.name}/", page=2)
    assert [version.name[-1] for version in found] == list("0000111")
    assert [version.generation for version in found[:4]] == sorted(
        version.generation for version in found[:4]
    )


@pytest.mark.parametrize("hold", ["temporaryHold", "eventBasedHold"])
def test_a_hold_keeps_it_and_is_named(
    env: Environment, versioned: str, http: httpx.Client, hold: str
) -> None:
    name = f"{env.name}/held"
    write_json(env, versioned, name, {})
    patch(http, versioned, name, **{hold: True})
    words = {"temporaryHold": "temporary hold", "eventBasedHold": "event-based hold"}[hold]
    [version] = list_versions(env, versioned, name)
    assert version.holds == (words,)
    with pytest.raises(Kept, match=f"gs://{versioned}/{name}: it is kept by {words}; the first run after"):
        delete_for_good(env, reference(versioned, name))
    patch(http, versioned, name, **{hold: False})
    delete_for_good(env, reference(versioned, name))
    assert not names(env, versioned, name)


def test_a_retention_keeps_it_until_an_instant(env: Environment, http: httpx.Client) -> None:
    bucket = f"kept-{secrets.token_hex(4)}"
    make_bucket(env, bucket, retentionPolicy={"retentionPeriod": "86400"})
    write_json(env, bucket, "x", {})
    with pytest.raises(Kept, match="it is kept by a retention until 20") as kept:
        delete_for_good(env, reference(bucket, "x"))
    until = kept.value.version.locked_until
    assert until
    assert timedelta(hours=23) < until - datetime.now(UTC) < timedelta(hours=25)
    assert names(env, bucket, "x") == ["x"], "not even as a noncurrent version has it gone"


def test_a_bucket_that_is_not_there_is_told(env: Environment) -> None:
    with pytest.raises(NotFound, match="gs://no-such-bucket/x: listing it: "):
        delete_for_good(env, "gs://no-such-bucket/x")


def test_what_names_no_object_is_no_reference(env: Environment) -> None:
    with pytest.raises(ValueError, match="names no object"):
        delete_for_good(env, "vault/snapshot-1")
