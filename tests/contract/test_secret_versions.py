"""Secrets: pinned to the newest version that works, read without a trace of them anywhere else."""

import secrets
import traceback

import httpx
import pytest

from clients.environment import Environment
from clients.errors import NotFound, Rejected
from clients.secret_versions import newest_version, read_secret
from tests.contract.conftest import plain_secret

VALUE = "hunter2-the-value"


@pytest.fixture
def secret() -> str:
    return f"secret-{secrets.token_hex(4)}"


def turn(http: httpx.Client, env: Environment, secret: str, version: int, verb: str) -> None:
    path = f"/v1/projects/{env.project}/secrets/{secret}/versions/{version}:{verb}"
    http.post(path, json={}).raise_for_status()


def test_the_newest_version_that_is_enabled_counts(env: Environment, http: httpx.Client, secret: str) -> None:
    plain_secret(http, env.project, secret, *(str(number) for number in range(1, 13)))
    assert newest_version(env, secret) == "12", "by number, not by text"
    turn(http, env, secret, 12, "disable")
    turn(http, env, secret, 11, "destroy")
    assert newest_version(env, secret) == "10"
    assert read_secret(env, secret) == "10"
    turn(http, env, secret, 12, "enable")
    assert newest_version(env, secret) == "12"


def test_a_secret_may_go_by_its_full_name(env: Environment, http: httpx.Client, secret: str) -> None:
    plain_secret(http, env.project, secret, "one", "two")
    full = f"projects/{env.project}/secrets/{secret}"
    assert newest_version(env, full) == "2"
    assert read_secret(env, full) == "two"


def test_one_without_an_enabled_version_is_not_found(
    env: Environment, http: httpx.Client, secret: str
) -> None:
    plain_secret(http, env.project, secret, "x")
    turn(http, env, secret, 1, "disable")
    with pytest.raises(NotFound, match=f"secret {secret}: it has no enabled version; add one, or enable one"):
        newest_version(env, secret)


def test_one_that_is_not_there_is_not_found(env: Environment, secret: str) -> None:
    with pytest.raises(NotFound, match=rf"secret {secret}: Secret \[.*{secret}\] not found"):
        newest_version(env, secret)


def test_the_newline_that_echo_leaves_is_not_part_of_it(
    env: Environment, http: httpx.Client, secret: str
) -> None:
    plain_secret(http, env.project, secret, f"{VALUE}\n")
    assert read_secret(env, secret) == VALUE


def test_one_that_is_not_text_is_refused_without_a_byte_of_it(
    env: Environment, http: httpx.Client, secret: str
) -> None:
    plain_secret(http, env.project, secret, VALUE.encode() + b"\xff")
    with pytest.raises(Rejected, match=f"secret {secret}: it is not text") as told:
        read_secret(env, secret)
    assert VALUE not in "".join(traceback.format_exception(told.value))
