"""Exports as Cloud SQL is asked for them: begun once, refused with what to grant, read with their end."""

import secrets

import pytest

from clients.cloud_sql import Busy
from clients.environment import Environment
from clients.errors import Denied
from clients.exports import begin_export, exports_to
from clients.objects import object_size
from clients.sql_operations import Operation
from tests.conftest import Endpoints
from tests.contract.conftest import Faults
from tests.environments import VAULT, environment
from tests.processes import wait_until


@pytest.fixture
def env(cloud: Endpoints, foundation: None, instance: str) -> Environment:
    database = {"instance": instance, "name": "postgres", "credentials": "x"}
    return environment(cloud, "exports", database=database)


@pytest.fixture
def name() -> str:
    return f"exports/{secrets.token_hex(4)}.sql.gz"


def ended(env: Environment, name: str) -> list[Operation]:
    """The exports to that object, once all of them are over."""

    def look() -> list[Operation] | None:
        found = exports_to(env, f"gs://{VAULT}/{name}")
        return found if all(each.ended for each in found) else None

    return wait_until(look, what=name) or []


def test_an_export_is_told_with_its_object_and_its_end(env: Environment, name: str) -> None:
    assert object_size(env, VAULT, name) is None
    begun = begin_export(env, f"gs://{VAULT}/{name}", [])
    (done,) = ended(env, name)
    assert (done.name, done.kind, done.succeeded) == (begun, "EXPORT", True)
    size = object_size(env, VAULT, name)
    assert size
    assert size > 100


def test_one_that_was_not_there_before_is_ours_and_one_that_was_is_not(env: Environment, name: str) -> None:
    first = begin_export(env, f"gs://{VAULT}/{name}", [])
    assert begin_export(env, f"gs://{VAULT}/{name}", []) == first
    ended(env, name)
    second = begin_export(env, f"gs://{VAULT}/{name}", [first])
    assert second != first
    newest, oldest = ended(env, name)
    assert (oldest.name, oldest.succeeded) == (first, True)
    assert (newest.name, newest.error) == (second, "UNKNOWN"), "an object is never overwritten"


def test_a_lost_answer_begins_no_second_one(env: Environment, name: str, faults: Faults) -> None:
    faults.add("drop_answer", "/export", "POST")
    begun = begin_export(env, f"gs://{VAULT}/{name}", [])
    assert faults.met == 1
    assert [each.name for each in ended(env, name)] == [begun]


def test_a_busy_instance_says_so(env: Environment, name: str, faults: Faults) -> None:
    faults.add("refuse", "/export", "POST", status=409, message="another operation was in progress")
    with pytest.raises(Busy, match="exporting postgres to gs://"):
        begin_export(env, f"gs://{VAULT}/{name}", [])


def test_where_the_instance_may_not_write_it_is_said_what_to_grant(env: Environment) -> None:
    """As Cloud SQL says it of a bucket that is not there, and of one that is not for it."""
    with pytest.raises(Denied, match="The service account does not have the required permissions") as told:
        begin_export(env, "gs://somebody-elses/x.sql.gz", [])
    assert told.value.hint.startswith("gcloud storage buckets add-iam-policy-binding gs://somebody-elses ")
    assert "--member=serviceAccount:p" in told.value.hint
    assert told.value.hint.endswith("--role=roles/storage.objectCreator")
