"""There and back again: a failover, and when it is calm the way back, with users all the time."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from clients.environment import Environment
from clients.sql_instances import read_instance_named
from tests.conftest import Endpoints
from tests.flows.conftest import Environments
from tests.flows.runs import establish
from tests.recovery_ground import Ground, noted, patiently, uri
from tests.sandbox.sql_client import Client

pytestmark = pytest.mark.timeout(900)  # instances are made, stopped and promoted


@pytest.fixture
def made(landscape: Endpoints) -> Iterator[Ground]:
    with closing(Client(landscape.google)) as client:
        yield Ground(landscape, "t-failback", client).lay()


@contextmanager
def writers(env: Environment) -> Iterator[list[str]]:
    """Inside, somebody writes through the service all the time; the words that were acknowledged."""
    acknowledged: list[str] = []
    stop, address = threading.Event(), uri(env)

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            word = f"word-{number}"
            try:
                answer = httpx.post(f"{address}/notes", json={"word": word}, timeout=5)
            except httpx.HTTPError:
                continue
            if answer.status_code == 201:
                acknowledged.append(word)
            time.sleep(0.2)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        yield acknowledged
    finally:
        stop.set()
        thread.join(10)


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost_there_and_back(
    made: Ground, environment: Environments, tmp_path_factory: pytest.TempPathFactory
) -> None:
    establish(
        environment("t-failback", service=made.over["service"]), made.source(tmp_path_factory.mktemp("b"))
    )
    env = environment("t-failback", **made.over)
    made.follow()
    with writers(env) as acknowledged:
        time.sleep(2)
        there = patiently("recover", env.name, "--failover", "--apply")
        assert there.code == 0, there.said
        between = len(acknowledged)
        env = environment("t-failback", **named(made, made.replica))
        made.follow("t-failback-back", of=made.replica)
        time.sleep(2)
        assert len(acknowledged) > between, "users are served there"
        back = patiently("recover", env.name, "--failover", "--replica", "t-failback-back", "--apply")
        assert back.code == 0, back.said
        since = len(acknowledged)
        time.sleep(2)
    assert len(acknowledged) > since, "and here again"
    assert [word for word in acknowledged if noted(env, word) != 200] == []
    primaries = [read_instance_named(env, name) for name in (made.name, made.replica, "t-failback-back")]
    assert [each.runs for each in primaries if each] == [False, False, True], "one of them takes writes"


def named(made: Ground, instance: str) -> dict[str, object]:
    """What the environment's file says once the operator has written the new instance into it."""
    return {**made.over, "database": {**made.over["database"], "instance": instance}}
