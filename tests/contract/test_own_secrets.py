"""Secrets of Muster's own: made once, found by their labels, deleted; others are left alone."""

import secrets
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from clients.environment import Environment
from clients.errors import Rejected
from clients.own_secrets import delete_secret, list_secrets, put_secret
from clients.secret_versions import newest_version, read_secret
from tests.contract.conftest import Faults, plain_secret


@pytest.fixture
def name() -> str:
    return f"own-{secrets.token_hex(4)}"


@pytest.fixture
def labels(name: str) -> dict[str, str]:
    return {"muster-drill": name}


def test_a_secret_is_made_once_and_another_value_is_a_version_more(
    env: Environment, name: str, labels: dict[str, str]
) -> None:
    for _ in range(2):
        put_secret(env, name, "one", labels)
        assert (read_secret(env, name), newest_version(env, name)) == ("one", "1")
    put_secret(env, name, "two", labels)
    assert (read_secret(env, name), newest_version(env, name)) == ("two", "2")
    (found,) = list_secrets(env, labels)
    assert (found.name, found.labels) == (name, labels)
    assert abs(datetime.now(UTC) - found.created_at) < timedelta(minutes=5)
    assert list_secrets(env, {**labels, "muster-environment": "x"}) == []
    for _ in range(2):
        delete_secret(env, name)
        assert list_secrets(env, labels) == []


@pytest.mark.parametrize("path", ["/secrets\\?secretId=", ":addVersion"])
def test_a_lost_answer_makes_no_second_version(
    env: Environment, name: str, labels: dict[str, str], faults: Faults, path: str
) -> None:
    faults.add("drop_answer", path, "POST")
    put_secret(env, name, "one", labels)
    assert faults.met == 1
    assert (read_secret(env, name), newest_version(env, name)) == ("one", "1")


def test_somebody_elses_secret_is_left_as_it_is(
    env: Environment, http: httpx.Client, name: str, labels: dict[str, str]
) -> None:
    plain_secret(http, env.project, name, "theirs")
    with pytest.raises(Rejected, match=f"secret {name}: it is somebody else's; it is left as it is"):
        put_secret(env, name, "ours", labels)
    assert (read_secret(env, name), newest_version(env, name)) == ("theirs", "1")
    assert list_secrets(env, labels) == []
