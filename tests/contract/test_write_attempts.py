"""Whether a server takes writes, told apart from one that is away, silent, or closed to us; secrets that are
given another version once."""

import secrets
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit

import httpx
import pytest

from clients.environment import Environment
from clients.errors import NotFound
from clients.patience import patience
from clients.secret_additions import add_version
from clients.secret_versions import newest_version, read_secret
from clients.write_attempt import Answer, try_write
from tests.conftest import Endpoints
from tests.contract.conftest import Faults, plain_secret
from tests.environments import environment
from tests.sandbox.sql_client import ROOT_PASSWORD, Client


@pytest.fixture
def name() -> str:
    return f"attempt-{secrets.token_hex(4)}"


def attempt(cloud: Endpoints, http: httpx.Client, name: str, address: str, host: str) -> tuple[Answer, str]:
    """With a login whose secret says that address, at that host."""
    env = environment(cloud, "attempt", database={"instance": "x", "name": "postgres", "credentials": name})
    plain_secret(http, env.project, name, address)
    with patience(timedelta(seconds=4)):
        return try_write(env, host)


def test_a_primary_takes_it_and_a_wrong_login_does_not_tell(
    cloud: Endpoints, http: httpx.Client, name: str, instance: str
) -> None:
    with closing(Client(cloud.google)) as sql:
        host = sql.address(instance)
    right = f"postgresql://postgres:{ROOT_PASSWORD.replace(' ', '%20')}@elsewhere/postgres"
    assert attempt(cloud, http, name, right, host)[0] is Answer.TAKEN
    answer, said = attempt(cloud, http, f"{name}-wrong", "postgresql://postgres:wrong-word@x/postgres", host)
    assert answer is Answer.CLOSED_TO_US
    assert "wrong-word" not in said


def test_nobody_there_is_told_from_silence(
    cloud: Endpoints, http: httpx.Client, name: str, dead: str, silent: str
) -> None:
    for where, wanted in ((dead, Answer.REFUSED), (silent, Answer.SILENT)):
        port = urlsplit(where).port
        address = f"postgresql://u:hunter2@elsewhere:{port}/d"
        answer, said = attempt(cloud, http, f"{name}-{port}", address, "127.0.0.1")
        assert answer is wanted, said
        assert "hunter2" not in said


def test_a_value_becomes_the_newest_version_once(env: Environment, http: httpx.Client, name: str) -> None:
    plain_secret(http, env.project, name, "one")
    assert add_version(env, name, "two") == "2"
    assert add_version(env, name, "two") == "2", "it is there"
    assert (newest_version(env, name), read_secret(env, name)) == ("2", "two")


def test_an_answer_that_is_lost_adds_no_second_version(
    env: Environment, http: httpx.Client, name: str, faults: Faults
) -> None:
    plain_secret(http, env.project, name, "one")
    faults.add("drop_answer", ":addVersion", "POST")
    assert add_version(env, name, "two") == "2"
    assert faults.met == 1


def test_a_secret_that_is_not_there_is_not_made(env: Environment, name: str) -> None:
    with pytest.raises(NotFound):
        add_version(env, name, "x")
